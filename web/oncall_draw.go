package web

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"matoi/incident/calendar"
	"matoi/incident/oncall"
)

// The measures of the picture, in its own units.
const (
	dutyWidth  = 760.0
	dutyLeft   = 4.0
	dutyHead   = 22.0 // the names of the days
	dutyRow    = 34.0
	dutyHeight = dutyHead + dutyRow + 6
	dutyLetter = 7.5 // what a letter takes at least; one of Japanese takes two
)

// dutyWeek is a row of the picture.
type dutyWeek struct {
	From, To time.Time
	Days     []dutyDay
	Bars     []dutyBar
	Now      float64 // where the moment stands, 0 where it is in another week
}

type dutyDay struct {
	X     float64
	Text  string
	Today bool
}

type dutyBar struct {
	X, Y, W, H   float64
	Look         string // a, b or c by turns; gap
	Put          bool   // by an override
	Label, Title string
}

// drawDuty places the shifts of the coming weeks, from the Monday of this one on, as clocks on the reader's wall show them.
func drawDuty(rd *reader, s *oncall.Schedule) []dutyWeek {
	today := calendar.DateOf(rd.Now.In(rd.Zone))
	monday := today - calendar.Date((int(today.Weekday())+6)%7)
	looks := map[string]string{}
	for n, person := range s.People() {
		looks[person] = string("abc"[n%3])
	}
	var out []dutyWeek
	for n := range dutyWeeks {
		first := monday + calendar.Date(7*n)
		w := dutyWeek{From: first.At(0, rd.Zone), To: (first + 7).At(0, rd.Zone)}
		for d := range 7 {
			day := first + calendar.Date(d)
			w.Days = append(w.Days, dutyDay{w.at(day.At(0, rd.Zone)), rd.T("oncall.day_"+strconv.Itoa(int(day.Weekday())), "Day", day.Day()), day == today})
		}
		if !rd.Now.Before(w.From) && rd.Now.Before(w.To) {
			w.Now = w.at(rd.Now)
		}
		w.place(rd, s, looks)
		out = append(out, w)
	}
	return out
}

// at is where an instant stands in the row.
func (w *dutyWeek) at(t time.Time) float64 {
	share := float64(t.Sub(w.From)) / float64(w.To.Sub(w.From))
	return dutyLeft + min(1, max(0, share))*(dutyWidth-2*dutyLeft)
}

// place puts the shifts into the row, side by side where several are on at once, and the gaps that are still to come.
func (w *dutyWeek) place(rd *reader, s *oncall.Schedule, looks map[string]string) {
	shifts := s.Shifts(w.From, w.To)
	var ends []time.Time // of the lanes
	lanes := make([]int, len(shifts))
	for n, shift := range shifts {
		lane := slices.IndexFunc(ends, func(end time.Time) bool { return !end.After(shift.From) })
		if lane < 0 {
			lane, ends = len(ends), append(ends, time.Time{})
		}
		lanes[n], ends[lane] = lane, shift.To
	}
	height := dutyRow / float64(max(1, len(ends)))
	for n, shift := range shifts {
		name := rd.Name(personID(shift.Person))
		b := w.bar(shift.From, shift.To, name)
		b.Y, b.H = dutyHead+float64(lanes[n])*height, height-2
		b.Look, b.Put = looks[shift.Person], shift.Why == oncall.ByOverride
		if b.Look == "" {
			b.Look = "c"
		}
		b.Title = rd.T("oncall.shift", "Person", name, "From", rd.dayTime(shift.From), "To", rd.end(shift.From, shift.To))
		w.Bars = append(w.Bars, b)
	}
	for _, g := range s.Gaps(w.From, w.To) {
		if !g.To.After(rd.Now) {
			continue
		}
		b := w.bar(g.From, g.To, rd.T("oncall.gap_word"))
		b.Y, b.H, b.Look = dutyHead, dutyRow-2, "gap"
		b.Title = rd.T("oncall.gap_long", "From", rd.dayTime(g.From), "To", rd.end(g.From, g.To))
		w.Bars = append(w.Bars, b)
	}
}

// bar is a stretch with as much of a name as fits.
func (w *dutyWeek) bar(from, to time.Time, name string) dutyBar {
	b := dutyBar{X: w.at(from)}
	b.W = max(1, w.at(to)-b.X-1)
	wide := 0.0
	for _, r := range name {
		wide += dutyLetter
		if r >= 0x2e80 {
			wide += dutyLetter
		}
	}
	switch first, _ := utf8.DecodeRuneInString(initial(name)); {
	case b.W >= wide+8:
		b.Label = name
	case b.W >= 2*dutyLetter+4:
		b.Label = string(first)
	}
	return b
}
