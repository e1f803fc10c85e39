package ics

import (
	"strconv"
	"strings"
	"time"
)

// event is a VEVENT: one time, a series, or one of a series that was moved or cancelled.
type event struct {
	line      int
	uid       string
	summary   string
	status    string
	attendees []string
	sequence  int
	start     moment
	end       moment
	takes     length // where there is no end
	hasStart  bool
	hasEnd    bool
	rule      *rule
	also      []moment // RDATE
	not       []moment // EXDATE
	instead   *moment  // RECURRENCE-ID: which of the series it stands for
}

// take reads one property of an event.
func (e *event) take(p property) (fault *LineError) {
	switch p.name {
	case "UID":
		e.uid = p.value
	case "SUMMARY":
		e.summary = strings.TrimSpace(p.value)
	case "STATUS":
		e.status = strings.ToLower(strings.TrimSpace(p.value))
	case "SEQUENCE":
		e.sequence, _ = strconv.Atoi(strings.TrimSpace(p.value)) // what isn't a number is the first
	case "ATTENDEE":
		e.attends(p)
	case "DTSTART":
		e.hasStart = true
		e.start, fault = p.moment()
	case "DTEND":
		e.hasEnd = true
		e.end, fault = p.moment()
	case "DURATION":
		var ok bool
		if e.takes, ok = readLength(p.value); !ok {
			return wrong(p.line, "DURATION: %.40q is no length of time", p.value)
		}
	case "RRULE":
		if e.rule != nil {
			return wrong(p.line, "a second RRULE can't be read")
		}
		e.rule, fault = readRule(p.line, p.value)
	case "EXRULE":
		return wrong(p.line, "EXRULE can't be read: RFC 5545 has none any more")
	case "RDATE":
		var more []moment
		more, fault = p.moments()
		e.also = append(e.also, more...)
	case "EXDATE":
		var more []moment
		more, fault = p.moments()
		e.not = append(e.not, more...)
	case "RECURRENCE-ID":
		if p.params["RANGE"] != "" {
			return wrong(p.line, "RECURRENCE-ID for all that follow (RANGE) can't be read")
		}
		var m moment
		m, fault = p.moment()
		e.instead = &m
	}
	return fault
}

// attends takes a person in, by mail address: no rooms, and nobody who declined.
func (e *event) attends(p property) {
	kind, answer := strings.ToUpper(p.params["CUTYPE"]), strings.ToUpper(p.params["PARTSTAT"])
	if kind == "ROOM" || kind == "RESOURCE" || answer == "DECLINED" {
		return
	}
	who := p.value
	if len(who) >= len("mailto:") && strings.EqualFold(who[:len("mailto:")], "mailto:") {
		who = who[len("mailto:"):]
	} else if p.params["EMAIL"] != "" {
		who = p.params["EMAIL"]
	}
	if who = strings.TrimSpace(who); strings.Contains(who, "@") {
		e.attendees = append(e.attendees, who)
	}
}

// check says what a whole event lacks.
func (e *event) check() *LineError {
	switch {
	case !e.hasStart && e.status == "cancelled" && e.instead != nil:
		e.start = *e.instead
	case !e.hasStart:
		return wrong(e.line, "the event has no DTSTART")
	case e.hasEnd && e.end.date != e.start.date:
		return wrong(e.end.line, "DTEND and DTSTART are not of one kind: one is a whole day")
	case e.hasEnd && e.end.tzid == e.start.tzid && e.end.utc == e.start.utc && e.end.wall.Before(e.start.wall):
		return wrong(e.end.line, "the event ends before it begins")
	}
	if e.start.date && !e.hasEnd && e.takes == (length{}) {
		e.takes.wall = 24 * time.Hour
	}
	return nil
}

// long is how long each occurrence takes. An end in the zone of the beginning is by the clock on the wall for all of a series: RFC 5545 has
// it exact there, but a shift until 08:00 ends at 08:00 when the clocks change, or the next one would overlap with it.
func (e *event) long(local *time.Location) length {
	switch {
	case !e.hasEnd:
		return e.takes
	case e.end.in(local) == e.start.in(local):
		return length{wall: e.end.wall.Sub(e.start.wall)}
	}
	return length{exact: e.end.at(local).Sub(e.start.at(local))}
}

// from is the instant an occurrence begins at, and the one it ends at.
func (e *event) from(wall time.Time, local *time.Location) (start, end time.Time) {
	zone, takes := e.start.in(local), e.long(local)
	return shown(wall, zone), shown(wall.Add(takes.wall), zone).Add(takes.exact)
}
