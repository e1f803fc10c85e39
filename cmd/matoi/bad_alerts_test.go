package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/encoding/japanese"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
)

// hook is a captured request of a monitoring system.
type hook struct {
	Source  string            `json:"source"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Raw     string            `json:"body_raw"`
}

// hooks are the captured requests of sources that exist without configuration, by name.
func hooks(t *testing.T) map[string]hook {
	t.Helper()
	found, err := filepath.Glob("../../bot/alert/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]hook{}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var h hook
		if json.Unmarshal(text, &h) != nil || !slices.Contains(alert.Sources(), h.Source) {
			continue
		}
		var plain string
		switch {
		case h.Raw != "":
			h.Body = json.RawMessage(h.Raw)
		case json.Unmarshal(h.Body, &plain) == nil:
			h.Body = json.RawMessage(plain)
		}
		all[filepath.Base(path)] = h
	}
	if len(all) < 40 {
		t.Fatalf("only %d requests", len(all))
	}
	return all
}

func (h hook) lines() (lines []string) {
	for name, value := range h.Headers {
		lines = append(lines, name+": "+value)
	}
	return lines
}

// spoilt is what becomes of a body on its way, or in the hands of those who write it.
func spoilt(body string) map[string]string {
	years, texts := regexp.MustCompile(`\b20(2[0-9])\b`), regexp.MustCompile(`":\s*"[^"\\]*"`)
	all := map[string]string{
		"doubled": body + body, "as a list of itself": "[" + body + "," + body + "]",
		"years ahead": years.ReplaceAllString(body, "99$1"), "years behind": years.ReplaceAllString(body, "1970"),
		"texts as null": texts.ReplaceAllString(body, `":null`), "texts as numbers": texts.ReplaceAllString(body, `":-1e99`),
		"texts as lists": texts.ReplaceAllString(body, `":[{"a":[null]}]`), "lists as objects": strings.NewReplacer("[", `{"a":`, "]", "}").Replace(body),
		"NUL and broken bytes": strings.ReplaceAll(body, `":"`, "\":\"\x00\xff\x80"), "empty": "",
	}
	for k := 1; k < 8; k++ {
		all[fmt.Sprintf("cut at %d/8", k)] = body[:len(body)*k/8]
	}
	if text, err := japanese.ShiftJIS.NewEncoder().String(body); err == nil {
		all["in Shift_JIS"] = text
	}
	return all
}

// Whatever comes of a known source is answered as stored. What nothing can be made of stands in the inbox with a reason in both
// languages and in one line of the log, and no incident has a title that says nothing.
func TestEveryCapturedRequestSpoiltIsStoredAndExplained(t *testing.T) {
	s := boot(t, "body_bound: 32MiB\n")
	sent := 0
	for name, h := range hooks(t) {
		for how, body := range spoilt(string(h.Body)) {
			if code, out := s.ask(t, "POST", "/hooks/"+h.Source, body, h.lines()...); code/100 != 2 {
				t.Errorf("%s, %s: %d %s", name, how, code, out)
			}
			sent++
		}
	}
	s.workedOff(t)
	undecoded, err := s.store.UndecodedRows(t.Context(), 100_000)
	if err != nil || len(undecoded) == 0 {
		t.Fatalf("%d undecoded, %v", len(undecoded), err)
	}
	for _, r := range undecoded {
		why := alert.ParseReason(r.Reason)
		en, ja := why.Text(lang.EN), why.Text(lang.JA)
		if strings.Contains(en+ja, "⟦") || en == "" || !strings.ContainsFunc(ja, func(c rune) bool { return unicode.In(c, unicode.Hiragana) }) {
			t.Errorf("%s: %q %q", r.Source, en, ja)
		}
		if why.ID == "alert.error_broken" {
			t.Errorf("%s: %s", r.Source, r.Reason)
		}
		if n := strings.Count(s.log.String(), fmt.Sprintf("request=%s ", r.Key)); n != 1 {
			t.Errorf("request %s stands in %d lines of the log", r.Key, n)
		}
	}
	opened, err := s.store.Find(t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000})
	if err != nil || len(opened) == 0 {
		t.Fatalf("%d incidents, %v", len(opened), err)
	}
	for _, i := range opened {
		if !strings.ContainsFunc(i.Title, unicode.IsLetter) || strings.HasPrefix(i.Title, "[{") || strings.HasPrefix(i.Title, "-1e99") || i.Title == "null" {
			t.Errorf("%s is called %q", i.Number, i.Title)
		}
	}
	if strings.Contains(s.log.String(), "panic") {
		t.Error("something panicked")
	}
	t.Logf("%d requests: %d can't be decoded, %d incidents", sent, len(undecoded), len(opened))
}

// Huge requests are kept to the last alert, and huge texts bounded.
func TestHugeRequestsAreKeptToTheLastAlert(t *testing.T) {
	s := boot(t, "")
	var b strings.Builder
	for k := range 5000 {
		fmt.Fprintf(&b, `,{"status":"firing","labels":{"alertname":"Disk","instance":"host-%d","severity":"info"},"annotations":{"summary":"disk of host-%d"},"startsAt":"2026-11-22T12:00:00Z","fingerprint":"%016x"}`, k, k, k)
	}
	many := `{"version":"4","groupKey":"g","status":"firing","alerts":[` + b.String()[1:] + `]}`
	huge := fmt.Sprintf(`{"version":"4","groupKey":"h","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Huge","severity":"critical","blob":"%s"},"annotations":{"summary":"checkout is down"},"startsAt":"2026-11-22T12:00:00Z","fingerprint":"ffff"}]}`,
		strings.Repeat("x", 10<<20))
	for _, body := range []string{many, huge} {
		if code, out := s.ask(t, "POST", "/hooks/alertmanager", body, "Content-Type: application/json"); code != 202 {
			t.Fatalf("%d bytes: %d %s", len(body), code, out)
		}
	}
	s.workedOff(t)
	rows, err := s.store.InboxRows(t.Context(), 10_000)
	if err != nil || len(rows) != 5000 {
		t.Errorf("%d of 5,000 alerts are kept, %v", len(rows), err)
	}
	opened, err := s.store.Find(t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 10})
	if err != nil || len(opened) != 1 || !strings.Contains(opened[0].Title, "checkout is down") {
		t.Errorf("%+v %v", opened, err)
	}
	code, out := s.ask(t, "POST", "/hooks/alertmanager", strings.Repeat("x", 17<<20))
	if code != 413 || !strings.Contains(out, "16777216") {
		t.Errorf("past the bound: %d %s", code, out)
	}
}

// workedOff waits until nothing waits.
func (s server) workedOff(t *testing.T) {
	t.Helper()
	eventually(t, "the inbox is worked off", func() bool {
		_, out := s.ask(t, "GET", "/metrics", "")
		return strings.Contains(out, "matoi_inbox_waiting 0")
	})
}
