package calendar_test

import (
	"errors"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"matoi/incident/calendar"
)

// The slow model: every minute of some weeks is asked for the day whose span it lies in. It knows of local time only what the
// clock on the wall shows at each minute, and is built without a line of the package.
type model struct {
	start time.Time       // of the window
	wall  []int64         // what the clock on the wall shows at each minute, in minutes since 1970 as if that were UTC
	high  []int64         // the latest that it has shown so far
	owner []calendar.Date // the day whose span the minute lies in, or shut
}

const (
	shut   = calendar.Date(-1 << 30)
	window = 26 * 24 * 60 // minutes
)

func newModel(h *calendar.Hours, zone *time.Location, start time.Time) *model {
	m := &model{start: start, wall: make([]int64, window), high: make([]int64, window), owner: slices.Repeat([]calendar.Date{shut}, window)}
	for i := range m.wall {
		t := m.at(i).In(zone)
		m.wall[i] = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC).Unix() / 60
		m.high[i] = max(m.wall[i], m.high[max(0, i-1)])
	}
	for day := calendar.Date(m.wall[0]/1440) - 3; int64(day) <= m.wall[window-1]/1440+1; day++ {
		for _, s := range spansOf(h, day) {
			for i := m.shows(day, s.From); i < m.shows(day, s.To); i++ {
				m.owner[i] = day
			}
		}
	}
	return m
}

func (m *model) at(i int) time.Time { return m.start.Add(time.Duration(i) * time.Minute) }

// shows is the first minute at which the wall shows a time or a later one.
func (m *model) shows(day calendar.Date, minute int) int {
	want := int64(day)*1440 + int64(minute)
	return sort.Search(window, func(i int) bool { return m.high[i] >= want })
}

func spansOf(h *calendar.Hours, day calendar.Date) []calendar.Span {
	for _, e := range h.Except {
		if e.Date == day {
			return e.Spans
		}
	}
	if slices.Contains(h.Closed, day) {
		return nil
	}
	date := time.Unix(int64(day)*86400, 0).UTC()
	return h.Week[date.Weekday()]
}

func (m *model) between(a, b int) (open int) {
	for i := a; i < b; i++ {
		if m.owner[i] != shut {
			open++
		}
	}
	return open
}

func (m *model) add(from, minutes int) int {
	for i := from; i < window; i++ {
		if minutes == 0 {
			return i
		}
		if m.owner[i] != shut {
			minutes--
		}
	}
	return window
}

func (m *model) next(from int) int {
	for i := from; i < window; i++ {
		if m.owner[i] != shut {
			return i
		}
	}
	return window
}

func (m *model) addDays(from, n int) int {
	start := m.next(from)
	if start == window {
		return window
	}
	first := m.owner[start]
	since := int(m.wall[start] - int64(first)*1440)
	for day := first + 1; ; day++ {
		if int64(day) > m.wall[window-1]/1440-2 {
			return window
		}
		opens := slices.Index(m.owner, day)
		if opens < 0 {
			continue
		}
		if n--; n > 0 {
			continue
		}
		at := m.shows(day, since)
		if at < opens {
			return opens
		}
		for i := at; ; i-- {
			if m.owner[i] == day || i > 0 && m.owner[i-1] == day {
				return i
			}
		}
	}
}

// drawHours makes any valid calendar of a zone for the days from first on.
func drawHours(t *rapid.T, zone string, first calendar.Date) *calendar.Hours {
	h := &calendar.Hours{Name: "any", Zone: zone}
	day := func(label string, free int) (out []calendar.Span) {
		for range rapid.IntRange(0, 3).Draw(t, label) {
			from := free + 5*rapid.IntRange(0, 120).Draw(t, "opens after")
			to := from + rapid.SampledFrom([]int{1, 15, 30, 60, 240, 480, 720, 1440}).Draw(t, "length")
			if from >= 1440 || to > 2880 {
				break
			}
			out = append(out, calendar.Span{From: from, To: to})
			free = to + rapid.SampledFrom([]int{0, 0, 10, 60}).Draw(t, "pause")
		}
		return out
	}
	over := func(spans []calendar.Span) int {
		if len(spans) == 0 {
			return 0
		}
		return max(0, spans[len(spans)-1].To-1440)
	}
	for w := range h.Week {
		free := 0
		if w > 0 {
			free = over(h.Week[w-1])
		}
		if free < 1440 {
			h.Week[w] = day(calendar.DayName(time.Weekday(w)), free)
		}
	}
	for len(h.Week[6]) > 0 && len(h.Week[0]) > 0 && over(h.Week[6]) > h.Week[0][0].From {
		h.Week[6] = h.Week[6][:len(h.Week[6])-1]
	}
	for d := first; d < first+30; d++ {
		switch rapid.SampledFrom([]string{"", "", "", "", "", "closed", "except"}).Draw(t, d.String()) {
		case "closed":
			h.Closed = append(h.Closed, d)
		case "except":
			h.Except = append(h.Except, calendar.Exception{Date: d, Spans: day("exception", over(spansOf(h, d-1)))})
		}
	}
	for bad := (*calendar.Invalid)(nil); errors.As(h.Validate(), &bad) && strings.HasPrefix(bad.Where, "except."); { // two that run into each other
		h.Except = slices.DeleteFunc(h.Except, func(e calendar.Exception) bool { return bad.Where == "except."+e.Date.String() })
	}
	return h
}

// oddZones have clocks that change by an hour or by half of one, at midnight, by a whole day, or never; with a day near a change.
func oddZones() map[string][]string {
	return map[string][]string{
		"Europe/London":        {"2026-03-29", "2026-10-25", "2024-02-29"},
		"America/Los_Angeles":  {"2026-03-08", "2026-11-01", "2027-01-01"},
		"Australia/Lord_Howe":  {"2026-04-05", "2026-10-04"},
		"Asia/Tokyo":           {"2026-12-31", "2028-02-29"},
		"America/Sao_Paulo":    {"2018-11-04", "2019-02-17"},
		"Pacific/Apia":         {"2011-12-30", "2012-04-01"},
		"Asia/Kathmandu":       {"1985-12-31", "1986-01-01"},
		"America/St_Johns":     {"2006-04-02", "2006-10-29"},
		"Antarctica/Troll":     {"2026-03-29", "2026-10-25"},
		"Pacific/Kwajalein":    {"1993-08-21"},
		"Africa/Casablanca":    {"2026-02-15", "2026-03-22"},
		"America/Scoresbysund": {"2024-03-31"},
	}
}

func drawCase(t *rapid.T) (*calendar.Hours, *model) {
	zones := oddZones()
	names := make([]string, 0, len(zones))
	for name := range zones {
		names = append(names, name)
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(t, "zone")
	near, err := calendar.ParseDate(rapid.SampledFrom(zones[name]).Draw(t, "near"))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	first := near - calendar.Date(rapid.IntRange(4, 12).Draw(t, "days before"))
	h := drawHours(t, name, first-3)
	if bad := (*calendar.Invalid)(nil); errors.As(h.Validate(), &bad) && bad.Why != calendar.WrongNever {
		t.Fatalf("the drawn calendar is not valid: %v", bad)
	}
	return h, newModel(h, zone, time.Unix(int64(first)*86400, 0).UTC())
}

func TestCalendarAgreesWithEveryMinuteOfTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, m := drawCase(t)
		for range 12 {
			a := rapid.IntRange(0, window-3*1440).Draw(t, "a")
			b := rapid.IntRange(a, window-3*1440).Draw(t, "b")
			if got, want := h.Between(m.at(a), m.at(b)), time.Duration(m.between(a, b))*time.Minute; got != want {
				t.Fatalf("between %s and %s are %s, in the model %s", m.at(a), m.at(b), got, want)
			}
			if got, want := h.Open(m.at(a)), m.owner[a] != shut; got != want {
				t.Fatalf("open at %s is %v", m.at(a), got)
			}
			if next := m.next(a); next < window-3*1440 {
				if got, ok := h.Next(m.at(a)); !ok || !got.Equal(m.at(next)) {
					t.Fatalf("next after %s is %s %v, in the model %s", m.at(a), got, ok, m.at(next))
				}
			}
			until := a
			for until < window && m.owner[until] != shut {
				until++
			}
			if got, ok := h.Until(m.at(a)); until < window-3*1440 && (ok != (until > a) || ok && !got.Equal(m.at(until))) {
				t.Fatalf("%s is open until %s %v, in the model %s", m.at(a), got, ok, m.at(until))
			}
			d := rapid.IntRange(1, 4000).Draw(t, "minutes")
			due := m.add(a, d)
			if due < window-3*1440 {
				got, ok := h.Add(m.at(a), time.Duration(d)*time.Minute)
				if !ok || !got.Equal(m.at(due)) {
					t.Fatalf("%s + %d min of open time is %s %v, in the model %s", m.at(a), d, got, ok, m.at(due))
				}
			}
			n := rapid.IntRange(1, 9).Draw(t, "days")
			if due := m.addDays(a, n); due < window-3*1440 {
				got, ok := h.AddDays(m.at(a), n)
				if !ok || !got.Equal(m.at(due)) {
					t.Fatalf("%s + %d business days is %s %v, in the model %s", m.at(a), n, got, ok, m.at(due))
				}
			}
		}
		a, b := 1440, window-5*1440
		open, last := time.Duration(0), time.Time{}
		for in := range h.Spans(m.at(a), m.at(b)) {
			if !in.Start.After(last) || !in.Start.Before(in.End) {
				t.Fatalf("%s comes after %s", in.Start, last)
			}
			open, last = open+in.End.Sub(in.Start), in.End
		}
		if want := time.Duration(m.between(a, b)) * time.Minute; open != want {
			t.Fatalf("the spans are %s together, in the model %s", open, want)
		}
	})
}

func TestAddAndBetweenAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, m := drawCase(t)
		from := m.at(0).Add(time.Duration(rapid.Int64Range(0, int64(10*24*time.Hour)).Draw(t, "from")))
		d := time.Duration(rapid.Int64Range(1, int64(100*time.Hour)).Draw(t, "length"))
		due, ok := h.Add(from, d)
		if !ok {
			return
		}
		if got := h.Between(from, due); got != d {
			t.Fatalf("%s + %s = %s, but between them are %s", from, d, due, got)
		}
		if before := h.Between(from, due.Add(-1)); before >= d {
			t.Fatalf("%s + %s = %s is not the first such instant", from, d, due)
		}
		trimmed := h.Trim(from, due)
		if again, ok := trimmed.Add(from, d); !ok || !again.Equal(due) {
			t.Fatalf("trimmed, %s + %s is %s %v, not %s", from, d, again, ok, due)
		}
		if got := trimmed.Between(from, due); got != d {
			t.Fatalf("trimmed, between %s and %s are %s, not %s", from, due, got, d)
		}
	})
}

func TestStoredCalendarIsReadBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, _ := drawCase(t)
		text, err := h.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var again calendar.Hours
		if err := again.UnmarshalJSON(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !h.Equal(&again) {
			t.Fatalf("%s was read as %+v, not %+v", text, again, h)
		}
	})
}
