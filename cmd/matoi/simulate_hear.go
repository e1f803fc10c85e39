package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// hearing is the built-in chat, which keeps what is said in it.
type hearing struct {
	bot.Near
	t *theatre
}

// Tell keeps what a person is told, and has them answer if they are asked.
func (h *hearing) Tell(ctx context.Context, person incident.PersonID, m bot.Message, doubtful bool) (incident.Receipt, error) {
	r, err := h.Near.Tell(ctx, person, m, doubtful)
	if d, ok := h.t.tap.of(m.Key); err == nil && ok {
		h.t.add(pinged{At: h.t.now(), Number: d.Effect.Number, Person: person, Way: bot.ChatRealm, spoken: spokenOf(d, m)})
		if m.Asks && m.Card != nil && len(m.Card.Buttons) > 0 {
			h.t.called(d.Effect.Number, person, m.Card.Buttons[0].Command)
		}
	}
	return r, err
}

// Post keeps what a room is told; cards that show the state are no news.
func (h *hearing) Post(ctx context.Context, to incident.Place, m bot.Message, doubtful bool) (incident.Receipt, error) {
	r, err := h.Near.Post(ctx, to, m, doubtful)
	if err == nil {
		h.posted(m)
	}
	return r, err
}

// Write is Post for several.
func (h *hearing) Write(ctx context.Context, list []bot.Writing) ([]bot.Written, error) {
	done, err := h.Near.Write(ctx, list)
	for k, w := range done {
		if w.Err == nil && !list[k].Edit {
			h.posted(list[k].Message)
		}
	}
	return done, err
}

func (h *hearing) posted(m bot.Message) {
	if d, ok := h.t.tap.of(m.Key); ok && d.Effect.Kind == incident.Post {
		h.t.add(pinged{At: h.t.now(), Number: d.Effect.Number, Way: bot.ChatRealm, spoken: spokenOf(d, m)})
	}
}

// spoken is an entry of which a message speaks, with its delivery.
type spoken struct {
	delivery, seq int64
	number        incident.Number
}

func spokenOf(d incident.Delivery, m bot.Message) []spoken {
	var out []spoken
	for _, due := range m.Due {
		out = append(out, spoken{0, due.Seq, due.Number})
	}
	if len(out) > 0 {
		return out
	}
	out = []spoken{{d.ID, d.Effect.Seq, d.Effect.Number}}
	for _, b := range d.Behind {
		out = append(out, spoken{b.ID, b.Effect.Seq, b.Effect.Number})
	}
	return out
}

// calling is a pager that reaches nobody.
type calling struct {
	realm string
	t     *theatre
}

// Realm is that of the pager in whose place it stands.
func (c *calling) Realm() string { return c.realm }

// Page keeps the call, and has the person answer. Its key is <number>-<entry>-<person>/<way> (bot/page.go).
func (c *calling) Page(_ context.Context, _ string, p bot.Page) (string, error) {
	rest, _ := strings.CutPrefix(p.Key, p.Number.String()+"-")
	entry, rest, _ := strings.Cut(rest, "-")
	person, _, _ := strings.Cut(rest, "/")
	seq, err := strconv.ParseInt(entry, 10, 64)
	if err != nil {
		return "", &bot.Permanent{Err: err}
	}
	c.t.add(pinged{At: c.t.now(), Number: p.Number, Person: incident.PersonID(person), Way: c.realm, spoken: []spoken{{0, seq, p.Number}}})
	c.t.called(p.Number, incident.PersonID(person), "")
	return "simulated", nil
}

// The kinds of rows, the most pressing first.
const (
	pingCall     = "call"
	pingMissed   = "missed"
	pingReminder = "reminder"
	pingNews     = "news"
	pingAnswer   = "answer"
)

// pinged is a row: somebody is told something. Without a person it is the room; an answer is the person's own.
type pinged struct {
	At     time.Time
	Number incident.Number
	Person incident.PersonID
	Way    string
	Kind   string
	Text   string
	spoken []spoken
}

// ping reports whether somebody's pocket buzzes.
func (p pinged) ping() bool { return p.Person != "" && p.Kind != pingAnswer }

func kindOf(e incident.Event) string {
	switch e.Fact.(type) {
	case *incident.Asked, *incident.Called, *incident.Escalated:
		return pingCall
	case *incident.TargetMissed:
		return pingMissed
	case *incident.Reminded:
		return pingReminder
	}
	return pingNews
}

// deadlineOf is the deadline of which an entry speaks.
func deadlineOf(e incident.Event) (time.Time, bool) {
	switch f := e.Fact.(type) {
	case *incident.TargetMissed:
		return f.Due, true
	case *incident.Reminded:
		return f.Due, f.Clock != incident.Delegate && f.Clock != incident.Relief
	}
	return time.Time{}, false
}

// take words the rows in the language of whoever reads the whole, and puts them in order.
func (d *day) take(rows []pinged, events map[incident.Number]map[int64]incident.Event) {
	alone := map[int64]bool{} // told by themselves in the end
	for _, r := range rows {
		if len(r.spoken) > 0 {
			alone[r.spoken[0].delivery] = true
		}
	}
	rank := []string{pingCall, pingMissed, pingReminder, pingNews}
	for _, r := range rows {
		if r.Kind == "" {
			r.Kind = pingNews
		}
		var texts []string
		for k, s := range r.spoken {
			e, ok := events[s.number][s.seq]
			if !ok || k > 0 && s.delivery != 0 && alone[s.delivery] {
				continue
			}
			if kind := kindOf(e); slices.Index(rank, kind) < slices.Index(rank, r.Kind) {
				r.Kind = kind
			}
			text := d.word(e)
			if s.number != r.Number {
				text = s.number.String() + ": " + text
			}
			if !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
		if len(r.spoken) > 0 {
			r.Text = strings.Join(texts, " / ")
		}
		d.Rows = append(d.Rows, r)
	}
	slices.SortStableFunc(d.Rows, func(a, b pinged) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		if c := strings.Compare(a.Number.String(), b.Number.String()); c != 0 {
			return c
		}
		if c := slices.Index(rank, a.Kind) - slices.Index(rank, b.Kind); c != 0 { // answers first: the rest may come of them
			return c
		}
		return strings.Compare(d.to(a)+a.Way+a.Text, d.to(b)+b.Way+b.Text)
	})
}

// word says an entry in one line.
func (d *day) word(e incident.Event) string {
	var of *incident.Incident
	for _, i := range d.Incidents {
		if i.Number == e.Number {
			of = i
		}
	}
	return oneLine(bot.Say(e, of, d.Names, d.Lang, d.Zone))
}

// oneLine takes breaks and doubled spaces out.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
