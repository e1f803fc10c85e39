package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"matoi/incident"
)

// Damping says when an alert flaps: it fires anew more often than Times within that time. From then on its fires and all-clears are only
// counted, until it has held still for as long. Without Times nothing is damped but what its sender says of itself.
type Damping struct {
	Times  int
	Within time.Duration
}

// MostFlaps bounds how often an alert may come before it flaps.
const MostFlaps = 100

// stillAfter is how long one must hold still that its sender called flapping, in case it never says that this is over.
const stillAfter = 24 * time.Hour

// flap is how an alert came and went lately, as Row.Flap holds it in JSON. Names are stored: they never change.
type flap struct {
	Fires []int64 `json:"fires,omitempty"` // when it fired anew, in microseconds since 1970; until it flaps
	Since int64   `json:"since,omitempty"` // since when it flaps; 0: it does not
	Last  int64   `json:"last,omitempty"`  // when it came or went last
	Count int64   `json:"count,omitempty"` // how often since it began
	// Sender says that its monitoring system keeps silent by itself, until it says otherwise.
	Sender bool `json:"sender,omitempty"`
}

// flapOf reads Row.Flap. What can't be read is forgotten: it would only keep an alert quiet.
func flapOf(text string) (f flap) {
	if text == "" || json.Unmarshal([]byte(text), &f) != nil {
		return flap{}
	}
	return f
}

func (f flap) flaps() bool { return f.Since != 0 }

// text is what Row.Flap holds.
func (f flap) text() string {
	if !f.flaps() && len(f.Fires) == 0 {
		return ""
	}
	text, err := json.Marshal(f)
	if err != nil { // can't happen: numbers only
		return ""
	}
	return string(text)
}

// fired notes a new fire, and begins to flap where it is one too many.
func (f flap) fired(at time.Time, d Damping) flap {
	now, oldest, newest := at.UnixMicro(), at.Add(-d.Within).UnixMicro(), at.Add(clockPlay).UnixMicro()
	var fires []int64
	for _, t := range f.Fires {
		if t > oldest && t < newest { // a later one is from before the clock was set back
			fires = append(fires, t)
		}
	}
	f.Fires = append(fires, now)
	if len(f.Fires) > d.Times {
		f = flap{Since: f.Fires[0], Last: now, Count: int64(len(f.Fires))}
	}
	return f
}

// still is when it has held still for long enough.
func (f flap) still(d Damping) time.Time {
	wait := d.Within
	if f.Sender || wait <= 0 {
		wait = stillAfter
	}
	return time.UnixMicro(f.Last).UTC().Add(wait)
}

// Flaps tells of a row since when its alert flaps, and how often it came and went since; zero where it doesn't.
func (r Row) Flaps() (since time.Time, count int64) {
	f := flapOf(r.Flap)
	if !f.flaps() {
		return time.Time{}, 0
	}
	return time.UnixMicro(f.Since).UTC(), f.Count
}

// Burns reports whether a row counts as firing for its incident. What flaps does until it has held still: it is not over between two of
// its fires.
func (r Row) Burns() bool { return r.Status == Firing || r.Outcome == Damped && !r.Due.IsZero() }

// damp notes that an alert came or went, and reports whether it flaps: then it is only counted. The incident hears once that it does.
func (b *batch) damp(ctx context.Context, p *place, before string, news News) (damped bool, err error) {
	d, f := b.config.Flapping, flapOf(before)
	event := p.alert.Event
	switch {
	case event == EventFlappingStart && !f.flaps():
		at := p.received.UnixMicro()
		f = flap{Since: at, Last: at, Sender: true}
	case event == EventFlappingEnd && f.Sender && news == Refired:
		p.row.Flap = ""
		return false, b.flapping(ctx, p, f, true)
	case event == EventFlappingEnd && f.Sender:
		return true, b.calm(ctx, p, f)
	case f.flaps():
		if news == Refired || news == Cleared || news == UnknownResolve {
			f.Count, f.Last = f.Count+1, p.received.UnixMicro()
		}
		b.keepCounting(p, f)
		return true, nil
	case news == Refired && d.Times > 0:
		if f = f.fired(p.received, d); !f.flaps() {
			p.row.Flap = f.text()
			return false, nil
		}
	default:
		return false, nil
	}
	b.keepCounting(p, f)
	return true, b.flapping(ctx, p, f, false)
}

// keepCounting lets nothing else become of the row until it has held still.
func (b *batch) keepCounting(p *place, f flap) {
	a := p.alert
	if a.remarks() { // what it says is of the flapping: judged later is what fires
		a.Event = ""
	}
	row := p.row.remember(a, nil, time.Time{})
	row.Flap, row.Due = f.text(), f.still(b.config.Flapping)
	row.Outcome, row.Rule = Damped, p.outcome.Rule
	if row.Reason = because("alert.reason_flaps", "N", strconv.FormatInt(f.Count, 10)).String(); f.Sender {
		row.Reason = because("alert.reason_flaps_sender").String()
	}
	p.row = row
}

// flapping tells the incident of a row that its alert flaps, or has settled.
func (b *batch) flapping(ctx context.Context, p *place, f flap, over bool) error {
	if p.row.Incident == 0 {
		return nil
	}
	i, err := b.follow(ctx, p.row.Incident)
	if err != nil || i == nil || !i.Open() {
		return err
	}
	told := incident.AlertFlap{Alert: refOf(p.row), Times: f.Count, Within: b.config.Flapping.Within, Sender: f.Sender}
	m := b.meeting(i.Number)
	if over {
		m.settled = append(m.settled, told)
	} else {
		m.flapping = append(m.flapping, told)
	}
	return nil
}

// resume does with a row what its silence or its flapping put off, when that is over: a fire goes where it belongs. It reports whether the
// row was one of these.
func (b *batch) resume(ctx context.Context, p *place) (was bool, err error) {
	f := flapOf(p.row.Flap)
	hushed := p.row.Outcome == Silenced && p.row.Incident != 0
	if !f.flaps() && !hushed {
		return false, nil
	}
	b.change(p, p.row)
	p.row.Due = time.Time{}
	if f.flaps() {
		if still := f.still(b.config.Flapping); still.After(b.now) {
			p.row.Due = still
			return true, nil
		}
	}
	if p.row.Status == Firing {
		a, err := p.row.Whole()
		if err != nil {
			return true, fmt.Errorf("judge what was quiet: %w", err)
		}
		p.alert, p.outcome, p.received = a, b.config.again(a, b.now), p.row.LastSeen
	}
	switch {
	case f.flaps():
		return true, b.calm(ctx, p, f)
	case p.row.Status == Firing && p.outcome.Do == Silenced: // by another one: its incident has it as silenced already
		p.hush()
		return true, nil
	case p.row.Status == Firing:
		return true, b.refire(ctx, p)
	}
	p.row.settle()
	return true, nil
}

// calmed reports whether an alert says that its sender calls a row flapping no longer.
func (p *place) calmed(a Alert) bool {
	return a.Event == EventFlappingEnd && p.kept && flapOf(p.row.Flap).Sender
}

// calm does with a row what its flapping put off: a fire goes where it belongs, and an all-clear reaches its incident.
func (b *batch) calm(ctx context.Context, p *place, f flap) error {
	p.row.Flap, p.row.Due = "", time.Time{}
	if err := b.flapping(ctx, p, f, true); err != nil {
		return err
	}
	if p.row.Status == Firing {
		return b.refire(ctx, p)
	}
	p.row.settle()
	return b.clear(ctx, p)
}

// hush keeps a fire quiet that a silence is for: it is kept with the incident that it belongs to, and judged again when that ends.
func (p *place) hush() {
	p.row = p.row.Judged(p.outcome).remember(p.alert, nil, time.Time{})
	p.row.Due = p.outcome.Until
}
