package alert

import (
	"context"
	"fmt"
	"time"

	"matoi/incident"
)

// Hands is where people do what no rule did. Storage is one.
type Hands interface {
	// ByHand runs work once in one write transaction, and commits what it did through w, or nothing if it fails. It never runs
	// beside WorkOff on the same database.
	ByHand(ctx context.Context, work func(ctx context.Context, w Work) error) error
}

// Adoption gives alerts that opened nothing to an incident, by the hand of a person.
type Adoption struct {
	Alerts []Row // as they were seen; what counts is the latest row of their source and key
	// Into is an open incident, or one merged into such; 0 opens another one by Open, of which title and judgement are the person's.
	Into  incident.Number
	Open  incident.Open
	By    incident.By
	Cause incident.Cause
	// Again says that the cause was seen before, so that the first answer is given.
	Again bool
}

// Adopted is what became of an Adoption.
type Adopted struct {
	incident.Result
	Alerts int // that it has now for the first time
	Taken  int // left where they are, for they belong to an incident by now
}

// Adopt opens an incident for alerts or attaches them to one. Rows, incident and cause commit together; from then on an alert counts as if
// a rule had done it: it is listed, its all-clear reaches the incident, and firing again it opens nothing. A *incident.Refusal says
// why not: inbox_taken (Number) where an incident has all of them already, inbox_over (Number) where that one is over.
func Adopt(ctx context.Context, in Hands, desk incident.Desk, a Adoption) (done Adopted, err error) {
	err = in.ByHand(ctx, func(ctx context.Context, w Work) (err error) {
		desk.Store = w.Store()
		b := &batch{w: w, desk: desk, incidents: map[incident.Number]*incident.Incident{}}
		done, err = b.adopt(ctx, a)
		return err
	})
	return done, err //nolint:wrapcheck // a refusal must come bare
}

func (b *batch) adopt(ctx context.Context, a Adoption) (done Adopted, err error) {
	var rows []Row
	if !a.Again {
		if rows, done.Taken, err = b.untaken(ctx, a.Alerts); err != nil {
			return done, err
		}
		if a.Into != 0 {
			if a.Into, err = b.living(ctx, a.Into); err != nil {
				return done, err
			}
		}
	}
	if a.Into == 0 {
		return b.openFor(ctx, a, rows, done)
	}
	done.Alerts = len(rows)
	if err := b.give(ctx, rows, a.Into, Attach, because("alert.reason_hand_attached")); err != nil {
		return done, err
	}
	cmd, err := b.news(ctx, a.Into, rows)
	if err != nil {
		return done, err
	}
	done.Result, err = b.desk.Do(ctx, a.Into, cmd, a.By, a.Cause)
	return done, err //nolint:wrapcheck // a refusal must come bare
}

// openFor opens an incident for the first alert and attaches the others.
func (b *batch) openFor(ctx context.Context, a Adoption, rows []Row, done Adopted) (Adopted, error) {
	if len(rows) > 0 {
		first := rows[0]
		ref := refOf(first)
		a.Open.Alert, a.Open.Group, a.Open.Channel, a.Open.Detected = &ref, first.Group, "alert", first.FirstSeen
		if first.Link != "" {
			a.Open.Links = append(a.Open.Links, incident.Link{Kind: "page", URL: first.Link, Title: first.Source})
		}
	}
	r, err := b.desk.Do(ctx, 0, a.Open, a.By, a.Cause)
	if err != nil || len(rows) == 0 {
		done.Result = r
		return done, err //nolint:wrapcheck // a refusal must come bare
	}
	n := r.Incident.Number
	done.Result, done.Alerts = r, len(rows)
	if err := b.give(ctx, rows, n, Open, because("alert.reason_hand_opened")); err != nil {
		return done, err
	}
	cmd, err := b.news(ctx, n, rows[1:])
	if err != nil {
		return done, err
	}
	if !rows[0].Burns() {
		cmd.Cleared = append(cmd.Cleared, refOf(rows[0]))
	}
	if len(cmd.Attached)+len(cmd.Cleared) == 0 {
		return done, nil
	}
	further := a.Cause
	if further.ID != "" {
		further.ID += "#alerts"
	}
	told, err := b.desk.Do(ctx, n, cmd, a.By, further)
	if err == nil {
		done.Incident = told.Incident
	}
	return done, err //nolint:wrapcheck // a refusal must come bare
}

// untaken gives the latest rows of alerts that have no incident, each once, and how many have one. If none is left it is refused.
func (b *batch) untaken(ctx context.Context, seen []Row) (rows []Row, taken int, err error) {
	had := map[rowKey]bool{}
	var by incident.Number
	for _, s := range seen {
		k := rowKey{s.Source, s.Key}
		if had[k] {
			continue
		}
		had[k] = true
		known, err := b.w.Known(ctx, s.Source, []string{s.Key})
		if err != nil {
			return nil, 0, fmt.Errorf("recall an alert: %w", err)
		}
		switch row, is := known[s.Key]; {
		case !is: // pruned since
		case row.Incident != 0:
			taken, by = taken+1, row.Incident
		default:
			rows = append(rows, row)
		}
	}
	switch {
	case len(rows) > 0:
		return rows, taken, nil
	case taken > 0:
		return nil, taken, incident.Refuse("inbox_taken", "Number", by.String())
	}
	return nil, 0, incident.ErrNotFound
}

// living is the incident itself, or the one that it was merged into; one that is over takes nothing in.
func (b *batch) living(ctx context.Context, n incident.Number) (incident.Number, error) {
	i, err := b.follow(ctx, n)
	switch {
	case err != nil:
		return 0, err
	case i == nil:
		return 0, incident.ErrNotFound
	case !i.Open():
		return 0, incident.Refuse("inbox_over", "Number", i.Number.String())
	}
	return i.Number, nil
}

// give lets rows belong to an incident. What flaps does so there until it has held still.
func (b *batch) give(ctx context.Context, rows []Row, n incident.Number, outcome string, why Reason) error {
	for k := range rows {
		r := &rows[k]
		if r.Incident = n; flapOf(r.Flap).flaps() {
			continue
		}
		r.Outcome, r.Rule, r.Reason = outcome, "", why.String()
		r.Due = time.Time{}
		r.settle()
	}
	if len(rows) == 0 {
		return nil
	}
	if err := b.w.Save(ctx, rows); err != nil {
		return fmt.Errorf("save alerts: %w", err)
	}
	return nil
}

// news is what an incident hears of alerts that were attached to it.
func (b *batch) news(ctx context.Context, n incident.Number, rows []Row) (incident.MeetAlerts, error) {
	var m meeting
	for _, r := range rows {
		m.list(&m.attached, r)
	}
	cmd := incident.MeetAlerts{Attached: m.attached, More: m.more}
	return cmd, b.tally(ctx, n, &cmd, 0)
}
