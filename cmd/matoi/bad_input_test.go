package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matoi/incident/wording"
	"matoi/lang"
)

// sound is a configuration by which Ann is on call, before what is wrong.
const sound = "zone: Europe/London\npeople: [{name: Ann}, {name: Bob}]\non_call: [schedule: payments]\nmanagers: [Bob]\n" +
	"schedules:\n  - {name: payments, layers: [{people: [Ann], turn: daily, start: 2026-01-05}]}\n"

// What is wrong with schedules, calendars and escalations is named by key and line, by check and when a running Matoi is told to read its
// configuration again, in both languages. Ann stays on call by the old one.
func TestBadInputNamesItsPlaceAndTheOldScheduleStays(t *testing.T) {
	good := "people: [Bob], turn: daily, start: 2026-01-05"
	steps := "steps: [{call: [managers], wait: 5m}]"
	ical := filepath.Join(t.TempDir(), "closed.ics")
	bomb := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:19000101\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if err := os.WriteFile(ical, []byte(bomb), 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(t.TempDir(), "large.ics")
	if err := os.WriteFile(large, fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:%s\r\nEND:VCALENDAR\r\n", strings.Repeat("x\r\n ", 10<<20)), 0o600); err != nil { // 40 MB
		t.Fatal(err)
	}
	s := boot(t, sound)
	on := func() string {
		return strings.Join(s.live.Policy().Schedules[0].At(s.Now()), " ")
	}
	ann, version := on(), s.live.Policy().Version
	for name, x := range map[string]struct {
		more string // after sound
		key  string
		line int // after those of sound
	}{
		"hours that overlap":              {"  - {name: x, layers: [{" + good + ", hours: {mon: '09:00-13:00 12:00-18:00'}}]}", "schedules[1].layers[0].hours", 1},
		"a shift that ends as it begins":  {"  - name: x\n    layers:\n      - {" + good + ", until: 2026-01-05}", "schedules[1].layers[0].until", 3},
		"hours without length":            {"  - {name: x, layers: [{" + good + ", hours: {mon: '09:00-09:00'}}]}", "schedules[1].layers[0].hours", 1},
		"turns of nobody":                 {"  - {name: x, layers: [{people: [], turn: daily, start: 2026-01-05}]}", "schedules[1].layers[0].people", 1},
		"somebody unknown":                {"  - {name: x, layers: [{people: [Bop], turn: daily, start: 2026-01-05}]}", "schedules[1].layers[0].people[0]", 1},
		"a zone that there is not":        {"  - {name: x, zone: Mars/Base, layers: [{" + good + "}]}", "schedules[1].zone", 1},
		"a zone of the whole that is not": {"calendars:\n  - {name: shop, zone: Asia/Tokio, week: {daily: '09:00-18:00'}}", "calendars[0].zone", 2},
		"an escalation into itself":       {"escalations:\n  - {name: e, " + steps + ", then: e}", "escalations[0].then", 2},
		"escalations in a circle":         {"escalations:\n  - {name: e, " + steps + ", then: f}\n  - {name: f, " + steps + ", then: g}\n  - {name: g, " + steps + ", then: e}", "escalations[0].then", 2},
		"a calendar that never opens":     {"calendars:\n  - {name: shop, week: {mon: ''}}", "calendars[0].week", 2},
		"a calendar whose days are all closed": {
			"calendars:\n  - {name: shop, week: {mon: '09:00-18:00'}, closed: [01-01..12-31]}", "calendars[0].week", 2,
		},
		"a file of 40 MB":            {"calendars:\n  - {name: shop, week: {daily: '09:00-18:00'}, file: " + large + "}", "calendars[0].file", 2},
		"a file with a bomb":         {"calendars:\n  - {name: shop, week: {daily: '09:00-18:00'}, file: " + ical + "}", "calendars[0].file", 2},
		"a file that there is not":   {"calendars:\n  - {name: shop, week: {daily: '09:00-18:00'}, file: /no/such.ics}", "calendars[0].file", 2},
		"an address that is no feed": {"  - {name: x, source: {ical: {url: 'ftp://example.com/x'}}}", "schedules[1].source.ical.url", 1},
	} {
		t.Run(name, func(t *testing.T) {
			text := sound + x.more + "\n"
			file, began := write(t, text), time.Now()
			for _, language := range []string{"en_GB.UTF-8", "ja_JP.UTF-8"} {
				code, out, errs := run(t, "", map[string]string{"LANG": language}, "check", "--config", file)
				place := regexp.MustCompile(regexp.QuoteMeta(file) + `:(\d+):.*` + regexp.QuoteMeta(x.key))
				found := place.FindStringSubmatch(errs)
				if want := fmt.Sprint(strings.Count(sound, "\n") + x.line); code == 0 || found == nil || found[1] != want {
					t.Errorf("check in %s: exit %d, want %s in line %s: %s%s", language, code, x.key, want, out, errs)
				}
				if strings.Contains(errs, "⟦") || language == "ja_JP.UTF-8" && !regexp.MustCompile(`\p{Hiragana}`).MatchString(errs) {
					t.Errorf("in %s it says %s", language, errs)
				}
				t.Logf("%s", strings.TrimPrefix(errs, file))
			}
			if err := os.WriteFile(s.File, []byte(text+"listen: 127.0.0.1:0\ndata: "+s.Config.Data+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), x.key) {
				t.Errorf("the reload says %v", err)
			}
			if on() != ann || s.live.Policy().Version != version {
				t.Errorf("%q is on call, by another policy", on())
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	if got := s.answered(t, "oncall"); !strings.Contains(got, "Ann") {
		t.Errorf("oncall is answered\n%s", got)
	}
}

// answered is what a command is answered.
func (s server) answered(t *testing.T, text string) string {
	t.Helper()
	code, out := s.ask(t, "POST", "/api/v1/commands", fmt.Sprintf(`{"as":"Eve","channel":"#general","text":%q}`, text), "Content-Type: application/json")
	if code != http.StatusOK {
		t.Errorf("%s: %d %s", text, code, out)
	}
	return out
}

// A feed is fine, and Ann on call by it; then it goes bad in one of many ways. What is wrong is told, and Ann stays on call, also after a
// restart.
func TestAFeedThatGoesBadLeavesTheOldSchedule(t *testing.T) {
	from := time.Now().UTC().Add(-time.Hour).Truncate(time.Hour)
	stamp := func(days int) string { return from.AddDate(0, 0, days).Format("20060102T150405Z") }
	calendar := func(events string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + events + "END:VCALENDAR\r\n"
	}
	event := func(lines string) string { return "BEGIN:VEVENT\r\nUID:1\r\n" + lines + "\r\nEND:VEVENT\r\n" }
	good := calendar(event("DTSTART:" + stamp(0) + "\r\nDTEND:" + stamp(2) + "\r\nSUMMARY:Ann"))
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	for name, x := range map[string]struct {
		bad  http.HandlerFunc
		says string
	}{
		"40 MB": {func(w http.ResponseWriter, _ *http.Request) {
			for range 40 {
				_, _ = w.Write([]byte(strings.Repeat("X-LONG:x\r\n", 100_000)))
			}
		}, "larger than 8 MiB"},
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no whole answer"},
		"a drip": {func(w http.ResponseWriter, r *http.Request) {
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("BEGIN:VCALENDAR\r\n"))
				_ = http.NewResponseController(w).Flush()
				<-tick.C
			}
		}, "no whole answer"},
		"a bomb":         {text(calendar(event("DTSTART:19000101T000000Z\r\nRRULE:FREQ=SECONDLY"))), "line"},
		"a bomb of many": {text(calendar(event("DTSTART:19000101T000000Z\r\nRRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50"))), "line"},
		"no calendar":    {text("<html>Please log in</html>"), "line 1"},
		"an end before its beginning": {
			text(calendar(event("DTSTART:" + stamp(2) + "\r\nDTEND:" + stamp(0) + "\r\nSUMMARY:Bob"))), "line",
		},
		"a zone that nobody knows": {text(calendar(event("DTSTART;TZID=Mars/Base:20260101T000000\r\nSUMMARY:Bob"))), "line 6"},
		"an error":                 {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "502"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var broken atomic.Bool
			feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if broken.Load() {
					x.bad(w, r)
					return
				}
				text(good)(w, r)
			}))
			t.Cleanup(feed.Close)
			t.Cleanup(feed.CloseClientConnections)
			s := boot(t, "lang: en\npeople: [{name: Ann}, {name: Bob}]\non_call: [schedule: network]\nschedules: [{name: network, source: {ical: {url: '"+feed.URL+"/x.ics'}}}]\n")
			on := func(a *App) int { return len(a.live.Policy().OnDuty(a.Now())) }
			eventually(t, "Ann is on call", func() bool { return on(s.App) == 1 })
			ann := s.live.Policy().OnDuty(s.Now())[0]
			broken.Store(true)
			s.end(t)
			a := NewApp(s.AppOptions)
			if err := a.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			again := server{a, s.log}
			defer again.end(t)
			trouble := func() string { return wording.Trouble(a.live.Policy().Schedules[0].Outside.Trouble, lang.EN) }
			eventually(t, "the trouble is told", func() bool { return strings.Contains(trouble(), x.says) })
			t.Logf("it says: %s", trouble())
			if now := a.live.Policy().OnDuty(a.Now()); len(now) != 1 || now[0] != ann {
				t.Errorf("%v is on call", now)
			}
			if got := again.answered(t, "oncall"); !strings.Contains(got, "Ann") {
				t.Errorf("oncall is answered\n%s", got)
			}
			var told strings.Builder
			World{Out: &told}.checkSchedules(t.Context(), s.Config, s.Now(), lang.EN)
			if !strings.Contains(told.String(), x.says) {
				t.Errorf("check says\n%s", told.String())
			}
		})
	}
}

// Shifts of a feed that overlap are both in force, and one without length is none.
func TestShiftsOfAFeedMayOverlap(t *testing.T) {
	from := time.Now().UTC().Add(-time.Hour).Truncate(time.Hour)
	shift := func(uid int, who string, begin, length time.Duration) string {
		stamp := func(d time.Duration) string { return from.Add(d).Format("20060102T150405Z") }
		return fmt.Sprintf("BEGIN:VEVENT\r\nUID:%d\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:%s\r\nEND:VEVENT\r\n", uid, stamp(begin), stamp(begin+length), who)
	}
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", shift(1, "Ann", 0, 48*time.Hour), shift(2, "Bob", -time.Hour, 24*time.Hour),
			shift(3, "Cho", time.Hour, 0), "END:VCALENDAR\r\n")
	}))
	t.Cleanup(feed.Close)
	s := boot(t, "lang: en\npeople: [{name: Ann}, {name: Bob}, {name: Cho}]\non_call: [schedule: network]\nschedules: [{name: network, source: {ical: {url: '"+feed.URL+"/x.ics'}}}]\n")
	eventually(t, "Ann and Bob are on call", func() bool { return len(s.live.Policy().OnDuty(s.Now())) == 2 })
	if shifts := s.live.Policy().Schedules[0].Fixed; len(shifts) != 2 {
		t.Errorf("the shifts are %+v", shifts)
	}
}
