package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/lang"
)

// replayed runs the command as a person would in the folder of its files.
func replays(t *testing.T, in string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	w := World{
		Env: Env{Lookup: func(string) (string, bool) { return "", false }, Read: os.ReadFile},
		In:  strings.NewReader(in), Out: &stdout, Err: &stderr, Machine: func() time.Time { return time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC) },
	}
	code = w.Run(context.Background(), append([]string{"alert", "replay"}, args...))
	return stdout.String(), stderr.String(), code
}

const capturedStorm = "testdata/replay/storm.jsonl"

// What Alertmanager, Icinga 2 and Zabbix really sent within twenty minutes, judged by rules of today: the whole account, in both languages.
func TestACapturedStormIsReplayed(t *testing.T) {
	for _, l := range []lang.Lang{lang.EN, lang.JA} {
		out, errs, code := replays(t, "", capturedStorm, "--config", "testdata/replay/matoi.yaml", "--lang", string(l))
		if code != 0 {
			t.Fatalf("code %d: %s", code, errs)
		}
		golden := filepath.Join("testdata/replay", "storm."+string(l)+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if out != string(want) {
			t.Errorf("%s differs:\n%s", golden, out)
		}
	}
}

func TestAReplayShowsWhatHappensAsItHappens(t *testing.T) {
	out, errs, code := replays(t, "", capturedStorm, "--lang", "en", "--speed", "1e6", "--json")
	if code != 0 {
		t.Fatalf("code %d: %s", code, errs)
	}
	var done replayed
	if err := json.Unmarshal([]byte(out), &done); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if done.Requests != 31 || len(done.Incidents) == 0 || done.Noise.Incidents != len(done.Incidents) || done.Then != nil {
		t.Errorf("%d requests, %d incidents, %+v", done.Requests, len(done.Incidents), done.Noise)
	}
	for _, i := range done.Incidents {
		at := i.Opened.In(time.FixedZone("JST", 9*3600)).Format("01-02 15:04:05") // the default zone
		if line := at + "  " + i.Number + "  Incident opened: " + i.Title; !strings.Contains(errs, line) {
			t.Errorf("nothing said %q while it happened:\n%s", line, errs)
		}
	}
}

// A store is judged by the rules that judged it: the same must come of it. By other rules something else, beside what was. It is only read.
func TestStoredAlertsAreReplayedBesideWhatBecameOfThem(t *testing.T) {
	s := newScene(t, nil)
	text, err := os.ReadFile(capturedStorm)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var r recorded
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		body, err := r.bytes()
		if err != nil {
			t.Fatal(err)
		}
		s.send(http.MethodPost, "/hooks/"+r.Source, body, http.StatusAccepted)
		s.calm() // one after the other, as they came
	}
	numbers := s.numbers()
	slices.Reverse(numbers)
	s.send(http.MethodPost, "/hooks/alertmanager", []byte("no alert at all"), http.StatusAccepted)
	s.calm()
	folder := s.config.Data
	s.stop()
	before := digestOf(t, filepath.Join(folder, "matoi.db"))

	replayStored := func(args ...string) (done replayed) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		w := World{Env: Env{Lookup: func(string) (string, bool) { return "", false }, Read: os.ReadFile}, Out: &stdout, Err: &stderr}
		if code := w.Run(t.Context(), append([]string{"alert", "replay", "--stored", "7d", "--data", folder, "--lang", "en", "--json"}, args...)); code != 0 {
			t.Fatalf("code %d: %s", code, stderr.String())
		}
		if err := json.Unmarshal(stdout.Bytes(), &done); err != nil {
			t.Fatalf("%v in %s", err, stdout.String())
		}
		return done
	}
	same := replayStored()
	if same.Then == nil || same.Then.Incidents != len(numbers) || same.Noise.Incidents != len(numbers) || same.Then.Loose != same.Noise.Loose || same.Undecoded != 1 {
		t.Errorf("then %+v, now %+v, %d undecoded; want %d incidents both times", same.Then, same.Noise, same.Undecoded, len(numbers))
	}
	for k, i := range same.Incidents {
		if !slices.Equal(i.Then, []string{numbers[k]}) {
			t.Errorf("%q holds the alerts of %v, want those of %s alone", i.Title, i.Then, numbers[k])
		}
	}
	calm := replayStored("--config", write(t, "rules: [{name: nothing, do: ignore}]\n"))
	if calm.Noise.Incidents != 0 || calm.Then.Incidents != len(numbers) || calm.Reasons[0].Rule != "nothing" || calm.Reasons[0].Alerts != calm.Alerts {
		t.Errorf("then %+v, now %+v, %+v; want a rule that opens nothing, beside what was", calm.Then, calm.Noise, calm.Reasons)
	}
	if digestOf(t, filepath.Join(folder, "matoi.db")) != before {
		t.Error("the replay changed the database")
	}
}

// What people set counts where their own alerts are replayed: silences while they stood, rules that stand. Alerts of which too little is kept
// for a rule are left out, and counted.
func TestStoredAlertsAreReplayedWithWhatPeopleSet(t *testing.T) {
	s := newScene(t, nil)
	fires := func(title, service, env string) {
		body, _ := json.Marshal(map[string]any{"title": title, "service": service, "severity": "critical", "labels": map[string]string{"env": env}})
		s.send(http.MethodPost, "/hooks/generic", body, http.StatusAccepted)
		s.calm()
	}
	s.say("taro", "general", "silence service=db 2h disks are swapped")
	fires("disk full", "db", "prod") // is kept quiet
	fires("no answer", "web", "prod")
	r := alert.Rule{Name: "lab", Match: map[string]alert.Patterns{"service": {"lab"}}, Do: alert.Ignore}
	if err := r.Compile(); err != nil {
		t.Fatal(err)
	}
	fires("too warm", "lab", "test") // opened: the rule comes later
	if _, err := s.app.store.MakeAlertRule(t.Context(), "", alert.StoredRule{Rule: r, By: "p1"}); err != nil {
		t.Fatal(err)
	}
	folder := s.config.Data
	s.stop()

	run := func(args ...string) (string, replayed) {
		t.Helper()
		var done replayed
		out := map[bool]*bytes.Buffer{}
		for _, machine := range []bool{false, true} {
			var stdout, stderr bytes.Buffer
			w := World{Env: Env{Lookup: func(string) (string, bool) { return "", false }, Read: os.ReadFile}, Out: &stdout, Err: &stderr}
			all := append([]string{"alert", "replay", "--stored", "7d", "--data", folder, "--lang", "en"}, args...)
			if machine {
				all = append(all, "--json")
			}
			if code := w.Run(t.Context(), all); code != 0 {
				t.Fatalf("code %d: %s", code, stderr.String())
			}
			out[machine] = &stdout
		}
		if err := json.Unmarshal(out[true].Bytes(), &done); err != nil {
			t.Fatal(err)
		}
		return out[false].String(), done
	}
	text, done := run("--after", "30m")
	if len(done.Incidents) != 1 || done.Incidents[0].Title != "no answer" || done.Alerts != 3 {
		t.Errorf("%d alerts opened %+v; want the one that is neither kept quiet nor ignored", done.Alerts, done.Incidents)
	}
	if want := (used{Stored: true, Made: 1, Silences: 1}); done.Used != want || !strings.Contains(text, "rules that people made (1)") {
		t.Errorf("judged by %+v, want %+v\n%s", done.Used, want, text)
	}
	for _, j := range done.Reasons {
		if j.Rule == "lab" && j.Do == alert.Ignore || j.Do == alert.Silenced && strings.Contains(j.Reason, "1") || j.Do == alert.Open {
			continue
		}
		t.Errorf("judged %+v", j)
	}
	if _, done = run("--after", "3h"); len(done.Incidents) != 2 {
		t.Errorf("opened %+v; want what still fires once the silence is over, too", done.Incidents)
	}

	prod := write(t, "rules: [{name: prod, match: {service: web, label.env: prod}, do: ignore}]\n")
	if text, done = run("--after", "30m", "--config", prod); done.Then.Unjudged+done.Then.Bare != 0 || done.Then.Incidents != 2 || len(done.Incidents) != 0 {
		t.Errorf("then %+v, now %+v; want each judged by its labels\n%s", done.Then, done.Incidents, text)
	}
	db, err := sql.Open("sqlite", filepath.Join(folder, "matoi.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE alert SET alert = '' WHERE number > 0`); err != nil { // as they were once
		t.Fatal(err)
	}
	text, done = run("--after", "30m", "--config", prod)
	if done.Then.Unjudged != 1 || done.Then.Bare != 2 || done.Then.Incidents != 1 || len(done.Incidents) != 0 || !strings.Contains(text, "may be for them: 1.") {
		t.Errorf("then %+v, now %+v; want the alert left out whose label would decide\n%s", done.Then, done.Incidents, text)
	}
	out, errs, code := replays(t, "", "--stored", "366d", "--data", folder, "--lang", "en", "--config", write(t, "rules: [{name: all, group_by: [label.env], do: open}]\n"))
	if code != 0 || !strings.Contains(out, "may be for them: 1.") { // what is grouped by a label
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

// A request that held more alerts than one may is kept beside those that were taken of it, which are replayed once.
func TestWhatWasTakenOfARequestIsReplayedOnce(t *testing.T) {
	const most, over = 20_000, 5
	s := newScene(t, nil)
	s.send(http.MethodPost, "/hooks/generic", []byte(`{"title":"alone","severity":"warning"}`), http.StatusAccepted)
	s.calm()
	var list []map[string]string
	for k := range most + over {
		list = append(list, map[string]string{"title": "many", "key": strconv.Itoa(k), "severity": "warning"})
	}
	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	s.send(http.MethodPost, "/hooks/generic", body, http.StatusAccepted)
	s.calm()
	folder := s.config.Data
	s.stop()
	var stdout, stderr bytes.Buffer
	w := World{Env: Env{Lookup: func(string) (string, bool) { return "", false }, Read: os.ReadFile}, Out: &stdout, Err: &stderr}
	if code := w.Run(t.Context(), []string{"alert", "replay", "--stored", "7d", "--data", folder, "--lang", "en", "--json"}); code != 0 {
		t.Fatalf("code %d: %s", code, stderr.String())
	}
	var done replayed
	if err := json.Unmarshal(stdout.Bytes(), &done); err != nil {
		t.Fatal(err)
	}
	if done.Requests != most+1 || done.Alerts != most+1 || done.Announced != most+1 || done.Undecoded != 1 || done.Then.Announced != most+1 {
		t.Errorf("%d requests, %d alerts announced %d times, %d undecoded, then %+v; want each of %d alerts once and one request that was not read wholly",
			done.Requests, done.Alerts, done.Announced, done.Undecoded, done.Then, most+1)
	}
}

func digestOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatCannotBeReplayedIsSaid(t *testing.T) {
	cut := `{"source":"generic","body":{"title":"a"}}` + "\n" + `{"source":"generic","bo`
	for _, c := range []struct {
		name, in string
		args     []string
		says     string
	}{
		{"neither files nor stored", "", nil, "--stored"},
		{"both", "", []string{"-", "--stored", "7d"}, "--stored"},
		{"no span", "", []string{"--stored", "soon"}, "soon"},
		{"nothing in it", "[]", []string{"-"}, "nothing to replay"},
		{"a body without its source", `{"title":"a"}`, []string{"-"}, "--source"},
		{"an unknown source", `{"source":"smoke-signals","body":{}}`, []string{"-"}, "smoke-signals"},
		{"neither time nor source", `{"source":"generic","body":{}}` + "\n" + `{"at":"xx","source":"nope","body":{}}`, []string{"-"}, `line 2: the time "xx" can't be read: times are written as "2026-11-23T07:00:00+09:00"; no source is called "nope"`},
		{"a time in a list", "[\n{\"source\":\"generic\",\"body\":{}},\n\n{\"received_at\":7,\"source\":\"generic\",\"body\":{}}]", []string{"-"}, `line 4: the time 7 can't be read`},
		{"a source of the flag that is unknown", `{"title":"a"}`, []string{"-", "--source", "nope"}, `"nope"`},
		{"a line that is broken", cut + "\n}", []string{"-"}, "line 2: invalid character"},
		{"a first line that is broken", `{"source":"generic","bo`, []string{"-"}, "no recorded requests (source, body); for the body of one name its --source; line 1: unexpected EOF"},
		{"no such file", "", []string{"testdata/replay/none.jsonl"}, "none.jsonl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if out, errs, code := replays(t, c.in, append(c.args, "--lang", "en")...); code == 0 || !strings.Contains(errs, c.says) || out != "" {
				t.Errorf("code %d, %q, %q; want a refusal that names %s", code, out, errs, c.says)
			}
		})
	}
	for l, want := range map[string]string{"en": "-: line 2 is cut short and left out; the requests before it (1) are replayed.", "ja": "-: 2 行目は途中で切れているため除き、その前の 1 件を再生します。"} {
		if out, errs, code := replays(t, cut, "-", "--lang", l); code != 0 || !strings.Contains(errs, want) || out == "" {
			t.Errorf("a line that is cut short: code %d, %q, %q", code, errs, out)
		}
	}
	out, errs, code := replays(t, `{"title":"disk full","severity":"critical"}`, "-", "--source", "generic", "--lang", "en")
	if code != 0 || !strings.Contains(out, "disk full") {
		t.Errorf("a body alone: code %d, %s%s", code, out, errs)
	}
}

// A file in a folder that holds no requests is named, and the others are replayed.
func TestAFileOfAFolderThatHoldsNoRequestsIsLeftOut(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"README.md": "# What we caught", "a.jsonl": `{"source":"generic","body":{"title":"disk full","severity":"critical"}}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, errs, code := replays(t, "", folder, "--lang", "en")
	if code != 0 || !strings.Contains(out, "disk full") || !strings.Contains(errs, filepath.Join(folder, "README.md")+" is left out") {
		t.Errorf("code %d, %s%s", code, out, errs)
	}
	if out, errs, code = replays(t, "", filepath.Join(folder, "README.md"), "--lang", "en"); code == 0 || !strings.Contains(errs, "no recorded requests") {
		t.Errorf("alone: code %d, %s%s", code, out, errs)
	}
}

// Whatever a sender sends comes out of the recording as it went in, without its secrets.
func TestWhatIsRecordedIsReplayed(t *testing.T) {
	bodies := []string{`{"title": "a", "n": 1.10}`, "payload=%7B%22a%22%3A1%7D", `"a text"`, "\x83\x41\x83\x89", "", "{\"cut\": "}
	var file bytes.Buffer
	began := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	r := &recorder{out: &file, now: func() time.Time { return began }}
	for k, body := range bodies {
		q := httptest.NewRequest(http.MethodPost, "/hooks/generic", strings.NewReader(body))
		q.Header.Set("Authorization", "Bearer of-nobody-else")
		q.Header.Set("Content-Type", "application/json; charset=shift_jis")
		answer := httptest.NewRecorder()
		if r.ServeHTTP(answer, q); answer.Code != http.StatusAccepted {
			t.Fatalf("body %d is answered %d", k, answer.Code)
		}
	}
	if strings.Contains(file.String(), "of-nobody-else") {
		t.Errorf("the secret was written down: %s", file.String())
	}
	got, err := World{In: &file}.readRequests([]string{"-"}, "", time.Time{}, DefaultConfig(), nil)
	if err != nil || len(got) != len(bodies) {
		t.Fatalf("%d requests, %v", len(got), err)
	}
	for k, in := range got {
		same := string(in.body) == bodies[k]
		if json.Valid([]byte(bodies[k])) && bodies[k][0] == '{' { // written without its blanks
			var b bytes.Buffer
			_ = json.Compact(&b, []byte(bodies[k]))
			same = string(in.body) == b.String()
		}
		if !same || in.source != "generic" || !in.at.Equal(began) || in.header.Get("Content-Type") != "application/json; charset=shift_jis" {
			t.Errorf("%q came back as %q of %s at %s with %v", bodies[k], in.body, in.source, in.at, in.header)
		}
	}
	file.Reset()
	if r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/hooks/tokyo/v2/enqueue", strings.NewReader("{}"))); !strings.Contains(file.String(), `"source":"tokyo"`) {
		t.Errorf("what a client appended to the address is no part of the source's name: %q", file.String())
	}
	for path, want := range map[string]int{"/hooks/": 404, "/hooks/a/b": 404, "/hooks/v2/enqueue": 404, "/": 404} {
		answer := httptest.NewRecorder()
		if r.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, path, nil)); answer.Code != want {
			t.Errorf("%s is answered %d, want %d", path, answer.Code, want)
		}
	}
}
