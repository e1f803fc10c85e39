package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/incident/wording"
	"matoi/lang"
)

// The bounds of what is said about who is on call.
const (
	gapsAhead  = 14 * 24 * time.Hour // how far gaps are looked for
	gapsShown  = 4
	offersBack = 10 // changes that wait for an answer, shown at most
)

// shiftDeeds are the words in front of what can be done about shifts, beside looking at them.
func shiftDeeds() []string { return []string{"swap", "override", "accept", "decline", "cancel"} }

// shiftDeed reads such a word in both languages, "" for another one.
func shiftDeed(word string) string {
	switch fold(word) {
	case "swap", "cover", "交代", "交替", "代わり":
		return "swap"
	case "override", "put", "差し替え", "差替え", "指定":
		return "override"
	case "accept", "accepted", "yes", "承諾", "受ける":
		return "accept"
	case "decline", "declined", "no", "辞退", "断る":
		return "decline"
	case "cancel", "withdraw", "取り消し", "取消", "取り消す":
		return "cancel"
	}
	return ""
}

// oncall shows who is on call now and next, or changes it: oncall [schedule], oncall swap @suzuki sat 09:00-18:00.
func (b *Bot) oncall(ctx context.Context, c *call) (Reply, error) {
	word, rest := cutWord(c.line.Rest)
	switch deed := shiftDeed(word); deed {
	case "swap", "override":
		return b.askShift(ctx, c, deed, rest)
	case "accept", "decline", "cancel":
		return b.answerShift(ctx, c, deed, rest)
	}
	schedules := c.policy.Schedules
	if name := strings.TrimSpace(c.line.Rest); name != "" {
		s, err := c.scheduleOf(name)
		if err != nil {
			return Reply{}, err
		}
		schedules = []oncall.Schedule{*s}
	}
	if len(schedules) == 0 {
		return Reply{Text: c.view.standing()}, nil
	}
	var parts []string
	for n := range schedules {
		parts = append(parts, strings.Join(c.view.duty(&schedules[n]), "\n"))
	}
	offers, err := b.offers(ctx, c, schedules)
	if err != nil {
		return Reply{}, err
	}
	if len(offers) > 0 {
		parts = append(parts, strings.Join(offers, "\n"))
	}
	if c.view.BaseURL != "" {
		parts = append(parts, c.view.text("oncall.more", "Link", c.view.oncallLink()))
	}
	return Reply{Text: strings.Join(parts, "\n\n")}, nil
}

// scheduleOf finds a schedule as people write its name.
func (c *call) scheduleOf(name string) (*oncall.Schedule, error) {
	var names []string
	for n := range c.policy.Schedules {
		s := &c.policy.Schedules[n]
		if fold(s.Name) == fold(name) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, incident.Refuse("oncall_schedule", "Word", cutRunes(name, 40), "Near", names)
}

// standing is who is asked where there is no schedule.
func (v View) standing() string {
	if len(v.Policy.OnCall) == 0 {
		return v.text("oncall.none")
	}
	var names []string
	for _, p := range v.Policy.OnCall {
		names = append(names, Escape(v.Names(p)))
	}
	return v.text("oncall.standing", "Names", list(names, v.Lang))
}

// duty says who has a duty now and next, and when nobody will.
func (v View) duty(s *oncall.Schedule) []string {
	lines := []string{"**" + Escape(s.Name) + "**"}
	now := s.Current(v.Now)
	for _, shift := range now {
		lines = append(lines, v.text("oncall.now", "Person", Escape(v.Names(incident.PersonID(shift.Person))), "Until", v.until(shift)))
	}
	if len(now) == 0 {
		lines = append(lines, v.text("oncall.nobody"))
	}
	if next, ok := s.Next("", v.Now); ok {
		lines = append(lines, v.text("oncall.next", "Person", Escape(v.Names(incident.PersonID(next.Person))), "From", v.dayTime(next.From), "Until", v.until(next)))
	}
	gaps := s.Gaps(v.Now, v.Now.Add(gapsAhead))
	for n, g := range gaps {
		if n == gapsShown {
			lines = append(lines, v.text("oncall.gaps_more", "N", len(gaps)-gapsShown))
			break
		}
		lines = append(lines, v.text("oncall.gap", "From", v.dayTime(g.From), "To", v.dayTime(g.To)))
	}
	return append(lines, v.outside(s)...)
}

// outside says how old the shifts are that come from elsewhere, and what is wrong with them.
func (v View) outside(s *oncall.Schedule) (lines []string) {
	if s.Outside == nil {
		return nil
	}
	ago := lang.Ago(v.Lang, v.Now.Sub(s.AsOf))
	switch {
	case s.AsOf.IsZero():
		lines = append(lines, "- ⚠ "+v.text("oncall.outside_never"))
	case s.Stale(v.Now):
		lines = append(lines, "- ⚠ "+v.text("oncall.outside_old", "Ago", ago))
	default:
		lines = append(lines, "- "+v.text("oncall.age", "Ago", ago))
	}
	if s.Outside.Trouble != "" {
		lines = append(lines, "- ⚠ "+v.text("oncall.outside_trouble", "Why", Escape(wording.Trouble(s.Outside.Trouble, v.Lang))))
	}
	if len(s.Outside.Unknown) > 0 {
		lines = append(lines, "- ⚠ "+v.text("oncall.outside_unknown", "Names", Escape(strings.Join(s.Outside.Unknown, ", "))))
	}
	return lines
}

// dayTime is a planned time with its day of the week.
func (v View) dayTime(t time.Time) string { return lang.DayTime(v.Lang, t, v.Now, v.Zone) }

// until is the end of a shift; one that goes on for a year has none that anybody would ask for.
func (v View) until(s oncall.Shift) string {
	if s.To.Sub(v.Now) > 360*24*time.Hour {
		return v.text("oncall.no_end")
	}
	return v.text("oncall.until", "Time", v.dayTime(s.To), "Ago", lang.Ago(v.Lang, v.Now.Sub(s.To)))
}

// offers lists the swaps that wait for an answer, with what the reader can do about them.
func (b *Bot) offers(ctx context.Context, c *call, of []oncall.Schedule) ([]string, error) {
	if b.Shifts == nil {
		return nil, nil
	}
	changes, err := b.Shifts.ShiftChanges(ctx, c.now)
	if err != nil {
		return nil, fmt.Errorf("list changes of shifts: %w", err)
	}
	var lines []string
	for _, one := range changes {
		shown := slices.ContainsFunc(of, func(s oncall.Schedule) bool { return s.Name == one.Schedule })
		if !shown || one.State != oncall.Offered && one.State != oncall.InForce {
			continue
		}
		if len(lines) == offersBack {
			lines = append(lines, c.view.text("oncall.offers_more"))
			break
		}
		lines = append(lines, "- #"+itoa(int(one.Number))+" "+c.view.change(one))
	}
	return lines, nil
}
