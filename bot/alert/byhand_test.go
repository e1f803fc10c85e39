package alert_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// warn posts harmless alerts, which wait in the inbox, that started at noon and a while after; clear says that they are over.
func (h *house) warn(after time.Duration, names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.post("generic", fmt.Sprintf(`{"title":%q,"dedup_key":%q,"severity":"warning","service":"shop","starts_at":%q}`, name, name, noon().Add(after).Format(time.RFC3339)))
	}
	h.work()
}

func (h *house) clears(names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.post("generic", fmt.Sprintf(`{"title":%q,"dedup_key":%q,"status":"resolved"}`, name, name))
	}
	h.work()
}

// loose gives the alerts in the inbox of these names, in their order.
func (h *house) loose(names ...string) (rows []alert.Row) {
	h.t.Helper()
	for _, name := range names {
		for _, r := range h.inbox() {
			if r.Title == name {
				rows = append(rows, r)
			}
		}
	}
	if len(rows) != len(names) {
		h.t.Fatalf("the inbox lacks some of %v: %+v", names, h.inbox())
	}
	return rows
}

func (h *house) adopt(a alert.Adoption) (alert.Adopted, error) {
	h.t.Helper()
	a.By = incident.By{Person: "p1"}
	if a.Into == 0 && a.Open.Title == "" {
		a.Open = incident.Open{Title: "the disk is full", Priority: incident.P3}
	}
	return alert.Adopt(h.t.Context(), h.store, *h.desk, a)
}

func (h *house) adopts(a alert.Adoption) alert.Adopted {
	h.t.Helper()
	done, err := h.adopt(a)
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	if r, refused := errors.AsType[*incident.Refusal](err); !refused || r.Code != code {
		t.Errorf("got %v, want the refusal %s", err, code)
	}
}

func TestAnIncidentOpenedByHandHasItsAlert(t *testing.T) {
	h := newHouse(t)
	h.warn(0, "disk")
	rows := h.loose("disk")
	press := alert.Adoption{Alerts: rows, Cause: incident.Cause{ID: "console:1"}}
	first := h.adopts(press)
	if i := h.only(); i.Opener != "p1" || i.Title != "the disk is full" || i.Alerts.Total != 1 || i.Alerts.Firing != 1 || first.Alerts != 1 {
		t.Errorf("opened %+v by %s", i.Alerts, i.Opener)
	}
	if row := h.rows(first.Incident.Number)[0]; row.Alert != "{}" || !row.Due.IsZero() {
		t.Errorf("keeps what only the inbox needs: %+v", row)
	}
	if len(h.inbox()) != 0 {
		t.Errorf("it is in the inbox still: %+v", h.inbox())
	}
	press.Again = true // the same press comes again
	if again := h.adopts(press); !again.Result.Again || again.Incident.Number != first.Incident.Number {
		t.Errorf("the second time: %+v", again)
	}
	_, err := h.adopt(alert.Adoption{Alerts: rows, Cause: incident.Cause{ID: "console:2"}}) // somebody else presses
	refusedAs(t, err, "inbox_taken")

	h.warn(0, "disk") // its sender repeats it
	h.wants("P3")
	h.now = h.now.Add(time.Minute)
	h.clears("disk")
	h.wants("P3, +0~0-1 0/1")
	h.warn(2*time.Minute, "disk") // it fires anew
	h.wants("P3, +0~0-1 0/1, +0~1-0 1/1")
}

func TestSeveralAlertsBecomeOneIncidentByHand(t *testing.T) {
	h := newHouse(t)
	h.warn(0, "a", "b", "c")
	h.clears("a")
	done := h.adopts(alert.Adoption{Alerts: h.loose("a", "b", "c", "a"), Cause: incident.Cause{ID: "console:1"}})
	h.wants("P3, +2~0-1 2/3")
	if done.Alerts != 3 || done.Incident.Alerts.Firing != 2 {
		t.Errorf("has %d alerts, says %+v", done.Alerts, done.Incident.Alerts)
	}
}

func TestAlertsAreAttachedByHandToWhatIsOpen(t *testing.T) {
	h := newHouse(t)
	h.warn(0, "a", "b", "c", "d")
	into := h.do(0, incident.Open{Title: "shop is slow", Priority: incident.P3}).Number
	old := h.do(0, incident.Open{Title: "the same", Priority: incident.P3}).Number
	h.do(old, incident.Merge{Into: into})
	over := h.do(0, incident.Open{Title: "another", Priority: incident.P3}).Number
	h.do(over, incident.Cancel{Reason: "a test"})

	b := h.loose("b", "a")
	if done := h.adopts(alert.Adoption{Alerts: b, Into: old, Cause: incident.Cause{ID: "console:1"}}); done.Incident.Number != into || done.Alerts != 2 {
		t.Errorf("what is merged leads to %s with %d", done.Incident.Number, done.Alerts)
	}
	c := h.loose("c")
	done := h.adopts(alert.Adoption{Alerts: append(b, c...), Into: into, Cause: incident.Cause{ID: "console:2"}})
	if done.Alerts != 1 || done.Taken != 2 || done.Incident.Alerts.Total != 3 {
		t.Errorf("of three it has taken two already: %+v", done)
	}
	d := h.loose("d")
	_, err := h.adopt(alert.Adoption{Alerts: d, Into: over, Cause: incident.Cause{ID: "console:3"}})
	refusedAs(t, err, "inbox_over")
	if got := h.loose("d"); got[0].Outcome != alert.Inbox {
		t.Errorf("a refusal changed the alert: %+v", got)
	}
	h.clears("a")
	for _, i := range h.incidents() {
		if i.Number == into && i.Alerts.Firing != 2 {
			t.Errorf("the all-clear of what was attached did not reach it: %+v", i.Alerts)
		}
	}
}

func TestNobodyAttachesToWhatTheyMayNotSee(t *testing.T) {
	h := newHouse(t)
	h.warn(0, "a")
	r, err := h.desk.Do(t.Context(), 0, incident.Open{Title: "secret", Priority: incident.P3, Private: true}, incident.By{Person: "p9"}, incident.Cause{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.adopt(alert.Adoption{Alerts: h.loose("a"), Into: r.Incident.Number}); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// What flaps when a person gives it to an incident flaps on there: it isn't over between two of its fires.
func TestWhatFlapsIsAdoptedAsFlapping(t *testing.T) {
	for name, c := range map[string]struct {
		into, fires bool     // it is attached; it fires when it is adopted, and in the end
		want        []string // at once, and once it has held still
	}{
		"opened between two fires":   {false, false, []string{"P3", "P3, +0~0-1 0/1"}},
		"attached between two fires": {true, false, []string{"P3, +1~0-0 1/1", "P3, +1~0-0 1/1, +0~0-1 0/1"}},
		"opened when it fires":       {false, true, []string{"P3", "P3, +0~1-0 1/1"}},
		"attached when it fires":     {true, true, []string{"P3, +1~0-0 1/1", "P3, +1~0-0 1/1, +0~1-0 1/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.config.Flapping = alert.Damping{Times: 2, Within: 10 * time.Minute}
			fires := 0
			turn := func(fire bool) {
				h.now = h.now.Add(time.Minute)
				if fire {
					fires++
					h.warn(time.Duration(fires)*time.Minute, "a")
				} else {
					h.clears("a")
				}
			}
			for range 3 {
				turn(true)
				turn(false)
			}
			turn(true)
			if !c.fires {
				turn(false)
			}
			a := alert.Adoption{Alerts: h.inbox()}
			if c.into {
				a.Into = h.do(0, incident.Open{Title: "the shop is slow", Priority: incident.P3}).Number
			}
			n := h.adopts(a).Incident.Number
			firing := func(when string) {
				t.Helper()
				h.wants(c.want[0])
				if i := h.only(); i.Alerts.Firing != 1 || i.Alerts.Total != 1 {
					t.Errorf("%s: %+v", when, i.Alerts)
				}
				if row := h.rows(n)[0]; row.Outcome != alert.Damped || row.Due.IsZero() {
					t.Errorf("%s: kept as %+v", when, row)
				}
			}
			firing("adopted")
			turn(!c.fires)
			firing("once more")
			turn(c.fires)
			firing("and again")
			h.later(10 * time.Minute)
			h.wants(c.want[1])
			events := h.events(n)
			if f, is := events[len(events)-1].Fact.(*incident.AlertsMet); !is || len(f.Settled) != 1 {
				t.Errorf("the timeline ends with %+v", events[len(events)-1].Fact)
			}
			if row := h.rows(n)[0]; row.Flap != "" || !row.Due.IsZero() {
				t.Errorf("held still, it is kept as %+v", row)
			}
		})
	}
}

func TestAStoredRuleIsAskedFirstAndCounted(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "configured", Do: alert.Inbox})
	made, err := h.store.MakeAlertRule(t.Context(), "c:1", alert.StoredRule{
		Rule: alert.Rule{Name: "noise", Do: alert.Ignore, Match: map[string]alert.Patterns{"title": {"noise*"}}}, By: "p1",
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.store.AlertRules(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := alert.Stored(list)
	if err != nil || len(stored) != 1 || stored[0].Stored != made.Number {
		t.Fatalf("stored %+v, %v", stored, err)
	}
	h.config.Rules = append(stored, h.config.Rules...)
	h.warn(0, "noise 1", "noise 2", "other")
	h.warn(0, "noise 1") // said again
	outcomes := map[string]string{}
	for _, r := range h.inbox() {
		outcomes[r.Title] = r.Outcome + " by " + r.Rule
	}
	if outcomes["noise 1"] != "ignore by noise" || outcomes["other"] != "inbox by configured" {
		t.Errorf("decided %v", outcomes)
	}
	if list, err = h.store.AlertRules(t.Context(), false); err != nil || list[0].Matched != 2 || !list[0].MatchedAt.Equal(h.now) {
		t.Errorf("counts %+v, %v", list, err)
	}
}

func TestARuleThatCannotBeUsedCostsNotTheOthers(t *testing.T) {
	rules, err := alert.Stored([]alert.StoredRule{
		{Number: 1, Rule: alert.Rule{Name: "odd", Do: "dance"}},
		{Number: 2, Rule: alert.Rule{Name: "good", Do: alert.Ignore}},
		{Number: 3, Rule: alert.Rule{Name: "out", Do: alert.Ignore}, EndedBy: "p1"},
	})
	if err == nil || !strings.Contains(err.Error(), "stored rule 1") || len(rules) != 1 || rules[0].Name != "good" {
		t.Errorf("in force %+v, %v", rules, err)
	}
}

func TestARuleIsStoredAsItIsWritten(t *testing.T) {
	r := alert.Rule{
		Name: "日本語 # : '", Source: "am", Do: alert.Wait, Wait: &alert.Waiting{For: alert.Span(5 * time.Minute)}, Priority: "P2", GroupBy: []string{"label.team"},
		Match: map[string]alert.Patterns{"label.team": {"!x", "y*"}, "title": {"/^a$/"}},
	}
	text, err := alert.RuleJSON(r)
	if err != nil {
		t.Fatal(err)
	}
	back, err := alert.ParseRule(text)
	if err != nil || back.YAML() != r.YAML() || back.Compile() != nil {
		t.Errorf("%s comes back as %s, %v", text, back.YAML(), err)
	}
	if _, err := alert.ParseRule("{"); err == nil {
		t.Error("half a rule is one")
	}
}

func TestARuleIsForeseenWhereEnoughIsKept(t *testing.T) {
	h := newHouse(t)
	h.post("generic", `{"title":"a","dedup_key":"1","severity":"warning","labels":{"team":"db"}}`)
	h.post("generic", `{"title":"b","dedup_key":"2","severity":"critical","labels":{"team":"db"}}`)
	h.post("generic", `{"title":"c","dedup_key":"3","severity":"warning","labels":{"team":"web"}}`)
	var long []string
	for k := range 5 {
		long = append(long, fmt.Sprintf(`"l%d":"%s"`, k, strings.Repeat("x", 900)))
	}
	h.post("generic", `{"title":"d","dedup_key":"4","severity":"critical","labels":{"team":"db",`+strings.Join(long, ",")+`}}`)
	h.work()
	rows, err := h.store.AlertsLately(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for match, want := range map[string]alert.Foreseen{
		"label.team=db":    {Of: 4, Fits: 2, Acted: 1, Unsure: 1}, // labels as long as those of d aren't kept with an incident
		"severity=*":       {Of: 4, Fits: 4, Acted: 2},
		"title=/^[ab]$/":   {Of: 4, Fits: 2, Acted: 1},
		"service=checkout": {Of: 4},
	} {
		name, pattern, _ := strings.Cut(match, "=")
		r := alert.Rule{Name: "x", Do: alert.Ignore, Match: map[string]alert.Patterns{name: {alert.Pattern(pattern)}}}
		if err := r.Compile(); err != nil {
			t.Fatal(err)
		}
		if got := (&alert.Config{}).Foresee(r, rows); got != want {
			t.Errorf("%s: %+v, want %+v", match, got, want)
		}
	}
}

func TestAShortNameIsTheAlertsOwn(t *testing.T) {
	if a, b := alert.Handle("am", "k"), alert.Handle("am", "k"); a != b || !alert.IsHandle(a) {
		t.Errorf("%s and %s", a, b)
	}
	if alert.Handle("a", "mk") == alert.Handle("am", "k") || alert.IsHandle("opened") || alert.IsHandle("k7m2q") {
		t.Error("two are called alike, or a word is taken for a name")
	}
	names := map[string]bool{}
	for n := range 5000 {
		names[alert.Handle("am", fmt.Sprint(n))] = true
	}
	if len(names) < 4998 {
		t.Errorf("%d names for 5000 alerts", len(names))
	}
}
