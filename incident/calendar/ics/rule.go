package ics

import (
	"fmt"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// rule is an RRULE, not yet anchored.
type rule struct {
	line   int
	option rrule.ROption
	until  *moment
}

// The work a rule may make. The library looks for the next occurrence until the year 9999, one step of the rule at a time, and within one
// call: so what it may be asked is bounded here, and rules are moved to the end of its time (see each).
const (
	mostInterval = 1000
	mostClock    = 100     // times of day that a rule may name together
	mostSteps    = 300_000 // occurrences passed over, from the beginning of all series to the end of the window
)

func readRule(line int, value string) (*rule, *LineError) {
	value = strings.ToUpper(strings.TrimSpace(value))
	r := rule{line: line}
	var rest []string
	for part := range strings.SplitSeq(strings.TrimSuffix(value, ";"), ";") {
		if until, ok := strings.CutPrefix(part, "UNTIL="); ok {
			m, ok := readMoment(until)
			if !ok {
				return nil, wrong(line, "RRULE: UNTIL %.40q is no date or time", until)
			}
			r.until = &m
			continue
		}
		rest = append(rest, part)
	}
	option, err := rrule.StrToROption(strings.Join(rest, ";"))
	if err != nil {
		return nil, wrong(line, "RRULE: %v", err)
	}
	r.option = *option
	clock := max(1, len(option.Byhour)) * max(1, len(option.Byminute)) * max(1, len(option.Bysecond))
	switch {
	case option.Freq == rrule.SECONDLY || option.Freq == rrule.MINUTELY:
		return nil, wrong(line, "RRULE: an event every second or minute is not read")
	case option.Freq == rrule.HOURLY && len(option.Byhour) > 0:
		return nil, wrong(line, "RRULE: hourly, but at some hours only, is not read: daily with BYHOUR says the same")
	case option.Interval < 0 || option.Interval > mostInterval || option.Count < 0:
		return nil, wrong(line, "RRULE: INTERVAL goes from 1 to %d, COUNT from 1", mostInterval)
	case clock > mostClock || len(value) > 2000:
		return nil, wrong(line, "RRULE: it names too many times")
	}
	if _, err := rrule.NewRRule(r.option); err != nil {
		return nil, wrong(line, "RRULE: %v", err)
	}
	return &r, nil
}

// each gives the wall times of a series in order, up to last. It runs in years shifted by a multiple of 400, after which the calendar repeats
// itself to the weekday, so that the library comes to its last year soon where nothing follows any more.
func (r *rule) each(start moment, local *time.Location, last time.Time, steps *int, yield func(wall time.Time) bool) (fault *LineError) {
	defer r.survive(&fault)
	if r.until != nil {
		until := r.until.wall
		switch {
		case r.until.utc:
			until = wallOf(until, start.in(local))
		case r.until.date && !start.date:
			until = until.Add(24*time.Hour - time.Second)
		}
		if until.Before(last) {
			last = until
		}
	}
	if last.Before(start.wall) {
		return nil
	}
	shift := (9990 - last.Year()) / 400 * 400
	option := r.option
	option.Dtstart, option.Until = start.wall.AddDate(shift, 0, 0), last.AddDate(shift, 0, 0)
	series, err := rrule.NewRRule(option)
	if err != nil {
		return wrong(r.line, "RRULE: %v", err)
	}
	next := series.Iterator()
	for {
		wall, ok := next()
		if !ok {
			return nil
		}
		if *steps++; *steps > mostSteps {
			return wrong(r.line, "RRULE: it comes too often since %s: no more than %d occurrences are gone through", start.wall.Format(time.DateOnly), mostSteps)
		}
		if !yield(wall.AddDate(-shift, 0, 0)) {
			return nil
		}
	}
}

// happens says whether a series has any occurrence within a century: else the library would look for one through all of its years, in
// each window anew.
func (r *rule) happens(start moment) (fault *LineError) {
	defer r.survive(&fault)
	option := r.option
	option.Dtstart, option.Count = start.wall.AddDate((9900-start.wall.Year())/400*400, 0, 0), 1
	series, err := rrule.NewRRule(option)
	if err != nil {
		return wrong(r.line, "RRULE: %v", err)
	}
	if _, ok := series.Iterator()(); !ok {
		return wrong(r.line, "RRULE: it never happens")
	}
	return nil
}

// survive makes a fault of a panic: the library's bounds are its own matter, a feed's are ours.
func (r *rule) survive(fault **LineError) {
	if p := recover(); p != nil {
		*fault = wrong(r.line, "RRULE: it can't be worked out: %s", fmt.Sprint(p))
	}
}
