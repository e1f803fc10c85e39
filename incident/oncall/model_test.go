package oncall_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/incident/calendar"
	"matoi/incident/oncall"
)

// places are zones whose clocks change in odd ways, with a day near a change.
func places(t testing.TB) map[string]time.Time {
	return map[string]time.Time{
		"Europe/London": in(t, "UTC", "2026-03-27 00:00"), "America/Los_Angeles": in(t, "UTC", "2026-10-30 00:00"),
		"Australia/Lord_Howe": in(t, "UTC", "2026-04-03 00:00"), "Asia/Tokyo": in(t, "UTC", "2026-12-29 00:00"),
		"Asia/Kathmandu": in(t, "UTC", "2028-02-27 00:00"), "Pacific/Apia": in(t, "UTC", "2011-12-28 00:00"),
		"America/Sao_Paulo": in(t, "UTC", "2018-11-02 00:00"), "America/St_Johns": in(t, "UTC", "2026-11-01 00:00"),
	}
}

// modelled walks through a layer minute by minute, as somebody who looks at the clock on the wall would.
type modelled struct {
	layer   oncall.Layer
	zone    *time.Location
	turn    int
	highest int64 // what the clock on the wall has shown at most
}

func (m *modelled) at(t time.Time) string {
	if t.Before(m.layer.Start) {
		return ""
	}
	shows := func(t time.Time) int64 {
		l := t.In(m.zone)
		return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC).Unix() / 60
	}
	first, length := shows(m.layer.Start), int64(m.layer.Turn.N)*map[oncall.Unit]int64{oncall.Hour: 60, oncall.Day: 24 * 60, oncall.Week: 7 * 24 * 60}[m.layer.Turn.Every]
	for m.highest = max(m.highest, shows(t)); m.highest >= first+int64(m.turn+1)*length; {
		m.turn++
	}
	if !m.layer.Until.IsZero() && !t.Before(m.layer.Until) || m.layer.Hours != nil && !m.layer.Hours.Open(t) {
		return ""
	}
	return m.layer.People[m.turn%len(m.layer.People)]
}

// model is who is on call at each minute from start on, by the slow way.
func model(s *oncall.Schedule, start time.Time, minutes int) [][]string {
	layers := make([]*modelled, len(s.Layers))
	for n, l := range s.Layers {
		layers[n] = &modelled{layer: l, zone: l.Zone}
	}
	out := make([][]string, minutes)
	for m := range out {
		t := start.Add(time.Duration(m) * time.Minute)
		var on []string
		for _, l := range layers {
			if who := l.at(t); who != "" {
				on = []string{who}
			}
		}
		var fixed []string
		for _, f := range s.Fixed {
			if !t.Before(f.From) && t.Before(f.To) && !slices.Contains(fixed, f.Person) {
				fixed = append(fixed, f.Person)
			}
		}
		if fixed != nil {
			on = fixed
		}
		for _, o := range s.Overrides {
			if t.Before(o.From) || !t.Before(o.To) {
				continue
			}
			switch k := slices.Index(on, o.For); {
			case o.For == "":
				on = []string{o.Person}
			case k >= 0 && slices.Contains(on, o.Person) && o.Person != o.For:
				on = slices.Delete(slices.Clone(on), k, k+1)
			case k >= 0:
				on = slices.Clone(on)
				on[k] = o.Person
			}
		}
		out[m] = slices.Sorted(slices.Values(on))
	}
	return out
}

// drawn makes a schedule about some start.
func drawn(t *rapid.T, around map[string]time.Time, zones []string) (*oncall.Schedule, time.Time) {
	who := rapid.SampledFrom([]string{"ann", "bob", "cho", "dan"})
	begin := around[rapid.SampledFrom(zones).Draw(t, "where")]
	some := func(label string) time.Time {
		return begin.Add(time.Duration(rapid.IntRange(0, 8*24*60).Draw(t, label)) * time.Minute)
	}
	s := &oncall.Schedule{}
	for n := range rapid.IntRange(1, 3).Draw(t, "layers") {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		z, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		l := oncall.Layer{
			Name: fmt.Sprint(n), Zone: z, Start: some("start"), People: rapid.SliceOfN(who, 1, 4).Draw(t, "people"),
			Turn: rapid.SampledFrom([]oncall.Turn{{oncall.Hour, 1}, {oncall.Hour, 7}, {oncall.Hour, 12}, {oncall.Day, 1}, {oncall.Day, 2}, {oncall.Week, 1}}).Draw(t, "turn"),
		}
		if rapid.Bool().Draw(t, "closes") {
			l.Hours = &calendar.Hours{Zone: zone}
			for d := range l.Hours.Week {
				if from := rapid.IntRange(0, 1600).Draw(t, "opens"); from < 1440 {
					l.Hours.Week[d] = []calendar.Span{{From: from, To: rapid.IntRange(from+1, 1440).Draw(t, "closes at")}}
				}
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "ends") == 0 {
			l.Until = l.Start.Add(time.Duration(rapid.IntRange(1, 8000).Draw(t, "for")) * time.Minute)
		}
		s.Layers = append(s.Layers, l)
	}
	for range rapid.IntRange(0, 3).Draw(t, "fixed") {
		from := some("fixed from")
		s.Fixed = append(s.Fixed, oncall.Shift{Person: who.Draw(t, "person"), From: from, To: from.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "long")) * time.Minute)})
	}
	slices.SortStableFunc(s.Fixed, func(a, b oncall.Shift) int { return a.From.Compare(b.From) })
	for n := range rapid.IntRange(0, 3).Draw(t, "overrides") {
		from := some("override from")
		s.Overrides = append(s.Overrides, oncall.Override{
			ID: fmt.Sprint(n), Person: who.Draw(t, "in"), For: rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(t, "for whom"),
			From: from, To: from.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "how long")) * time.Minute),
		})
	}
	return s, begin
}

func TestEveryMinuteHasWhomTheSlowModelHas(t *testing.T) {
	around := places(t)
	zones := slices.Sorted(func(yield func(string) bool) {
		for z := range around {
			if !yield(z) {
				return
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		s, begin := drawn(t, around, zones)
		const minutes = 9 * 24 * 60
		want := model(s, begin, minutes)
		skip := rapid.IntRange(0, 3000).Draw(t, "window from")
		from, to := begin.Add(time.Duration(skip)*time.Minute), begin.Add(minutes*time.Minute)
		covered := make([][]string, minutes)
		shifts := s.Shifts(from, to)
		for n, shift := range shifts {
			if !shift.From.Before(shift.To) || shift.From.Before(from) || shift.To.After(to) || n > 0 && shift.From.Before(shifts[n-1].From) {
				t.Fatalf("shift %d stands wrong: %+v", n, shift)
			}
			for m := int(shift.From.Sub(begin) / time.Minute); m < int(shift.To.Sub(begin)/time.Minute); m++ {
				covered[m] = append(covered[m], shift.Person)
			}
		}
		gap := make([]bool, minutes)
		for _, g := range s.Gaps(from, to) {
			for m := int(g.From.Sub(begin) / time.Minute); m < int(g.To.Sub(begin)/time.Minute); m++ {
				gap[m] = true
			}
		}
		for m := skip; m < minutes; m++ {
			at := begin.Add(time.Duration(m) * time.Minute)
			slices.Sort(covered[m])
			on := s.At(at)
			if slices.Sort(on); !slices.Equal(on, want[m]) || !slices.Equal(covered[m], want[m]) || gap[m] != (len(want[m]) == 0) {
				t.Fatalf("%v: the model has %v, At %v, Shifts %v, Gaps %v", at, want[m], on, covered[m], gap[m])
			}
		}
	})
}

func TestAShiftOfOneLayerNeverOverlapsAnother(t *testing.T) {
	around := places(t)
	zones := []string{"Europe/London", "Australia/Lord_Howe", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		s, begin := drawn(t, around, zones)
		until := map[int]time.Time{}
		for _, shift := range s.Whole(begin, begin.AddDate(0, 0, 30)) {
			if shift.Why != oncall.ByLayer {
				continue
			}
			if shift.From.Before(until[shift.Layer]) {
				t.Fatalf("layer %d is handed over at %v while it goes on until %v", shift.Layer, shift.From, until[shift.Layer])
			}
			until[shift.Layer] = shift.To
		}
	})
}

func BenchmarkAt(b *testing.B) {
	s := &oncall.Schedule{}
	for _, zone := range []string{"Asia/Tokyo", "Europe/London", "America/Los_Angeles"} {
		s.Layers = append(s.Layers, oncall.Layer{
			Zone: place(b, zone), People: []string{"ann", "bob", "cho"}, Start: in(b, zone, "2020-01-06 09:00"),
			Turn: oncall.Turn{Every: oncall.Week, N: 1}, Hours: daily(zone, 9*60, 17*60),
		})
	}
	at := in(b, "UTC", "2026-07-01 12:00")
	for b.Loop() {
		if len(s.At(at)) == 0 {
			b.Fatal("nobody")
		}
	}
}

func BenchmarkShiftsOfFourWeeks(b *testing.B) {
	s := &oncall.Schedule{Layers: []oncall.Layer{{
		Zone: place(b, "Europe/London"), People: []string{"ann", "bob", "cho"}, Start: in(b, "Europe/London", "2020-01-06 09:00"),
		Turn: oncall.Turn{Every: oncall.Day, N: 1}, Hours: daily("Europe/London", 9*60, 17*60),
	}}}
	at := in(b, "UTC", "2026-07-01 12:00")
	for b.Loop() {
		if len(s.Shifts(at, at.AddDate(0, 0, 28))) == 0 {
			b.Fatal("nobody")
		}
	}
}
