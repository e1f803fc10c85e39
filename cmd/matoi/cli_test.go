package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/catalog"
	"matoi/lang"
	"matoi/storage"
)

// run gives a command line to a World of its own and returns its exit code and what it printed.
func run(t *testing.T, in string, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	w := World{In: strings.NewReader(in), Out: &o, Err: &e, Env: Env{Read: os.ReadFile, Catalog: catalog.Read, Lookup: func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}}}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code = w.Run(ctx, args)
	return code, o.String(), e.String()
}

func TestExplainGivesWhatIsExpectedOfEverySample(t *testing.T) {
	const folder = "../../bot/alert/testdata"
	raw, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct {
		Alerts  []map[string]any `json:"alerts"`
		Lenient bool             `json:"lenient"`
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	for name, want := range expected {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		var sample struct {
			Source  string            `json:"source"`
			Headers map[string]string `json:"headers"`
			Body    json.RawMessage   `json:"body"`
			BodyRaw string            `json:"body_raw"`
		}
		if err := json.Unmarshal(text, &sample); err != nil {
			t.Fatal(err)
		}
		switch sample.Source {
		case "alertmanager-custom": // shaped by a user: read with the mapping of the generic source
			sample.Source = "generic"
		case "aws-sns":
			sample.Source = "aws-cloudwatch"
		}
		body := cmp.Or(sample.BodyRaw, string(sample.Body))
		var form string // which stands there as a text
		if json.Unmarshal(sample.Body, &form) == nil {
			body = form
		}
		args := []string{"alert", "explain", "--source", sample.Source}
		for k, v := range sample.Headers {
			args = append(args, "--header", k+": "+v)
		}
		code, out, errs := run(t, body, nil, args...)
		var got struct {
			Alerts []map[string]any `json:"alerts"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || len(got.Alerts) != len(want.Alerts) {
			t.Errorf("%s: exit %d, %d alerts of %d, %v %s", name, code, len(got.Alerts), len(want.Alerts), err, errs)
			continue
		}
		for i, fields := range want.Alerts {
			for field, value := range fields {
				if value == nil || want.Lenient && !slices.Contains([]string{"status", "title", "dedupe_key"}, field) {
					continue
				}
				if have := got.Alerts[i][field]; field != "dedupe_key" && !same(have, value) {
					t.Errorf("%s: alert %d: %s is %v, want %v", name, i, field, have, value)
				}
			}
			if got.Alerts[i]["do"] == "" || got.Alerts[i]["why"] == "" {
				t.Errorf("%s: alert %d does not say which rule applies: %v", name, i, got.Alerts[i])
			}
		}
	}
}

// same compares values of JSON; times as instants.
func same(a, b any) bool {
	x, okx := a.(string)
	y, oky := b.(string)
	if okx && oky {
		s, err1 := time.Parse(time.RFC3339Nano, x)
		u, err2 := time.Parse(time.RFC3339Nano, y)
		if err1 == nil && err2 == nil {
			return s.Truncate(time.Millisecond).Equal(u) // as exact as expectations are
		}
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

func TestExplainUsesRulesAndMappingsOfAConfigurationWithoutItsSecrets(t *testing.T) {
	file := write(t, `
sources:
  - name: shop
    auth: {bearer: ["${NOT_SET}"]}
    mapping: {title: what.happened, severity: how_bad}
rules:
  - {name: shop is down, source: shop, match: {severity: critical}, do: open, priority: P1}
`)
	code, out, errs := run(t, `{"what":{"happened":"Tills are dead"},"how_bad":"fatal"}`, nil, "alert", "explain", "--source", "shop", "--config", file)
	for _, want := range []string{`"title": "Tills are dead"`, `"rule": "shop is down"`, `"priority": "P1"`, `"source": "shop"`} {
		if !strings.Contains(out, want) {
			t.Errorf("exit %d, no %s in %s%s", code, want, out, errs)
		}
	}
	if code, out, _ := run(t, `{}`, nil, "alert", "explain", "--source", "nobody"); code != 0 || !strings.Contains(out, "nobody") {
		t.Errorf("unknown source: exit %d: %s", code, out)
	}
}

// What services are called and what hangs on what decides for those who try rules, too, wherever it is written.
func TestExplainAndReplayKnowTheCatalogueOfServices(t *testing.T) {
	folder := t.TempDir()
	entities := "kind: Component\nmetadata: {name: checkout, title: チェックアウト}\nspec: {dependsOn: [resource:orders-db]}\n---\nkind: Resource\nmetadata: {name: orders-db}\n"
	if err := os.WriteFile(filepath.Join(folder, "catalog-info.yaml"), []byte(entities), 0o600); err != nil {
		t.Fatal(err)
	}
	file := write(t, "catalog: {backstage: ["+strconv.Quote(folder)+"]}\nrules: [{name: shop, match: {service: checkout}, do: open, priority: P1}]\n")
	if code, out, errs := run(t, `{"title":"x","service":"チェックアウト"}`, nil, "alert", "explain", "--source", "generic", "--config", file); !strings.Contains(out, `"rule": "shop"`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	requests := `{"source":"generic","body":{"title":"DB is down","severity":"critical","service":"orders-db"}}` + "\n" +
		`{"source":"generic","body":{"title":"nobody can pay","service":"チェックアウト"}}`
	code, out, errs := run(t, requests, nil, "alert", "replay", "-", "--config", file, "--json")
	var done replayed
	if err := json.Unmarshal([]byte(out), &done); err != nil || len(done.Incidents) != 1 || done.Incidents[0].Alerts != 2 {
		t.Errorf("exit %d, %v: %s%s", code, err, out, errs)
	}
}

// write makes a configuration file.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "matoi.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheckSaysEverythingThatIsWrong(t *testing.T) {
	file := write(t, "listne: x\nlang: de\n")
	code, _, errs := run(t, "", map[string]string{"LANG": "ja_JP.UTF-8"}, "check", "--config", file)
	if code != 1 || strings.Count(errs, file+":") != 2 || !strings.Contains(errs, "listen のことですか") {
		t.Errorf("exit %d: %s", code, errs)
	}
	file = write(t, "listen: 0.0.0.0:8080\n")
	if code, _, errs := run(t, "", nil, "check", "--config", file); code != 1 || !strings.Contains(errs, "auth.tokens") {
		t.Errorf("an open address: exit %d: %s", code, errs)
	}
	file = write(t, "data: "+filepath.Join(t.TempDir(), "none")+"\n")
	if code, out, errs := run(t, "", nil, "check", "--config", file); code != 0 || !strings.Contains(out, "good") {
		t.Errorf("a good one: exit %d: %s%s", code, out, errs)
	}
	if code, out, _ := run(t, "", nil, "check", "--schema"); code != 0 || !json.Valid([]byte(out)) {
		t.Errorf("schema: exit %d", code)
	}
	if code, _, errs := run(t, "", nil, "check", "--config", "/no/such/file"); code != 1 || !strings.Contains(errs, "/no/such/file") {
		t.Errorf("no file: exit %d: %s", code, errs)
	}
}

func TestEveryCommandHasHelpInBothLanguages(t *testing.T) {
	for _, args := range [][]string{
		{"--help"},
		{"serve", "-h"},
		{"say", "-h"},
		{"check", "-h"},
		{"verify", "-h"},
		{"alert", "explain", "-h"},
		{"backup", "-h"},
		{"export", "-h"},
		{"version", "-h"},
	} {
		for env, word := range map[string]string{"ja_JP.UTF-8": "使い方:", "en_GB.UTF-8": "Usage:"} {
			code, out, errs := run(t, "", map[string]string{"LC_ALL": env}, args...)
			if code != 0 || !strings.Contains(out, word) || strings.Contains(out, "⟦") {
				t.Errorf("%v in %s: exit %d: %s%s", args, env, code, out, errs)
			}
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if code, out, _ := run(t, "", nil, "completion", shell); code != 0 || !strings.Contains(out, "matoi") {
			t.Errorf("completion %s: exit %d", shell, code)
		}
	}
	if code, out, _ := run(t, "", nil, "version"); code != 0 || !strings.HasPrefix(out, "matoi ") {
		t.Errorf("version: exit %d %s", code, out)
	}
}

func TestServeRefusesWithOneClearMessage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := t.TempDir()
	s, err := storage.Open(t.Context(), storage.Options{Path: busy})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "matoi.db"), bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		args []string
		says string
	}{
		"open address":   {[]string{"--listen", "0.0.0.0:0", "--data", t.TempDir()}, "auth.tokens"},
		"port in use":    {[]string{"--listen", taken.Addr().String(), "--data", t.TempDir()}, "in use by another program"},
		"folder in use":  {[]string{"serve", "--listen", "127.0.0.1:0", "--data", busy}, "another Matoi is using this data folder"},
		"corrupt file":   {[]string{"serve", "--listen", "127.0.0.1:0", "--data", broken}, "damaged"},
		"unknown flag":   {[]string{"serve", "--lisen", "x"}, "lisen"},
		"broken config":  {[]string{"serve", "--config", write(t, "zone: Mars/Olympus\n")}, "Mars/Olympus"},
		"no such config": {[]string{"serve", "--config", "/none.yaml"}, "/none.yaml"},
	} {
		code, out, errs := run(t, "", nil, row.args...)
		want := 1
		if name == "unknown flag" {
			want = 2
		}
		if code != want || !strings.Contains(errs, row.says) || out != "" {
			t.Errorf("%s: exit %d, printed %q, said %q", name, code, out, errs)
		}
		if strings.Count(strings.TrimSpace(errs), "\n") > 0 {
			t.Errorf("%s: more than one line: %s", name, errs)
		}
	}
}

func TestVerifyAndBackupNeedADatabase(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{{"verify", "--data", none}, {"export", "--data", none}, {"backup", "--data", none, filepath.Join(t.TempDir(), "b.db")}} {
		if code, _, errs := run(t, "", nil, args...); code != 1 || errs == "" {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
		if _, err := os.Stat(none); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v made %s", args, none)
		}
	}
}

func TestTheTerminalChoosesTheLanguage(t *testing.T) {
	for _, row := range []struct {
		env  map[string]string
		want lang.Lang
	}{
		{map[string]string{"LANG": "ja_JP.UTF-8"}, lang.JA},
		{map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, lang.EN},
		{map[string]string{}, lang.EN},
		{map[string]string{"LANG": "de_DE.UTF-8"}, lang.EN},
		{map[string]string{"LC_MESSAGES": "ja", "LANG": "en_US"}, lang.JA},
	} {
		w := World{Env: Env{Lookup: func(name string) (string, bool) { v, ok := row.env[name]; return v, ok }}}
		if got := w.lang(); got != row.want {
			t.Errorf("%v gives %s", row.env, got)
		}
	}
}

func TestAWordThatIsNoCommandOrFlagGetsTheNearest(t *testing.T) {
	for _, x := range []struct {
		args []string
		env  map[string]string
		want string
	}{
		{[]string{"serv"}, nil, "matoi: there is no command “serv”. Did you mean serve?\n"},
		{[]string{"serv"}, map[string]string{"LANG": "ja_JP.UTF-8"}, "matoi: 「serv」というコマンドはありません。serve のことですか?\n"},
		{[]string{"xyzzy"}, nil, "matoi: there is no command “xyzzy”. matoi help shows them all.\n"},
		{[]string{"serve", "--lsten", "x"}, nil, "matoi: there is no flag --lsten here. Did you mean --listen?\n"},
		{[]string{"verify", "--nonsense"}, nil, "matoi: there is no flag --nonsense here. Add --help to see them.\n"},
	} {
		if code, out, errs := run(t, "", x.env, x.args...); code != 2 || out != "" || errs != x.want {
			t.Errorf("%v: exit %d, %q %q", x.args, code, out, errs)
		}
	}
}

func TestServeSaysInOneLineWhereItIsAndHowToTryIt(t *testing.T) {
	var out bytes.Buffer
	s := boot(t, "")
	World{Out: &out}.welcome(s.App, lang.EN)
	line, rest, _ := strings.Cut(out.String(), "\n")
	if rest != "" || !strings.Contains(line, "http://"+s.Addr()+" ") || !strings.Contains(line, ": curl -sS http://"+s.Addr()+"/hooks/alertmanager ") || !strings.HasSuffix(line, "}]}'") {
		t.Errorf("%q", out.String())
	}
}

func TestAnAddressOnTheCommandLineIsNamedAsSuch(t *testing.T) {
	for _, command := range []string{"serve", "check"} {
		code, _, errs := run(t, "", nil, command, "--listen", "0.0.0.0:0", "--data", t.TempDir())
		if code != 1 || !strings.HasPrefix(errs, "--listen: 0.0.0.0:0 can be reached") {
			t.Errorf("%s: exit %d, %q", command, code, errs)
		}
	}
}

func TestAnExportNamesPrivateIncidentsByNumberOnlyUnlessAsked(t *testing.T) {
	s := boot(t, "")
	s.say(t, "alice", "open P3 Public knowledge")
	n := s.say(t, "alice", "open P3 Hush --private")
	_, out, errs := run(t, "", nil, "export", "--data", s.Config.Data)
	if strings.Contains(out, "Hush") || !strings.Contains(out, "Public knowledge") || strings.Count(out, `{"private":{"number":`) != 1 {
		t.Errorf("%s%s", out, errs)
	}
	if _, out, errs = run(t, "", nil, "export", "--private", "--data", s.Config.Data); !strings.Contains(out, "Hush") || !strings.Contains(out, n) {
		t.Errorf("%s%s", out, errs)
	}
}

func TestCheckNeverPrintsThePasswordOfADatabase(t *testing.T) {
	file := write(t, "database: {postgres: \"${DSN}\"}\n")
	for _, dsn := range []string{"postgres://matoi:hunter2@127.0.0.1:1/matoi", "host=127.0.0.1 port=1 user=matoi dbname=matoi password=hunter2", "postgres://a b:hunter2@[x"} {
		code, out, errs := run(t, "", map[string]string{"DSN": dsn}, "check", "--config", file)
		if code != 1 || strings.Contains(out+errs, "hunter2") {
			t.Errorf("exit %d, %s%s", code, out, errs)
		}
	}
}
