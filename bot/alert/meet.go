package alert

import (
	"time"

	"matoi/incident"
)

// Row is an alert as it is kept: the latest occurrence of one key of one source.
type Row struct {
	Source string
	Key    string // Alert.DedupeKey
	// Start tells the occurrence. It is FirstSeen where the sender told none: a guess.
	Start  time.Time
	Status string // Firing or Resolved
	// Incident is the number of the incident that the alert opened or joined, 0 for none.
	Incident   incident.Number
	Count      int64 // how often this occurrence was announced as firing
	FirstSeen  time.Time
	LastSeen   time.Time
	ResolvedAt time.Time // zero while it fires
	Title      string
	Service    string
	Host       string
	Severity   string
	Link       string
	// Group is GroupKey of the alert: what it shares with others that belong to the same incident.
	Group string
	// SenderGroup is Alertmanager's own group, by whose state alerts are closed that its messages left out.
	SenderGroup string
	// Outcome is Outcome.Do, Rule the rule's name, and Reason the stored form of Outcome.Why.
	Outcome string
	Rule    string
	Reason  string
	// Due is when the alert is judged again if it still fires; zero for never.
	Due time.Time
	// Alert is what judging it again needs besides the row, or a rule or a silence made from it (see Row.Whole); once it has an
	// incident its labels only, if they aren't too long.
	Alert string
	// Silence is the key of the silence that kept it quiet last, also where it is judged otherwise since.
	Silence string
	// Flap is how it came and went lately, as flapOf reads it; empty where it came once.
	Flap string
}

// News is what an alert means to one who knows the row.
type News string

const (
	// New is an alert whose key was never seen.
	New News = "new"
	// Repeat announces what is known: only Count and LastSeen change.
	Repeat News = "repeat"
	// Worsened announces what is known with a worse severity, under which the rules may judge otherwise.
	Worsened News = "worsened"
	// Cleared says that what fired is over.
	Cleared News = "cleared"
	// Refired is a later occurrence of a known key. The row still names the incident of the one before.
	Refired News = "refired"
	// StaleResolved says again what was over already; nothing changes.
	StaleResolved News = "stale-resolved"
	// UnknownResolve clears what was never seen: the row is kept so that it can be seen, and nothing else happens.
	UnknownResolve News = "unknown-resolve"
	// Noted is an acknowledgement, a note or news of planned work. The row only shows that it was heard; it is the zero Row, which isn't
	// kept, if the key was never seen: a row would make the alert itself look like a repeat.
	Noted News = "noted"
)

// Meet sets an alert against what is known of its source and key (nil: nothing) and gives the row as it is from now on.
// The time is that of receipt. It doesn't change what known points to, and is the same however often a request is
// tried again: the second time is a Repeat or StaleResolved.
func Meet(known *Row, a Alert, at time.Time) (Row, News) {
	switch {
	case a.Status == Resolved:
		return meetResolved(known, a, at)
	case a.remarks():
		if known == nil {
			return Row{}, Noted
		}
		return known.heard(at), Noted
	}
	return meetFiring(known, a, at)
}

// meetFiring tells a new fire from the one that is known to burn, or to have burnt.
func meetFiring(known *Row, a Alert, at time.Time) (Row, News) {
	if known == nil {
		return fresh(a, at), New
	}
	same := !a.StartsAt.After(known.Start) && !known.afterItsEnd(a)
	ahead := known.Status == Firing && a.StartsAt.After(at) // of a clock that runs ahead no start tells a new fire
	if a.Undated || ahead || known.Start.Sub(a.StartsAt) > longAgo {
		same = known.Status == Firing || at.Before(known.LastSeen) || known.later(a)
	}
	if !same {
		row := fresh(a, at)
		row.Incident = known.Incident
		return row, Refired
	}
	row := known.heard(at)
	row.Count++
	if ahead && !a.Undated && a.StartsAt.After(row.Start) { // by which it is told when that time has come
		row.Start = a.StartsAt
	}
	if known.Status == Firing && badness(a.Severity) > badness(known.Severity) && (a.Undated || a.StartsAt.Equal(known.Start)) {
		row.Severity, row.Title = a.Severity, a.Title
		return row, Worsened
	}
	return row, Repeat
}

// longAgo is how long before the known start, or before it is heard of, a start may lie to be believed: one before that is of a clock
// that was set wrong. Echoes of former fires come for some days at most.
const longAgo = 7 * 24 * time.Hour

// afterItsEnd reports a start after the end of an occurrence whose own start lay ahead of our clock: the sender's was set right since.
func (r *Row) afterItsEnd(a Alert) bool {
	return r.Status == Resolved && r.Start.After(r.LastSeen) && a.StartsAt.After(r.ResolvedAt)
}

// guessed reports a start that its sender did not tell: it makes nothing stale.
func (r *Row) guessed() bool { return r.Start.Equal(r.FirstSeen) }

// later reports whether what is known began after a message was written, by the clock of its sender: the message was sent once more or held
// up. Where that clock was wrong, at either time, nobody knows.
func (r *Row) later(a Alert) bool {
	before := r.Start.Sub(a.StartsAt)
	return a.Timed && before > 0 && before <= longAgo && !r.guessed() && !r.Start.After(r.LastSeen)
}

// meetResolved tells an all-clear from an echo of one.
func meetResolved(known *Row, a Alert, at time.Time) (Row, News) {
	switch {
	case known == nil:
		row := fresh(a, at)
		row.Count = 0
		return row.over(a.EndsAt, at), UnknownResolve
	case !a.Undated && a.StartsAt.Before(known.Start) && !known.guessed(), known.later(a):
		return *known, StaleResolved
	case known.Status == Firing:
		row := known.heard(at)
		if !a.Undated { // a later occurrence came and went unseen: it is over too, and its firing must not open again
			row.Start = a.StartsAt
		}
		return row.over(a.EndsAt, at), Cleared
	case !a.Undated && a.StartsAt.After(known.Start):
		row := fresh(a, at)
		row.Count, row.Incident = 0, known.Incident
		return row.over(a.EndsAt, at), UnknownResolve
	}
	return *known, StaleResolved
}

// fresh is the row of an occurrence that is seen for the first time.
func fresh(a Alert, at time.Time) Row {
	return Row{
		Source: a.Source, Key: a.DedupeKey, Start: a.StartsAt, Status: Firing, Count: 1, FirstSeen: at, LastSeen: at,
		Title: a.Title, Service: a.Service, Host: a.Host, Severity: a.Severity, Link: a.Link,
		Group: GroupKey(a), SenderGroup: a.SenderGroup,
	}
}

// heard is the row after one more message; messages may be worked off out of order.
func (r Row) heard(at time.Time) Row {
	if at.After(r.LastSeen) {
		r.LastSeen = at
	}
	return r
}

// over is the row once its alert has ended: when the sender says, if that is after its start and no more than longAgo, else when we heard.
func (r Row) over(ended, at time.Time) Row {
	if r.Status = Resolved; ended.IsZero() || ended.Before(r.Start) || at.Sub(ended) > longAgo {
		ended = at
	}
	r.ResolvedAt = ended
	return r
}

// Judged is the row with what the rules say about it.
func (r Row) Judged(o Outcome) Row {
	r.Outcome, r.Rule, r.Reason = o.Do, o.Rule, o.Why.String()
	if o.Silence != "" {
		r.Silence = o.Silence
	}
	if o.Group != "" {
		r.Group = o.Group
	}
	return r
}

// held is the row of a fire whose alert an open incident has: with that it stays, also where the rules would not let it open or join one
// by now.
func (r Row) held(o Outcome) Row {
	if o.Do != Open && o.Do != Attach {
		r.Outcome, r.Rule, r.Reason = Attach, "", because("alert.reason_held").String()
	}
	return r
}

// Unlisted gives those of a source's rows that this delivery says are over without naming them, as they are from now on:
// rows of its group that still fire, when the sender cut the list and says that the whole group is resolved.
func (d Delivery) Unlisted(rows []Row, at time.Time) []Row {
	if d.Truncated == 0 || d.GroupStatus != Resolved || d.GroupKey == "" {
		return nil
	}
	listed := make(map[string]bool, len(d.Alerts))
	for _, a := range d.Alerts {
		listed[a.DedupeKey] = true
	}
	var over []Row
	for _, row := range rows {
		if row.SenderGroup == d.GroupKey && row.Status == Firing && !listed[row.Key] && !row.FirstSeen.After(at) {
			over = append(over, row.heard(at).over(time.Time{}, at))
		}
	}
	return over
}
