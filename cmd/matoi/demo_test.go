package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// story opens the week on an App that nobody drives.
func story(t *testing.T, data string, end time.Time) *App {
	t.Helper()
	c, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	c.Data = data
	a := NewApp(AppOptions{Config: c, Now: func() time.Time { return end }, Mute: true, ByHand: true})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(context.Background()) })
	return a
}

// A demo's folder: what is somebody else's is left alone, what was left incomplete begins anew, what is complete stays, and
// verify finds every record complete. What it holds is what the README and the help promise, and the same each time.
func TestTheDemoTellsAWholeWeek(t *testing.T) {
	end := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	c, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	c.Data = t.TempDir()
	var said bytes.Buffer
	w := World{Env: world(), Out: &said, Err: &said}
	prepare := func() error { return w.prepareDemo(t.Context(), c, end, slog.New(slog.DiscardHandler), lang.EN) }

	other := filepath.Join(c.Data, "other.txt")
	write := func(file, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(other, "mine")
	if err := prepare(); err == nil || !strings.Contains(err.Error(), "left alone") {
		t.Errorf("a folder with something else in it: %v", err)
	}
	write(filepath.Join(c.Data, demoMark), demoFilling) // as a process leaves it that is killed
	if err := prepare(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other); err == nil || !strings.Contains(said.String(), "incomplete") {
		t.Errorf("an incomplete folder was not begun anew: %s", said.String())
	}
	said.Reset()
	if err := prepare(); err != nil || said.Len() > 0 {
		t.Errorf("a complete folder was touched again: %v %s", err, said.String())
	}
	if code, out, errs := run(t, "", nil, "verify", "--data", c.Data); code != 0 || !strings.Contains(out, "30 incidents") {
		t.Errorf("verify: exit %d: %s%s", code, out, errs)
	}

	first := story(t, c.Data, end)
	t.Run("incidents", func(t *testing.T) { holdsIncidents(t, first, end) })
	t.Run("conversations", func(t *testing.T) { holdsConversations(t, first) })
	if late, err := first.desk.Sweep(t.Context()); late != 0 || err != nil {
		t.Errorf("%d incidents are due again at the start (%v): what is overdue has been told", late, err)
	}
	t.Run("alerts", func(t *testing.T) { holdsAlerts(t, first) })

	again := c
	again.Data = filepath.Join(t.TempDir(), "again")
	week, err := demoWeek()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fill(t.Context(), again, week, end, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if one, two := heard(t, first), heard(t, story(t, again.Data, end)); one != two {
		t.Errorf("told twice it differs:\n%s\n--- the second time:\n%s", one, two)
	}
}

func everything(t *testing.T, a *App) []incident.Row {
	t.Helper()
	rows, err := a.store.Find(t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// heard is all that was said and written, but for what is random.
func heard(t *testing.T, a *App) string {
	t.Helper()
	var out strings.Builder
	for _, r := range everything(t, a) {
		fmt.Fprintln(&out, r.Number, r.Priority, r.Status, r.Title, r.Manager, r.Due, r.Version)
	}
	for rev := int64(0); ; {
		list, err := a.store.Since(t.Context(), rev, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return out.String()
		}
		for _, m := range list {
			rev = m.Rev
			fmt.Fprintln(&out, m.ID, m.Channel, m.Thread, m.Author, m.Only, m.Text, m.At, len(m.Files), len(m.Reactions))
		}
	}
}

func holdsIncidents(t *testing.T, a *App, end time.Time) {
	rows := everything(t, a)
	statuses, priorities := map[incident.Status]int{}, map[incident.Priority]int{}
	var private, overdue, unled, english, japanese, offers, inRoles, alarms, reports, measures, pending int
	for _, r := range rows {
		statuses[r.Status]++
		priorities[r.Priority]++
		i, err := a.store.Load(t.Context(), r.Number)
		if err != nil {
			t.Fatal(err)
		}
		count := func(n *int, is bool) {
			if is {
				*n++
			}
		}
		count(&private, r.Private)
		count(&overdue, !r.Due.IsZero() && r.Due.Before(end))
		count(&unled, i.Open() && i.Priority <= incident.P3 && i.Leads() == "")
		isJapanese := strings.ContainsFunc(r.Title, func(c rune) bool { return unicode.In(c, unicode.Hiragana, unicode.Katakana, unicode.Han) })
		count(&japanese, isJapanese)
		count(&english, !isJapanese)
		count(&offers, len(i.Offers) > 0)
		count(&inRoles, len(i.Holding(incident.TechLead)) > 1)
		count(&alarms, i.Alerts.Total >= 40)
		count(&reports, i.Report.Version > 1)
		measures += len(i.Measures)
		count(&pending, i.Priority >= incident.P3 && i.Status == incident.StatusClosed)
	}
	for status, want := range map[incident.Status]int{
		incident.New: 3, incident.Triaged: 1, incident.Investigating: 2, incident.Identified: 1, incident.Mitigated: 2, incident.StatusResolved: 1,
		"on_hold": 2, incident.StatusMerged: 1, incident.StatusCancelled: 2, incident.StatusClosed: 12,
	} {
		if statuses[status] < want {
			t.Errorf("%d are %s, want %d at least", statuses[status], status, want)
		}
	}
	for p := incident.P1; p <= incident.P5; p++ {
		if priorities[p] < 2 {
			t.Errorf("%d of %s, want some of every priority", priorities[p], p)
		}
	}
	for what, n := range map[string][2]int{
		"incidents": {len(rows), 30}, "private": {private, 2}, "overdue": {overdue, 2}, "without manager": {unled, 1}, "with an offer": {offers, 1},
		"with two streams": {inRoles, 1}, "of a storm": {alarms, 1},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", what, n[0], n[1])
		}
	}
	if english < 8 || japanese < 12 || reports < 3 || measures < 8 || pending < 5 {
		t.Errorf("%d English and %d Japanese titles, %d reports, %d measures, %d small ones closed", english, japanese, reports, measures, pending)
	}
}

func holdsConversations(t *testing.T, a *App) {
	var threads, pictures, reactions, direct, edited, cards int
	rev := int64(0)
	for {
		list, err := a.store.Since(t.Context(), rev, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, m := range list {
			rev = m.Rev
			threads += m.Replies
			pictures += len(m.Files)
			reactions += len(m.Reactions)
			if strings.Contains(m.Channel, ",") {
				direct++
			}
			if !m.Edited.IsZero() && m.Author != "" {
				edited++
			}
			if m.Card != nil {
				cards++
			}
		}
	}
	for what, n := range map[string]int{"replies": threads, "pictures": pictures, "reactions": reactions, "direct messages": direct, "edited": edited, "cards": cards} {
		if n == 0 {
			t.Errorf("no %s", what)
		}
	}
	found, err := a.store.Named(t.Context(), "佐藤 美咲")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	list, err := a.chat.Unread(t.Context(), incident.Viewer{Person: found[0].ID})
	if err != nil || len(list) == 0 {
		t.Errorf("nothing waits to be read: %v %v", list, err)
	}
	for _, u := range list {
		if u.Count >= console.MostUnread {
			t.Errorf("%s has %d unread: everybody read everything lately", u.Channel, u.Count)
		}
	}
}

func holdsAlerts(t *testing.T, a *App) {
	rows, err := a.store.InboxRows(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]bool{}
	for _, r := range rows {
		reasons[alert.ParseReason(r.Reason).ID] = true
	}
	if len(reasons) < 4 {
		t.Errorf("%d alerts opened nothing, for %d reasons: %v", len(rows), len(reasons), slices.Sorted(maps.Keys(reasons)))
	}
	if inbox, outbox, err := a.store.Waiting(t.Context()); err != nil || inbox+outbox > 0 {
		t.Errorf("%d alerts and %d messages still wait (%v)", inbox, outbox, err)
	}
}

// The demo may be started at any hour of any day: its lines come in an order in which they can be done.
func TestTheDemoCanBeToldAtAnyHour(t *testing.T) {
	week, err := demoWeek()
	if err != nil {
		t.Fatal(err)
	}
	zone := tokyo(t)
	for hour := range 24 {
		end := time.Date(2027, 2, 28, hour, 17, 0, 0, zone)
		beats, err := readScript(week, end, zone)
		if err != nil {
			t.Fatalf("at %s: %v", end, err)
		}
		begun := map[string]bool{}
		for _, b := range beats {
			for _, m := range regexp.MustCompile(`\{([a-z]+)\}`).FindAllStringSubmatch(b.text, -1) {
				if !begun[m[1]] {
					t.Errorf("at %s: line %d speaks of %s, which has not begun", end, b.line, m[1])
				}
			}
			begun[b.scene.label] = true
		}
	}
}

func TestAScriptIsReadOrItsMistakeIsNamed(t *testing.T) {
	end := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"sato: hello":                      "line 1: stands before the first scene",
		"== a, sometime\n":                 `line 1: what time is "sometime"?`,
		"== a, -1h\n+2h sato: later":       "line 2: at 20 Nov 16:30:00, which is after the end",
		"== a, -1h\n+soon sato: later":     `line 2: what time is "+soon"?`,
		"== a, -1h\nsato dances \"x\"":     `line 2: what is "sato dances \"x\""?`,
		"== a, day -1 09:00\n\n# b\nsato:": `line 4: what is "sato:"?`,
	} {
		if _, err := readScript(text, end, tokyo(t)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	beats, err := readScript("== b, -1h\n+5m sato #general: hi: there\nemma answers \"hi: there\": yes\n== a, day -1 09:00\n+1d1h ann reacts 👀 \"hi\"", end, tokyo(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range beats {
		got = append(got, fmt.Sprintf("%s %s %s %s %s %q %q", b.at.Format("02 15:04:05"), b.scene.label, b.who, b.where, b.verb, b.words, b.text))
	}
	want := []string{
		`20 01:00:07 a ann  reacts "hi" "👀"`,
		`20 05:35:00 b sato #general says "" "hi: there"`,
		`20 05:35:20 b emma  answers "hi: there" "yes"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The real program, killed in the middle of filling, begins anew and then serves; a scratch folder is gone at the end.
func TestTheDemoSurvivesBeingKilledAndLeavesNoScratchFolder(t *testing.T) {
	file := binary(t)
	scratch := t.TempDir()
	start := func(args ...string) (*exec.Cmd, *bufio.Reader, *log) {
		cmd := exec.Command(file, append([]string{"demo", "--listen", "127.0.0.1:0"}, args...)...)
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TMPDIR="+scratch)
		errs := &log{}
		cmd.Stderr = errs
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, bufio.NewReader(out), errs
	}
	until := time.Now().Add(2 * patience)
	wait := func(what string, so func() bool) {
		t.Helper()
		for ; !so(); <-time.After(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("not within %s: %s", 2*patience, what)
			}
		}
	}
	data := ""
	wait("it is killed before it has filled everything", func() bool {
		data = filepath.Join(t.TempDir(), "kept")
		cmd, _, _ := start("--data", data)
		wait("it begins to fill", func() bool {
			info, err := os.Stat(filepath.Join(data, "matoi.db-wal"))
			return err == nil && info.Size() > 200_000
		})
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
		mark, err := os.ReadFile(filepath.Join(data, demoMark))
		return err == nil && string(mark) == demoFilling
	})

	cmd, out, errs := start("--data", data)
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	line, err := out.ReadString('\n')
	late.Stop()
	if err != nil || !strings.Contains(line, "http://127.0.0.1:") || !strings.Contains(errs.String(), "incomplete") {
		t.Fatalf("after the kill: %q (%v)\n%s", line, err, errs)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := ended(cmd); err != nil {
		t.Errorf("stop: %v\n%s", err, errs)
	}
	if code, out, errs := run(t, "", nil, "verify", "--data", data); code != 0 || !strings.Contains(out, "30 incidents") {
		t.Errorf("verify: exit %d: %s%s", code, out, errs)
	}

	cmd, _, errs = start() // stopped while it fills
	wait("it begins to fill a scratch folder", func() bool {
		found, _ := filepath.Glob(filepath.Join(scratch, "matoi-demo-*", "matoi.db"))
		return len(found) == 1
	})
	_ = cmd.Process.Signal(syscall.SIGHUP)
	if err := ended(cmd); err != nil {
		t.Errorf("stop while filling: %v\n%s", err, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(scratch, "matoi-demo-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
