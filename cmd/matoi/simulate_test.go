package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"matoi/lang"
)

// simulated runs the command on files of testdata/simulate, with no world around it but those files.
func simulated(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	w := World{
		Env: Env{
			Lookup: func(string) (string, bool) { return "", false },
			Read:   func(name string) ([]byte, error) { return os.ReadFile(filepath.Join("testdata/simulate", name)) },
		},
		In: strings.NewReader("[]"), Out: &stdout, Err: &stderr, Machine: func() time.Time { return time.Date(2026, 11, 1, 7, 0, 0, 0, time.UTC) },
	}
	code = w.Run(context.Background(), append([]string{"simulate"}, args...))
	return stdout.String(), stderr.String(), code
}

// threeDays are those of the script: daylight saving ends in Los Angeles in its first night, and the 3rd is a holiday in Tokyo.
func threeDays(more ...string) []string {
	return append([]string{
		"--policy", "matoi.yaml", "--from", "alerts.json", "--at", "2026-11-01T16:00", "--for", "68h",
		"--answer", "Liam=12m", "--answer", "grace=3m/cant", "--answer", "田中=20m",
	}, more...)
}

// Tokyo, London and Los Angeles over the end of daylight saving and a holiday: the whole list of pings, in both languages.
func TestADayIsSimulatedToItsLastPing(t *testing.T) {
	for _, l := range []lang.Lang{lang.EN, lang.JA} {
		picture := filepath.Join(t.TempDir(), "day.svg")
		out, errs, code := simulated(t, threeDays("--lang", string(l), "--svg", picture)...)
		if code != 0 {
			t.Fatalf("code %d: %s", code, errs)
		}
		golden := filepath.Join("testdata/simulate", "day."+string(l)+".txt")
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
		drawn, err := os.ReadFile(picture)
		if err != nil {
			t.Fatal(err)
		}
		well := xml.NewDecoder(bytes.NewReader(drawn))
		for err == nil {
			_, err = well.Token()
		}
		if !errors.Is(err, io.EOF) || !bytes.Contains(drawn, []byte("田中 洋子")) || !bytes.Contains(drawn, []byte(`class="night"`)) {
			t.Errorf("the picture is broken: %v", err)
		}
	}
}

// Nobody answers unless it is said that they do, and the same day twice is the same.
func TestNobodyAnswersUnlessToldTo(t *testing.T) {
	args := []string{"--policy", "matoi.yaml", "--from", "alerts.json", "--at", "2026-11-02T00:00", "--for", "30m", "--lang", "en"}
	if _, errs, code := simulated(t, args...); code == 0 || !strings.Contains(errs, "before the beginning") {
		t.Errorf("what happened before is taken: %d %s", code, errs)
	}
	args = []string{"--policy", "matoi.yaml", "--from", "alerts.json", "--at", "2026-11-01T16:00", "--for", "75m", "--lang", "en"}
	first, errs, code := simulated(t, args...)
	again, _, _ := simulated(t, args...)
	if code != 0 || first != again {
		t.Errorf("code %d (%s), two runs alike: %v", code, errs, first == again)
	}
	if strings.Contains(first, "ack\n") || !strings.Contains(first, "Nobody acknowledged") {
		t.Errorf("somebody answers:\n%s", first)
	}
}

func TestWhatCannotBeSimulatedIsNamed(t *testing.T) {
	good := []string{"--policy", "matoi.yaml", "--from", "-", "--lang", "en"}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"an unknown person": {append(good, "--answer", "Nemo=5m"), "Nemo"},
		"no duration":       {append(good, "--answer", "Liam=soon"), "Liam=soon"},
		"no time":           {append(good, "--at", "yesterday"), "yesterday"},
		"too long":          {append(good, "--for", "900h"), "744h"},
		"no language":       {append(good, "--lang", "fr"), "fr"},
		"no file":           {[]string{"--from", "none.json", "--policy", "matoi.yaml"}, "none.json"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, errs, code := simulated(t, c.args...); code == 0 || !strings.Contains(errs, c.want) {
				t.Errorf("code %d: %s", code, errs)
			}
		})
	}
	out, errs, code := simulated(t, good...)
	if code != 0 || !strings.Contains(out, "Nobody is told anything.") {
		t.Errorf("an empty day: %d %s %s", code, out, errs)
	}
}

func TestEntriesOfTheDayAreRead(t *testing.T) {
	begin := time.Date(2026, 11, 1, 7, 0, 0, 0, time.UTC)
	c := DefaultConfig()
	for name, one := range map[string]struct{ text, want string }{
		"a key that nobody knows": {`[{"titel": "x"}]`, "titel"},
		"neither this nor that":   {`[{"after": "1h"}]`, "entry 1"},
		"both":                    {`[{"title": "x", "priority": "P1", "labels": {"a": "b"}}]`, "entry 1"},
		"no priority":             {`[{"title": "x"}]`, "P5"},
		"after and at":            {`[{"at": "17:00", "after": "1h", "title": "x", "priority": "P1"}]`, "without at"},
		"a source nobody has":     {`[{"source": "nowhere", "body": {}}]`, "nowhere"},
		"no list":                 {`{}`, "object"},
	} {
		if _, err := readInputs([]byte(one.text), begin, c); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := readInputs([]byte(`[{"after": "90m", "title": "b", "priority": "P2"}, {"at": "16:30", "labels": {"alertname": "A"}}]`), begin, c)
	if err != nil || len(got) != 2 || !got[0].at.Equal(begin.Add(30*time.Minute)) || !got[1].at.Equal(begin.Add(90*time.Minute)) || got[0].source != "alertmanager" {
		t.Errorf("%+v %v", got, err)
	}
}
