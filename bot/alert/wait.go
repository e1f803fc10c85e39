package alert

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Waiting is what has to be before a rule opens: that the alert still fires after some time, or that so many of its group came
// within some time. One of the two.
type Waiting struct {
	// For is how long an alert must fire, counted from when it was received.
	For Span `yaml:"for,omitempty"`
	// Count is how many alerts of the group (GroupBy) must come within Within. A new fire of the same alert counts as one; what
	// its sender merely repeats doesn't, if it tells when the alert began or, as PagerDuty's events do, by which key it goes.
	Count int `yaml:"count,omitempty"`
	// Within is the time that Count is about.
	Within Span `yaml:"within,omitempty"`
	// Then is open (as if it weren't given) or attach.
	Then string `yaml:"then,omitempty"`
}

// The bounds of a wait.
const (
	longestWait = 7 * 24 * time.Hour
	mostCounted = 100
)

// check gives the mistakes of a rule's wait by key.
func (r *Rule) checkWait(wrong func(key string, err error)) {
	w := r.Wait
	if w == nil {
		if r.Do == Wait {
			wrong("wait", mistaken("alert.config_wait"))
		}
		return
	}
	long := func(key string, s Span) {
		if s < Span(time.Second) || s > Span(longestWait) {
			wrong("wait."+key, mistaken("alert.config_wait_span", "Word", s.String()))
		}
	}
	switch {
	case r.Do != Wait:
		wrong("wait", mistaken("alert.config_wait_do", "Do", r.Do))
	case w.For != 0 && (w.Count != 0 || w.Within != 0), w.For == 0 && w.Count == 0 && w.Within == 0:
		wrong("wait", mistaken("alert.config_wait"))
	case w.For != 0:
		long("for", w.For)
	default:
		if w.Count < 2 || w.Count > mostCounted {
			wrong("wait.count", mistaken("alert.config_wait_count", "Word", strconv.Itoa(w.Count), "Most", strconv.Itoa(mostCounted)))
		}
		long("within", w.Within)
	}
	if w.Then != "" && w.Then != Open && w.Then != Attach {
		wrong("wait.then", mistaken("alert.config_word", "Word", w.Then, "Known", "open, attach"))
	}
}

// why says what a rule waits for.
func (w Waiting) why(rule string) Reason {
	if w.For != 0 {
		return because("alert.reason_wait_for", "Rule", rule, "For", w.For.String())
	}
	return because("alert.reason_wait_count", "Rule", rule, "Count", strconv.Itoa(w.Count), "Within", w.Within.String())
}

// met says why the wait is over.
func (w Waiting) met(rule string) Reason {
	if w.For != 0 {
		return because("alert.reason_waited_for", "Rule", rule, "For", w.For.String())
	}
	return because("alert.reason_waited_count", "Rule", rule, "Count", strconv.Itoa(w.Count), "Within", w.Within.String())
}

// until is when a row that waits is looked at again: when it has fired for long enough, or is too old to be counted.
func (w Waiting) until(p *place) time.Time {
	switch {
	case w.For != 0 && !p.from.IsZero():
		return p.from.Add(time.Duration(w.For))
	case w.For != 0:
		return p.row.FirstSeen.Add(time.Duration(w.For))
	case !p.from.IsZero():
		return p.heard[len(p.heard)-1].Add(time.Duration(w.Within))
	}
	return p.row.LastSeen.Add(time.Duration(w.Within))
}

// then is what is done once the wait is over.
func (w Waiting) then() string { return cmp.Or(w.Then, Open) }

// heardAt is when the messages of a waiting row came that count, the latest ones; it stands in Row.Alert.
type heardAt []time.Time

// since counts those that aren't before a time.
func (h heardAt) since(from time.Time) int {
	n := 0
	for _, t := range h {
		if !t.Before(from) {
			n++
		}
	}
	return n
}

// and adds one, and keeps the latest.
func (h heardAt) and(at time.Time) heardAt {
	h = append(slices.Clone(h), at)
	return h[max(0, len(h)-mostCounted):]
}
