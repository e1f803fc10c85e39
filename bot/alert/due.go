package alert

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"matoi/incident"
)

// counted are the messages that a wait counts, nil where the rule counts nothing.
func (p *place) counted() heardAt {
	if p.outcome.Do == Wait && p.outcome.Waits.Count > 0 {
		return p.heard
	}
	return nil
}

// waiting reports whether the row waits for what its rule asks for.
func (p *place) waiting() bool {
	return p.row.Outcome == Wait && !p.row.Due.IsZero() && p.row.Incident == 0 && p.at == nil
}

// recollect reads when the messages of a row that is counted came.
func (p *place) recollect() {
	if p.heard == nil && p.row.Outcome == Wait {
		kept, _ := p.row.rest() // what can't be read isn't counted
		p.heard, p.from = kept.Heard, kept.From
	}
}

// wait lets a fire wait, or does what its rule wants when the wait is over. Where an incident of its group is open it joins that
// at once: it is the same trouble, of which people know already.
func (b *batch) wait(ctx context.Context, p *place, previous incident.Number) error {
	w, group := p.outcome.Waits, rowKey{p.row.Source, p.row.Group}
	if len(p.heard) == 0 {
		p.heard = heardAt{p.received}
	}
	if p.from.IsZero() && p.received.After(b.now.Add(clockPlay)) { // the clock was set back since it came
		p.from, p.heard[len(p.heard)-1] = b.now, b.now
	}
	n, err := b.openOf(ctx, p.row.Source, p.row.Group)
	if err != nil {
		return err
	}
	if n != 0 {
		b.meeting(n).attach(p, joining(p.outcome))
		return nil
	}
	others, err := b.waitingWith(ctx, p)
	if err != nil {
		return err
	}
	until := w.until(p)
	over := b.again && !until.After(b.now)
	if w.Count > 0 {
		came, from := 0, p.received.Add(-time.Duration(w.Within))
		if b.again { // nothing has come: it only may have grown too old
			from = b.now.Add(-time.Duration(w.Within))
		}
		for _, q := range others {
			came += q.heard.since(from)
		}
		if over = over && came < w.Count; over {
			p.row.Reason = because("alert.reason_wait_lapsed", "Rule", p.row.Rule, "Count", strconv.Itoa(w.Count), "Within", w.Within.String()).String()
			return nil
		}
		over = came >= w.Count
	}
	if !over {
		p.row.Due = until
		return nil
	}
	p.outcome.Do, p.outcome.Why = w.then(), w.met(p.outcome.Rule)
	p.row = p.row.Judged(p.outcome)
	if err := b.place(ctx, p, previous); err != nil || w.Count == 0 {
		return err
	}
	for _, q := range b.waits[group] { // they find what it opened
		if q != p && q.waiting() && q.row.Status == Firing {
			if err := b.reconsider(ctx, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// waitingWith gives the rows that wait in the group of one that counts, itself included.
func (b *batch) waitingWith(ctx context.Context, p *place) ([]*place, error) {
	if p.outcome.Waits.Count == 0 {
		return nil, nil
	}
	group := rowKey{p.row.Source, p.row.Group}
	all, asked := b.waits[group]
	if !asked {
		rows, err := b.w.Waiting(ctx, group.source, group.key, mostCounted)
		if err != nil {
			return nil, fmt.Errorf("find the alerts that wait: %w", err)
		}
		for _, row := range rows {
			at := rowKey{row.Source, row.Key}
			if b.rows[at] == nil {
				b.rows[at] = &place{row: row, kept: true}
			}
			all = append(all, b.rows[at])
		}
	}
	found := false
	with := []*place{p}
	for _, q := range all {
		if q.recollect(); q != p && q.waiting() && q.row.Group == p.row.Group {
			with = append(with, q)
		}
		found = found || q == p
	}
	if !found {
		all = append(all, p)
	}
	b.waits[group] = all
	return with, nil
}

// repeat counts a message that tells nothing new, where a rule counts and its sender can't say whether it is a new fire.
func (b *batch) repeat(ctx context.Context, p *place) error {
	if !p.alert.Undated || p.alert.Keyed || !p.waiting() || p.outcome.Waits == nil || p.outcome.Waits.Count == 0 {
		return nil
	}
	p.heard = p.heard.and(p.received)
	return b.judge(ctx, p, 0)
}

// letGo lets an alert be that was over before its time. One that is counted counts until it is too old.
func (p *place) letGo(now time.Time) {
	if p.row.Due.IsZero() {
		return
	}
	if kept, _ := p.row.rest(); p.row.Outcome == Wait && len(kept.Heard) > 0 && p.row.Due.After(now) {
		return
	}
	if p.row.Due = (time.Time{}); p.row.Outcome == Wait {
		p.row.Reason = because("alert.reason_over_early", "Rule", p.row.Rule).String()
	}
}

// reconsider judges a row anew by what is kept of its alert.
func (b *batch) reconsider(ctx context.Context, p *place) error {
	a, err := p.row.Whole()
	if err != nil {
		return err
	}
	p.recollect()
	b.change(p, p.row)
	p.alert, p.outcome, p.received = a, b.config.again(a, b.now), p.row.FirstSeen
	return b.judge(ctx, p, 0)
}

// lookAgain judges rows anew whose time has come, by the rules of the moment. What is over by now is let go.
func (b *batch) lookAgain(ctx context.Context, rows []Row) error {
	b.again = true
	for _, row := range rows {
		b.rows[rowKey{row.Source, row.Key}] = &place{row: row, kept: true}
	}
	for _, row := range rows {
		p := b.rows[rowKey{row.Source, row.Key}]
		if p.changed { // what came before it in this batch took it along
			continue
		}
		if was, err := b.resume(ctx, p); was || err != nil {
			if err != nil {
				return fmt.Errorf("resume alert %s of %s: %w", row.Key, row.Source, err)
			}
			continue
		}
		if row.Status != Firing || row.Incident != 0 {
			b.change(p, row)
			p.letGo(b.now)
			continue
		}
		if err := b.reconsider(ctx, p); err != nil {
			return fmt.Errorf("judge alert %s of %s again: %w", row.Key, row.Source, err)
		}
		if p.row.Incident == 0 && !p.row.Due.IsZero() && !p.row.Due.After(b.now) { // never in circles
			p.row.Due = b.now.Add(time.Minute)
		}
	}
	return b.settle(ctx)
}
