package storagetest

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
)

func silences(t *testing.T, h *house) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	want := bot.Silence{
		Kind: bot.ForWork, Match: map[string][]string{"service": {"db", "!test"}}, Incident: 7, From: at, Until: at.Add(time.Hour), Why: "new disks",
		Weekly: &bot.Weekly{Days: []time.Weekday{0, 6}, From: 120, To: 240, Zone: "Asia/Tokyo"}, By: "p1", Made: at,
		Place: incident.Place{Realm: "console", Room: "general", Thread: "t"},
	}
	tell := []incident.Effect{{Kind: incident.Post, Realm: "console"}}
	for range 2 { // the second time nothing is made and nobody is told again
		s, err := h.ChangeSilence(ctx(t), incident.Cause{ID: "console:1"}, 0, func(bot.Silence) (bot.Silence, []incident.Effect, error) { return want, tell, nil })
		if err != nil || s.Number != 1 {
			t.Fatalf("have %+v, %v", s, err)
		}
	}
	want.Number = 1
	if s := ok[bot.Silence](t)(h.Silence(ctx(t), 1)); !reflect.DeepEqual(s, want) {
		t.Errorf("have %+v, want %+v", s, want)
	}
	for since, n := range map[time.Time]int{at: 1, want.Until.Add(-time.Microsecond): 1, want.Until: 0} {
		equal(t, "those since "+since.String(), len(ok[[]bot.Silence](t)(h.Silences(ctx(t), since))), n)
	}
	_, err := h.ChangeSilence(ctx(t), incident.Cause{ID: "console:2"}, 2, func(s bot.Silence) (bot.Silence, []incident.Effect, error) { return s, nil, nil })
	if !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	first := ok[bool](t)(h.EndedSilence(ctx(t), 1, want.Until, tell))
	again := ok[bool](t)(h.EndedSilence(ctx(t), 1, want.Until, tell))
	equal(t, "its end is told once", [2]bool{first, again}, [2]bool{true, false})
	ended := ok[bot.Silence](t)(h.ChangeSilence(ctx(t), incident.Cause{ID: "console:3"}, 1, func(s bot.Silence) (bot.Silence, []incident.Effect, error) {
		s, _ = s.End("p2", at.Add(time.Minute))
		return s, nil, nil
	}))
	equal(t, "who ended it", string(ended.EndedBy), "p2")
	equal(t, "those in force", len(ok[[]bot.Silence](t)(h.Silences(ctx(t), at.Add(time.Minute)))), 0)
}

func silencedAlerts(t *testing.T, h *house) {
	at := h.now().Truncate(time.Microsecond)
	row := func(key, silence string, status string, seen, due time.Time) alert.Row {
		return alert.Row{Source: "s", Key: key, Start: at, Status: status, FirstSeen: seen, LastSeen: seen, Silence: silence, Due: due, Flap: `{"n":1}`}
	}
	later := at.Add(time.Hour)
	rows := []alert.Row{
		row("a", "1", alert.Firing, at, later), row("b", "1", alert.Resolved, at, later), row("c", "1", alert.Firing, at.Add(-time.Hour), later),
		row("d", "2", alert.Firing, at, later), row("e", "", alert.Firing, at, later),
	}
	if err := h.WorkOff(ctx(t), nil, func(ctx context.Context, _ []int64, w alert.Work) error { return w.Save(ctx, rows) }); err != nil {
		t.Fatal(err)
	}
	equal(t, "hidden in its span", ok[bot.Hidden](t)(h.Hidden(ctx(t), "1", at)), bot.Hidden{Alerts: 2, Firing: 1})
	equal(t, "no key hides nothing", ok[bot.Hidden](t)(h.Hidden(ctx(t), "", at)), bot.Hidden{})
	listed := ok[[]alert.Row](t)(h.SilencedRows(ctx(t), "1", at.Add(-2*time.Hour), 10))
	if len(listed) != 3 || listed[2].Key != "c" || listed[0].Flap != `{"n":1}` || listed[0].Silence != "1" {
		t.Errorf("listed: %+v", listed)
	}
	equal(t, "what hides", strings.Join(ok[[]string](t)(h.Hiding(ctx(t))), " "), "1 2")
	if err := h.Rouse(ctx(t), "1"); err != nil {
		t.Fatal(err)
	}
	equal(t, "what hides still", strings.Join(ok[[]string](t)(h.Hiding(ctx(t))), " "), "2")
	var due []string
	err := h.WorkOff(ctx(t), nil, func(ctx context.Context, _ []int64, w alert.Work) error {
		found, err := w.DueRows(ctx, h.now(), 10)
		for _, r := range found {
			due = append(due, r.Key)
		}
		return err
	})
	if err != nil || !reflect.DeepEqual(due, []string{"a", "b", "c"}) {
		t.Errorf("judged again: %v, %v", due, err)
	}
}
