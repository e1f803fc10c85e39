package alert

import (
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"matoi/lang"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern Pattern
		value   string
		want    bool
	}{
		{"pay", "pay", true},
		{"pay", "Pay", false},
		{"pay", "payment", false},
		{"", "", true},
		{"", "x", false},
		{"*", "x", true},
		{"*", "", false},
		{"pay*", "payment", true},
		{"*ment", "payment", true},
		{"p*m*t", "payment", true},
		{"p*x*t", "payment", false},
		{"ab*ba", "aba", false},
		{"a**b", "ab", true},
		{"決済*", "決済API", true},
		{"/^pay(ment)?$/", "pay", true},
		{"/ay/", "payment", true},
		{"/^ay/", "payment", false},
		{"/(?i)PAY/", "pay", true},
		{"/^$/", "", true},
		{"/", "/", true},
	} {
		one, err := c.pattern.compile()
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		} else if got := one.fits(c.value); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.value, got, c.want)
		}
	}
}

func TestAListOfPatternsIsAnyOfThemAndNoneOfTheNegated(t *testing.T) {
	for _, c := range []struct {
		yaml, value string
		want        bool
	}{
		{"pay", "pay", true},
		{"[critical, error]", "error", true},
		{"[critical, error]", "warning", false},
		{`["!test*", "!/^dev/"]`, "prod", true},
		{`["!test*", "!/^dev/"]`, "", true},
		{`["!test*", "!/^dev/"]`, "test-1", false},
		{`["!test*", "!/^dev/"]`, "dev", false},
		{`[web*, "!web-9"]`, "web-1", true},
		{`[web*, "!web-9"]`, "web-9", false},
		{`[web*, "!web-9"]`, "db", false},
		{`"!x"`, "x", false},
	} {
		var p Patterns
		if err := yaml.Unmarshal([]byte(c.yaml), &p); err != nil {
			t.Fatalf("%s: %v", c.yaml, err)
		}
		many, err := p.compile()
		if err != nil {
			t.Errorf("%s: %v", c.yaml, err)
		} else if got := many.fits(c.value); got != c.want {
			t.Errorf("%s on %q: %v, want %v", c.yaml, c.value, got, c.want)
		}
	}
	var p Patterns
	if err := yaml.Unmarshal([]byte("{a: b}"), &p); err == nil {
		t.Error("a mapping is read as patterns")
	}
	if _, err := (Patterns{}).compile(); err == nil {
		t.Error("no pattern at all is no mistake")
	}
}

func TestARuleGroupsByWhatItNames(t *testing.T) {
	rules := Rules{{Name: "cluster", Do: Open, GroupBy: []string{"label.cluster", "severity"}}}
	if err := rules.Compile(); err != nil {
		t.Fatal(err)
	}
	group := func(title, cluster, severity string) string {
		a := Alert{Source: "generic", Title: title, Service: title, Severity: severity, Labels: map[string]string{"cluster": cluster}}
		row, _ := Meet(nil, a, noon())
		return row.Judged(rules.For(a)).Group
	}
	if a, b := group("disk", "c1", Critical), group("cpu", "c1", Critical); a != b {
		t.Errorf("%s and %s are one cluster", a, b)
	}
	for _, other := range []string{group("disk", "c2", Critical), group("disk", "c1", Error), group("disk", "c1|critical", "")} {
		if other == group("disk", "c1", Critical) {
			t.Errorf("%s holds two clusters", other)
		}
	}
	err := Rules{{Name: "x", Do: Open, GroupBy: []string{"cluster"}}}.Compile()
	if err == nil || !strings.Contains(err.Error(), "group_by[0]") {
		t.Errorf("a field that is none: %v", err)
	}
	for _, word := range []string{"team", "labels.team", "{label.team}"} { // as titles write it
		if m, ok := errors.AsType[Mistake](Rules{{Name: "x", Do: Open, GroupBy: []string{word}}}.Compile()); !ok || m.ID != "alert.config_group_by" || m.Args["Label"] != "team" {
			t.Errorf("%s: %+v", word, m)
		}
	}
}

func TestATitleLeavesOutBracketsAroundNothing(t *testing.T) {
	a := Alert{Title: "disk (sda) full []", Labels: map[string]string{"team": "db", "odd": "{host}", "sign": "°"}}
	for template, want := range map[string]string{
		"{title} ({host})":             "disk (sda) full []",
		"[{host}] {title}":             "disk (sda) full []",
		"{title}（{host}、{label.zone}）": "disk (sda) full []",
		"{team}: [{host}] ({title})":   "db: (disk (sda) full [])",
		"【{team}（{host}）】{title}":      "【db】disk (sda) full []",
		"({team}, {host})":             "(db, )",
		"{team} [({host})] x":          "db x",
		"{team} (on {host})":           "db",
		"{team} (on {host}) ({team})":  "db (db)",
		"{team} (on {host}, {team})":   "db (on , db)",
		"{title} ({host} ({zone}))":    "disk (sda) full []",
		"{title} (({host}))":           "disk (sda) full []",
		"{title} ({team} ({host}))":    "disk (sda) full [] (db)",
		"{title} (({host}) {team}":     "disk (sda) full [] ( db",
		"{team} () [!]":                "db () [!]",
		"{team} (( {host} )":           "db (",
		"{team} ({odd}) ({sign})":      "db ({host}) (°)",
		"({host":                       "({host",
		"{host}":                       "",
	} {
		if got := line(fill(template, a), maxTitle); got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
	}
	rules := Rules{{Name: "r", Do: Open, Title: "({host})"}}
	if o := rules.For(Alert{Title: "down", Severity: Critical}); o.Title != "down" {
		t.Errorf("a title of nothing is %q", o.Title)
	}
}

func TestWithoutARuleTheSeverityDecides(t *testing.T) {
	for severity, want := range map[string]string{Critical: "open P2", Error: "open P3", Warning: "inbox ", Notice: "inbox ", Unknown: "inbox "} {
		o := Rules(nil).For(Alert{Severity: severity, Status: Firing, Event: EventTrigger, Title: "t", Service: "s"})
		if got := o.Do + " " + o.Priority; got != want || o.Provisional != (o.Do == Open) || o.Title != "t" || o.Service != "s" || o.Why.ID == "" {
			t.Errorf("%s: %+v, want %s", severity, o, want)
		}
	}
}

func TestFirstMatchingRuleDecides(t *testing.T) {
	rules := Rules{
		{Name: "watchdog", Match: map[string]Patterns{"alertname": {"Watchdog"}}, Do: Ignore},
		{Name: "elsewhere", Source: "generic", Do: Inbox},
		{
			Name: "pay", Source: "alertmanager", Match: map[string]Patterns{"label.team": {"pay*"}, "severity": {"/critical|error/"}}, Do: Open,
			Impact: "large", Urgency: "high", Category: "software/{label.kind}", Title: "[{label.cluster}] {title}", Service: "{label.missing}",
		},
		{Name: "any pay", Match: map[string]Patterns{"team": {"*"}}, Do: Open, Priority: "P4"},
	}
	if err := rules.Compile(); err != nil {
		t.Fatal(err)
	}
	a := Alert{
		Source: "alertmanager", Severity: Critical, Status: Firing, Event: EventTrigger, Title: "{label.kind} down", Service: "api",
		Labels: map[string]string{"team": "payments", "cluster": "tokyo", "kind": "db"},
	}
	o := rules.For(a)
	if o.Rule != "pay" || o.Title != "[tokyo] {label.kind} down" || o.Category != "software/db" || o.Service != "api" || o.Priority != "" || o.Impact != "large" {
		t.Errorf("%+v", o)
	}
	if o.Why.ID != "alert.reason_rule" || o.Why.Args["Rule"] != "pay" {
		t.Errorf("why %+v", o.Why)
	}
	a.Severity = Warning
	if o := rules.For(a); o.Rule != "any pay" || o.Priority != "P4" || o.Provisional {
		t.Errorf("%+v", o)
	}
	a.Labels = map[string]string{"alertname": "Watchdog"}
	if o := rules.For(a); o.Do != Ignore {
		t.Errorf("%+v", o)
	}
	a.Status = Resolved
	if o := rules.For(a); o.Do != Ignore {
		t.Errorf("the all-clear of an ignored alert: %+v", o)
	}
	a.Labels = nil
	if o := rules.For(a); o.Do != Follow {
		t.Errorf("the all-clear of another: %+v", o)
	}
}

func TestRuleMistakesNameTheRuleAndTheKey(t *testing.T) {
	rules := Rules{
		{Name: "a", Do: "burn", Priority: "P9", Match: map[string]Patterns{"host": {"/(/"}}, Title: "{nosuch}"},
		{Do: Open},
		{Name: "b", Do: Open},
		{Name: "b", Do: Inbox},
	}
	err := rules.Compile()
	for _, want := range []string{`rule "a": do`, `rule "a": priority`, `rule "a": match.host`, `rule "a": title: {nosuch}`, "rules[1]", "rules[3]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if o := rules[:1].For(Alert{Severity: Critical}); o.Rule != "" {
		t.Errorf("a rule with a mistake matches: %+v", o)
	}
}

func TestAlertsOfOneNameAndServiceShareAGroup(t *testing.T) {
	named := func(name, service string) Alert {
		return Alert{Source: "alertmanager", Title: name + service, Service: service, Labels: map[string]string{"alertname": name}}
	}
	titled := func(title string) Alert { return Alert{Source: "generic", Title: title, Service: "db"} }
	for _, c := range []struct {
		a, b Alert
		same bool
	}{
		{named("Crash", "web"), Alert{Source: "alertmanager", Title: "x", Service: "web", Labels: map[string]string{"alertname": "Crash"}}, true},
		{named("Crash", "web"), named("Crash", "api"), false},
		{named("Crash", "web"), named("Slow", "web"), false},
		{titled("Disk 91% on db12"), titled("disk ９２%  on DB7"), true},
		{titled("Disk 91%"), titled("CPU 91%"), false},
		{Alert{Source: "s", Title: "a|b"}, Alert{Source: "s", Title: "a", Service: "b"}, false},
	} {
		if got := GroupKey(c.a) == GroupKey(c.b); got != c.same {
			t.Errorf("%q and %q: same %v, want %v", GroupKey(c.a), GroupKey(c.b), got, c.same)
		}
	}
}

func TestReasonsSurviveStorage(t *testing.T) {
	for _, r := range []Reason{because("alert.reason_follow"), because("alert.reason_rule", "Rule", "支払い & ?=%/#")} {
		if got := ParseReason(r.String()); !got.Equal(r) {
			t.Errorf("%+v came back as %+v", r, got)
		}
	}
}

func TestAReasonSaysWhatFollowsFromTheRule(t *testing.T) {
	for _, c := range []struct {
		rule   Rule
		ja, en string
	}{
		{Rule{Do: Open, Priority: "P1"}, "ルール「x」に該当し、P1 で起票します。", "Rule “x” matches and opens an incident as P1."},
		{Rule{Do: Open}, "ルール「x」に該当し、暫定 P2 で起票します。", "Rule “x” matches and opens an incident as a provisional P2."},
		{Rule{Do: Open, Impact: "large", Urgency: "high"}, "ルール「x」に該当し、インシデントを起票します。", "Rule “x” matches and opens an incident."},
		{Rule{Do: Open, Urgency: "high"}, "ルール「x」に該当し、インシデントを起票します。", "Rule “x” matches and opens an incident."}, // the service's tier may give the impact
		{Rule{Do: Attach}, "ルール「x」に該当し、対応中のインシデントに加えます。", "Rule “x” matches and lets it join an open incident."},
		{Rule{Do: Ignore}, "ルール「x」に該当し、件数だけを数えます。", "Rule “x” matches: the alert is only counted."},
		{Rule{Do: Inbox}, "ルール「x」に該当し、受信箱で人の判断を待ちます。", "Rule “x” matches and leaves it to people, in the inbox."},
	} {
		c.rule.Name = "x"
		why := ParseReason(Rules{c.rule}.For(Alert{Title: "t", Severity: Critical, Status: Firing}).Why.String())
		if ja, en := why.Text(lang.JA), why.Text(lang.EN); ja != c.ja || en != c.en {
			t.Errorf("%s: %q, %q", c.rule.Do, ja, en)
		}
	}
	for stored, want := range map[string]string{
		"alert.reason_rule?Rule=x": "Rule “x” matches.", "alert.reason_rule?Do=nonsense&Rule=x": "Rule “x” matches.", // of other versions
	} {
		if got := ParseReason(stored).Text(lang.EN); got != want {
			t.Errorf("%s reads %q", stored, got)
		}
	}
}

// A severity is meant by whatever word senders have for it, in any case; a word that is none of theirs is refused, for it would fit nothing.
func TestASeverityIsMeantInAnyWord(t *testing.T) {
	for _, c := range []struct {
		patterns Patterns
		fits     string // of all severities
	}{
		{Patterns{"Critical"}, "critical"},
		{Patterns{"P1", "high"}, "critical error"},
		{Patterns{"!WARN"}, "critical error info unknown"},
		{Patterns{"Crit*"}, "critical"},
		{Patterns{"/^(Error|WARNING)$/"}, "error warning"},
		{Patterns{"Unknown"}, "unknown"},
		{Patterns{"*"}, "critical error warning info unknown"},
	} {
		r := Rule{Name: "r", Do: Open, Match: map[string]Patterns{"severity": c.patterns}}
		if err := r.Compile(); err != nil {
			t.Error(err)
		}
		var fits []string
		for _, s := range []string{Critical, Error, Warning, Notice, Unknown} {
			if r.matches(Alert{Severity: s}) {
				fits = append(fits, s)
			}
		}
		if got := strings.Join(fits, " "); got != c.fits {
			t.Errorf("%q fits %q, want %q", c.patterns, got, c.fits)
		}
	}
	for _, word := range []string{"critcal", "!P9", ""} {
		r := Rule{Name: "r", Do: Open, Match: map[string]Patterns{"severity": {Pattern(word)}}}
		if m, ok := errors.AsType[Mistake](r.Compile()); !ok || m.ID != "alert.config_word" {
			t.Errorf("%q: %v", word, r.Compile())
		}
	}
	if err := CheckSilence(map[string][]string{"severity": {"critcal"}}); err == nil {
		t.Error("a silence takes what no severity is")
	}
}

// What looks like a placeholder and is none is refused, with the way to write it.
func TestATemplateOfOtherToolsIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{{ .title }}": "{title}", "x {{.Labels.team}}": "{label.team}", "{{ $x }}": "{x}", "{labels.team}": "{label.team}", "{team}": "{label.team}",
	} {
		r := Rule{Name: "r", Do: Open, Title: text}
		m, ok := errors.AsType[Mistake](r.Compile())
		if !ok || !strings.Contains(m.Text(lang.EN), want+".") || !strings.Contains(m.Text(lang.JA), want) {
			t.Errorf("%s: %s, want %s", text, m.Text(lang.EN), want)
		}
	}
}

// What says how pressing an incident is has no place in a rule whose alerts come to none, as whom it calls has none.
func TestARuleWithoutAnIncidentSaysNothingOfOne(t *testing.T) {
	for _, do := range []string{Ignore, Inbox, Attach, Open} {
		r := Rule{Name: "r", Do: do, Priority: "P1", Impact: "large", Urgency: "high", Category: "network"}
		want := 0
		if do == Ignore || do == Inbox {
			want = 4
		}
		var got int
		if err := r.Compile(); err != nil {
			got = strings.Count(err.Error(), "this one has do: "+do)
		}
		if got != want {
			t.Errorf("%s: %d mistakes, want %d: %v", do, got, want, r.Compile())
		}
	}
}
