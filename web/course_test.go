package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

const courseNumber = incident.Number(20261121001)

// told makes a timeline out of facts at minutes after ten.
func told(facts map[int][]incident.Fact) (*incident.Incident, record) {
	at := time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)
	i := &incident.Incident{Number: courseNumber, Opened: at, Status: incident.New, Priority: incident.P1}
	var events []incident.Event
	for m := range 60 * 24 * 30 {
		for _, f := range facts[m] {
			events = append(events, incident.Event{Number: i.Number, Seq: int64(len(events) + 1), At: at.Add(time.Duration(m) * time.Minute), By: "p1", Fact: f})
		}
	}
	return i, record{}.and(events)
}

func drawn(i *incident.Incident, r record, minutes int) course {
	zone, _ := time.LoadLocation("Asia/Tokyo")
	return courseOf(bot.View{Names: func(p incident.PersonID) string { return string(p) }, Lang: lang.EN, Zone: zone, Now: i.Opened.Add(time.Duration(minutes) * time.Minute)}, i, r)
}

func (c course) lane(name string) courseLane {
	for _, l := range c.Lanes {
		if l.Name == name {
			return l
		}
	}
	return courseLane{}
}

func TestCourseDrawsStatusesOneAfterTheOtherWithoutGap(t *testing.T) {
	i, r := told(map[int][]incident.Fact{
		0:  {&incident.Opened{Title: "x"}},
		10: {&incident.StatusChanged{From: incident.New, To: incident.Investigating}},
		20: {&incident.PutOnHold{Hold: incident.Hold{For: "vendor"}}},
		30: {&incident.Resumed{Why: "by_hand"}},
		40: {&incident.StatusChanged{From: incident.Investigating, To: incident.Mitigated}},
	})
	c := drawn(i, r, 60)
	bars := c.lane("Status").Bars
	var looks []string
	for k, b := range bars {
		looks = append(looks, b.Look)
		if k > 0 {
			if gap := b.X - bars[k-1].X - bars[k-1].W; gap > .2 || gap < -.2 {
				t.Errorf("%s begins %.1f from the end of %s", b.Look, gap, bars[k-1].Look)
			}
		}
	}
	if got := strings.Join(looks, " "); got != "new investigating on_hold investigating mitigated" {
		t.Errorf("statuses %q", got)
	}
	if last := bars[len(bars)-1]; last.X+last.W < courseRight-1 {
		t.Errorf("the last status ends at %.1f, want it to last until now", last.X+last.W)
	}
}

func TestCourseMarksUpdatesMissesHandoversAndAlertsEachInItsLane(t *testing.T) {
	i, r := told(map[int][]incident.Fact{
		0:  {&incident.Opened{Title: "x"}},
		5:  {&incident.AlertsMet{Attached: []incident.AlertRef{{Title: "disk"}}, Total: 1, Firing: 1}},
		15: {&incident.Published{Sort: "first", Audience: "stakeholders", Text: "we are on it"}},
		25: {&incident.TargetMissed{Clock: incident.Response}},
		35: {&incident.TakenOver{Role: incident.Manager, From: "p1", To: "p2", Reason: "gone"}},
		45: {&incident.AlertsMet{Cleared: []incident.AlertRef{{Title: "disk"}}, Total: 1}},
		50: {&incident.Published{Sort: "update", Audience: "customers", Text: "sorry"}},
	})
	c := drawn(i, r, 60)
	for lane, want := range map[string]string{"Updates": "update:3 customers:7", "Targets missed": "missed:4", "Command": "handover:5", "Alerts": "firing:2 cleared:6"} {
		var got []string
		for _, m := range c.lane(lane).Marks {
			got = append(got, fmt.Sprintf("%s:%d", m.Shape, m.Seq))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", lane, got, want)
		}
	}
	if bars := c.lane("Alerts").Bars; len(bars) != 1 || !bars[0].to.Equal(i.Opened.Add(45*time.Minute)) {
		t.Errorf("bars of firing alerts %+v, want one until they cleared", bars)
	}
	if len(c.Rows) < 9 {
		t.Errorf("%d rows in words, want all bars and marks", len(c.Rows))
	}
}

func TestCourseStaysLegibleFromMinutesToWeeksAndWithManyMarks(t *testing.T) {
	for _, minutes := range []int{3, 45, 60 * 5, 60 * 30, 60 * 24 * 21} {
		facts := map[int][]incident.Fact{0: {&incident.Opened{Title: "x"}}}
		for m := 1; m <= minutes; m += max(1, minutes/700) {
			facts[m] = append(facts[m], &incident.Published{Sort: "update", Audience: "stakeholders", Text: "still at it"})
		}
		i, r := told(facts)
		c := drawn(i, r, minutes)
		if n := len(c.Ticks); n < 2 || n > 9 {
			t.Errorf("%d minutes: %d ticks", minutes, n)
		}
		marks := c.lane("Updates").Marks
		total := 0
		for k, m := range marks {
			total += m.N
			if k > 0 && m.X-marks[k-1].X < markWidth {
				t.Errorf("%d minutes: marks lie on each other at %.1f", minutes, m.X)
			}
			if m.X < courseLeft || m.X > courseRight {
				t.Errorf("%d minutes: a mark stands outside at %.1f", minutes, m.X)
			}
		}
		if want := len(r.events) - 1; total != want {
			t.Errorf("%d minutes: %d updates are drawn, want %d", minutes, total, want)
		}
		if len(c.Rows) > courseRows {
			t.Errorf("%d minutes: %d rows", minutes, len(c.Rows))
		}
	}
}

func TestTicksStandAtMidnightOfTheReadersZone(t *testing.T) {
	i, r := told(map[int][]incident.Fact{0: {&incident.Opened{Title: "x"}}})
	c := drawn(i, r, 60*24*6)
	if c.Ticks[0].Text != "22 Nov" {
		t.Errorf("first day %q, want 22 Nov: it began at ten in the morning of the 21st in Tokyo", c.Ticks[0].Text)
	}
	c = drawn(i, r, 5)
	if c.Ticks[0].Text != "10:00" && c.Ticks[0].Text != "10:01" {
		t.Errorf("first minute %q, want 10:00 in Tokyo", c.Ticks[0].Text)
	}
}
