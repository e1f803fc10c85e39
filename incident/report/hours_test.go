package report

import (
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// Whoever reads that a target was met must see in which hours it was counted, and how long was waited for whom.
func TestTheHoursAndHoldsOfTargetsAreTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-20 17:00")
	office := &calendar.Hours{Name: "office", Zone: "Asia/Tokyo", Closed: []calendar.Date{calendar.DateAt(2026, 11, 23)}}
	for day := 1; day <= 5; day++ {
		office.Week[day] = []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	}
	policy := h.desk.Policy()
	t3 := policy.Targets[incident.P3]
	t3.Hours = office
	policy.Targets[incident.P3] = t3
	h.desk.Policy = func() incident.Policy { return policy }
	h.do("", "p1", incident.Open{Title: "x", Priority: incident.P3})
	h.do("17:10", "p2", incident.TakeRole{Role: incident.Manager, Person: "p2"})
	h.do("17:20", "p2", incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "part", Ticket: "V-1", Contact: "Acme", Review: h.at("2026-11-20 18:00"), Promised: h.at("2026-11-20 17:40")}})
	h.do("17:50", "p2", incident.Resume{})
	h.do("17:51", "p2", incident.PutHold{Hold: incident.Hold{For: "user", Reason: "answer", Review: h.at("2026-11-24 18:00")}})
	s := h.source()
	s.Policy.DayNames = calendar.Names{"office": {calendar.DateAt(2026, 11, 23): calendar.Name{Own: "勤労感謝の日", EN: "Labor Thanksgiving Day"}}}
	for l, wants := range map[lang.Lang][]string{
		lang.EN: {
			"| Response | 3 h (office) | Tue 24 Nov 2026 11:00 |",
			"“office” counts only these hours: Mon–Fri 09:00-18:00 (Asia/Tokyo).", "Closed in that time: Mon 23 Nov (Labor Thanksgiving Day).",
			"| Their promise |", "part (ticket V-1) (contact Acme) | went on | Fri 20 Nov 2026 17:40, 10 min late |", "answer | stopped | – |",
		},
		lang.JA: {
			"| 初動 | 3時間(office) |", "「office」は受付時間だけで計算: 月〜金 09:00-18:00(Asia/Tokyo)。", "期間中の休業日: 11月23日(月)勤労感謝の日。",
			"| 2026年11月20日(金) 17:40(10分超過) |",
		},
	} {
		got := text(t, Build(s, l, h.now), "restored")
		for _, w := range wants {
			if !strings.Contains(got, w) {
				t.Errorf("lacks %q:\n%s", w, got)
			}
		}
		if strings.Contains(got, "24時間365日") || strings.Contains(got, "around the clock") {
			t.Errorf("says of hours that they are all hours:\n%s", got)
		}
	}
	s.Incident.Holds[0].Until = s.Incident.Holds[0].Promised.Add(-time.Minute)
	s.Incident.Hold.Promised = h.now.Add(time.Hour)
	if got := text(t, Build(s, lang.EN, h.now), "restored"); !strings.Contains(got, "17:40, kept |") || !strings.Contains(got, ", still to come |") {
		t.Errorf("a promise that was kept, and one that still may be:\n%s", got)
	}
}
