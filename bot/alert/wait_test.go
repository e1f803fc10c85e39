package alert_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
)

// patient waits for five minutes.
var patient = alert.Rule{Name: "patient", Do: alert.Wait, Wait: &alert.Waiting{For: alert.Span(5 * time.Minute)}, Priority: "P3"}

// counting wants three of a service within ten minutes.
var counting = alert.Rule{
	Name: "counting", Do: alert.Wait, Wait: &alert.Waiting{Count: 3, Within: alert.Span(10 * time.Minute)}, Priority: "P3", GroupBy: []string{"service"},
}

// later moves the clock and lets the worker look.
func (h *house) later(d time.Duration) {
	h.t.Helper()
	h.now = h.now.Add(d)
	h.work()
}

// clear posts that alerts are over.
func (h *house) clear(names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.post("generic", fmt.Sprintf(`{"title":%q,"dedup_key":%q,"status":"ok"}`, name, name))
	}
}

// says gives the ids of the reasons of what opened nothing.
func (h *house) says() string {
	h.t.Helper()
	var ids []string
	for _, row := range h.inbox() {
		ids = append(ids, strings.TrimPrefix(alert.ParseReason(row.Reason).ID, "alert.reason_"))
	}
	return strings.Join(ids, " ")
}

func TestAlertThatFiresForLongEnoughOpens(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk full")
	h.work()
	if rows := h.inbox(); len(rows) != 1 || rows[0].Outcome != alert.Wait || !rows[0].Due.Equal(h.now.Add(5*time.Minute)) || h.says() != "wait_for" {
		t.Fatalf("%+v", rows)
	}
	began := h.now
	h.later(4 * time.Minute)
	h.fire("disk full") // again: it counts, and moves nothing
	h.later(time.Minute - time.Microsecond)
	h.wants()
	h.later(time.Microsecond)
	h.wants("P3")
	i := h.only()
	rows := h.rows(i.Number)
	if !i.Detected.Equal(began) || len(i.Services) != 1 || i.Services[0] != "shop" || len(rows) != 1 || rows[0].Count != 2 {
		t.Errorf("detected %v, services %v, rows %+v", i.Detected, i.Services, rows)
	}
	if r := rows[0]; !r.Due.IsZero() || r.Alert != "{}" || r.Outcome != alert.Open || alert.ParseReason(r.Reason).ID != "alert.reason_waited_for" {
		t.Errorf("%+v", r)
	}
	h.later(time.Hour)
	h.wants("P3")
}

func TestAlertThatIsOverBeforeItsTimeOpensNothing(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk full")
	h.later(4 * time.Minute)
	h.clear("disk full")
	h.later(0)
	h.later(10 * time.Minute)
	h.wants()
	if rows := h.inbox(); h.says() != "over_early" || !rows[0].Due.IsZero() {
		t.Errorf("%+v", rows)
	}
	h.fire("disk full") // anew, and waits anew
	h.later(4 * time.Minute)
	h.wants()
	h.later(time.Minute)
	h.wants("P3")
}

func TestWhatWaitsInTheQueueIsHeardBeforeAnAlertIsJudgedAgain(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk full")
	h.work()
	h.now = h.now.Add(4 * time.Minute)
	h.clear("disk full")
	h.later(2 * time.Minute) // Matoi was busy or away
	h.wants()
	if h.says() != "over_early" {
		t.Error(h.says())
	}
}

func TestAlertThatWaitsIsJudgedByTheRulesOfThatMoment(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk full", "disk really full")
	h.work()
	h.config = alert.Config{Rules: alert.Rules{{Name: "known", Match: map[string]alert.Patterns{"title": {"*really*"}}, Do: alert.Inbox}, patient}}
	h.later(5 * time.Minute)
	h.wants("P3")
	if h.says() != "rule" {
		t.Error(h.says())
	}
}

func TestAlertThatWaitsJoinsItsOpenIncidentAtOnce(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk 1 full")
	h.later(5 * time.Minute)
	h.fire("disk 2 full")
	h.work()
	h.wants("P3, +1~0-0 2/2")
}

func TestAlertsThatWaitTogetherOpenOneIncident(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk 1 full", "disk 2 full", "disk 3 full")
	h.later(time.Hour)
	h.wants("P3, +2~0-0 3/3")
}

func TestEnoughAlertsWithinTheTimeOpenOneIncident(t *testing.T) {
	h := newHouse(t, counting)
	h.fire("a breaks")
	h.later(4 * time.Minute)
	h.fire("b breaks")
	h.later(4 * time.Minute)
	h.wants()
	if h.says() != "wait_count wait_count" {
		t.Error(h.says())
	}
	h.fire("c breaks")
	h.later(0)
	h.wants("P3, +2~0-0 3/3")
	for _, r := range h.rows(h.only().Number) {
		if !r.Due.IsZero() || r.Alert != "{}" {
			t.Errorf("%+v", r)
		}
	}
}

func TestTooFewAlertsWithinTheTimeWaitForPeople(t *testing.T) {
	h := newHouse(t, counting)
	h.fire("a breaks")
	h.later(6 * time.Minute)
	h.fire("b breaks")
	h.later(5 * time.Minute) // the first is too old
	h.fire("c breaks")
	h.later(0)
	h.wants()
	if h.says() != "wait_count wait_count wait_lapsed" {
		t.Error(h.says())
	}
	h.later(time.Hour)
	if h.says() != "wait_lapsed wait_lapsed wait_lapsed" {
		t.Error(h.says())
	}
	h.wants()
}

// What its sender repeats keeps an alert waiting, but counts when it began.
func TestAlertsThatLastAreNotCountedTogetherWhenTheyWereFarApart(t *testing.T) {
	h := newHouse(t, counting)
	start := h.now
	began := map[string]time.Time{"a": start, "b": start.Add(9 * time.Minute), "c": start.Add(18 * time.Minute)}
	for h.now.Before(start.Add(25 * time.Minute)) {
		for _, name := range []string{"a", "b", "c"} {
			if at := began[name]; !h.now.Before(at) {
				h.post("generic", fmt.Sprintf(`{"title":"%s breaks","dedup_key":%q,"severity":"critical","service":"shop","starts_at":%q}`, name, name, at.Format(time.RFC3339)))
			}
		}
		h.later(3 * time.Minute)
	}
	h.later(time.Hour)
	h.wants()
	if h.says() != "wait_lapsed wait_lapsed wait_lapsed" {
		t.Error(h.says())
	}
}

func TestMessagesOfOneAlertWithoutAStartAreCounted(t *testing.T) {
	h := newHouse(t, counting)
	for range 3 {
		h.wants()
		h.fire("job failed")
		h.later(time.Minute)
	}
	h.wants("P3")
	if rows := h.rows(h.only().Number); len(rows) != 1 || rows[0].Count != 3 {
		t.Errorf("%+v", rows)
	}
}

func TestAlertThatComesAndGoesIsCounted(t *testing.T) {
	h := newHouse(t, counting)
	for range 3 {
		h.wants()
		h.fire("link down")
		h.later(time.Minute)
		h.clear("link down")
		h.later(time.Minute)
	}
	h.wants("P3, +0~0-1 0/1")
}

func TestRuleMayWaitBeforeItAttaches(t *testing.T) {
	rule := patient
	wait := *patient.Wait
	wait.Then = alert.Attach
	rule.Wait, rule.Match = &wait, map[string]alert.Patterns{"title": {"late*"}}
	h := newHouse(t, rule, everything)
	h.fire("late for it")
	h.later(5 * time.Minute)
	h.wants()
	if h.says() != "nothing_open" {
		t.Error(h.says())
	}
	h.fire("shop is down")
	h.work()
	h.fire("late again")
	h.later(5 * time.Minute)
	h.wants("P3, +1~0-0 2/2")
}

func TestSilencedAlertIsJudgedWhenTheSilenceEnds(t *testing.T) {
	h := newHouse(t)
	var err error
	h.config.Silences, err = alert.NewSilences([]bot.Silence{{Number: 1, Match: map[string][]string{"service": {"shop"}}, From: h.now, Until: h.now.Add(time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	h.fire("disk full", "tap leaks")
	h.later(time.Minute)
	h.clear("tap leaks")
	h.later(58 * time.Minute)
	h.wants()
	if rows := h.inbox(); len(rows) != 2 || rows[0].Outcome != alert.Silenced {
		t.Fatalf("%+v", rows)
	}
	h.later(time.Minute)
	h.wants("P2")
}

func TestLookThatFailsLeavesTheOthersAlone(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk full", "tap leaks", "door open")
	h.work()
	h.queue.wrap = func(w alert.Work) alert.Work { return breaking{w, "tap leaks"} }
	h.later(5 * time.Minute)
	h.wants("P3", "P3")
	rows := h.inbox()
	if len(rows) != 1 || rows[0].Title != "tap leaks" || rows[0].Outcome != alert.Inbox || alert.ParseReason(rows[0].Reason).ID != "alert.error_broken" {
		t.Errorf("%+v", rows)
	}
}

// breaking can't save a row of this title that has an incident.
type breaking struct {
	alert.Work
	title string
}

func (b breaking) Save(ctx context.Context, rows []alert.Row) error {
	for _, r := range rows {
		if r.Title == b.title && r.Incident != 0 {
			return errors.New("broken")
		}
	}
	return b.Work.Save(ctx, rows)
}

func TestLookThatIsLostIsDoneAgainOnce(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("disk full")
	h.work()
	h.queue.full = 1
	h.now = h.now.Add(5 * time.Minute)
	if _, err := h.worker.WorkOff(t.Context()); !errors.Is(err, incident.ErrUnavailable) {
		t.Fatal(err)
	}
	h.wants()
	h.work()
	h.wants("P3")
}

func TestWaitsThatCanNotBeAreMistakes(t *testing.T) {
	for _, c := range []struct {
		rule alert.Rule
		want string
	}{
		{alert.Rule{Do: alert.Wait}, "wait: "},
		{alert.Rule{Do: alert.Open, Wait: &alert.Waiting{For: alert.Span(time.Minute)}}, "do: wait"},
		{alert.Rule{Do: alert.Wait, Wait: &alert.Waiting{For: alert.Span(time.Minute), Count: 3}}, "not both"},
		{alert.Rule{Do: alert.Wait, Wait: &alert.Waiting{Count: 1, Within: alert.Span(time.Minute)}}, "wait.count: "},
		{alert.Rule{Do: alert.Wait, Wait: &alert.Waiting{Count: 3}}, "wait.within: "},
		{alert.Rule{Do: alert.Wait, Wait: &alert.Waiting{For: alert.Span(240 * time.Hour)}}, "wait.for: "},
		{alert.Rule{Do: alert.Wait, Wait: &alert.Waiting{For: alert.Span(time.Minute), Then: "ring"}}, "wait.then: "},
	} {
		c.rule.Name = "r"
		if err := c.rule.Compile(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.rule.Wait, err, c.want)
		}
	}
}

// wantMistake wants a rule not to compile, for this key.
func wantMistake(t *testing.T, rule alert.Rule, key string) {
	t.Helper()
	if err := rule.Compile(); err == nil || !strings.Contains(err.Error(), key) {
		t.Errorf("%+v: %v, want %q", rule, err, key)
	}
}

// One alert that can neither be judged again nor left in the inbox keeps no other waiting.
func TestWhatCantBeKeptAtAllHoldsNothingUp(t *testing.T) {
	h := newHouse(t, patient)
	h.fire("a broken one", "disk full", "tap leaks")
	h.work()
	fail := 1 << 30
	h.queue.wrap = func(w alert.Work) alert.Work { return failing{w, "a broken one", &fail} }
	h.later(6 * time.Minute)
	if n := len(h.incidents()); n != 2 {
		t.Errorf("%d incidents, want those of the other two", n)
	}
	h.queue.wrap = nil
	h.later(time.Second)
	if n := len(h.incidents()); n != 3 {
		t.Errorf("%d incidents once it can be kept", n)
	}
}
