package alert

import (
	"time"

	"matoi/incident"
)

// What a rule's Resolve may say besides a length of time.
const (
	resolveTell    = "tell"
	resolvePropose = "propose"
)

// The bounds of how long all must be quiet before an incident resolves itself.
const (
	shortestQuiet = time.Minute
	longestQuiet  = 7 * 24 * time.Hour
)

// checkEnding reads what becomes of a rule's incidents when their alerts are over, and checks the keys about incidents that are open.
func (r *Rule) checkEnding(wrong func(key string, err error)) {
	r.ending = incident.Ending{}
	switch r.Resolve {
	case "", resolvePropose:
	case resolveTell:
		r.ending.Tell = true
	default:
		var s Span
		if err := s.UnmarshalText([]byte(r.Resolve)); err != nil || time.Duration(s) < shortestQuiet || time.Duration(s) > longestQuiet {
			wrong("resolve", mistaken("alert.config_resolve", "Word", r.Resolve))
		}
		r.ending.After = time.Duration(s)
	}
	if r.Window != 0 && (r.Window < Span(time.Minute) || r.Window > Span(longestWait)) {
		wrong("window", mistaken("alert.config_window", "Word", r.Window.String()))
	}
	opens := r.Do == Open || r.Do == Wait
	// An alert that joins is as pressing as its rule says where it joins what its service depends on; others come to no incident.
	if r.Do == Ignore || r.Do == Inbox {
		for _, k := range []struct{ key, word string }{{"priority", r.Priority}, {"impact", r.Impact}, {"urgency", r.Urgency}, {"category", r.Category}} {
			if k.word != "" {
				wrong(k.key, mistaken("alert.config_opens_or_attaches", "Do", r.Do))
			}
		}
	}
	for _, k := range []struct {
		key string
		set bool
	}{{"resolve", r.Resolve != ""}, {"escalation", r.Escalation != ""}, {"alone", r.Alone}, {"window", r.Window != 0}} {
		if k.set && !opens && (k.key != "window" || r.Do != Attach) {
			wrong(k.key, mistaken("alert.config_opens", "Do", r.Do))
		}
	}
}
