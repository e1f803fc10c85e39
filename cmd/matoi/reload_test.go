package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// changed gives for every key of the configuration another value than the default.
var changed = map[string]string{
	"listen": "127.0.0.1:9", "base_url": "https://matoi.example.com", "data": "elsewhere", "database": "{postgres: 'host=x'}", "zone": "UTC", "lang": "en",
	"command": "{name: /trouble}", "timeline": "{reactions: ['👀']}", "matrix": "{preset: four}", "targets": "{P1: {response: 5m}}", "reminders": "{every: 7m}",
	"stale": "{P1: 30m}", "working_hours": "24x7", "digest": "{at: '08:30'}",
	"rooms_from": "P1", "announce_from": "P1", "on_call": "[Ann]", "managers": "[Ann]", "people": "[{name: Ann}]", "categories": "[{id: x, ja: x, en: x}]",
	"services": "[{name: payments}]", "catalog": "{backstage: [catalogue]}", "checklist": "[extent]", "hold": "{review_after: 2d}", "restore_from": "reported", "confirm_after": "1d",
	"calendars":   "[{name: shop, week: {daily: '09:00-18:00'}}]",
	"schedules":   "[{name: s, layers: [{people: [Ann], turn: daily, start: 2026-01-05}]}]\npeople: [{name: Ann}]", // turns are taken by people
	"escalations": "[{name: e, steps: [{call: [managers], wait: 5m}]}]", "groups": "[{name: db, people: [Ann]}]\npeople: [{name: Ann}]", "calls": "{quiet_from: P4}",
	"further_clocks": "[{id: leak, ja: 漏えい, en: Leak, valid_from: 2022-04-01, start: aware, stages: [{id: first, ja: 速報, en: First, after: 5d}]}]",
	"reopen_within":  "1d", "auth": "{tokens: [{name: t, token: correct-horse-battery, scopes: [read]}]}", "sources": "[{name: shop, format: generic}]",
	"mail": "{smtp: '127.0.0.1:25', from: m@example.com}", "gateways": "[{name: sms, url: 'https://gateway.example.com/', secrets: [the-secret-of-the-gateway]}]",
	"maintenance": "[{name: w, match: {service: db}, days: sun, from: '02:00', until: '04:00'}]", "flapping": "{times: 9, within: 1h}",
	"rules": "[{name: r, do: ignore}]", "heartbeats": "[{name: backup, every: 1d}]", "inbox_bound": "1GiB", "body_bound": "2MiB", "upload_bound": "2MiB", "retention": "{chat: 9d}", "slack": "{announcements: war-room}", "log": "{level: debug}",
}

// TestWhatNeedsARestartIsSaidTruly: the keys that a hangup leaves alone are those that the example names, and no others.
func TestWhatNeedsARestartIsSaidTruly(t *testing.T) {
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	flat := regexp.MustCompile(`\s*\n#\s*`).ReplaceAllString(string(example), " ")
	listed := regexp.MustCompile(`log names those that were changed: ([a-z_, ]+)\.`).FindStringSubmatch(flat)
	if listed == nil {
		t.Fatal("the example does not list them")
	}
	said := strings.Split(listed[1], ", ")
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }}
	before, err := ParseConfig("before", nil, env)
	if err != nil {
		t.Fatal(err)
	}
	typ := reflect.TypeFor[Config]()
	for k := range typ.NumField() {
		key := typ.Field(k).Tag.Get("yaml")
		if !typ.Field(k).IsExported() { // what was made of keys
			continue
		}
		after, err := ParseConfig("after", []byte(key+": "+changed[key]+"\n"), env)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		want := []string(nil)
		if slices.Contains(said, key) {
			want = []string{key}
		}
		if got := fixed(before, after); !slices.Equal(got, want) {
			t.Errorf("%s: the log names %v, the example says %v", key, got, want)
		}
		now, was, is := reflect.ValueOf(keep(before, after)).Field(k), reflect.ValueOf(before).Field(k), reflect.ValueOf(after).Field(k)
		if reflect.DeepEqual(was.Interface(), is.Interface()) {
			t.Errorf("%s: %s changes nothing", key, changed[key])
		}
		if taken := reflect.DeepEqual(now.Interface(), is.Interface()); taken == (want != nil) {
			t.Errorf("%s: taken at once: %v", key, taken)
		}
	}
}

// TestATokenThatIsTakenBackEndsItsSessions also without a restart.
func TestATokenThatIsTakenBackEndsItsSessions(t *testing.T) {
	auth := func(secret string) string {
		return "auth: {tokens: [{name: ann, token: " + secret + ", scopes: [command], person: Ann}]}\npeople: [{name: Ann}]\n"
	}
	s := boot(t, auth("the-first-secret-of-ann"))
	cookie := s.enter(t, "/do/login", "token=the-first-secret-of-ann")
	in := func() bool {
		_, page := s.ask(t, "GET", "/incidents", "", "Cookie: "+cookie)
		return !strings.Contains(page, "/do/login")
	}
	if cookie == "" || !in() {
		t.Fatalf("not let in: %q", cookie)
	}
	take := func(text string) {
		t.Helper()
		if err := os.WriteFile(s.File, []byte(text+"listen: 127.0.0.1:0\ndata: "+s.Config.Data+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	take(auth("the-first-secret-of-ann") + "targets: {P1: {response: 5m}}\n")
	if !in() {
		t.Error("a change elsewhere ended the session")
	}
	take(auth("the-second-secret-of-ann"))
	if in() {
		t.Error("the session goes on after its token was changed")
	}
}
