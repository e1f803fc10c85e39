package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// call is one request while it is answered: who asks, in which language, about which incident.
type call struct {
	Request
	line    *Line
	me      incident.Person
	lang    lang.Lang
	zone    *time.Location
	now     time.Time
	policy  incident.Policy
	names   Names
	inc     *incident.Incident
	view    View
	person  incident.PersonID // whom an ambiguous role was meant for
	changed bool              // something was recorded
	deeds   int               // commands done so far: each has a cause of its own
	notes   []string          // said below the reply: what was shortened, what was assumed
}

// Handle answers a request. An error means that something broke; what cannot be done is in Reply.Refused, worded
// in Reply.Text. The same request again (by its Cause) changes nothing and gets the same answer.
func (b *Bot) Handle(ctx context.Context, r Request) (Reply, error) {
	c, err := b.begin(ctx, r)
	if err != nil {
		return Reply{}, err
	}
	reply, err := b.reply(ctx, c)
	if c.line != nil {
		reply.Verb = c.line.Verb.ID
	}
	if c.inc != nil && c.inc.Number == reply.Number {
		reply.Incident = c.inc
	}
	return reply, err
}

// reply is the answer, or what it is of an error.
func (b *Bot) reply(ctx context.Context, c *call) (Reply, error) {
	reply, err := b.answer(ctx, c)
	reply.Changed = c.changed
	if err == nil {
		if len(c.notes) > 0 {
			reply.Heard = false
			reply.Text = strings.Join(append([]string{reply.Text}, c.notes...), "\n")
		}
		return reply, nil
	}
	var refusal *incident.Refusal
	if errors.As(err, &refusal) {
		return b.quicker(ctx, c, b.refused(c, refusal))
	}
	if errors.Is(err, incident.ErrNotFound) {
		return b.refused(c, incident.Refuse("not_found", "Number", numberOf(c))), nil
	}
	return Reply{}, fmt.Errorf("handle %s %s: %w", c.Kind, c.Cause, err)
}

func numberOf(c *call) string {
	switch {
	case c.inc != nil:
		return c.inc.Number.String()
	case c.line != nil && c.line.Number != 0:
		return c.line.Number.String()
	}
	return ""
}

func (b *Bot) begin(ctx context.Context, r Request) (*call, error) {
	c := &call{Request: r, lang: b.Lang, policy: b.Policy(), now: b.Now().UTC().Truncate(time.Microsecond)}
	c.zone = c.policy.Zone
	if c.zone == nil {
		c.zone = time.UTC
	}
	if r.Lang != "" {
		c.lang = r.Lang
	}
	if r.By != "" {
		p, err := b.People.Person(ctx, r.By)
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			return nil, fmt.Errorf("look up %s: %w", r.By, err)
		}
		c.me = p
		c.me.ID = r.By
		if l, ok := lang.Parse(p.Lang); ok && p.Lang != "" {
			c.lang = l
		}
		if z, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
			c.zone = z
		}
	}
	c.names = b.names(ctx, c.lang)
	if !r.NoForms {
		c.names = mention // a chat turns tokens into names that can still be erased
	}
	c.view = View{Names: c.names, Lang: c.lang, Zone: c.zone, Now: c.now, BaseURL: b.BaseURL, Policy: c.policy, busy: b.busyOnce(ctx, c.policy)}
	return c, nil
}

func (b *Bot) answer(ctx context.Context, c *call) (Reply, error) {
	switch c.Kind {
	case Typed, WantForm, Sent:
		return b.command(ctx, c)
	case Reacted, Unreacted:
		return b.reacted(ctx, c)
	case FromMenu:
		return b.menu(ctx, c)
	case Said, Edited, Deleted:
		return b.heard(ctx, c)
	case Entered, Gone:
		return b.passed(ctx, c)
	case Renamed, Lost:
		return b.roomChanged(ctx, c)
	}
	return Reply{}, fmt.Errorf("unknown kind of request %q", c.Kind)
}

// command runs what was typed, or what a form sent: its inputs are flags.
func (b *Bot) command(ctx context.Context, c *call) (Reply, error) {
	text, err := b.mentions(ctx, c.Text) // before it is split into words: 鈴木 健 is one name
	if err != nil {
		return Reply{}, err
	}
	line, refusal := b.grammar.Parse(text)
	if refusal != nil {
		return Reply{}, refusal
	}
	c.line = line
	if c.Kind == Sent || c.Kind == WantForm {
		for name, value := range c.Fields {
			f, ok := b.grammar.flagOf(line.Verb, name)
			if value = strings.TrimSpace(lang.Clean(value)); !ok || value == "" {
				continue
			}
			delete(line.Flags, f.Name)
			if refusal := line.set(f, &value); refusal != nil && c.Kind == Sent {
				return Reply{}, refusal
			}
		}
	}
	if !line.Verb.Alone {
		err := b.locate(ctx, c)
		if r, refused := errors.AsType[*incident.Refusal](err); refused && r.Code == "which_incident" && line.Verb.ID == "who" {
			return b.whoever(ctx, c)
		}
		if err != nil {
			return Reply{}, err
		}
	}
	if c.Kind == WantForm && line.Verb.Form {
		return b.form(ctx, c)
	}
	if reply, err := b.overtaken(ctx, c); reply != nil || err != nil {
		return *cmp.Or(reply, &Reply{}), err
	}
	return line.Verb.do(b, ctx, c)
}

// bare reports whether nothing but the verb was typed where a form can be shown for it.
func (c *call) bare() bool {
	return c.Kind == Typed && !c.NoForms && c.line.Verb.Form && strings.TrimSpace(c.line.Rest) == "" && len(c.line.Flags) == 0
}

// locate finds the incident that is meant: --in, else a number in front of the text (where no room says
// which), else the incident of the room. With none of them it asks.
func (b *Bot) locate(ctx context.Context, c *call) error {
	n := c.line.Number
	var err error
	if n == 0 {
		if n, err = b.inRoom(ctx, c); err != nil {
			return err
		}
	}
	takesNumber := slices.ContainsFunc(c.line.Verb.Args, func(a Arg) bool { return a.Kind == Another && a.Name != "incident" })
	if word, rest := cutWord(c.line.Rest); (n == 0 || c.line.Verb.Reads) && !takesNumber {
		if typed, ok := incident.ParseNumber(fold(word)); ok {
			n, c.line.Rest = typed, rest
		}
	}
	if n == 0 {
		return b.which(ctx, c)
	}
	c.inc, err = b.visible(ctx, c, n)
	return err
}

func (b *Bot) inRoom(ctx context.Context, c *call) (incident.Number, error) {
	if c.Place.Room == "" {
		return 0, nil
	}
	n, err := b.Store.InRoom(ctx, c.Place)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return 0, fmt.Errorf("find the incident of a room: %w", err)
	}
	return n, nil
}

// visible loads an incident for the one who asks; one that may not be seen looks as if it did not exist.
func (b *Bot) visible(ctx context.Context, c *call, n incident.Number) (*incident.Incident, error) {
	i, err := b.Store.Load(ctx, n)
	if errors.Is(err, incident.ErrNotFound) || err == nil && !incident.MaySee(i, c.viewer()) {
		return nil, incident.Refuse("not_found", "Number", n.String())
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", n, err)
	}
	return i, nil
}

func (c *call) viewer() incident.Viewer {
	return incident.Viewer{Person: c.By, All: c.me.Auditor}
}

// which asks for the incident, with the open ones to choose from.
func (b *Bot) which(ctx context.Context, c *call) error {
	rows, err := b.Store.Find(ctx, incident.Filter{Viewer: c.viewer(), Open: true, Limit: 5})
	if err != nil {
		return fmt.Errorf("list open incidents: %w", err)
	}
	var open []string
	for _, r := range rows {
		open = append(open, r.Number.String()+" "+plain(cutRunes(r.Title, 60)))
	}
	return incident.Refuse("which_incident", "Near", open)
}

// do runs one command through the one door. Every command of a request has its own cause.
func (b *Bot) do(ctx context.Context, c *call, cmd incident.Command) (incident.Result, error) {
	return b.doBy(ctx, c, cmd, incident.By{Person: c.By})
}

func (b *Bot) doBy(ctx context.Context, c *call, cmd incident.Command, by incident.By) (incident.Result, error) {
	var n incident.Number
	if c.inc != nil {
		n = c.inc.Number
	}
	return b.doIn(ctx, c, n, cmd, by)
}

func (b *Bot) doIn(ctx context.Context, c *call, n incident.Number, cmd incident.Command, by incident.By) (incident.Result, error) {
	res, err := b.Desk.Do(ctx, n, cmd, by, c.cause())
	c.changed = c.changed || err == nil && len(res.Events) > 0
	if err == nil && res.Incident != nil && (c.inc == nil || c.inc.Number == res.Incident.Number) {
		c.inc = res.Incident
	}
	return res, err
}

// cause is the request's own id, with a count for its further commands; empty where the platform gave none.
func (c *call) cause() incident.Cause {
	if c.Cause == "" {
		return incident.Cause{}
	}
	c.deeds++
	return incident.Cause{ID: c.causeOf(c.deeds)}
}

// causeOf is the id of the request's nth command.
func (c *call) causeOf(nth int) string {
	id := c.Place.Realm + ":" + c.Cause
	if nth > 1 {
		id += "#" + itoa(nth)
	}
	return id
}

// didNext reports whether the request's next command was carried out already, when the request came before.
func (b *Bot) didNext(ctx context.Context, c *call) (bool, error) {
	if c.Cause == "" {
		return false, nil
	}
	return b.Store.Knows(ctx, c.causeOf(c.deeds+1))
}

// act runs a command and answers with what was recorded.
func (b *Bot) act(ctx context.Context, c *call, cmd incident.Command) (Reply, error) {
	res, err := b.do(ctx, c, cmd)
	if err != nil {
		return Reply{}, err
	}
	reply := b.recorded(c, res)
	if len(res.Events) == 0 {
		return b.quicker(ctx, c, reply)
	}
	return reply, nil
}

// recorded echoes the entries that people made, each with the time it stands for.
func (b *Bot) recorded(c *call, results ...incident.Result) Reply {
	var lines []string
	for _, res := range results {
		for _, e := range res.Events {
			if e.By == "" && len(lines) > 0 {
				continue // what follows of itself is on the card
			}
			line := lang.Text(c.lang, "bot.entry", lang.Args{
				"When": c.view.moment(occurrence(e)), "Seq": e.Seq,
				"Text": Escape(cutRunes(sayer{i: res.Incident, names: c.names, l: c.lang, zone: c.zone, now: c.now, policy: c.policy}.shown(e), postMax)),
			})
			if e.Recorder != "" && e.Recorder != e.By {
				line += c.view.text("card.signed_recorded", "Person", Escape(c.names(e.By)), "Recorder", Escape(c.names(e.Recorder)))
			}
			lines = append(lines, line)
		}
	}
	id := "bot.recorded"
	if len(lines) == 0 {
		id = "bot.nothing_new"
	}
	return Reply{
		Text: lang.Text(c.lang, id, lang.Args{"Number": c.inc.Number.String(), "Lines": strings.Join(lines, "\n")}), Number: c.inc.Number,
		Heard: c.heard(results),
	}
}

// heard reports whether the room in which it was asked is told of it by a post.
func (c *call) heard(results []incident.Result) bool {
	told := false
	for _, res := range results {
		room, ok := res.Incident.Room(c.Place.Realm)
		if len(res.Events) == 0 || !ok || room.ID != c.Place.Room || room.Thread != "" && room.Thread != c.Place.Thread {
			return false
		}
		first := res.Events[0].Seq // what else a deed wrote belongs to it
		told = slices.ContainsFunc(c.policy.Effects(res.Incident, res.Incident, res.Events), func(e incident.Effect) bool {
			return e.Kind == incident.Post && e.Realm == c.Place.Realm && e.Seq == first
		})
		if !told {
			return false
		}
	}
	return told
}

// occurrence is when an entry's deed happened: as said, else when it was recorded.
func occurrence(e incident.Event) incident.Moment {
	if e.Occurred.IsZero() {
		return incident.Moment{At: e.At}
	}
	return e.Occurred
}

// refused words a refusal for the one who asked; for a form also at the input concerned.
func (b *Bot) refused(c *call, r *incident.Refusal) Reply {
	text := b.word(c, r)
	reply := Reply{Text: text, Refused: r, Card: b.choices(c, r)}
	if c.inc != nil {
		reply.Number = c.inc.Number
	}
	if input := b.inputOf(c, r); input != "" {
		reply.Errors = map[string]string{input: text}
	}
	return reply
}
