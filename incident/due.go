package incident

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// deadline is something that becomes due: facts gives what is then true.
type deadline struct {
	at    time.Time
	facts func(now time.Time) []Entry
}

// NextDue is the instant at which a tick has something to do, zero if never. It and tick read the same list,
// so what is swept is what was armed.
func (p Policy) NextDue(i *Incident) time.Time {
	var next time.Time
	for _, d := range p.pending(i) {
		if next.IsZero() || d.at.Before(next) {
			next = d.at
		}
	}
	return next
}

// tick decides whatever is due at now: never early, once each, and nothing for what is done. Thresholds passed
// together (after a night's outage of Matoi itself) give one reminder.
func (p Policy) tick(i *Incident, now time.Time) []Entry {
	var out []Entry
	known := i.Aimed
	if i.Targets.Policy != p.Version {
		known = latest(known, p.NextDue(i)) // what the policy of the moment brings into the past was no deadline before
		if out = p.follow(i, "policy", now); len(out) > 0 {
			i = i.Clone()
			i.follow(now, out[0].Fact.(*Retargeted).Targets)
		}
	}
	for _, d := range p.pending(i) {
		if !d.at.After(now) {
			out = append(out, late(d.facts(now), d.at, known, now)...)
		}
	}
	for k := range out {
		out[k].By = matoi
	}
	return out
}

// pending is all that an incident waits for: what outlives it, and while it is not over the rest.
func (p Policy) pending(i *Incident) []deadline {
	out := p.outliving(i)
	if !i.Over() {
		out = append(out, p.living(i)...)
	}
	for k := range out {
		out[k].at = ceil(out[k].at)
	}
	return out
}

// outliving is what goes on when an incident is over, too.
func (p Policy) outliving(i *Incident) []deadline { return append(p.legal(i), p.chasing(i)...) }

// living is what only somebody who still works on an incident, or waits for it to be confirmed, has to do with.
func (p Policy) living(i *Incident) []deadline {
	var out []deadline
	if i.Open() { // who is called hears that first, then what is due
		out = append(out, p.calling(i)...)
	}
	for k := range i.Clocks {
		if c := &i.Clocks[k]; c.Running() && c.Kind != HoldReview { // that one is asked about as chasers are
			if d, ok := p.clockDue(i, c, i.Nudged[c.Kind]); ok {
				out = append(out, d)
			}
		}
	}
	out = append(out, p.waking(i)...)
	out = append(out, p.chasingLiving(i)...)
	for _, o := range i.Offers {
		out = append(out, deadline{o.Until, one(&HandoverAnswered{Offer: o.Seq, Role: o.Role, From: o.From, To: o.To, Answer: "expired"})})
	}
	if i.Open() {
		out = append(out, p.fatigue(i)...)
		out = append(out, i.ending()...)
	} else if p.ConfirmFor > 0 && i.owedByLaw() == nil {
		out = append(out, p.silence(i))
	}
	return out
}

// ceil rounds up to the microsecond, the finest time that is stored: rounding down would be early.
func ceil(t time.Time) time.Time {
	if floor := t.Truncate(time.Microsecond); !floor.Equal(t) {
		return floor.Add(time.Microsecond)
	}
	return t
}

func one(f Fact) func(time.Time) []Entry {
	return func(time.Time) []Entry { return []Entry{{Fact: f}} }
}

// silence after resolve closes P3 and below; P1 and P2, which their manager closes, are reminded of.
func (p Policy) silence(i *Incident) deadline {
	since := i.Resolved
	if n := i.Nudged[Confirmation]; n.After(since) {
		since = n
	}
	at := since.Add(p.ConfirmFor)
	if i.Priority <= P2 {
		return deadline{at, one(&Reminded{Clock: Confirmation, Step: 100, Due: at})}
	}
	return deadline{at, func(time.Time) []Entry {
		return []Entry{{Fact: &Closed{How: "silence", From: i.Status}}, {Fact: &ReportIssued{Version: i.Report.Version + 1}}}
	}}
}

// clockDue is the next threshold of a running clock: of a target the shares before it, on whole minutes so that what several
// clocks and incidents remind of is one message; then its own time; then the repeats (see ladder.go). All of it is time in which
// the service is kept, where the clock is counted in that. Once resolved a promised update is reminded of when it is due, and no more.
func (p Policy) clockDue(i *Incident, c *Clock, last time.Time) (deadline, bool) {
	h := i.HoursOf(c)
	total := h.Between(c.Start, c.Due)
	at, next := c.Due, 0
	switch {
	case c.Step >= 100 && !i.Open():
		return deadline{}, false
	case c.Step >= 100:
		at = p.repeat(h, c, p.pace(c.Kind, total), latest(latest(c.Missed, c.Calmed), latest(last, c.Due)))
	case i.Open():
		if next = p.share(c, total); next > 0 {
			if at = roundUp(passing(h, c.Start, total/100*time.Duration(next)), time.Minute); at.After(c.Due) {
				at = c.Due
			}
		}
	}
	shares, managers := p.RemindAt, p.Managers // the closure takes these along, not the whole policy
	return deadline{at, func(now time.Time) []Entry {
		step := c.passed(h, shares, total, now)
		if step >= 100 && c.Missed.IsZero() && c.Kind.target() {
			return []Entry{{Fact: &TargetMissed{Clock: c.Kind, Step: step, Due: c.Due}}}
		}
		return []Entry{{Fact: i.reminder(c, step, managers)}}
	}}, true
}

// share is the next share before the target at which c reminds, 0 if none is left.
func (p Policy) share(c *Clock, total time.Duration) int {
	next := 0
	if !c.Kind.target() || total <= 0 {
		return 0
	}
	for _, s := range p.RemindAt {
		if s > c.Step && s < 100 && (next == 0 || s < next) {
			next = s
		}
	}
	return next
}

// passed is the highest threshold that c has passed at now: a share, 100 when its time has come, and one more for each repeat.
func (c *Clock) passed(h *calendar.Hours, shares []int, total time.Duration, now time.Time) int {
	if !now.Before(c.Due) {
		return max(c.Step, 99) + 1
	}
	reached := 0
	for _, s := range shares {
		if s < 100 && !now.Before(passing(h, c.Start, total/100*time.Duration(s))) {
			reached = max(reached, s)
		}
	}
	return reached
}

// fatigue: in a P1, one who leads and still holds everything is asked to delegate, and one who leads for long to be
// relieved.
func (p Policy) fatigue(i *Incident) []deadline {
	lead, since := i.Leads(), i.Raised
	if i.Priority != P1 || lead == "" {
		return nil
	}
	if held := i.Holding(Manager); len(held) > 0 && held[0].Since.After(since) {
		since = held[0].Since
	} else if r, ok := i.Responder(lead); ok && len(held) == 0 && r.At.After(since) {
		since = r.At
	}
	var out []deadline
	alone := !slices.ContainsFunc(i.Holders, func(h Holder) bool {
		return h.Person != lead && (h.Role == TechLead || h.Role == Communications || h.Role == Scribe)
	})
	if at := since.Add(p.DelegateAt); p.DelegateAt > 0 && alone && i.Nudged[Delegate].Before(since) {
		out = append(out, deadline{at, one(&Reminded{Clock: Delegate, Due: at})})
	}
	if p.ReliefAt > 0 {
		if last := i.Nudged[Relief]; last.After(since) {
			since = last
		}
		at := since.Add(p.ReliefAt)
		out = append(out, deadline{at, one(&Reminded{Clock: Relief, Due: at})})
	}
	return out
}
