package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
)

// maxListed bounds the alerts that one fact names, of each kind; the rest are counted.
const maxListed = 20

// meeting is what the batch does to one incident: it becomes one fact.
type meeting struct {
	number                     incident.Number // 0 for a storm until it is opened
	attached, refired, cleared []incident.AlertRef
	flapping, settled          []incident.AlertFlap
	hushed, left               []incident.AlertRef
	more                       int64
	joined                     []*place // whose alerts attached or fired anew
	storm                      *storm   // until it is opened
	past                       []int    // indexes in batch.past of occurrences that joined and ended
	// Of alerts that joined because their services depend on this incident's: how pressing the worst would be by itself, of which
	// services those are, and the escalations that rules ask for.
	priority    incident.Priority
	services    []string
	escalations []string
}

// storm is what opens a storm incident.
type storm struct {
	source   string
	first    *place
	ref      incident.AlertRef
	received time.Time
	priority incident.Priority // the highest of those that joined before it was opened
}

// meeting gives the meeting with an incident.
func (b *batch) meeting(n incident.Number) *meeting {
	for _, m := range b.meetings {
		if m.number == n {
			return m
		}
	}
	m := &meeting{number: n}
	b.meetings = append(b.meetings, m)
	return m
}

// attach lets a new alert join.
func (m *meeting) attach(p *place, why Reason) {
	m.join(p)
	p.row.Reason = why.String()
	m.list(&m.attached, p.row)
}

// refire lets an alert that belongs to it fire anew. The alert of a merged incident stays with that one, so that undoing
// the merge takes it along, and no key is counted twice.
func (m *meeting) refire(p *place) {
	theirs := p.row.Incident
	m.join(p)
	if theirs != 0 {
		p.row.Incident = theirs
	}
	m.list(&m.refired, p.row)
}

func (m *meeting) join(p *place) {
	p.at, p.row.Incident, p.row.Due, p.row.Alert = m, m.number, time.Time{}, settled(p.alert.Labels)
	m.joined = append(m.joined, p)
}

// list names an alert, or counts it where too many are named already.
func (m *meeting) list(to *[]incident.AlertRef, row Row) {
	if len(*to) >= maxListed {
		m.more++
		return
	}
	*to = append(*to, refOf(row))
}

// refOf is what a fact keeps of an alert.
func refOf(r Row) incident.AlertRef {
	return incident.AlertRef{Source: r.Source, Key: r.Key, Title: r.Title, Service: r.Service, Host: r.Host, Link: r.Link, Start: r.Start}
}

// settle opens storms, saves rows and tells each incident what it met, until nobody has anything more to say: an
// incident that refuses sends its alerts back to be judged anew.
func (b *batch) settle(ctx context.Context) error {
	const most = 10 // rounds: a writer must never hang on incidents that all refuse
	if len(b.matched) > 0 {
		if err := b.w.RulesMatched(ctx, b.matched, b.now); err != nil {
			return fmt.Errorf("count what stored rules decided on: %w", err)
		}
	}
	for range most {
		if err := b.openStorms(ctx); err != nil {
			return err
		}
		if err := b.save(ctx); err != nil {
			return err
		}
		told := b.meetings
		if b.meetings = nil; len(told) == 0 {
			return b.gather(ctx)
		}
		for _, m := range told {
			for _, p := range m.joined {
				b.mark(p)
			}
			if err := b.tell(ctx, m); err != nil {
				return err
			}
		}
	}
	return errRefusing
}

var errRefusing = errors.New("one incident after another refuses to hear of its alerts")

// save keeps the rows that changed.
func (b *batch) save(ctx context.Context) error {
	rows := slices.Grow(b.past, len(b.touched))
	for _, p := range b.touched {
		rows = append(rows, p.row)
		p.changed = false
	}
	b.past, b.touched = nil, nil
	if len(rows) == 0 {
		return nil
	}
	if err := b.w.Save(ctx, rows); err != nil {
		return fmt.Errorf("save alerts: %w", err)
	}
	return nil
}

// tell makes the one fact of a meeting.
func (b *batch) tell(ctx context.Context, m *meeting) error {
	news := len(m.attached) + len(m.refired) + len(m.cleared) + len(m.flapping) + len(m.settled) + len(m.hushed)
	if news+len(m.left) == 0 {
		return nil
	}
	cmd := incident.MeetAlerts{
		Attached: m.attached, Refired: m.refired, Cleared: m.cleared, Hushed: m.hushed, Left: m.left, More: m.more,
		Flapping: m.flapping, Settled: m.settled,
	}
	if err := b.tally(ctx, m.number, &cmd, 0); err != nil {
		return err
	}
	if i := b.incidents[m.number]; news == 0 && i != nil && i.Alerts.Firing == cmd.Firing { // they had cleared
		return nil
	}
	r, err := b.desk.Do(ctx, m.number, cmd, incident.By{}, b.causeOf(m.number.String()))
	var refusal *incident.Refusal
	switch {
	case err == nil:
		b.incidents[m.number] = r.Incident
		return b.press(ctx, m)
	case !errors.As(err, &refusal) && !errors.Is(err, incident.ErrNotFound):
		return fmt.Errorf("tell %s of its alerts: %w", m.number, err)
	}
	b.shunned[m.number] = true
	for _, p := range m.joined {
		if p.row.Status != Firing {
			continue
		}
		b.change(p, p.row)
		if err := b.judge(ctx, p, 0); err != nil {
			return err
		}
	}
	return nil
}

// tally counts the alerts of an incident and of those that were merged into it.
func (b *batch) tally(ctx context.Context, n incident.Number, cmd *incident.MeetAlerts, depth int) error {
	total, firing, err := b.w.Tally(ctx, n)
	if err != nil {
		return fmt.Errorf("count the alerts of %s: %w", n, err)
	}
	cmd.Total, cmd.Firing = cmd.Total+total, cmd.Firing+firing
	i, err := b.load(ctx, n)
	if err != nil || i == nil || depth > 20 {
		return err
	}
	for _, merged := range i.Merged {
		if err := b.tally(ctx, merged, cmd, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// causeOf is the cause of the batch's next command, which is about what is named.
func (b *batch) causeOf(what string) incident.Cause {
	b.deeds++
	return incident.Cause{ID: fmt.Sprintf("%s:%d:%s", b.cause, b.deeds, what), Machine: true}
}
