package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

func namesOf(rules []alert.StoredRule) (names []string) {
	for _, r := range rules {
		names = append(names, r.Rule.Name)
	}
	return names
}

// alertRules: rules that people made are asked in their order, changed once for a cause, and each change is in the register.
func alertRules(t *testing.T, h *house) {
	made := func(cause, name string) alert.StoredRule {
		t.Helper()
		return ok[alert.StoredRule](t)(h.MakeAlertRule(ctx(t), cause, alert.StoredRule{
			Rule: alert.Rule{Name: name, Source: "am", Do: alert.Ignore, Match: map[string]alert.Patterns{"title": {"a*", "!ab"}}}, By: "p1", Why: "it is noise",
		}))
	}
	made("c:1", "first")
	made("c:2", "second")
	if again := made("c:2", "second"); again.Number != 2 {
		t.Errorf("a cause seen before made %+v", again)
	}
	made("c:3", "third")
	list := ok[[]alert.StoredRule](t)(h.AlertRules(ctx(t), false))
	if got := namesOf(list); !slices.Equal(got, []string{"third", "second", "first"}) {
		t.Fatalf("asked in the order %v", got)
	}
	if r := list[0]; r.By != "p1" || r.Why != "it is noise" || !r.At.Equal(h.now()) || r.Rule.Source != "am" || !slices.Equal(r.Rule.Match["title"], alert.Patterns{"a*", "!ab"}) {
		t.Errorf("comes back as %+v", r)
	}
	_, err := h.MakeAlertRule(ctx(t), "c:4", alert.StoredRule{Rule: alert.Rule{Name: "FIRST", Do: alert.Ignore}, By: "p1"})
	if r, refused := errors.AsType[*incident.Refusal](err); !refused || r.Code != "inbox_rule_twice" {
		t.Errorf("a name that is taken: %v", err)
	}
	for range 2 {
		ok[alert.StoredRule](t)(h.MoveAlertRule(ctx(t), "c:5", 1, "p2", -1))
	}
	ok[alert.StoredRule](t)(h.MoveAlertRule(ctx(t), "c:6", 3, "p2", -1)) // is the first already
	if got := namesOf(ok[[]alert.StoredRule](t)(h.AlertRules(ctx(t), false))); !slices.Equal(got, []string{"third", "first", "second"}) {
		t.Errorf("after a move %v", got)
	}
	h.put("x")
	must(t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		return errors.Join(w.RulesMatched(c, map[int64]int64{1: 3}, h.now()), w.RulesMatched(c, map[int64]int64{1: 1}, h.now()), w.Finish(c, waiting[0], ""))
	}))
	h.pass(time.Minute)
	gone := ok[alert.StoredRule](t)(h.RemoveAlertRule(ctx(t), "c:7", 1, "p3", "over"))
	equal(t, "what is removed had matched", gone.Matched, 4)
	if _, err := h.RemoveAlertRule(ctx(t), "c:8", 1, "p3", ""); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	ok[alert.StoredRule](t)(h.RemoveAlertRule(ctx(t), "c:7", 1, "p3", "over")) // the same request again
	all := ok[[]alert.StoredRule](t)(h.AlertRules(ctx(t), true))
	if got := namesOf(all); !slices.Equal(got, []string{"third", "second", "first"}) || all[2].EndedBy != "p3" || !all[2].Ended.Equal(h.now()) {
		t.Errorf("with those that are out %v %+v", got, all[2])
	}
	made("c:9", "first") // the name is free again
	var deeds []string
	for _, e := range ok[[]incident.Event](t)(h.Register(ctx(t))) {
		f := e.Fact.(*incident.AlertRuleSet)
		deeds = append(deeds, fmt.Sprintf("%s %d %d %s", f.Deed, f.Rule, f.Before, e.By))
	}
	want := []string{"made 1 0 p1", "made 2 0 p1", "made 3 0 p1", "moved 1 2 p2", "removed 1 0 p3", "made 4 0 p1"}
	if !slices.Equal(deeds, want) {
		t.Errorf("the register has %v, want %v", deeds, want)
	}
	if broken, err := h.Verify(ctx(t), nil); broken != nil || err != nil {
		t.Errorf("it does not verify: %+v %v", broken, err)
	}
}

// inboxHandles: an alert is found by its short name while it has no incident and afterwards, and what is done by hand is one
// transaction.
func inboxHandles(t *testing.T, h *house) {
	row := func(key string) alert.Row {
		return alert.Row{Source: "am", Key: key, Status: alert.Firing, FirstSeen: h.now(), LastSeen: h.now(), Title: key, Outcome: alert.Inbox}
	}
	h.put("x")
	must(t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		return errors.Join(w.Save(c, []alert.Row{row("a"), row("b")}), w.Finish(c, waiting[0], ""))
	}))
	later := row("a")
	later.FirstSeen, later.Title = h.now().Add(time.Minute), "again"
	must(t, h.ByHand(ctx(t), func(c context.Context, w alert.Work) error { return w.Save(c, []alert.Row{later}) }))
	list := ok[alert.LooseFound](t)(h.LooseAlerts(ctx(t), alert.LooseAsk{Limit: 10})).Rows
	if len(list) != 2 || list[0].Title != "again" || list[1].Key != "b" {
		t.Errorf("each alert once, by its latest row: %+v", list)
	}
	name := alert.Handle("am", "a")
	found := ok[[]alert.Row](t)(h.AlertByHandle(ctx(t), name))
	if len(found) != 1 || found[0].Title != "again" {
		t.Errorf("found %+v", found)
	}
	n := h.recorded(0, incident.Change{}, &incident.Opened{Title: "x", Alert: &incident.AlertRef{Source: "am", Key: "z"}})
	broken := errors.New("broken")
	taken := later
	taken.Incident = n
	err := h.ByHand(ctx(t), func(c context.Context, w alert.Work) error {
		return errors.Join(w.Save(c, []alert.Row{taken}), broken)
	})
	if !errors.Is(err, broken) || len(ok[alert.LooseFound](t)(h.LooseAlerts(ctx(t), alert.LooseAsk{Limit: 10})).Rows) != 2 {
		t.Errorf("what failed was kept: %v", err)
	}
	err = h.ByHand(ctx(t), func(context.Context, alert.Work) error { return incident.Refuse("inbox_over") })
	if r, refused := errors.AsType[*incident.Refusal](err); !refused || r.Code != "inbox_over" {
		t.Errorf("a refusal comes back as %v", err)
	}
	must(t, h.ByHand(ctx(t), func(c context.Context, w alert.Work) error { return w.Save(c, []alert.Row{taken}) }))
	if found := ok[[]alert.Row](t)(h.AlertByHandle(ctx(t), name)); len(found) != 1 || found[0].Incident != n {
		t.Errorf("with an incident it is %+v", found)
	}
	hand := row("by hand")
	hand.Incident = h.recorded(0, incident.Change{}, &incident.Opened{Title: "a person saw it first"})
	hand.FirstSeen, hand.LastSeen = hand.FirstSeen.Add(-time.Hour), hand.LastSeen.Add(-time.Hour)
	must(t, h.ByHand(ctx(t), func(c context.Context, w alert.Work) error { return w.Save(c, []alert.Row{hand}) }))
	if found, err := h.AlertByHandle(ctx(t), alert.Handle("am", "by hand")); err != nil || len(found) != 1 || found[0].Incident != hand.Incident {
		t.Errorf("with an incident that no alert opened it is %+v, %v", found, err)
	}
	if _, err := h.AlertByHandle(ctx(t), "zzzzzz"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a name of nothing: %v", err)
	}
	lately := ok[[]alert.Row](t)(h.AlertsLately(ctx(t)))
	if len(lately) != 2 || lately[1].Key != "b" || !lately[0].FirstSeen.Equal(later.FirstSeen) || lately[0].Incident != n {
		t.Errorf("lately came %+v", lately)
	}
}

// looseFound: what somebody looks for among alerts that opened nothing is found however many came since from another source, each
// alert once, and counted wholly.
func looseFound(t *testing.T, h *house) {
	const noise = 20_005
	at := h.now()
	old := alert.Row{Source: "grafana", Key: "old", Status: alert.Firing, FirstSeen: at, LastSeen: at, Title: "old one", Outcome: alert.Ignore, Reason: "alert.reason_rule"}
	again := old
	again.Source, again.Title = "cron", "cron one"
	later := again
	later.FirstSeen, later.Title = at.Add(time.Second), "cron again"
	owned := alert.Row{Source: "zabbix", Key: "owned", Status: alert.Firing, FirstSeen: at, LastSeen: at, Incident: 7, Outcome: alert.Open}
	save := func(rows ...alert.Row) {
		t.Helper()
		must(t, h.ByHand(ctx(t), func(c context.Context, w alert.Work) error { return w.Save(c, rows) }))
	}
	save(old, again, owned)
	save(later)
	rows := make([]alert.Row, noise)
	for k := range rows {
		rows[k] = alert.Row{
			Source: "noisy", Key: fmt.Sprint("n", k), Status: alert.Firing, FirstSeen: at.Add(time.Hour), LastSeen: at, Title: "noise", Outcome: alert.Inbox, Reason: "alert.reason_harmless",
		}
	}
	for some := range slices.Chunk(rows, 500) {
		save(some...)
	}
	find := func(ask alert.LooseAsk) alert.LooseFound {
		t.Helper()
		ask.Limit = 3
		found := ok[alert.LooseFound](t)(h.LooseAlerts(ctx(t), ask))
		if found.Waiting != noise+2 || !slices.Equal(found.Sources, []string{"cron", "grafana", "noisy"}) {
			t.Errorf("%d wait, of %v", found.Waiting, found.Sources)
		}
		return found
	}
	titles := func(f alert.LooseFound) (out []string) {
		for _, r := range f.Rows {
			out = append(out, r.Title)
		}
		return out
	}
	if all := find(alert.LooseAsk{}); all.Found != noise+2 || all.More || !slices.Equal(titles(all), []string{"noise", "noise", "noise"}) {
		t.Errorf("all: %d, more %v, %v", all.Found, all.More, titles(all))
	}
	if one := find(alert.LooseAsk{From: func(s string) bool { return s != "noisy" }}); one.Found != 2 || !slices.Equal(titles(one), []string{"cron again", "old one"}) {
		t.Errorf("of other sources: %d %v", one.Found, titles(one))
	}
	if one := find(alert.LooseAsk{Lets: func(r alert.Row) bool { return r.Outcome == alert.Ignore && r.Reason == "alert.reason_rule" }}); one.Found != 2 || one.More || !slices.Equal(titles(one), []string{"cron again", "old one"}) {
		t.Errorf("those ignored: %d, more %v, %v", one.Found, one.More, titles(one))
	}
	if none := find(alert.LooseAsk{Lets: func(alert.Row) bool { return false }}); none.Found != 0 || len(none.Rows) != 0 {
		t.Errorf("none: %d %v", none.Found, titles(none))
	}
	found := ok[[]alert.Row](t)(h.AlertByHandle(ctx(t), alert.Handle("grafana", "old")))
	if len(found) != 1 || found[0].Title != "old one" {
		t.Errorf("by its short name: %+v", found)
	}
	if n := len(ok[[]alert.Row](t)(h.AlertsLately(ctx(t)))); n != 1000 {
		t.Errorf("%d came lately", n)
	}
}

// requestsDropped: a request of which nothing could be made goes for good, and the register says who took it.
func requestsDropped(t *testing.T, h *house) {
	id := h.put("{broken")
	must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error { return w.Finish(c, id, "alert.reason.json") }))
	must(t, h.DropUndecoded(ctx(t), "once", id, "p1", "a test"))
	must(t, h.DropUndecoded(ctx(t), "once", id, "p1", "a test"))
	equal(t, "left", len(ok[[]alert.Row](t)(h.UndecodedRows(ctx(t), 10))), 0)
	if err := h.DropUndecoded(ctx(t), "", id, "p1", "a test"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	events := ok[[]incident.Event](t)(h.Register(ctx(t)))
	if len(events) != 1 || events[0].By != "p1" || *events[0].Fact.(*incident.RequestDropped) != (incident.RequestDropped{Request: id, Source: "am", Reason: "a test"}) {
		t.Errorf("the register has %+v", events)
	}
}
