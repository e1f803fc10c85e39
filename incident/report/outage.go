package report

import (
	"time"

	"matoi/incident"
	"matoi/lang"
)

// outage is one interval in which the service was not usable. A zero To is still going on.
type outage struct {
	from, to incident.Moment
	basis    string         // what from is taken from: occurred, detected, reported or opened
	target   incident.Clock // the restoration clock as it stood when it broke again; of earlier intervals only
}

// length is how long it lasted, until now while it goes on.
func (o outage) length(now time.Time) time.Duration {
	to := o.to.At
	if to.IsZero() {
		to = now
	}
	return max(0, to.Sub(o.from.At))
}

// findOutages gives the earlier intervals and the current one. The fold keeps earlier ones without 頃, so that is read
// from the entries again.
func (b *builder) findOutages() []outage {
	var before []outage
	state := &incident.Incident{}
	for _, e := range b.Entries {
		o := outage{from: state.Occurred, to: state.Restored}
		if c := state.Clock(incident.Restoration); c != nil {
			o.target = *c
		}
		downs := len(state.Downs)
		state.Apply(e)
		if len(state.Downs) > downs {
			before = append(before, o)
		}
	}
	var out []outage
	for k, d := range b.i.Downs {
		o := outage{from: incident.Moment{At: d.From}, to: incident.Moment{At: d.To}, basis: "occurred"}
		if k < len(before) {
			o.from.Approx, o.to.Approx, o.target = before[k].from.Approx, before[k].to.Approx, before[k].target
			if before[k].from.IsZero() {
				o.from, o.basis = b.began(incident.Moment{})
			}
		}
		out = append(out, o)
	}
	now := outage{to: b.i.Restored}
	now.from, now.basis = b.began(b.i.Occurred)
	return append(out, now)
}

// began is when an interval began: occurred, else the next best that is known, and which it is.
func (b *builder) began(occurred incident.Moment) (m incident.Moment, basis string) {
	switch {
	case !occurred.IsZero():
		return occurred, "occurred"
	case !b.i.Detected.IsZero():
		return incident.Moment{At: b.i.Detected}, "detected"
	case !b.i.Reported.IsZero():
		return incident.Moment{At: b.i.Reported}, "reported"
	}
	return incident.Moment{At: b.i.Opened}, "opened"
}

// down is the downtime of all intervals together.
func (b *builder) down() time.Duration {
	var sum time.Duration
	for _, o := range b.outages {
		sum += o.length(b.now)
	}
	return sum
}

// dropped tells that the incident ended without being one of its own: cancelled or merged. It has no restoration.
func (b *builder) dropped() bool {
	return b.i.Status == incident.StatusCancelled || b.i.Status == incident.StatusMerged
}

// occurred is item 4: since when, and what that is taken from when nobody knows.
func (b *builder) occurred() []Block {
	first := b.outages[0]
	out := []Block{lines(b.moment(first.from))}
	switch first.basis {
	case "detected":
		out = append(out, b.remark("report.basis_detected", nil))
	case "reported":
		out = append(out, b.remark("report.basis_reported", nil))
	case "opened":
		out = append(out, b.remark("report.basis_opened", nil))
	}
	var pairs []Pair
	for _, o := range b.outages[1:] {
		pairs = add(pairs, b.say("report.again", nil), b.moment(o.from))
	}
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"report.detected_at", b.i.Detected}, {"report.reported_at", b.i.Reported}, {"report.opened_at", b.i.Opened}} {
		if !t.at.IsZero() {
			pairs = add(pairs, b.say(t.name, nil), b.stamp(t.at))
		}
	}
	return append(out, Block{Pairs: pairs})
}

// restored is item 5: since when it is usable again, how long it was not, and the targets beside it.
func (b *builder) restored() []Block {
	if b.dropped() {
		id := "report.not_restored_cancelled"
		if b.i.Status == incident.StatusMerged {
			id = "report.not_restored_merged"
		}
		return append([]Block{lines(b.say(id, lang.Args{"Number": b.i.Into.String()}))}, b.targets()...)
	}
	last := b.outages[len(b.outages)-1]
	var out []Block
	var pairs []Pair
	if last.to.IsZero() {
		out = append(out, lines(b.say("report.still_down", lang.Args{"When": b.stamp(b.now)})))
		pairs = add(pairs, b.say("report.downtime_so_far", nil), lang.Span(b.l, b.down()))
	} else {
		out = append(out, lines(b.moment(last.to)))
		pairs = add(pairs, b.say("report.downtime", nil), lang.Span(b.l, b.down()))
	}
	if len(b.outages) > 1 {
		for _, o := range b.outages {
			value := b.say("report.interval", lang.Args{"Period": b.period(o.from, o.to), "Span": lang.Span(b.l, o.length(b.now))})
			pairs = add(pairs, b.say("report.interval_name", nil), value)
		}
	}
	if !b.i.Resolved.IsZero() {
		pairs = add(pairs, b.say("report.resolved_at", nil), b.stamp(b.i.Resolved))
	}
	if !b.i.Closed.IsZero() {
		pairs = add(pairs, b.say("report.closed_at", nil), b.stamp(b.i.Closed))
	}
	return append(append(out, Block{Pairs: pairs}), b.targets()...)
}

func (b *builder) remark(id string, args lang.Args) Block {
	return Block{Text: []string{b.say(id, args)}, Remark: true}
}
