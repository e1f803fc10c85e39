package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// The bounds of one digest: who has part in more looks at the pages.
const (
	digestLoads = 60 // incidents that are looked at
	digestLines = 12 // of each section; how many there are more is said
)

// agenda is what waits for one person, in sections of escaped lines.
type agenda struct {
	v      View
	me     incident.PersonID
	today  calendar.Date
	parts  []section
	waits  bool // something is to be done: else there is no digest
	urgent bool // also on a day off
	tells  Tells
}

// section is a heading with its lines; more is how many are not shown.
type section struct {
	title string
	lines []string
	more  int
}

// digestFor finds for a person what waits for them: what they lead and hold with what is due next, questions to them, tasks, measures
// and legal duties, and what changed since yesterday.
func (b *Bot) digestFor(ctx context.Context, who incident.PersonID, v View) (*agenda, error) {
	viewer := incident.Viewer{Person: who}
	a := &agenda{v: v, me: who, today: calendar.DateOf(v.Now.In(v.Zone))}
	seen := map[incident.Number]bool{}
	var open, lasting []*incident.Incident
	for _, f := range []incident.Filter{
		{Viewer: viewer, Mine: who, Statuses: unfinished(), Limit: digestLoads},
		{Viewer: viewer, Mine: who, As: incident.AsLegal, Limit: digestLoads},
		{Viewer: viewer, Mine: who, As: incident.AsMeasure, Limit: digestLoads},
	} {
		rows, err := b.Store.Find(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("find what waits for %s: %w", who, err)
		}
		for _, row := range rows {
			if seen[row.Number] {
				continue
			}
			seen[row.Number] = true
			i, err := b.Store.Load(ctx, row.Number)
			if err != nil {
				return nil, fmt.Errorf("load %s for a digest: %w", row.Number, err)
			}
			if !incident.MaySee(i, viewer) {
				continue
			}
			if lasting = append(lasting, i); !i.Over() {
				open = append(open, i)
			}
		}
	}
	slices.SortStableFunc(open, func(x, y *incident.Incident) int {
		return cmp.Or(rankPriority(x)-rankPriority(y), x.Opened.Compare(y.Opened))
	})
	a.led(open)
	a.questions(open)
	a.tasks(open)
	a.legal(lasting)
	a.measures(lasting)
	if a.waits {
		a.silenced(open)
		if err := b.sinceYesterday(ctx, a); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// unfinished are the statuses of what is not over.
func unfinished() []incident.Status {
	return slices.DeleteFunc(incident.Statuses(), func(s incident.Status) bool {
		return s == incident.StatusClosed || s == incident.StatusCancelled || s == incident.StatusMerged
	})
}

// rankPriority puts what has none behind all others.
func rankPriority(i *incident.Incident) int {
	if i.Priority == 0 {
		return 9
	}
	return int(i.Priority)
}

// add puts lines under a heading.
func (a *agenda) add(id string, lines []string) {
	if len(lines) > 0 {
		shown := min(len(lines), digestLines)
		a.parts = append(a.parts, section{a.v.text(id), lines[:shown], len(lines) - shown})
	}
}

// name is an incident in a line; what is erased of it is then looked for in the message, too.
func (a *agenda) name(i *incident.Incident) string {
	a.tells = a.tells.also(i.Number)
	return a.v.title(i)
}

// led are the incidents of which the reader is in charge in some way, each with its next deadline.
func (a *agenda) led(open []*incident.Incident) {
	var lines []string
	for _, i := range open {
		roles := a.v.held(i, a.me)
		if len(roles) == 0 {
			continue
		}
		line := "**" + a.name(i) + "** — " + i.Priority.String() + " " + StatusName(i.Shown(), a.v.Lang) + a.v.text("digest.as", "Roles", Escape(list(roles, a.v.Lang)))
		c := i.NextTarget()
		switch {
		case c != nil && c.Running():
			line += "\n   " + a.v.due(c)
		case i.Status == incident.StatusResolved:
			line += "\n   " + a.v.text("digest.to_close", "When", a.v.when(i.Resolved))
		}
		resting := i.Hold != nil && i.Hold.Review.After(a.v.Now.Add(24*time.Hour)) // its time will come
		a.waits = a.waits || !resting
		a.urgent = a.urgent || i.Open() && i.Priority != 0 && i.Priority <= incident.P2
		lines = append(lines, line)
	}
	a.add("digest.led", lines)
}

// questions wait for an answer of the reader.
func (a *agenda) questions(open []*incident.Incident) {
	var lines []string
	for _, i := range open {
		for _, o := range i.Offers {
			if o.To == a.me {
				lines = append(lines, a.name(i)+": "+a.v.text("mine.offered", "Name", Escape(a.v.Names(o.From)), "Role", Escape(roleName(i, o.Role, a.v.Lang))))
			}
		}
		if r, ok := i.Responder(a.me); ok && r.State == "asked" && i.Open() {
			lines = append(lines, a.name(i)+": "+a.v.text("mine.called"))
			a.urgent = a.urgent || i.Priority != 0 && i.Priority <= incident.P2
		}
		if i.Status == incident.StatusResolved && slices.ContainsFunc(i.Reporters, func(r incident.Reporter) bool { return r.Person == a.me && r.Answer == "" }) {
			lines = append(lines, a.name(i)+": "+a.v.text("mine.is_it_fixed"))
		}
	}
	a.waits = a.waits || len(lines) > 0
	a.add("mine.asks", lines)
}

// tasks are the reader's own.
func (a *agenda) tasks(open []*incident.Incident) {
	var lines []string
	for _, i := range open {
		for _, t := range i.Tasks {
			if t.Owner == a.me && t.State == "claimed" {
				lines = append(lines, a.name(i)+": "+itoa(t.ID)+". "+Escape(unmention(taskText(t, a.v.Lang), a.v.Names)))
			}
		}
	}
	a.waits = a.waits || len(lines) > 0
	a.add("mine.tasks", lines)
}

// digestAhead is how far ahead measures and legal duties make a digest; later ones stand in it, where there is one.
const digestAhead = 7 * 24 * time.Hour

// legal are the stages of further clocks that are due soon, or overdue. They do not rest on days off.
func (a *agenda) legal(all []*incident.Incident) {
	type stage struct {
		at   time.Time
		line string
	}
	var found []stage
	for _, i := range all {
		if !slices.Contains(i.Parts(), incident.Part{Role: incident.AsLegal, Person: a.me}) {
			continue
		}
		for n := range i.Further {
			f := &i.Further[n]
			for _, s := range f.Waiting() {
				if s.Due.After(a.v.Now.Add(digestAhead)) {
					continue
				}
				id := "digest.legal"
				if !s.Due.After(a.v.Now) {
					id = "digest.legal_late"
				}
				a.waits, a.urgent = true, a.urgent || !s.Due.After(a.v.Now.Add(48*time.Hour))
				found = append(found, stage{s.Due, a.name(i) + ": " + a.v.text(id, "Stage", Escape(FurtherName(&f.FurtherTerms, a.v.Lang)+" — "+StageName(&s.StageTerms, a.v.Lang)), "Due", a.v.when(s.Due))})
			}
		}
	}
	slices.SortStableFunc(found, func(x, y stage) int { return x.at.Compare(y.at) })
	var lines []string
	for _, s := range found {
		lines = append(lines, s.line)
	}
	a.add("digest.legal_title", lines)
}

// measures are the reader's own that wait, those with a date first.
func (a *agenda) measures(all []*incident.Incident) {
	type waiting struct {
		until time.Time
		line  string
	}
	var found []waiting
	for _, i := range all {
		for k, m := range i.Measures {
			if m.Person != a.me || !m.Waits() {
				continue
			}
			until := m.Until
			if until.IsZero() {
				until = a.v.Now.AddDate(100, 0, 0)
			}
			a.waits = a.waits || !until.After(a.v.Now.Add(digestAhead))
			found = append(found, waiting{until, a.name(i) + ": " + a.v.measureLine(k+1, m)})
		}
	}
	slices.SortStableFunc(found, func(x, y waiting) int { return x.until.Compare(y.until) })
	var lines []string
	for _, w := range found {
		lines = append(lines, w.line)
	}
	a.add("digest.measures", lines)
}

// silenced is what the reader put off for good: this is the one place that still names it.
func (a *agenda) silenced(open []*incident.Incident) {
	var lines []string
	for _, i := range open {
		for _, s := range i.Snoozing(a.v.Now) {
			if s.Person != a.me || !s.Until.IsZero() {
				continue
			}
			what := a.v.text("digest.all_reminders")
			if s.Clock != "" {
				what = clockName(s.Clock, a.v.Lang)
			}
			lines = append(lines, a.name(i)+": "+what)
		}
	}
	a.add("digest.silenced", lines)
}

// changedMost is how many entries of one incident are looked at for what changed since yesterday.
const changedMost = 40

// sinceYesterday names the last that happened in the reader's incidents in the last day, each in a line: the end of some, the
// course of others, and targets that were missed at night.
func (b *Bot) sinceYesterday(ctx context.Context, a *agenda) error {
	rows, err := b.Store.Find(ctx, incident.Filter{Viewer: incident.Viewer{Person: a.me}, Mine: a.me, Limit: digestLoads})
	if err != nil {
		return fmt.Errorf("find what changed for %s: %w", a.me, err)
	}
	since := a.v.Now.Add(-24 * time.Hour)
	rows = slices.DeleteFunc(rows, func(r incident.Row) bool { return r.Changed.Before(since) })
	slices.SortStableFunc(rows, func(x, y incident.Row) int { return y.Changed.Compare(x.Changed) })
	var lines []string
	for _, row := range rows[:min(len(rows), digestLines)] {
		events, err := b.Store.Timeline(ctx, row.Number, max(0, row.Version-changedMost), changedMost)
		if err != nil {
			return fmt.Errorf("read %s for a digest: %w", row.Number, err)
		}
		i, err := b.Store.Load(ctx, row.Number)
		if err != nil {
			return fmt.Errorf("load %s for a digest: %w", row.Number, err)
		}
		for _, e := range slices.Backward(events) {
			if !e.At.Before(since) && e.By != a.me && notable(e.Fact) {
				lines = append(lines, a.name(i)+": "+a.v.when(e.At)+" "+cutRunes(oneLine(a.v.say(e, i), 160), 200))
				break
			}
		}
	}
	a.add("digest.changed", lines)
	return nil
}

// notable reports whether an entry tells how an incident goes.
func notable(f incident.Fact) bool {
	switch f.(type) {
	case *incident.Opened, *incident.Prioritised, *incident.StatusChanged, *incident.RestorationDeclared, *incident.RestorationWithdrawn, *incident.Resolved,
		*incident.Closed, *incident.Reopened, *incident.Cancelled, *incident.MergedInto, *incident.PutOnHold, *incident.Resumed, *incident.Published,
		*incident.TargetMissed, *incident.RoleTaken, *incident.TakenOver, *incident.Escalated, *incident.Confirmed:
		return true
	}
	return false
}

// text is the whole of it.
func (a *agenda) text() string {
	var out []string
	for _, s := range a.parts {
		lines := []string{"**" + s.title + "**"}
		for _, line := range s.lines {
			lines = append(lines, "- "+line)
		}
		if s.more > 0 {
			lines = append(lines, "- "+a.v.text("digest.more", "N", s.more))
		}
		out = append(out, strings.Join(lines, "\n"))
	}
	return strings.Join(out, "\n\n")
}

// card is the message.
func (a *agenda) card() *Card {
	title := a.v.text("digest.title", "Day", lang.Date(a.v.Lang, a.v.Now, a.v.Zone))
	c := &Card{Title: title, Link: a.v.mineLink(), Tone: Calm, Text: a.text()}
	if a.urgent {
		c.Tone = Warning
	}
	return c
}

// mineLink is the page of one's own work.
func (v View) mineLink() string {
	if v.BaseURL == "" {
		return ""
	}
	return strings.TrimRight(v.BaseURL, "/") + "/mine"
}

// renderDigest renders the digest of a day, as things stand when it is sent. It says nothing where nothing waits, on days off where
// nothing is urgent, and once its day is over.
func (b *Bot) renderDigest(ctx context.Context, d incident.Delivery) (Outgoing, error) {
	out := Outgoing{Incident: &incident.Incident{}}
	p, err := b.People.Person(ctx, d.Effect.Person)
	if err != nil || p.Erased {
		out.Skip = "nobody to tell"
		return out, err
	}
	v := b.View(ctx, b.Lang, nil)
	v.Names, v.here = mention, d.Effect.Realm
	v = b.viewOf(ctx, d.Effect.Person, v)
	if today := calendar.DateOf(v.Now.In(v.Zone)); int64(today) != d.Effect.Seq {
		out.Skip = "its day is over"
		return out, nil
	}
	a, err := b.digestFor(ctx, d.Effect.Person, v)
	switch {
	case err != nil:
		return out, err
	case !a.waits:
		out.Skip = "nothing waits"
	case !a.urgent && !v.Policy.Workday(a.today):
		out.Skip = "a day off, and nothing is urgent"
	}
	c := a.card()
	c.Text += "\n\n" + v.text("digest.foot", "Name", b.Name)
	out.Message = Message{Key: Key(d), Lang: v.Lang, Link: c.Link, Card: c, Pings: []incident.PersonID{d.Effect.Person}, Tells: a.tells}
	return out, nil
}
