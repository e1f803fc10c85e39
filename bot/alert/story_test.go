package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// everything opens an incident, whatever its severity.
var everything = alert.Rule{Name: "everything", Do: alert.Open, Priority: "P3"}

func TestCapturedRequestsGiveTheirIncidents(t *testing.T) {
	grouped := []string{"alertmanager-grouped-1-firing.json", "alertmanager-grouped-2-partly-resolved.json", "alertmanager-grouped-3-resolved-and-new.json", "alertmanager-grouped-4-stale-resolved-again.json"}
	pods := []string{"alertmanager-maxalerts-1-firing.json", "alertmanager-maxalerts-2-resolved.json"}
	queue := []string{"alertmanager034-1-first.json", "alertmanager034-2-new-alert-in-group.json", "alertmanager034-3-some-resolved.json", "alertmanager034-4-repeat.json", "alertmanager034-5-all-resolved.json"}
	for _, c := range []struct {
		name  string
		rules []alert.Rule
		files []string
		want  []string // worked off one by one
		atOne []string // worked off in one batch
		inbox int
	}{
		{
			"fires, clears, fires anew", nil,
			[]string{"alertmanager-instancedown-1-firing.json", "alertmanager-instancedown-2-resolved.json", "alertmanager-instancedown-3-refiring.json"},
			[]string{"P2, +0~0-1 0/1, +0~1-0 1/1"},
			[]string{"P2, +0~1-1 1/1"},
			0,
		},
		{"a group of which only one is critical", nil, grouped, []string{"P2, +0~0-1 0/1, +0~1-0 1/1"}, []string{"P2, +0~1-1 1/1"}, 9},
		{
			"a group with a rule that opens all",
			[]alert.Rule{everything},
			grouped,
			[]string{"P3, +0~0-1 0/1, +0~1-0 1/1", "P3, +0~0-1 0/1", "P3, +7~0-0 8/8"},
			[]string{"P3, +0~1-1 1/1", "P3, +0~0-1 0/1", "P3, +7~0-0 8/8"},
			0,
		},
		{"a cut list of warnings", nil, pods, nil, nil, 3},
		{"a cut list with a rule that opens all", []alert.Rule{everything}, pods, []string{"P3, +2~0-0 3/3, +0~0-3 0/3"}, []string{"P3, +2~0-3 0/3"}, 0},
		{"two that don't see each other", nil, []string{"alertmanager-ha-duplicate-a.json", "alertmanager-ha-duplicate-b.json"}, []string{"P2"}, []string{"P2"}, 0},
		{"many labels", nil, []string{"alertmanager-manylabels-1-firing.json", "alertmanager-manylabels-2-resolved.json"}, []string{"P2, +0~0-1 0/1"}, []string{"P2, +0~0-1 0/1"}, 0},
		{"no severity", nil, []string{"alertmanager-bare-1-firing.json", "alertmanager-bare-2-resolved.json"}, nil, nil, 1},
		{"PagerDuty's events by severity", nil, []string{"pdevents-am-1-trigger.json", "pdevents-am-2-update.json", "pdevents-am-3-resolve.json"}, nil, nil, 1},
		{
			"PagerDuty's events with a rule",
			[]alert.Rule{everything},
			[]string{"pdevents-am-1-trigger.json", "pdevents-am-2-update.json", "pdevents-am-3-resolve.json"},
			[]string{"P3, +0~0-1 0/1"},
			[]string{"P3, +0~0-1 0/1"},
			0,
		},
		{
			"PagerDuty's events without payload", nil,
			[]string{"pdevents-zabbix-1-trigger.json", "pdevents-zabbix-2-acknowledge.json", "pdevents-zabbix-3-resolve.json"},
			[]string{"P3, +0~0-1 0/1"},
			[]string{"P3, +0~0-1 0/1"},
			0,
		},
		{"a group that grows and shrinks", []alert.Rule{everything}, queue, []string{"P3, +1~0-0 2/2, +0~0-1 1/2, +0~0-1 0/2"}, []string{"P3, +1~0-2 0/2"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.rules...)
			for _, name := range c.files {
				h.send(name)
				h.work()
			}
			h.wants(c.want...)
			if rows := h.inbox(); len(rows) != c.inbox || h.waiting() != 0 {
				t.Errorf("%d in the inbox, want %d; %d requests wait", len(rows), c.inbox, h.waiting())
			}
			for range 2 { // the same requests again change counts only
				for _, name := range c.files {
					h.send(name)
				}
				h.work()
			}
			h.wants(c.want...)
		})
		t.Run(c.name+", in one batch", func(t *testing.T) {
			h := newHouse(t, c.rules...)
			for _, name := range c.files {
				h.send(name)
			}
			if n := h.work(); n != len(c.files) || h.queue.runs != 1 {
				t.Errorf("%d requests in %d transactions", n, h.queue.runs)
			}
			h.wants(c.atOne...)
		})
	}
}

func TestOpenedIncidentSaysWhatTheAlertSaid(t *testing.T) {
	h := newHouse(t)
	h.send("alertmanager-instancedown-1-firing.json")
	h.work()
	i := h.only()
	started := time.Date(2026, 11, 21, 20, 29, 2, 568_000_000, time.UTC)
	if i.Title != "payment-api-7d9f:8080 が応答していません" || i.Priority != incident.P2 || !i.Provisional || i.Channel != "alert" || i.Opener != "" {
		t.Errorf("%+v", i)
	}
	if !i.Detected.Equal(h.now) || !i.Occurred.At.Equal(started) || !slices.Equal(i.Services, []string{"payment-api"}) {
		t.Errorf("detected %v, occurred %v, services %v", i.Detected, i.Occurred, i.Services)
	}
	if i.Alerts.Source != "alertmanager" || i.Alerts.Group == "" || i.Alerts.Total != 1 || i.Alerts.Firing != 1 || len(i.Reporters) != 0 {
		t.Errorf("%+v, reporters %v", i.Alerts, i.Reporters)
	}
	if len(i.Links) == 0 || i.Links[0].Kind != "page" || !strings.HasPrefix(i.Links[0].URL, "http") {
		t.Errorf("links %+v", i.Links)
	}
	rows := h.rows(i.Number)
	if len(rows) != 1 || rows[0].Incident != i.Number || rows[0].Outcome != alert.Open || alert.ParseReason(rows[0].Reason).ID != "alert.reason_critical" {
		t.Errorf("rows %+v", rows)
	}
	opened, ok := h.events(i.Number)[0].Fact.(*incident.Opened)
	if !ok || opened.Alert == nil || opened.Alert.Key != rows[0].Key || !opened.Alert.Start.Equal(started) || opened.Summary == "" {
		t.Errorf("%+v", opened)
	}
}

func TestRepeatsOnlyCount(t *testing.T) {
	h := newHouse(t)
	for range 3 {
		h.send("alertmanager-instancedown-1-firing.json")
		h.work()
	}
	i := h.only()
	rows := h.rows(i.Number)
	if len(rows) != 1 || rows[0].Count != 3 {
		t.Errorf("%+v", rows)
	}
	if events := h.events(i.Number); len(events) != 2 { // opened, and the one on call asked
		t.Errorf("%d entries", len(events))
	}
}

func TestResolvedTellsTheRoomAndAsksWhetherToResolve(t *testing.T) {
	h := newHouse(t)
	h.send("alertmanager-instancedown-1-firing.json")
	h.work()
	i := h.only()
	h.effects(i.Number)
	h.send("alertmanager-instancedown-2-resolved.json")
	h.work()
	if told := h.effects(i.Number); !slices.Contains(told, "post") {
		t.Errorf("told %v", told)
	}
	if i = h.only(); i.Alerts.Firing != 0 || i.Alerts.Quiet.IsZero() || !i.Open() {
		t.Errorf("%+v, %s", i.Alerts, i.Status)
	}
}

// fired is a house in which one alert fired, cleared, and was resolved by hand.
func fired(t *testing.T) (*house, incident.Number) {
	h := newHouse(t)
	h.fire("disk full")
	h.work()
	h.now = h.now.Add(time.Minute)
	h.post("generic", `{"title":"disk full","dedup_key":"disk full","status":"resolved"}`)
	h.work()
	n := h.only().Number
	h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
	h.do(n, incident.Resolve{})
	h.effects(n)
	return h, n
}

func TestNewStartWithinAnHourAfterResolveAsksToReopen(t *testing.T) {
	h, n := fired(t)
	h.now = h.now.Add(time.Hour)
	h.fire("disk full")
	h.work()
	h.wants("P2, +0~0-1 0/1, +0~1-0 1/1")
	if told := h.effects(n); !slices.Contains(told, "post") || !slices.Contains(told, "tell/p1") {
		t.Errorf("told %v", told)
	}
	if i := h.only(); i.Status != incident.StatusResolved {
		t.Errorf("status %s: only a person reopens", i.Status)
	}
	if reason := alert.ParseReason(h.rows(n)[0].Reason).ID; reason != "alert.reason_reopen" {
		t.Errorf("reason %s", reason)
	}
}

func TestNewStartLaterOpensALinkedIncident(t *testing.T) {
	h, n := fired(t)
	h.now = h.now.Add(time.Hour + time.Microsecond)
	h.fire("disk full")
	h.work()
	h.wants("P2, +0~0-1 0/1", "P2")
	all := h.incidents()
	if links := all[1].Links; len(links) != 1 || links[0].Kind != "previous" || links[0].To != n {
		t.Errorf("links %+v", links)
	}
	if rows := h.rows(n); len(rows) != 1 || rows[0].Status != alert.Resolved {
		t.Errorf("the former occurrence is %+v", rows)
	}
	if rows := h.rows(all[1].Number); len(rows) != 1 || rows[0].Status != alert.Firing || rows[0].Count != 1 {
		t.Errorf("the new occurrence is %+v", rows)
	}
}

func TestSameStartNeverOpensAgain(t *testing.T) {
	h := newHouse(t)
	h.send("alertmanager-instancedown-1-firing.json")
	h.work()
	n := h.only().Number
	h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
	h.do(n, incident.Resolve{})
	h.do(n, incident.Close{})
	h.send("alertmanager-instancedown-1-firing.json")
	h.work()
	h.wants("P2")
	if rows := h.rows(n); len(rows) != 1 || rows[0].Count != 2 {
		t.Errorf("%+v", rows)
	}
}

func TestNewStartAfterACancelledIncidentOpensAnother(t *testing.T) {
	h, n := fired(t)
	h.do(n, incident.Reopen{})
	h.do(n, incident.Cancel{Reason: "a test"})
	h.now = h.now.Add(time.Minute)
	h.fire("disk full")
	h.work()
	h.wants("P2, +0~0-1 0/1", "P2")
}

func TestAlertsFollowTheIncidentIntoWhichTheirsWasMerged(t *testing.T) {
	h := newHouse(t)
	h.fire("disk 1 full")
	h.work()
	from := h.only().Number
	into := h.do(0, incident.Open{Title: "the storage is down", Priority: incident.P2}).Number
	for _, n := range []incident.Number{from, into} {
		h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
	}
	h.do(from, incident.Merge{Into: into})
	h.fire("disk 2 full") // of the same group
	h.work()
	h.wants("P2", "P2, +1~0-0 2/2")
	h.post("generic", `{"title":"disk 1 full","dedup_key":"disk 1 full","status":"resolved"}`)
	h.work()
	h.wants("P2", "P2, +1~0-0 2/2, +0~0-1 1/2")
	h.now = h.now.Add(time.Minute)
	h.fire("disk 1 full")
	h.work()
	h.wants("P2", "P2, +1~0-0 2/2, +0~0-1 1/2, +0~1-0 2/2")
}

func TestRulesSayWhatBecomesOfAnAlert(t *testing.T) {
	h := newHouse(t,
		alert.Rule{Name: "noise", Match: map[string]alert.Patterns{"title": {"noise*"}}, Do: alert.Ignore},
		alert.Rule{Name: "later", Match: map[string]alert.Patterns{"title": {"later*"}}, Do: alert.Inbox},
		alert.Rule{Name: "join", Match: map[string]alert.Patterns{"title": {"join*"}}, Do: alert.Attach},
		alert.Rule{Name: "shop", Do: alert.Open, Impact: "large", Urgency: "high", Category: "software", Service: "shop", Title: "店: {title}"},
	)
	h.fire("noise", "later", "join early")
	h.work()
	h.wants()
	reasons := map[string]string{}
	for _, row := range h.inbox() {
		reasons[row.Title] = row.Outcome + " " + row.Rule + " " + alert.ParseReason(row.Reason).ID
	}
	for title, want := range map[string]string{
		"noise": "ignore noise alert.reason_rule", "later": "inbox later alert.reason_rule", "join early": "inbox join alert.reason_nothing_open",
	} {
		if reasons[title] != want {
			t.Errorf("%s: %q, want %q", title, reasons[title], want)
		}
	}
	h.fire("checkout broken", "join late", "noise again", "join early") // the last is a repeat: it only counts
	h.work()
	h.wants("P1, +1~0-0 2/2")
	i := h.only()
	if i.Title != "店: checkout broken" || i.Category != "software" || i.Impact != "large" || i.Provisional {
		t.Errorf("%+v", i)
	}
	if rows := h.rows(i.Number); len(rows) != 2 || !slices.ContainsFunc(rows, func(r alert.Row) bool { return r.Title == "join late" }) {
		t.Errorf("%+v", rows)
	}
}

func TestARuleGathersWhatAgreesInTheFieldsItGroupsBy(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "one per service", Do: alert.Open, Priority: "P3", GroupBy: []string{"service"}})
	h.fire("disk full", "cpu hot")
	h.work()
	h.fire("swap used")
	h.work()
	h.wants("P3, +1~0-0 2/2, +1~0-0 3/3")
	h.post("generic", `{"title":"disk full","dedup_key":"bank","severity":"critical","service":"bank"}`)
	h.work()
	if n := len(h.incidents()); n != 2 {
		t.Errorf("%d incidents of two services", n)
	}
}

func TestAttachNeverGoesIntoAPrivateIncidentByItsService(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "join", Do: alert.Attach})
	h.do(0, incident.Open{Title: "a leak", Services: []string{"shop"}, Private: true})
	h.fire("disk full")
	h.work()
	if rows := h.inbox(); len(rows) != 1 || rows[0].Outcome != alert.Inbox {
		t.Errorf("%+v", rows)
	}
}

func TestWorsenedAlertIsJudgedAnew(t *testing.T) {
	h := newHouse(t)
	h.post("generic", `{"title":"slow","dedup_key":"s","severity":"warning"}`)
	h.work()
	h.wants()
	h.post("generic", `{"title":"very slow","dedup_key":"s","severity":"critical"}`)
	h.work()
	h.wants("P2")
	if rows := h.inbox(); len(rows) != 0 {
		t.Errorf("still in the inbox: %+v", rows)
	}
}

func TestRuleWithAnImpactThatTheMatrixDoesNotKnowOpensBySeverity(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "odd", Do: alert.Open, Impact: "gigantic", Urgency: "high"})
	h.fire("disk full")
	h.work()
	h.wants("P2")
}

func TestAlertFromTheFutureOpensWithoutSayingWhenItOccurred(t *testing.T) {
	h := newHouse(t)
	h.post("generic", fmt.Sprintf(`{"title":"disk full","severity":"critical","starts_at":%q}`, h.now.Add(3*time.Hour).Format(time.RFC3339)))
	h.work()
	if i := h.only(); !i.Occurred.IsZero() || !i.Detected.Equal(h.now) {
		t.Errorf("occurred %v, detected %v", i.Occurred, i.Detected)
	}
}
