package ics

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	ical "github.com/arran4/golang-ical"
)

// Limits bound what a feed may cost. What is 0 has its default.
type Limits struct {
	Bytes       int64 // of the file; 8 MiB
	Events      int   // 20,000
	Occurrences int   // within one window; 100,000
}

// ErrTooLarge is a file of more bytes than the limit; what is beyond it is not read.
var ErrTooLarge = errors.New("the calendar is too large")

// LineError is what can't be read, and where: the first line of a folded one, counted from 1.
type LineError struct {
	Line int
	What string
}

// Error words it in English.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

func wrong(line int, what string, args ...any) *LineError {
	return &LineError{line, fmt.Sprintf(what, args...)}
}

// Feed is what a file says: events, and the zones they are in.
type Feed struct {
	Name   string // as the calendar calls itself
	limits Limits
	events []*event
	zones  map[string]*zone // as the file describes them, by TZID
}

// Parse reads an iCalendar file. Its errors are a *LineError, ErrTooLarge, or that of reading.
func Parse(r io.Reader, limits Limits) (*Feed, error) {
	if limits.Bytes <= 0 {
		limits.Bytes = 8 << 20
	}
	if limits.Events <= 0 {
		limits.Events = 20_000
	}
	if limits.Occurrences <= 0 {
		limits.Occurrences = 100_000
	}
	text, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the calendar: %w", err)
	}
	if int64(len(text)) > limits.Bytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limits.Bytes)
	}
	p := parser{feed: &Feed{limits: limits, zones: map[string]*zone{}}}
	if wrong := p.lines(bytes.TrimPrefix(text, []byte("\ufeff"))); wrong != nil {
		return nil, wrong
	}
	if wrong := p.feed.resolve(); wrong != nil {
		return nil, wrong
	}
	return p.feed, nil
}

// parser walks through a file. What stands in components it doesn't know is passed over.
type parser struct {
	feed  *Feed
	in    []string // the components around the line, outermost first
	event *event
	zone  *zone
	seen  bool // a whole calendar
}

// lines joins what was folded, cut inside a character or not, and takes each line in.
func (p *parser) lines(text []byte) *LineError {
	var line []byte
	number, began := 0, 1
	take := func() *LineError {
		defer func() { line = line[:0] }()
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		return p.line(began, strings.ToValidUTF8(string(line), string(utf8.RuneError)))
	}
	for piece := range bytes.Lines(text) {
		number++
		piece = bytes.TrimRight(piece, "\r\n")
		if len(piece) > 0 && (piece[0] == ' ' || piece[0] == '\t') && number > 1 {
			line = append(line, piece[1:]...)
			continue
		}
		if wrong := take(); wrong != nil {
			return wrong
		}
		line, began = append(line, piece...), number
	}
	if wrong := take(); wrong != nil {
		return wrong
	}
	if len(p.in) > 0 {
		return wrong(number, "the file ends inside %s: half of it is missing", p.in[len(p.in)-1])
	}
	if !p.seen {
		return wrong(max(1, number), "the file ends and there was no calendar in it")
	}
	return nil
}

func (p *parser) line(number int, text string) *LineError {
	end := strings.IndexAny(text, ";:")
	if end < 0 {
		return p.stray(number, text)
	}
	name, value := strings.ToUpper(text[:end]), strings.ToUpper(strings.TrimSpace(text[end+1:]))
	switch {
	case name == "BEGIN":
		return p.begin(number, value)
	case len(p.in) == 0:
		return p.stray(number, text)
	case name == "END":
		return p.end(number, value)
	case !p.wanted(name):
		return nil
	}
	prop, err := ical.ParseProperty(ical.ContentLine(text))
	if err != nil || prop == nil {
		return wrong(number, "%s can't be read", name)
	}
	params := map[string]string{}
	for key, values := range prop.ICalParameters {
		params[strings.ToUpper(key)] = strings.Join(values, ",")
	}
	return p.property(property{number, name, prop.Value, params})
}

// stray is a line that is none of a calendar's. Inside of one it is passed over: some writers break texts without folding them.
func (p *parser) stray(number int, text string) *LineError {
	if len(p.in) > 0 {
		return nil
	}
	return wrong(number, "this is no iCalendar file: it has %.40q where BEGIN:VCALENDAR is expected", text)
}

func (p *parser) begin(number int, what string) *LineError {
	if len(p.in) == 0 && what != "VCALENDAR" {
		return p.stray(number, "BEGIN:"+what)
	}
	if len(p.in) >= 8 {
		return wrong(number, "components are nested too deeply")
	}
	p.in = append(p.in, what)
	switch p.path() {
	case "VCALENDAR/VEVENT":
		if len(p.feed.events) >= p.feed.limits.Events {
			return wrong(number, "there are more than %d events", p.feed.limits.Events)
		}
		p.event = &event{line: number}
	case "VCALENDAR/VTIMEZONE":
		p.zone = &zone{line: number}
	case "VCALENDAR/VTIMEZONE/STANDARD", "VCALENDAR/VTIMEZONE/DAYLIGHT":
		p.zone.changes = append(p.zone.changes, change{line: number, daylight: what == "DAYLIGHT"})
	}
	return nil
}

func (p *parser) end(number int, what string) *LineError {
	path := p.path()
	last := p.in[len(p.in)-1]
	if last != what {
		return wrong(number, "END:%s where END:%s is expected", what, last)
	}
	p.in = p.in[:len(p.in)-1]
	switch path {
	case "VCALENDAR":
		p.seen = true
	case "VCALENDAR/VEVENT":
		if wrong := p.event.check(); wrong != nil {
			return wrong
		}
		p.feed.events = append(p.feed.events, p.event)
	case "VCALENDAR/VTIMEZONE":
		p.feed.zones[p.zone.id] = p.zone
	}
	return nil
}

func (p *parser) path() string { return strings.Join(p.in, "/") }

// wanted tells the few properties that are read from the many that are not, before anything is taken apart.
func (p *parser) wanted(name string) bool {
	switch p.path() {
	case "VCALENDAR":
		return name == "X-WR-CALNAME" || name == "NAME"
	case "VCALENDAR/VTIMEZONE":
		return name == "TZID" || name == "X-LIC-LOCATION"
	case "VCALENDAR/VTIMEZONE/STANDARD", "VCALENDAR/VTIMEZONE/DAYLIGHT":
		switch name {
		case "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE":
			return true
		}
	case "VCALENDAR/VEVENT":
		switch name {
		case "UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "SEQUENCE", "ATTENDEE":
			return true
		}
	}
	return false
}

// property is one line, taken apart.
type property struct {
	line        int
	name, value string
	params      map[string]string
}

func (p *parser) property(in property) *LineError {
	switch p.path() {
	case "VCALENDAR":
		p.feed.Name = in.value
		return nil
	case "VCALENDAR/VEVENT":
		return p.event.take(in)
	}
	return p.zone.take(in)
}
