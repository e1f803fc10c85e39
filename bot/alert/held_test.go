package alert_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
)

// burn posts critical alerts that started at noon and a while after, without an all-clear between.
func (h *house) burn(after time.Duration, names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.post("generic", fmt.Sprintf(`{"title":%q,"dedup_key":%q,"severity":"critical","service":"shop","starts_at":%q}`, name, name, noon().Add(after).Format(time.RFC3339)))
	}
	h.work()
}

// ask lets the rules of the configuration be these from now on.
func (h *house) ask(rules ...alert.Rule) {
	h.t.Helper()
	if err := alert.Rules(rules).Compile(); err != nil {
		h.t.Fatal(err)
	}
	h.config.Rules = rules
}

// An alert that an open incident has stays with it, whatever is said of its next fire by then.
func TestAnOpenIncidentKeepsItsAlerts(t *testing.T) {
	ignore := alert.Rule{Name: "noise", Do: alert.Ignore}
	wait := alert.Rule{Name: "patient", Do: alert.Wait, Wait: &alert.Waiting{For: alert.Span(time.Hour)}}
	for name, c := range map[string]struct {
		rule alert.Rule
		want string // why it is with its incident
	}{
		"ignore": {ignore, "alert.reason_held"},
		"wait":   {wait, "alert.reason_held"},
		"inbox":  {alert.Rule{Name: "look", Do: alert.Inbox}, "alert.reason_held"},
		"attach": {alert.Rule{Name: "join", Do: alert.Attach}, "alert.reason_rule"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.burn(0, "disk")
			n := h.only().Number
			h.ask(c.rule)
			h.now = h.now.Add(2 * time.Minute)
			h.burn(time.Minute, "disk")
			h.wants("P2, +0~1-0 1/1")
			rows := h.rows(n)
			if row := rows[0]; row.Outcome != alert.Attach || alert.ParseReason(row.Reason).ID != c.want || !row.Due.IsZero() || row.Incident != n {
				t.Errorf("kept as %+v", row)
			}
			if len(h.inbox()) != 0 {
				t.Errorf("in the inbox: %+v", h.inbox())
			}
			h.clears("disk")
			h.wants("P2, +0~1-0 1/1, +0~0-1 0/1")
		})
	}
	t.Run("opened by hand, attached by hand", func(t *testing.T) {
		h := newHouse(t)
		h.warn(0, "a", "b")
		n := h.adopts(alert.Adoption{Alerts: h.loose("a")}).Incident.Number
		h.adopts(alert.Adoption{Alerts: h.loose("b"), Into: n})
		h.ask(ignore)
		h.now = h.now.Add(2 * time.Minute)
		h.warn(time.Minute, "a", "b")
		h.clears("a")
		h.wants("P3, +1~0-0 2/2, +0~2-0 2/2, +0~0-1 1/2")
		h.clears("b")
		h.wants("P3, +1~0-0 2/2, +0~2-0 2/2, +0~0-1 1/2, +0~0-1 0/2")
	})
	t.Run("merged since", func(t *testing.T) {
		h := newHouse(t)
		h.burn(0, "disk")
		from := h.only().Number
		into := h.do(0, incident.Open{Title: "the storage is down", Priority: incident.P2}).Number
		h.do(from, incident.Merge{Into: into})
		h.ask(ignore)
		h.now = h.now.Add(2 * time.Minute)
		h.burn(time.Minute, "disk")
		h.wants("P2", "P2, +0~1-0 1/1")
		h.clears("disk")
		h.wants("P2", "P2, +0~1-0 1/1, +0~0-1 0/1")
	})
}

// Rules decide again once the incident is over.
func TestWhatAnIncidentHadIsIgnoredOnceThatIsOver(t *testing.T) {
	h := newHouse(t)
	h.burn(0, "disk")
	n := h.only().Number
	h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
	h.clears("disk")
	h.do(n, incident.Resolve{})
	h.ask(alert.Rule{Name: "noise", Do: alert.Ignore})
	h.now = h.now.Add(2 * time.Minute)
	h.burn(time.Minute, "disk")
	h.wants("P2, +0~0-1 0/1")
	if rows := h.inbox(); len(rows) != 1 || rows[0].Outcome != alert.Ignore || rows[0].Rule != "noise" {
		t.Errorf("%+v", rows)
	}
}

// silence keeps the alerts of the shop quiet from now on for as long.
func (h *house) silence(long time.Duration) {
	h.t.Helper()
	var err error
	one := bot.Silence{Number: 1, Match: map[string][]string{"service": {"shop"}}, From: h.now, Until: h.now.Add(long)}
	if h.config.Silences, err = alert.NewSilences([]bot.Silence{one}); err != nil {
		h.t.Fatal(err)
	}
}

// A fire under a silence counts, so that nothing takes its incident for over; the room hears of it when the silence ends.
func TestASilencedFireCountsInItsOpenIncident(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "all", Do: alert.Open, Resolve: "1m"})
	h.burn(0, "disk")
	n := h.only().Number
	h.now = h.now.Add(time.Minute)
	h.clears("disk")
	if h.only().EndsAt().IsZero() {
		t.Fatal("it would not end")
	}
	h.silence(time.Hour)
	h.effects(n)
	h.now = h.now.Add(30 * time.Second)
	h.burn(time.Minute, "disk")
	h.wants("P2, +0~0-1 0/1, +0~0-0 1/1")
	if i := h.only(); i.Alerts.Firing != 1 || !i.EndsAt().IsZero() {
		t.Errorf("%+v ends at %v", i.Alerts, i.EndsAt())
	}
	if told := h.effects(n); slices.Contains(told, "post") {
		t.Errorf("the room is told %v", told)
	}
	events := h.events(n)
	if f, is := events[len(events)-1].Fact.(*incident.AlertsMet); !is || len(f.Hushed) != 1 {
		t.Errorf("the timeline ends with %+v", events[len(events)-1].Fact)
	}
	h.later(time.Hour)
	h.wants("P2, +0~0-1 0/1, +0~0-0 1/1, +0~1-0 1/1")
	if told := h.effects(n); !slices.Contains(told, "post") {
		t.Errorf("when the silence ends the room is told %v", told)
	}
}

// The room hears that all is over also of what fired under a silence.
func TestASilencedFiresAllClearReachesItsIncident(t *testing.T) {
	h := newHouse(t)
	h.burn(0, "disk")
	n := h.only().Number
	h.silence(time.Hour)
	h.now = h.now.Add(2 * time.Minute)
	h.burn(time.Minute, "disk")
	h.effects(n)
	h.clears("disk")
	h.wants("P2, +0~0-0 1/1, +0~0-1 0/1")
	if told := h.effects(n); !slices.Contains(told, "post") {
		t.Errorf("the room is told %v", told)
	}
	h.later(time.Hour)
	h.wants("P2, +0~0-0 1/1, +0~0-1 0/1")
}

// What fires under a silence alone says nothing in the room, neither when it fires nor when it is over.
func TestTheRoomHearsNothingOfSilencedFires(t *testing.T) {
	h := newHouse(t)
	h.burn(0, "disk")
	n := h.only().Number
	h.now = h.now.Add(time.Minute)
	h.clears("disk")
	h.silence(time.Hour)
	h.effects(n)
	for k := range 3 {
		h.now = h.now.Add(time.Minute)
		h.burn(time.Duration(2*k+2)*time.Minute, "disk")
		h.now = h.now.Add(time.Minute)
		h.clears("disk")
		if told := h.effects(n); len(told) > 0 {
			t.Errorf("the room is told %v", told)
		}
	}
	h.wants("P2, +0~0-1 0/1, +0~0-0 1/1, +0~0-1 0/1, +0~0-0 1/1, +0~0-1 0/1, +0~0-0 1/1, +0~0-1 0/1")
	h.config.Silences = nil
	h.now = h.now.Add(time.Minute)
	h.burn(8*time.Minute, "disk")
	h.clears("disk")
	if told := h.effects(n); !slices.Equal(told, []string{"post", "post"}) {
		t.Errorf("when nothing is silenced the room is told %v", told)
	}
}

// One silence may follow another while an alert fires: its incident is told once.
func TestAFireThatStaysSilencedIsToldOnce(t *testing.T) {
	h := newHouse(t)
	h.burn(0, "disk")
	n := h.only().Number
	h.now = h.now.Add(time.Minute)
	h.clears("disk")
	h.silence(10 * time.Minute)
	h.now = h.now.Add(time.Minute)
	h.burn(2*time.Minute, "disk")
	want := "P2, +0~0-1 0/1, +0~0-0 1/1"
	h.wants(want)
	for range 3 {
		h.now = h.now.Add(8 * time.Minute)
		h.silence(10 * time.Minute)
		h.later(2 * time.Minute)
		h.wants(want)
		if row := h.rows(n)[0]; row.Outcome != alert.Silenced || !row.Due.Equal(h.now.Add(8*time.Minute)) {
			t.Errorf("kept as %+v", row)
		}
	}
	h.burn(30*time.Minute, "disk") // a fire of its own
	want += ", +0~0-0 1/1"
	h.wants(want)
	h.later(8 * time.Minute)
	h.wants(want + ", +0~1-0 1/1")
	h.clears("disk")
	h.wants(want + ", +0~1-0 1/1, +0~0-1 0/1")
}

// A silenced fire counts also in an incident that is over, where nobody is told of it: who reopens it waits for its all-clear.
func TestASilencedFireCountsInWhatIsReopened(t *testing.T) {
	for name, end := range map[string][]incident.Command{
		"resolved": {incident.Resolve{}},
		"closed":   {incident.Resolve{}, incident.Close{}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, alert.Rule{Name: "all", Do: alert.Open, Resolve: "1m"})
			h.burn(0, "disk")
			n := h.only().Number
			h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
			h.now = h.now.Add(time.Minute)
			h.clears("disk")
			for _, cmd := range end {
				h.do(n, cmd)
			}
			h.effects(n)
			h.silence(time.Hour)
			h.now = h.now.Add(2 * time.Minute)
			h.burn(2*time.Minute, "disk")
			h.wants("P2, +0~0-1 0/1, +0~0-0 1/1")
			if told := h.effects(n); len(told) > 0 {
				t.Errorf("told %v", told)
			}
			if i := h.do(n, incident.Reopen{Reason: "too early"}); i.Alerts.Firing != 1 || !i.Alerts.Quiet.IsZero() {
				t.Errorf("reopened with %+v", i.Alerts)
			}
			h.later(time.Hour)
			h.wants("P2, +0~0-1 0/1, +0~0-0 1/1, +0~1-0 1/1")
			h.clears("disk")
			h.wants("P2, +0~0-1 0/1, +0~0-0 1/1, +0~1-0 1/1, +0~0-1 0/1")
		})
	}
	t.Run("that opens another one when the silence ends", func(t *testing.T) {
		h := newHouse(t)
		h.burn(0, "disk")
		n := h.only().Number
		h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
		h.clears("disk")
		h.do(n, incident.Resolve{})
		h.silence(4 * time.Hour)
		h.now = h.now.Add(2 * time.Hour)
		h.burn(2*time.Hour, "disk")
		h.wants("P2, +0~0-1 0/1, +0~0-0 1/1")
		h.later(2 * time.Hour)
		h.wants("P2, +0~0-1 0/1, +0~0-0 1/1, +0~0-0 0/1", "P2")
	})
}

// An incident that is over hears that an alert, which fired for it still, fires elsewhere now: whoever reopens it must not wait for
// its all-clear.
func TestAnIncidentThatIsOverHearsWhatLeavesIt(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration // the end
		rule  alert.Rule
		want  []string
	}{
		"opens another": {2 * time.Hour, everything, []string{"P2, +0~0-0 0/1", "P3"}},
		"ignored":       {time.Minute, alert.Rule{Name: "noise", Do: alert.Ignore}, []string{"P2, +0~0-0 0/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.burn(0, "disk")
			n := h.only().Number
			h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
			h.do(n, incident.Resolve{})
			h.ask(c.rule)
			h.now = h.now.Add(c.after)
			h.effects(n)
			h.burn(c.after, "disk")
			h.wants(c.want...)
			events := h.events(n)
			if f, is := events[len(events)-1].Fact.(*incident.AlertsMet); !is || len(f.Left) != 1 || f.Left[0].Title != "disk" {
				t.Errorf("the timeline ends with %+v", events[len(events)-1].Fact)
			}
			if told := h.effects(n); slices.Contains(told, "post") {
				t.Errorf("its room is told %v", told)
			}
		})
	}
}

// Who attaches says by what: the incident's service, what a rule groups by, or the alert's own kind.
func TestAnAlertThatJoinsSaysWhy(t *testing.T) {
	join := alert.Rule{Name: "join", Match: map[string]alert.Patterns{"severity": {"warning"}}, Do: alert.Attach}
	one := alert.Rule{Name: "one", Match: map[string]alert.Patterns{"severity": {"warning"}}, Do: alert.Attach, GroupBy: []string{"host"}}
	for name, c := range map[string]struct {
		rules []alert.Rule
		title string
		want  string
	}{
		"its service":                         {[]alert.Rule{join}, "tap", "alert.reason_joined_service?Service=shop"},
		"its kind":                            {[]alert.Rule{join}, "disk", "alert.reason_joined"},
		"another rule's group is not its own": {[]alert.Rule{one}, "disk", "alert.reason_joined_service?Service=shop"},
		"what its rule groups by": {
			[]alert.Rule{{Name: "all", Do: alert.Open, GroupBy: []string{"service"}}}, "tap", "alert.reason_joined_group?Rule=all",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.rules...)
			h.burn(0, "disk")
			n := h.only().Number
			h.post("generic", fmt.Sprintf(`{"title":%q,"dedup_key":"later","severity":"warning","service":"shop"}`, c.title))
			h.work()
			for _, row := range h.rows(n) {
				if row.Severity != alert.Warning {
					continue
				}
				if row.Reason != c.want {
					t.Errorf("says %q, want %q", row.Reason, c.want)
				}
				return
			}
			t.Errorf("it did not join: %+v", h.inbox())
		})
	}
}
