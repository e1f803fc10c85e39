package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// The bounds of a message that reminds of what is due.
const (
	besideDue    = 16 // entries around one that are looked through for what became due at the same instant
	mostDue      = 12 // incidents that are listed, the most pressing ones
	mostDoDue    = 5  // buttons that do what is due
	lateDelivery = 3 * time.Minute
)

// renderDue words for one person what became due of one incident at one instant, in one message: the entry of the effect, and
// those beside it that are for the same person. What was done, moved or put off since is left out.
func (b *Bot) renderDue(ctx context.Context, out *Outgoing, of incident.Effect, v View) error {
	before := of.Seq - 1
	if of.Kind != incident.Remind { // what was missed goes first, whatever stands before it
		before = max(0, of.Seq-besideDue)
	}
	events, err := b.Store.Timeline(ctx, of.Number, before, int(of.Seq-before)+besideDue)
	if err != nil {
		return fmt.Errorf("read what is due in %s: %w", of.Number, err)
	}
	at := slices.IndexFunc(events, func(e incident.Event) bool { return e.Seq == of.Seq })
	if at < 0 {
		out.Skip = "no such entry"
		return nil
	}
	head, i := events[at], out.Incident
	var all []due
	for _, e := range events {
		if e.Seq != of.Seq && (!e.At.Equal(head.At) || !slices.Contains(i.Audience(e.Fact, e.At), of.Person)) {
			continue
		}
		k := clockOf(e.Fact)
		if k == "" || i.Spared(of.Person, k, v.Now) {
			continue
		}
		m, ok, err := b.tell(ctx, i, e, of.Person, v)
		if err != nil {
			return err
		}
		if !ok || m.Card == nil {
			continue
		}
		all = slices.DeleteFunc(all, func(d due) bool { return d.clock == k }) // the later one says it all
		all = append(all, due{k, e, m})
	}
	if len(all) == 0 {
		out.Skip = "nothing left to say"
		return nil
	}
	out.Message = v.dueOnce(i, all, of.Person)
	if late := v.Now.Sub(head.At); late >= lateDelivery {
		out.Message.Card.Text += "\n" + v.text("remind.late", "When", v.when(head.At), "Span", lang.Span(v.Lang, late.Truncate(time.Minute)))
	}
	out.Message.Tells = Tells{First: all[0].event.Seq, Last: all[len(all)-1].event.Seq, Title: true}
	return nil
}

// due is what one entry reminds of.
type due struct {
	clock   incident.ClockKind
	event   incident.Event
	message Message
}

// dueOf is the deadline that a fact reminds of.
func dueOf(f incident.Fact) time.Time {
	switch f := f.(type) {
	case *incident.Reminded:
		return f.Due
	case *incident.TargetMissed:
		return f.Due
	}
	return time.Time{}
}

// clockOf is the clock that a fact reminds of, "" where it is no reminder.
func clockOf(f incident.Fact) incident.ClockKind {
	switch f := f.(type) {
	case *incident.Reminded:
		return f.Clock
	case *incident.TargetMissed:
		return f.Clock
	}
	return ""
}

// dueOnce is one message of all that is due in an incident: what each says, the button that does each, and the ways to look and to
// have quiet.
func (v View) dueOnce(i *incident.Incident, all []due, to incident.PersonID) Message {
	m := all[0].message
	c := *m.Card
	unseen := !incident.MaySee(i, incident.Viewer{Person: to}) // named for a duty to report of a private incident
	if len(all) > 1 {
		c = Card{Title: v.title(i), Link: v.link(i.Number), Tone: Warning}
		var lines []string
		for _, d := range all {
			one := d.message.Card
			lines = append(lines, "- "+strings.ReplaceAll(one.Text, "\n", "\n  "))
			c.Fields = append(c.Fields, one.Fields...)
			if one.Tone == Burning {
				c.Tone = Burning
			}
			for _, b := range one.Buttons {
				if b.Style == "primary" && len(c.Buttons) < mostDoDue && !slices.ContainsFunc(c.Buttons, func(o Button) bool { return o.Command == b.Command }) {
					c.Buttons = append(c.Buttons, b)
				}
			}
		}
		for k := range c.Buttons {
			c.Buttons[k].Style = ""
		}
		c.Buttons = append(c.Buttons, v.button(i.Number, v.text("card.button_brief"), "brief"))
		c.Buttons[0].Style = "primary"
		c.Text = strings.Join(lines, "\n")
	}
	c.Buttons = append(slices.Clone(c.Buttons), v.button(i.Number, v.text("card.button_snooze"), "snooze 30m"))
	if unseen {
		c.Title, c.Link, c.Buttons = i.Number.String(), "", nil
	}
	m.Card, m.Pings, m.Asks = &c, []incident.PersonID{to}, false
	m.Due = nil
	for _, d := range all {
		m.Due = append(m.Due, Ref{i.Number, d.event.Seq})
	}
	return m
}

// renderReminders words what one person is reminded of in several incidents, the most pressing first, with one button for each.
func (b *Bot) renderReminders(ctx context.Context, out *Outgoing, d incident.Delivery) error {
	type reminder struct {
		i *incident.Incident
		m Message
	}
	var all []reminder
	once := b.glancing()
	for _, one := range lane(d) {
		o, err := once.Render(ctx, one)
		if err != nil {
			return err
		}
		if o.Skip != "" {
			continue
		}
		if at := slices.IndexFunc(all, func(r reminder) bool { return r.i.Number == o.Incident.Number }); at >= 0 { // the later one says it all
			o.Message.Due = append(all[at].m.Due, o.Message.Due...)
			o.Message.Tells = all[at].m.Tells.and(o.Message.Tells)
			all = slices.Delete(all, at, at+1)
		}
		all = append(all, reminder{o.Incident, o.Message})
	}
	if len(all) < 2 {
		for _, r := range all { // the rest was done since
			key, l := out.Message.Key, out.Message.Lang
			out.Message = r.m
			out.Message.Key, out.Message.Lang = key, l
		}
		return nil
	}
	out.Message.Due, out.Message.Tells = nil, Tells{}
	for _, r := range all { // what is erased of the head's incident is found by its entries
		out.Message.Due = append(out.Message.Due, r.m.Due...)
		if r.i.Number == d.Effect.Number {
			out.Message.Tells = r.m.Tells.and(out.Message.Tells)
		} else {
			out.Message.Tells = out.Message.Tells.also(r.i.Number)
		}
	}
	slices.SortStableFunc(all, func(a, b reminder) int { return cmp.Compare(urgencyOf(a.i), urgencyOf(b.i)) })
	v := b.viewOf(ctx, d.Effect.Person, b.View(ctx, out.Message.Lang, nil))
	c := &Card{Title: v.text("remind.several", "N", len(all)), Tone: Warning}
	var lines []string
	for k, r := range all {
		if r.m.Card.Tone == Burning {
			c.Tone = Burning
		}
		if k >= mostDue {
			continue
		}
		lines = append(lines, "**"+v.named(r.i.Number)+"** "+Escape(plain(strings.TrimSpace(strings.TrimPrefix(r.m.Card.Title, r.i.Number.String()))))+"\n"+indented(r.m.Card.Text))
		if k < mostDoDue && len(r.m.Card.Buttons) > 0 {
			button := r.m.Card.Buttons[0]
			button.Label, button.Style = v.text("remind.button", "Label", button.Label, "Number", r.i.Number.String()), ""
			c.Buttons = append(c.Buttons, button)
		}
	}
	if over := len(all) - mostDue; over > 0 {
		lines = append(lines, v.text("remind.more", "N", over, "Link", strings.TrimRight(v.BaseURL, "/")+"/mine"))
	}
	c.Text = strings.Join(lines, "\n")
	out.Message.Text, out.Message.Card, out.Message.Pings = "", c, []incident.PersonID{d.Effect.Person}
	return nil
}

// indented makes every line of a text an item below its heading.
func indented(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "- ")); line != "" {
			out = append(out, "- "+line)
		}
	}
	return strings.Join(out, "\n")
}

// urgencyOf orders incidents: P1 first, what has no priority yet last.
func urgencyOf(i *incident.Incident) incident.Priority {
	if i.Priority == 0 {
		return incident.P5 + 1
	}
	return i.Priority
}
