package main

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"matoi/bot"
)

// The whole conversation once more, with PostgreSQL under it: what storage promises to its contract has to hold for the
// program too, loops, wake-ups and the second start included.
func TestTheWholeStoryIsKeptInPostgreSQL(t *testing.T) {
	address := database(t)
	s := newScene(t, func(c *Config) { c.Database.Postgres = bot.NewSecret(address) })

	number := s.say("佐藤", "#general", "/incident open P2 決済がタイムアウトする --service payment-api")
	s.until("the room is open", func() bool { return len(s.incident(number).Rooms) == 1 })
	room := "#" + s.incident(number).Rooms[0].Name
	s.say("佐藤", room, "/incident role im me")
	s.say("佐藤", room, "/incident role tech-lead @suzuki")
	s.say("suzuki", room, "/incident log 10m ago 再起動したが改善せず")
	began := time.Now()
	s.say("佐藤", room, "/incident update 決済の一部に失敗しています --next 45m")

	i := s.incident(number)
	if i.holder("incident-manager") != "佐藤" || i.holder("tech-lead") != "suzuki" {
		t.Errorf("roles %v, want 佐藤 to lead and suzuki as tech lead", i.Roles)
	}
	if due, ok := i.due("next_update"); !ok || due.Sub(began) < 44*time.Minute || time.Until(due) > 45*time.Minute {
		t.Errorf("the next update is due at %v, want what was promised, in 45 minutes", due)
	}
	noted := s.saying(number, "再起動したが改善せず")
	if len(noted) != 1 || noted[0].By != "suzuki" || time.Since(noted[0].Occurred) < 9*time.Minute {
		t.Errorf("logged %v, want one entry of suzuki ten minutes ago", noted)
	}

	second := firing(s, time.Now().Add(-time.Minute), number)
	s.send("POST", "/hooks/alertmanager", captured(t, "alertmanager-instancedown-2-resolved.json", time.Now().Add(-time.Minute)), 202)
	s.until("the alert is resolved", func() bool { return s.incident(second).Alerts.Firing == 0 })

	s.stop()
	s.start()
	s.say("佐藤", room, "/incident restored")
	s.say("佐藤", room, "/incident resolve 接続数の上限を上げた")
	s.say("佐藤", room, "/incident close")
	if got := s.incident(number); got.Status != "closed" || got.Restored == nil {
		t.Errorf("status %q, restored %v after the close", got.Status, got.Restored)
	}
	for l, words := range map[string]string{"ja": "対応経緯", "en": "Timeline"} {
		if text := s.report(number, l); !strings.Contains(text, words) || !strings.Contains(text, "再起動したが改善せず") {
			t.Errorf("the report in %s lacks %q or the entry:\n%s", l, words, text)
		}
	}
	if code, out, errs := run(t, "", nil, "verify", "--data", address); code != 0 {
		t.Errorf("verify: exit %d\n%s%s", code, out, errs)
	}
}

// firing sends a real alert and gives the incident that it opened beside those known.
func firing(s *scene, at time.Time, known ...string) string {
	s.t.Helper()
	s.send("POST", "/hooks/alertmanager", captured(s.t, "alertmanager-instancedown-1-firing.json", at), 202)
	var opened string
	s.until("the alert opens an incident", func() bool {
		list := s.numbers()
		if len(list) > len(known) {
			opened = list[0]
		}
		return opened != ""
	})
	return opened
}

// database makes a database of its own on the server that MATOI_TEST_POSTGRES names, and drops it at the end.
func database(t *testing.T) string {
	t.Helper()
	server := os.Getenv("MATOI_TEST_POSTGRES")
	if server == "" {
		missing(t, "needs a PostgreSQL server: set MATOI_TEST_POSTGRES to its address")
	}
	name := "matoi_story_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	do := func(query string) {
		ctx := context.WithoutCancel(t.Context()) // the end of a test cancels its context before the database is dropped
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	do("CREATE DATABASE " + name)
	t.Cleanup(func() { do("DROP DATABASE " + name + " WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
