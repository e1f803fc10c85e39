package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
)

func TestMatrixGivesThePriority(t *testing.T) {
	tests := []struct {
		name   string
		matrix incident.Matrix
		want   map[[2]string]incident.Priority
	}{
		{"five", incident.FivePriorities(), map[[2]string]incident.Priority{
			{"large", "high"}: 1, {"large", "medium"}: 2, {"large", "low"}: 3,
			{"medium", "high"}: 2, {"medium", "medium"}: 3, {"medium", "low"}: 4,
			{"small", "high"}: 3, {"small", "medium"}: 4, {"small", "low"}: 5,
		}},
		{"four", incident.FourPriorities(), map[[2]string]incident.Priority{
			{"large", "high"}: 1, {"large", "medium"}: 2, {"medium", "high"}: 2,
			{"large", "low"}: 3, {"medium", "medium"}: 3, {"small", "high"}: 3,
			{"medium", "low"}: 4, {"small", "medium"}: 4, {"small", "low"}: 4,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for levels, want := range test.want {
				got, provisional, ok := test.matrix.Priority(levels[0], levels[1])
				if got != want || provisional || !ok {
					t.Errorf("%v: got %v provisional=%v ok=%v, want %v", levels, got, provisional, ok, want)
				}
			}
		})
	}
}

func TestUnknownLevelsCountAsTheMiddleAndAreProvisional(t *testing.T) {
	tests := []struct {
		impact, urgency string
		want            incident.Priority
		ok              bool
	}{
		{"", "", 3, true}, {"unknown", "unknown", 3, true}, {"large", "", 2, true}, {"", "low", 4, true}, {"huge", "low", 0, false}, {"large", "soon", 0, false},
	}
	m := incident.FivePriorities()
	for _, test := range tests {
		got, provisional, ok := m.Priority(test.impact, test.urgency)
		if got != test.want || ok != test.ok || provisional != test.ok {
			t.Errorf("%q × %q: got %v provisional=%v ok=%v", test.impact, test.urgency, got, provisional, ok)
		}
	}
}

func TestLevelsAreNamedInBothLanguages(t *testing.T) {
	m := incident.FivePriorities()
	for word, want := range map[string]string{
		"large": "large", "LARGE": "large", "大(全部門・全顧客)": "large", "medium (certain departments, some customers)": "medium",
		"": "unknown", "不明": "unknown", "Unknown": "unknown", "巨大": "",
	} {
		equal(t, word, m.Level(m.Impacts, word), want)
	}
}

func TestPrioritiesAreReadAndOrdered(t *testing.T) {
	for word, want := range map[string]incident.Priority{"P1": 1, "p5": 5, "sev2": 2, "SEV3": 3, "4": 4} {
		if got, ok := incident.ParsePriority(word); !ok || got != want {
			t.Errorf("%q: got %v %v", word, got, ok)
		}
	}
	for _, word := range []string{"", "P0", "P6", "P11", "high", "p", "-1"} {
		if got, ok := incident.ParsePriority(word); ok {
			t.Errorf("%q: got %v, want none", word, got)
		}
	}
	if !incident.P1.Higher(incident.P2) || incident.P2.Higher(incident.P1) || incident.P1.Higher(incident.P1) || !incident.P5.Higher(0) || incident.Priority(0).Higher(5) {
		t.Error("P1 is the highest, unknown below everything")
	}
}

func TestNumberIsWrittenAndRead(t *testing.T) {
	day := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	for n, want := range map[int64]string{1: "INC-20261121-001", 42: "INC-20261121-042", 999: "INC-20261121-999", 1000: "INC-20261121-1000", 12345: "INC-20261121-12345"} {
		number := incident.NumberOf(day, tokyo(), n)
		equal(t, "text", number.String(), want)
		if back, ok := incident.ParseNumber(want); !ok || back != number {
			t.Errorf("%s: read back as %v %v", want, back, ok)
		}
	}
	if n, ok := incident.ParseNumber(" inc-20261121-007 "); !ok || n.String() != "INC-20261121-007" {
		t.Errorf("lower case: got %v %v", n, ok)
	}
	for _, s := range []string{"", "INC", "INC-2026-001", "INC-20261121-1", "INC-20261121-000", "INC-20261121-00a", "INC-20261121-0000001", "PRB-20261121-001", "20261121-001", "INC-20261121-001x"} {
		if n, ok := incident.ParseNumber(s); ok {
			t.Errorf("%q was read as %v", s, n)
		}
	}
	if incident.NumberOf(day, tokyo(), 999) >= incident.NumberOf(day, tokyo(), 1000) {
		t.Error("numbers sort in the order of opening past 999")
	}
}

func TestNumberTakesTheDayOfTheOrganisation(t *testing.T) {
	late := time.Date(2026, 11, 20, 14, 59, 59, 0, time.UTC) // 23:59:59 in Tokyo
	equal(t, "a second before midnight", incident.NumberOf(late, tokyo(), 1).String(), "INC-20261120-001")
	equal(t, "midnight", incident.NumberOf(late.Add(time.Second), tokyo(), 1).String(), "INC-20261121-001")
	equal(t, "the same in UTC", incident.NumberOf(late.Add(time.Second), time.UTC, 1).String(), "INC-20261120-001")
}

func TestNumbersCountUpWithinTheDay(t *testing.T) {
	s := newScene(t)
	s.now = time.Date(2026, 11, 20, 14, 59, 0, 0, time.UTC)
	equal(t, "first", s.open(ann, incident.Open{Title: "a"}).Number.String(), "INC-20261120-001")
	if code := s.try(ann, incident.SetTitle{}); code != "title_needed" {
		t.Errorf("got %q", code)
	}
	if _, err := s.desk.Do(t.Context(), 0, incident.Open{}, incident.By{Person: ann}, incident.Cause{}); err == nil {
		t.Error("an opening without a title must be refused")
	}
	equal(t, "second: a refusal uses no number up", s.open(ann, incident.Open{Title: "b"}).Number.String(), "INC-20261120-002")
	s.sleep(time.Minute)
	back := incident.Open{Title: "c", Happened: incident.Moment{At: s.now.Add(-48 * time.Hour)}}
	equal(t, "a back-filled one has the day of opening", s.open(ann, back).Number.String(), "INC-20261121-001")
}
