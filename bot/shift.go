package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/lang"
)

// Shifts keeps what people agree upon beside the rotations. ShiftChange gives incident.ErrNotFound for an unknown number;
// ChangeShift decides on a change (a new one: 0) in one transaction with what must be told, whose Seq becomes its number, and
// gives the change as it stands where the cause was seen before.
type Shifts interface {
	ShiftChanges(ctx context.Context, since time.Time) ([]oncall.Change, error)
	ShiftChange(ctx context.Context, number int64) (oncall.Change, error)
	ChangeShift(ctx context.Context, cause incident.Cause, number int64, decide func(oncall.Change) (oncall.Change, []incident.Effect, error)) (oncall.Change, error)
}

// askShift offers one's own turn to another (swap), or puts somebody in (override): [schedule] @suzuki [schedule] sat 09:00-18:00
// [schedule].
func (b *Bot) askShift(ctx context.Context, c *call, deed, rest string) (Reply, error) {
	if b.Shifts == nil || len(c.policy.Schedules) == 0 {
		return Reply{}, incident.Refuse("oncall_none")
	}
	before, rest := c.scheduleFirst(rest)
	word, rest := cutWord(rest)
	if word == "" {
		return Reply{}, incident.Refuse("person_needed")
	}
	person, err := b.person(ctx, c, word)
	if err != nil {
		return Reply{}, err
	}
	if before == "" {
		before, rest = c.scheduleFirst(rest)
	}
	from, to, name, ok := spanOf(rest, c.now, c.zone)
	if !ok {
		return Reply{}, incident.Refuse("oncall_span", "Word", cutRunes(rest, 60))
	}
	if name == "" {
		name = before
	}
	if deed == "override" && !c.mayOrder() {
		return Reply{}, incident.Refuse("oncall_managers")
	}
	s, err := c.shiftSchedule(name, deed == "swap", from, to)
	if err != nil {
		return Reply{}, err
	}
	ask := s.Order
	if deed == "swap" {
		ask = s.Swap
	}
	done, err := b.Shifts.ChangeShift(ctx, c.cause(), 0, func(oncall.Change) (oncall.Change, []incident.Effect, error) {
		made, why := ask(string(c.By), string(person), from, to, c.now)
		if why != "" {
			return made, nil, c.refuseShift(why, made)
		}
		return made, c.tellShift(made, s), nil
	})
	return b.shiftReply(c, done, err)
}

// scheduleFirst takes the name of a schedule off the beginning of a text: people write it before or behind the person and the time. A
// name of which nothing follows is none.
func (c *call) scheduleFirst(text string) (name, rest string) {
	word, behind := cutWord(text)
	if behind == "" || strings.HasPrefix(word, "@") {
		return "", text
	}
	s, err := c.scheduleOf(word)
	if err != nil {
		return "", text
	}
	return s.Name, behind
}

// answerShift answers an offer, or takes a change back. Without a number it is the only one there is to answer.
func (b *Bot) answerShift(ctx context.Context, c *call, deed, rest string) (Reply, error) {
	if b.Shifts == nil {
		return Reply{}, incident.Refuse("oncall_none")
	}
	number, err := b.shiftNumber(ctx, c, deed, rest)
	if err != nil {
		return Reply{}, err
	}
	done, err := b.Shifts.ChangeShift(ctx, c.cause(), number, func(was oncall.Change) (oncall.Change, []incident.Effect, error) {
		now, why := was, ""
		if deed == "cancel" {
			now, why = was.Cancel(string(c.By), c.mayOrder(), c.now)
		} else {
			now, why = was.Answer(string(c.By), deed == "accept", c.now)
		}
		if why != "" {
			return was, nil, c.refuseShift(why, was)
		}
		s, _ := c.policy.Schedule(now.Schedule)
		return now, c.tellShift(now, s), nil
	})
	if errors.Is(err, incident.ErrNotFound) {
		return Reply{}, incident.Refuse("oncall_number", "Word", itoa(int(number)))
	}
	return b.shiftReply(c, done, err)
}

func (b *Bot) shiftReply(c *call, done oncall.Change, err error) (Reply, error) {
	if err != nil {
		return Reply{}, err
	}
	c.changed = true
	return Reply{Text: "#" + strconv.FormatInt(done.Number, 10) + " " + c.view.change(done)}, nil
}

// shiftNumber reads which change is meant, or finds the only one that waits for the asker.
func (b *Bot) shiftNumber(ctx context.Context, c *call, deed, rest string) (int64, error) {
	if word, _ := cutWord(rest); word != "" {
		n, err := strconv.ParseInt(strings.TrimLeft(fold(word), "#"), 10, 64)
		if err != nil || n < 1 {
			return 0, incident.Refuse("oncall_number", "Word", cutRunes(word, 20))
		}
		return n, nil
	}
	changes, err := b.Shifts.ShiftChanges(ctx, c.now)
	if err != nil {
		return 0, fmt.Errorf("list changes of shifts: %w", err)
	}
	var mine []string
	for _, one := range changes {
		waits := one.State == oncall.Offered && one.Person == string(c.By)
		if deed == "cancel" {
			waits = (one.State == oncall.Offered || one.State == oncall.InForce) && one.By == string(c.By)
		}
		if waits {
			mine = append(mine, strconv.FormatInt(one.Number, 10))
		}
	}
	if len(mine) != 1 {
		return 0, incident.Refuse("oncall_which", "Near", mine)
	}
	return strconv.ParseInt(mine[0], 10, 64)
}

// mayOrder reports whether somebody may put others in: managers, and everybody where none are named.
func (c *call) mayOrder() bool {
	return mayOrder(c.policy, c.me)
}

func mayOrder(p incident.Policy, me incident.Person) bool {
	return me.ID != "" && (me.Manager || len(p.Managers) == 0 || slices.Contains(p.Managers, me.ID))
}

// shiftSchedule is the schedule that was named, else the only one there is, or in which the asker has a turn in that time.
func (c *call) shiftSchedule(name string, own bool, from, to time.Time) (*oncall.Schedule, error) {
	if name != "" {
		return c.scheduleOf(name)
	}
	var fit, names []string
	for n := range c.policy.Schedules {
		s := &c.policy.Schedules[n]
		names = append(names, s.Name)
		if !own || slices.ContainsFunc(s.Shifts(from, to), func(shift oncall.Shift) bool { return shift.Person == string(c.By) }) {
			fit = append(fit, s.Name)
		}
	}
	switch {
	case len(fit) == 1:
		return c.scheduleOf(fit[0])
	case len(names) == 1:
		return c.scheduleOf(names[0])
	case len(fit) == 0 && own:
		return nil, incident.Refuse("oncall_" + oncall.RefusedNotOn)
	}
	return nil, incident.Refuse("oncall_schedule_needed", "Near", names)
}

func (c *call) refuseShift(why string, of oncall.Change) error {
	return incident.Refuse("oncall_"+why, "Person", Escape(c.names(incident.PersonID(of.Person))), "Number", strconv.FormatInt(of.Number, 10))
}

// tellShift tells those concerned, but for the one who does it: who was asked, who asked, who comes in and whose place is taken.
func (c *call) tellShift(of oncall.Change, s *oncall.Schedule) []incident.Effect {
	concerned := []string{of.Person, of.By, of.For}
	if of.State == oncall.Offered {
		concerned = []string{of.Person}
	} else if of.For == "" && s != nil {
		for _, shift := range s.Shifts(of.From, of.To) {
			concerned = append(concerned, shift.Person)
		}
	}
	if len(c.policy.Realms) == 0 {
		return nil
	}
	var out []incident.Effect
	seen := []string{"", string(c.By)}
	for _, person := range concerned {
		if slices.Contains(seen, person) {
			continue
		}
		seen = append(seen, person)
		out = append(out, incident.Effect{Kind: incident.Tell, Realm: c.policy.Realms[0], Person: incident.PersonID(person), Urgent: true})
	}
	return out
}

// spanOf reads from when until when at the beginning of a text, and what follows: "sat 09:00-18:00 payments", "明日 9:00から18:00",
// "now to 18:00". An end without a day is the first such time after the beginning.
func spanOf(text string, now time.Time, zone *time.Location) (from, to time.Time, rest string, ok bool) {
	text = lang.Fold(strings.TrimSpace(text))
	for _, mark := range []string{"から", "〜", "～", "~", "–", "—", " to ", " until ", " - ", "-"} {
		for at := 0; ; {
			k := strings.Index(text[at:], mark)
			if k < 0 {
				break
			}
			before, behind := strings.TrimSpace(text[:at+k]), strings.TrimSpace(text[at+k+len(mark):])
			at += k + len(mark)
			if from, ok = instantOf(before, now, zone); !ok {
				continue
			}
			if to, rest, ok = lang.ParseFuture(behind, from, zone); ok && rest != behind {
				return from, to, strings.TrimSpace(rest), true
			}
		}
	}
	return from, to, text, false
}

// instantOf reads a text that is nothing but a time.
func instantOf(text string, now time.Time, zone *time.Location) (time.Time, bool) {
	switch fold(text) {
	case "now", "今", "いま":
		return now, true
	}
	t, rest, ok := lang.ParseFuture(text, now, zone)
	return t, ok && rest == ""
}
