package incident

import (
	"slices"
	"time"
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
	for _, d := range p.pending(i) {
		if !d.at.After(now) {
			out = append(out, d.facts(now)...)
		}
	}
	for k := range out {
		out[k].By = matoi
	}
	return out
}

func (p Policy) pending(i *Incident) []deadline {
	if i.Over() {
		return nil
	}
	var out []deadline
	for k := range i.Clocks {
		if c := i.Clocks[k]; c.Running() {
			out = append(out, p.clockDue(c))
		}
	}
	for _, o := range i.Offers {
		out = append(out, deadline{o.Until, one(&HandoverAnswered{Offer: o.Seq, Role: o.Role, From: o.From, To: o.To, Answer: "expired"})})
	}
	if i.Open() {
		out = append(out, p.asking(i)...)
		out = append(out, p.fatigue(i)...)
	}
	if i.Status == StatusResolved && i.Priority > P2 {
		out = append(out, deadline{i.Resolved.Add(p.ConfirmFor), func(time.Time) []Entry {
			return []Entry{{Fact: &Closed{How: "silence", From: i.Status}}, {Fact: &ReportIssued{Version: i.Report.Version + 1}}}
		}})
	}
	return out
}

func one(f Fact) func(time.Time) []Entry {
	return func(time.Time) []Entry { return []Entry{{Fact: f}} }
}

// target reports whether missing the clock is a missed target; the others only remind.
func (k ClockKind) target() bool { return k != HoldReview && k != VendorPromise }

// clockDue is the next threshold of a running clock: the shares before the target, the target itself, then
// an interval after the miss that is a quarter of the target, never shorter than RemindEvery.
func (p Policy) clockDue(c Clock) deadline {
	total := c.Due.Sub(c.Start)
	every := max(p.RemindEvery, total/4)
	step := func(now time.Time) int { // the highest threshold reached at now
		if !now.Before(c.Due) {
			if every <= 0 {
				return 100
			}
			return 100 + int(now.Sub(c.Due)/every)
		}
		reached := 0
		for _, share := range p.RemindAt {
			if !now.Before(c.Start.Add(total * time.Duration(share) / 100)) {
				reached = max(reached, share)
			}
		}
		return reached
	}
	at := c.Due
	if c.Step >= 100 {
		at = c.Due.Add(time.Duration(c.Step-99) * every)
	} else if c.Kind.target() && c.Kind != NextUpdate || total >= time.Hour {
		for _, share := range slices.Sorted(slices.Values(p.RemindAt)) {
			if share > c.Step && share < 100 {
				at = c.Start.Add(total * time.Duration(share) / 100)
				break
			}
		}
	}
	return deadline{at, func(now time.Time) []Entry {
		s := step(now)
		if s >= 100 && c.Missed.IsZero() && c.Kind.target() {
			return []Entry{{Fact: &TargetMissed{Clock: c.Kind, Step: s, Due: c.Due}}}
		}
		return []Entry{{Fact: &Reminded{Clock: c.Kind, Step: s, Due: c.Due}}}
	}}
}

// asking: a P1 nobody acknowledged, and an escalation nobody answered, go to the next person after AskAfter.
func (p Policy) asking(i *Incident) []deadline {
	var lastAsked, lastEscalated time.Time
	answered := i.Leads() != ""
	for _, r := range i.People {
		switch {
		case r.State == "acknowledged":
			answered = true
		case r.State == "asked" && r.Why == "escalation" && r.At.After(lastEscalated):
			lastEscalated = r.At
		case r.State == "asked" && r.At.After(lastAsked):
			lastAsked = r.At
		}
	}
	var out []deadline
	if i.Priority == P1 && !answered {
		if lastAsked.Before(i.Raised) {
			lastAsked = i.Raised
		}
		if next := p.next(i, "unacknowledged"); next != "" {
			out = append(out, deadline{lastAsked.Add(p.AskAfter), one(&Asked{Person: next, Why: "unacknowledged"})})
		}
	}
	if !lastEscalated.IsZero() && !answeredSince(i, lastEscalated) {
		if next := p.next(i, "escalation"); next != "" {
			out = append(out, deadline{lastEscalated.Add(p.AskAfter), one(&Asked{Person: next, Why: "escalation"})})
		}
	}
	return out
}

// answeredSince: one of those an escalation may go to has acknowledged since.
func answeredSince(i *Incident, since time.Time) bool {
	return slices.ContainsFunc(i.People, func(r Responder) bool { return r.State == "acknowledged" && !r.At.Before(since) })
}

// fatigue: in a P1, one who still holds everything is asked to delegate, and one who leads for long to be relieved.
func (p Policy) fatigue(i *Incident) []deadline {
	m := i.Holding(Manager)
	if i.Priority != P1 || len(m) == 0 {
		return nil
	}
	since := m[0].Since
	if i.Raised.After(since) {
		since = i.Raised
	}
	var out []deadline
	alone := !slices.ContainsFunc(i.Holders, func(h Holder) bool {
		return h.Person != m[0].Person && (h.Role == TechLead || h.Role == Communications || h.Role == Scribe)
	})
	if at := since.Add(p.DelegateAt); alone && i.Nudged[Delegate].Before(since) {
		out = append(out, deadline{at, one(&Reminded{Clock: Delegate, Due: at})})
	}
	at := m[0].Since.Add(p.ReliefAt)
	if last := i.Nudged[Relief]; last.After(m[0].Since) {
		at = last.Add(p.ReliefAt)
	}
	return append(out, deadline{at, one(&Reminded{Clock: Relief, Due: at})})
}
