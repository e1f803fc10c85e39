package ics

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// zone is a VTIMEZONE: the changes of clocks of a zone, told by the file itself.
type zone struct {
	line    int
	id      string
	iana    string // X-LIC-LOCATION
	changes []change
}

// change is a STANDARD or DAYLIGHT: from then on clocks are so many seconds ahead of UTC.
type change struct {
	line     int
	daylight bool
	start    moment
	from, to int
	has      bool
	rule     *rule
	also     []moment
}

// take reads one property of a zone, or of its last change.
func (z *zone) take(p property) (fault *LineError) {
	if p.name == "TZID" {
		z.id = p.value
		return nil
	}
	if p.name == "X-LIC-LOCATION" {
		z.iana = p.value
		return nil
	}
	c := &z.changes[len(z.changes)-1]
	switch p.name {
	case "DTSTART":
		c.start, fault = p.moment()
	case "TZOFFSETFROM":
		c.from, fault = p.offset()
	case "TZOFFSETTO":
		c.has = true
		c.to, fault = p.offset()
	case "RRULE":
		c.rule, fault = readRule(p.line, p.value)
	case "RDATE":
		var more []moment
		more, fault = p.moments()
		c.also = append(c.also, more...)
	}
	return fault
}

// offset reads +0900 or -033000 as seconds.
func (p property) offset() (int, *LineError) {
	s := strings.TrimSpace(p.value)
	t, err := time.Parse("-0700", s)
	if len(s) == len("+000000") {
		t, err = time.Parse("-070000", s)
	}
	if err != nil {
		return 0, wrong(p.line, "%s: %.40q is no offset from UTC", p.name, p.value)
	}
	_, offset := t.Zone()
	return offset, nil
}

// find is the zone that a TZID means: as the IANA names it, with a maker's path before that or not, as Windows does, or as the file describes it.
func (f *Feed) find(tzid string, line int) (*time.Location, *LineError) {
	name := strings.Trim(strings.TrimSpace(tzid), `"`)
	for rest := name; ; {
		if found := iana(rest); found != nil {
			return found, nil
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		rest = after
	}
	if found := iana(windowsZones()[strings.ToLower(name)]); found != nil {
		return found, nil
	}
	described := f.zones[tzid]
	if described == nil {
		return nil, wrong(line, "nobody knows the time zone %.60q, and the file does not describe it", tzid)
	}
	if found := iana(described.iana); found != nil {
		return found, nil
	}
	return described.location()
}

func iana(name string) *time.Location {
	if name == "" || strings.EqualFold(name, "local") {
		return nil
	}
	found, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return found
}

// turn is an instant at which the clocks of a zone change to what change says.
type turn struct {
	at int64
	to change
}

// location makes of a described zone one that package time understands, by writing the file it reads zones from (RFC 8536), for the years to 2100.
func (z *zone) location() (*time.Location, *LineError) {
	var turns []turn
	steps := 0
	for _, c := range z.changes {
		if !c.has || c.start.wall.IsZero() {
			return nil, wrong(c.line, "the time zone %.60q lacks DTSTART or TZOFFSETTO", z.id)
		}
		add := func(wall time.Time) bool {
			turns = append(turns, turn{wall.Unix() - int64(c.from), c})
			return true
		}
		add(c.start.wall)
		for _, m := range c.also {
			add(m.wall)
		}
		if c.rule == nil {
			continue
		}
		if fault := c.rule.happens(c.start); fault != nil {
			return nil, fault
		}
		if fault := c.rule.each(c.start, time.UTC, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), &steps, func(wall time.Time) bool { return add(wall) && len(turns) < 10_000 }); fault != nil {
			return nil, fault
		}
	}
	if len(turns) == 0 || len(z.changes) > 100 {
		return nil, wrong(z.line, "the time zone %.60q is described by no clock, or too many", z.id)
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return int(max(-1, min(1, a.at-b.at))) })
	turns = slices.CompactFunc(turns, func(a, b turn) bool { return a.at == b.at })
	found, err := time.LoadLocationFromTZData(z.id, written(turns))
	if err != nil {
		return nil, wrong(z.line, "the time zone %.60q can't be worked out: %v", z.id, err)
	}
	return found, nil
}

// written is a zone as a TZif file of version 2. Its kinds of time are one for each turn's offset, the first being that before all turns.
func written(turns []turn) []byte {
	type kind struct {
		offset int
		dst    bool
	}
	kinds := []kind{{turns[0].to.from, false}}
	index := make([]byte, len(turns))
	for n, t := range turns {
		k := kind{t.to.to, t.to.daylight}
		at := slices.Index(kinds, k)
		if at < 0 {
			at, kinds = len(kinds), append(kinds, k)
		}
		index[n] = byte(at)
	}
	const names = "-00\x00"
	var out bytes.Buffer
	header := func(times, kinds, chars uint32) {
		out.WriteString("TZif2" + strings.Repeat("\x00", 15))
		for _, n := range []uint32{0, 0, 0, times, kinds, chars} {
			out.Write(binary.BigEndian.AppendUint32(nil, n))
		}
	}
	header(0, 1, 1) // the part of version 1, which is passed over
	out.Write(make([]byte, 6+1))
	header(uint32(len(turns)), uint32(len(kinds)), uint32(len(names)))
	for _, t := range turns {
		out.Write(binary.BigEndian.AppendUint64(nil, uint64(t.at)))
	}
	out.Write(index)
	for _, k := range kinds {
		out.Write(binary.BigEndian.AppendUint32(nil, uint32(int32(k.offset))))
		dst := byte(0)
		if k.dst {
			dst = 1
		}
		out.Write([]byte{dst, 0})
	}
	out.WriteString(names + "\n\n")
	return out.Bytes()
}
