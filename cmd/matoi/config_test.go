package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/lang"
)

const exampleFile = "../../config.example.yaml"

// world is an environment with one secret and no files.
func world() Env {
	return Env{
		Lookup: func(name string) (string, bool) {
			text, ok := map[string]string{
				"MATOI_EXAMPLE_TOKEN": "a-token-that-is-long-enough", "MATOI_EXAMPLE_SLACK_BOT_TOKEN": "xoxb-1",
				"MATOI_EXAMPLE_SLACK_APP_TOKEN": "xapp-1", "MATOI_EXAMPLE_SLACK_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
			}[name]
			return text, ok
		},
		Read: func(file string) ([]byte, error) {
			if file == "/run/secrets/dsn" {
				return []byte("postgres://matoi:hunter2@db/matoi\n"), nil
			}
			return nil, fmt.Errorf("open %s: %w", file, fs.ErrNotExist)
		},
	}
}

// plain compares configurations without what sources and rules prepare for themselves.
func plain() cmp.Option {
	return cmp.Options{
		cmp.Comparer(func(a, b bot.Secret) bool { return a.Reveal() == b.Reveal() }),
		cmp.FilterPath(func(p cmp.Path) bool {
			f, ok := p.Last().(cmp.StructField)
			return ok && f.Name()[0] >= 'a' && f.Name()[0] <= 'z'
		}, cmp.Ignore()),
		cmp.Comparer(func(a, b []string) bool { return strings.Join(a, "\x00") == strings.Join(b, "\x00") }),
	}
}

func TestTheExampleIsTheDefaults(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseConfig("config.example.yaml", text, world())
	if err != nil {
		t.Fatal(err)
	}
	// An empty list and none are the same to everybody.
	got.Matrix = Matrix{Preset: got.Matrix.Preset}
	got.OnCall, got.Schedules, got.Calendars = nil, nil, nil
	got.Gateways, got.Escalations, got.Groups, got.Further = nil, nil, nil, nil
	got.People, got.Services, got.Auth.Tokens, got.Sources, got.Rules, got.Heartbeats, got.Maintenance = nil, nil, nil, nil, nil, nil, nil
	if diff := cmp.Diff(DefaultConfig(), got, plain()); diff != "" {
		t.Errorf("defaults (-) and config.example.yaml (+) differ:\n%s", diff)
	}
}

// uncommented is the example with its "#>" entries in place of the empty lists above them.
func uncommented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	empty, mark := regexp.MustCompile(`^(\s*[a-z_]+:) \[\]$`), regexp.MustCompile(`^(\s*)#> `)
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if m := empty.FindStringSubmatch(line); m != nil && i+1 < len(lines) && mark.MatchString(lines[i+1]) {
			lines[i] = m[1]
		}
		lines[i] = mark.ReplaceAllString(lines[i], "$1")
	}
	return strings.Join(lines, "\n")
}

func TestTheExamplesInTheExampleLoad(t *testing.T) {
	c, err := ParseConfig("config.example.yaml", []byte(uncommented(t)), world())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 7 || len(c.Rules) != 4 || len(c.Maintenance) != 1 || len(c.Auth.Tokens) != 1 || len(c.Matrix.Result) != 2 {
		t.Errorf("got %d sources, %d rules, %d tokens, %d rows", len(c.Sources), len(c.Rules), len(c.Auth.Tokens), len(c.Matrix.Result))
	}
	if !c.Auth.Tokens[0].Token.Equal("a-token-that-is-long-enough") {
		t.Error("the token was not taken from the environment")
	}
}

func TestTheExampleNamesEveryKey(t *testing.T) {
	text := uncommented(t)
	for _, key := range allKeys(reflect.TypeFor[Config](), "") {
		name := key[strings.LastIndex(key, ".")+1:]
		if !regexp.MustCompile(`(?m)(^|[\s{-])` + name + `:`).MatchString(text) {
			t.Errorf("config.example.yaml does not show %s", key)
		}
	}
}

func TestEveryMistakeIsNamedWithItsPlace(t *testing.T) {
	const file = `listenn: 127.0.0.1:1
postgres: x
zone: Asia/Tokio
frobnicate: 1
command:
  name: /who
targets:
  P1: {respond: 5m, restore: soon}
reminders:
  at: [80, 50]
lang: fr
sources:
  - name: Prom
    format: alertmanager
    auth:
      bearer: ["${NOT_SET}"]
rules:
  - name: a
    do: opn
  - name: b
    do: open
    impact: larg
auth:
  tokens:
    - name: x
      token: file:/nowhere
      scopes: [raed]
`
	_, err := ParseConfig("m.yaml", []byte(file), world())
	if err == nil {
		t.Fatal("no mistake was found")
	}
	want := `m.yaml:1:1: listenn: there is no such key. Did you mean listen?
m.yaml:2:1: postgres: there is no such key here. Did you mean database.postgres?
m.yaml:3:1: zone: “Asia/Tokio” is no time zone such as Asia/Tokyo.
m.yaml:4:1: frobnicate: there is no such key. Here these can stand: announce_from, auth, base_url, body_bound, calendars, calls, catalog, categories, checklist, command, confirm_after, data, database, digest, escalations, flapping, further_clocks, gateways, groups, heartbeats, hold, inbox_bound, lang, listen, log, mail, maintenance, managers, matrix, on_call, people, reminders, reopen_within, restore_from, retention, rooms_from, rules, schedules, services, slack, sources, stale, targets, timeline, upload_bound, working_hours, zone.
m.yaml:6:3: command.name: Slack keeps /who for itself. Choose another one, such as /incident.
m.yaml:8:8: targets.P1.respond: there is no such key. Did you mean response?
m.yaml:8:30: targets.P1.restore: “soon” is no length of time such as 15m, 4h, 3d or 1h30m.
m.yaml:10:12: reminders.at[1]: 50 doesn't fit: shares are percents from 1 to 99, each larger than the one before.
m.yaml:11:7: lang: “fr” is neither ja nor en.
m.yaml:13:5: sources[0].name: “Prom” must be made of small letters, digits and hyphens, at most 64.
m.yaml:16:16: sources[0].auth.bearer[0]: the secret is missing: the environment variable NOT_SET is not set.
m.yaml:19:5: rules[0].do: “opn” is none of open, attach, ignore, inbox, wait.
m.yaml:22:5: rules[1].impact: “larg” is none of large, medium, small. Did you mean large?
m.yaml:26:7: auth.tokens[0].token: the secret is missing: the file /nowhere can't be read or is empty.
m.yaml:27:16: auth.tokens[0].scopes[0]: “raed” is none of read, command, hooks, admin. Did you mean read?`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
	if ja := err.(Mistakes).In(lang.JA); !strings.Contains(ja, "listen のことですか") { //nolint:errorlint // the very type is asserted
		t.Errorf("Japanese: %s", ja)
	}
}

func TestMistakesAreWordedInTheReadersLanguageAndNoneHidesAnother(t *testing.T) {
	const file = `listen: 127.0.0.1:1
listen: 127.0.0.1:2
zone: [a]
targets: 5
on_call: 鈴木
people:
  - {name: 鈴木, auditor: maybe}
  - 5
reminders: {at: [x], every: soon}
inbox_bound: 5XB
rooms_from: P9
lang: fr
sources:
  - {name: "Bad name", format: smokes}
  - {name: a, format: generic, auth: {hmac: {algorithm: md5}}, mapping: {title: "a..b", status_values: {x: y}}}
rules:
  - {match: {host: "/(/"}, do: opne, priority: P7, category: softwear, source: alertmanagr, title: "{titel}"}
`
	_, err := ParseConfig("m.yaml", []byte(file), world())
	mistakes, _ := errors.AsType[Mistakes](err)
	want := []string{
		"2:1: listen: このキーは 1 行目にもあります。",
		"3:7: zone: 文字列をひとつ書いてください。",
		"4:10: targets: 「キー: 値」の形で書いてください。",
		"5:10: on_call: リストで書いてください([a, b] または 1 行ずつ - で始める)。",
		"7:25: people[0].auditor: true か false を書いてください。",
		"8:5: people[1]: 「キー: 値」の形で書いてください。",
		"9:18: reminders.at[0]: 整数を書いてください。",
		"9:29: reminders.every: 「soon」は時間の長さとして読めません。15m、4h、3d、1h30m のように書いてください。",
		"10:14: inbox_bound: 「5XB」はサイズとして読めません。2GiB、512MiB、1000000 のように書いてください。",
		"11:13: rooms_from: 優先度「P9」が読み取れません。P1 から P5 で指定してください。",
		"12:7: lang: 「fr」は使えません。ja か en を指定してください。",
		"14:6: sources[0].name: 「Bad name」は使えません。小文字・数字・ハイフンで 64 文字以内にしてください。",
		"14:24: sources[0].format: 「smokes」は " + strings.Join(alert.Sources(), ", ") + " のいずれでもありません。",
		"15:39: sources[1].auth.hmac.header: 空にはできません。",
		"15:39: sources[1].auth.hmac.secrets: 空にはできません。",
		"15:46: sources[1].auth.hmac.algorithm: 「md5」は sha256, sha512, sha1 のいずれでもありません。",
		`15:74: sources[1].mapping.title: 読み取れません(path "a..b": expected a name before ".b")。`,
		"15:108: sources[1].mapping.status_values.x: 「y」は firing, resolved, acknowledge, note, update のいずれでもありません。",
		"17:5: rules[0]: 名前がありません。アラートがなぜそう扱われたかを伝えるのに使います。",
		"17:20: rules[0].match.host: /(/ は正規表現として読めません(error parsing regexp: missing closing ): `(`)。",
		"17:28: rules[0].do: 「opne」は open, attach, ignore, inbox, wait のいずれでもありません。",
		"17:38: rules[0].priority: 「P7」は P1, P2, P3, P4, P5 のいずれでもありません。",
		"17:52: rules[0].category: 「softwear」は hardware, software, network, security, how-to のいずれでもありません。software のことですか?",
		"17:72: rules[0].source: 「alertmanagr」は " + strings.Join(alert.Sources(), ", ") + ", Bad name, a のいずれでもありません。alertmanager のことですか?",
		"17:93: rules[0].title: {titel} という項目はありません。ラベルなら {label.titel} と書いてください。",
	}
	var got []string
	for _, m := range mistakes {
		got = append(got, strings.TrimPrefix(m.In(lang.JA), "m.yaml:"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestAFileOfCommentsIsAnEmptyOne(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing yet\n", "# a\n\n  # b", "---\n", "{}\n"} {
		if c, err := ParseConfig("m.yaml", []byte(text), world()); err != nil || c.Listen != DefaultConfig().Listen {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestBrokenYAMLIsAMistakeAndNoPanic(t *testing.T) {
	for _, text := range []string{"a: [", "\t", "- 1", "listen: {", "listen: [a]", "zone:\n\t- x", "a: &a [*a]", "\x00", "\xff\xfe", "? [a]\n: b", "listen: *x"} {
		c, err := ParseConfig("m.yaml", []byte(text), world())
		var mistakes Mistakes
		if !errors.As(err, &mistakes) && (err != nil || c.Listen == "") {
			t.Errorf("%q: got %v", text, err)
		}
		for _, m := range mistakes {
			if m.File != "m.yaml" {
				t.Errorf("%q: a mistake names no file: %+v", text, m)
			}
		}
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte("database: {postgres: file:/run/secrets/dsn}\n"), world())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Database.Postgres.Reveal(); got != "postgres://matoi:hunter2@db/matoi" {
		t.Errorf("secret from a file: %q", got)
	}
	if printed := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(printed, "hunter2") {
		t.Errorf("printed: %s", printed)
	}
}

func TestOneNumberOfATargetMayBeSetAlone(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte("targets: {P1: {response: 5m}}\n"), world())
	if err != nil {
		t.Fatal(err)
	}
	p := c.Policy(time.Now(), nil, nil)
	if got := p.Targets[incident.P1]; got.Response != incident.In(5*time.Minute) || got.Restore != incident.In(4*time.Hour) {
		t.Errorf("P1 targets: %+v", got)
	}
}

// Stores that are filled for measurements carry the shipped policy's version, so that the first start arms nothing anew.
func TestWithoutAConfigurationThePolicyIsTheShippedOne(t *testing.T) {
	c := DefaultConfig()
	for of := incident.P3; of <= incident.P5; of++ {
		c.Targets.of(of).Hours = aroundTheClock // those have holidays, which package incident does not know
	}
	c.WorkingHours = aroundTheClock
	if got, want := c.Policy(time.Now(), []incident.PersonID{}, nil).Version, incident.DefaultPolicy(c.zone()).Fingerprint(); got != want {
		t.Errorf("version %s, the shipped one is %s", got, want)
	}
}

func TestThePolicysVersionChangesWithItsNumbersOnly(t *testing.T) {
	a, b := DefaultConfig(), DefaultConfig()
	b.Listen, b.Log.Level = "127.0.0.1:9", "debug"
	if a.Policy(time.Now(), nil, nil).Version != b.Policy(time.Now(), nil, nil).Version {
		t.Error("the version changed with the address")
	}
	b.Targets.P3.Restore = Term(incident.In(time.Hour))
	if a.Policy(time.Now(), nil, nil).Version == b.Policy(time.Now(), nil, nil).Version {
		t.Error("the version did not change with a target")
	}
}

func TestOnlyLoopbackIsLocal(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:8080": true, "[::1]:80": true, "localhost:0": true, "127.8.9.1:1": true,
		":8080": false, "0.0.0.0:8080": false, "[::]:8080": false, "192.168.0.1:80": false, "example.com:80": false, "127.0.0.1.example.com:80": false,
	} {
		if got := Loopback(listen); got != want {
			t.Errorf("Loopback(%q) = %v", listen, got)
		}
	}
}

// The channels of incidents that are over are archived after a while, or never.
func TestWhenChannelsAreArchivedIsConfigured(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 10 * time.Minute, "8h": 8 * time.Hour, "3日": 72 * time.Hour, "never": -1, "0": -1, "Never": -1} {
		file := "slack: {bot_token: xoxb-1, app_token: xapp-1"
		if text != "" {
			file += ", archive_after: " + text
		}
		c, err := ParseConfig("m.yaml", []byte(file+"}\n"), world())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := slack.New(slack.Options{Config: c.Slack[0]}).Rests(); got != want {
			t.Errorf("%q: a channel rests for %s, want %s", text, got, want)
		}
	}
	const want = "m.yaml:1:24: slack.archive_after: “soon” is no length of time such as 15m, 4h, 3d or 1h30m."
	if _, err := ParseConfig("m.yaml", []byte("slack: {archive_after: soon, bot_token: xoxb-1, app_token: xapp-1}\n"), world()); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestValuesAreWrittenAsTheyAreRead(t *testing.T) {
	for _, s := range []string{"0", "15m", "1h30m", "3d", "1d2h", "45s"} {
		var d Duration
		if err := d.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if b, _ := d.MarshalText(); string(b) != s {
			t.Errorf("duration %q is written %q", s, b)
		}
	}
	for _, s := range []string{"2GiB", "1MiB", "3KiB", "1000"} {
		var n Bytes
		if err := n.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if b, _ := n.MarshalText(); string(b) != s {
			t.Errorf("size %q is written %q", s, b)
		}
	}
	for _, s := range []string{"", "x", "-1MiB", "1XB", "9999999TiB"} {
		if n := new(Bytes); n.UnmarshalText([]byte(s)) == nil {
			t.Errorf("%q is a size of %d", s, *n)
		}
	}
}

func TestAValueSpeltLikeALaterKeyIsNoKeyTwice(t *testing.T) {
	text := "people:\n  - name: email\n    email: a@example.jp\n"
	if _, err := ParseConfig("f.yaml", []byte(text), world()); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add("listen: 127.0.0.1:1\ntargets: {P1: {response: 5m}}\n")
	f.Add("sources:\n  - name: a\n    mapping: {title: x}\n")
	f.Add("a: &a {b: *a}\n<<: *a\n")
	f.Add("0000000:\n:")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig("f.yaml", []byte(text), world())
		if err == nil && (c.Listen == "" || c.Policy(time.Now(), nil, nil).Version == "") {
			t.Errorf("an incomplete configuration was taken: %q", text)
		}
	})
}
