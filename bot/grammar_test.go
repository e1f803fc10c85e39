package bot

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"matoi/incident"
	"matoi/lang"
)

func TestEveryVerbHasHelpAndAnExampleThatParses(t *testing.T) {
	t.Parallel()
	g := NewGrammar("/incident")
	owner := map[string]string{}
	for _, v := range g.Verbs() {
		for _, word := range append([]string{v.ID}, v.Aliases...) {
			if other := owner[word]; other != "" {
				t.Errorf("%q is a name of %s and of %s", word, other, v.ID)
			}
			owner[word] = v.ID
			if fold(word) != word {
				t.Errorf("%s: alias %q can never be typed: it folds to %q", v.ID, word, fold(word))
			}
		}
		if v.do == nil {
			t.Errorf("%s does nothing", v.ID)
		}
		for _, l := range lang.All() {
			for _, id := range []string{"help." + v.ID, "help." + v.ID + "_example", "help.group_" + v.Group} {
				if !lang.Has(l, id) {
					t.Errorf("%s lacks the text %s", l, id)
				}
			}
			example := g.Example(&v, l)
			line, refusal := g.Parse(example)
			if refusal != nil {
				t.Errorf("%s: the example %q does not parse: %v", v.ID, example, refusal)
				continue
			}
			if line.Verb.ID != v.ID {
				t.Errorf("%s: the example %q is read as %s", v.ID, example, line.Verb.ID)
			}
			if help := g.HelpFor(&v, l, "/incident"); strings.Contains(help, "⟦") {
				t.Errorf("%s: help in %s lacks texts: %s", v.ID, l, help)
			}
			if v.Form && !lang.Has(l, "form.title_"+v.ID) {
				t.Errorf("%s has a form without a title in %s", v.ID, l)
			}
		}
		for _, f := range v.Flags {
			if _, ok := g.flags[f]; !ok {
				t.Errorf("%s names the unknown flag %s", v.ID, f)
			}
		}
	}
	if !slices.ContainsFunc(g.Verbs(), func(v Verb) bool { return slices.Contains(v.Aliases, "declare") }) {
		t.Error("declare is not known")
	}
}

func TestFlagNamesAreUniqueWithinAVerb(t *testing.T) {
	t.Parallel()
	g := NewGrammar("/incident")
	for _, v := range g.Verbs() {
		seen := map[string]string{}
		for _, n := range g.flagNames(&v) {
			for _, word := range append([]string{n}, g.flags[n].Aliases...) {
				if other := seen[word]; other != "" {
					t.Errorf("%s: --%s is both %s and %s", v.ID, word, other, n)
				}
				seen[word] = n
				if fold(word) != word {
					t.Errorf("--%s can never be typed", word)
				}
			}
		}
	}
}

func TestParseReadsWhatPeopleType(t *testing.T) {
	t.Parallel()
	g := NewGrammar("/incident", "/inc")
	number, _ := incident.ParseNumber("INC-20261121-001")
	for _, c := range []struct {
		text, verb, rest string
		in               incident.Number
		flags            map[string]string
	}{
		{text: "", verb: "help"},
		{text: "open 決済がタイムアウトする", verb: "open", rest: "決済がタイムアウトする"},
		{text: "／ｉｎｃ　起票　決済 遅い", verb: "open", rest: "決済 遅い"},
		{text: "/incident open P1 payments are down", verb: "open", rest: "P1 payments are down"},
		{text: "OPEN x", verb: "open", rest: "x"},
		{text: "open disk full --impact large --urgency=high", verb: "open", rest: "disk full", flags: map[string]string{"impact": "large", "urgency": "high"}},
		{text: "open --影響 大 決済が　遅い —緊急度 高", verb: "open", rest: "決済が　遅い", flags: map[string]string{"impact": "大", "urgency": "高"}},
		{text: "open x — not a flag —nor this", verb: "open", rest: "x — not a flag —nor this"},
		{text: "open --影響 大 決済 ーー緊急度 高", verb: "open", rest: "決済", flags: map[string]string{"impact": "大", "urgency": "高"}},
		{text: "open disk —impact large full", verb: "open", rest: "disk full", flags: map[string]string{"impact": "large"}},
		{text: "open “disk is full” -p P2", verb: "open", rest: "disk is full", flags: map[string]string{"priority": "P2"}},
		{text: `open x --summary "it says: no" --private`, verb: "open", rest: "x", flags: map[string]string{"summary": "it says: no", "private": "true"}},
		{text: "open x --summary 「全部 止まった」", verb: "open", rest: "x", flags: map[string]string{"summary": "全部 止まった"}},
		{text: `log he said "no" and left, didn't he`, verb: "log", rest: `he said "no" and left, didn't he`},
		{text: "log 14:35 再起動したが改善せず --in INC-20261121-001", verb: "log", rest: "14:35 再起動したが改善せず", in: number},
		{text: "--in inc-20261121-001 log x", verb: "log", rest: "x", in: number},
		{text: "INC-20261121-001", verb: "status", in: number},
		{text: "INC-20261121-001 ack", verb: "ack", in: number},
		{text: "記録：　１４：３５　再起動", verb: "log", rest: "１４：３５　再起動"},
		{text: "log kubectl delete pod x --force --grace-period=0", verb: "log", rest: "kubectl delete pod x --force --grace-period=0"},
		{text: "open disk --occurred yesterday 23:10 is full", verb: "open", rest: "disk is full", flags: map[string]string{"occurred": "yesterday 23:10"}},
		{text: "open --occurred 12m ago --impact large x", verb: "open", rest: "x", flags: map[string]string{"occurred": "12m ago", "impact": "large"}},
		{text: "保留 部品待ち --見直し 明日 9:00", verb: "hold", rest: "部品待ち", flags: map[string]string{"review": "明日 9:00"}},
		{text: "update x --next 30m 原因を調査", verb: "update", rest: "x 原因を調査", flags: map[string]string{"next": "30m"}},
		{text: "log one\ntwo  three", verb: "log", rest: "one\ntwo  three"},
		{text: "open -- --impact is a flag", verb: "open", rest: "--impact is a flag"},
		{text: "take over the manager sleeps", verb: "takeover", rest: "the manager sleeps"},
		{text: "ls -l", verb: "list", rest: "-l"},
		{text: "can't I sleep", verb: "cant", rest: "I sleep"},
		{text: "?", verb: "help"},
		{text: "log 👩‍💻 a\u0000b \xff", verb: "log", rest: "👩‍💻 a\ufffdb \ufffd"},
	} {
		l, refusal := g.Parse(c.text)
		if refusal != nil {
			t.Errorf("%q: %v", c.text, refusal)
			continue
		}
		if l.Verb.ID != c.verb || l.Rest != c.rest || l.Number != c.in {
			t.Errorf("%q: got %s %q in %s, want %s %q in %s", c.text, l.Verb.ID, l.Rest, l.Number, c.verb, c.rest, c.in)
		}
		for name, want := range c.flags {
			if got := l.Flag(name); got != want {
				t.Errorf("%q: --%s is %q, want %q", c.text, name, got, want)
			}
		}
	}
}

func TestWhatIsNotUnderstoodGetsTheNearest(t *testing.T) {
	t.Parallel()
	g := NewGrammar("/incident")
	for _, c := range []struct{ text, code, near string }{
		{"stauts", "unknown_verb", "status"},
		{"opne x", "unknown_verb", "open"},
		{"reesolve", "unknown_verb", "resolve"},
		{"invest", "unknown_verb", "investigate"},
		{"エスカレーショ", "unknown_verb", "エスカレーション"},
		{"起標 x", "unknown_verb", "起票"},
		{"xyzzyplugh", "unknown_verb", ""},
		{"open x --impcat large", "unknown_flag", "--impact"},
		{"open x --緊急 --private", "flag_value", ""},
		{"open x --bogusness 1", "unknown_flag", ""},
		{"log x --knid finding", "unknown_flag", "--kind"},
		{"ack --in 17", "number", ""},
		{"open x --impact", "flag_value", ""},
	} {
		_, refusal := g.Parse(c.text)
		if refusal == nil || refusal.Code != c.code {
			t.Errorf("%q: got %v, want %s", c.text, refusal, c.code)
			continue
		}
		near, _ := refusal.Args["Near"].([]string)
		if c.near == "" && len(near) > 0 || c.near != "" && !slices.Contains(near, c.near) {
			t.Errorf("%q: near are %v, want %q among them", c.text, near, c.near)
		}
	}
}

func TestAnAmbiguousRoleAsks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed string
		want  []incident.RoleID
	}{
		{"im", []incident.RoleID{incident.Manager}},
		{"Tech Lead", []incident.RoleID{incident.TechLead}},
		{"tech_lead", []incident.RoleID{incident.TechLead}},
		{"ＴＬ", []incident.RoleID{incident.TechLead}},
		{"テックリード", []incident.RoleID{incident.TechLead}},
		{"インシデントマネージャー", []incident.RoleID{incident.Manager}},
		{"指揮官", []incident.RoleID{incident.Manager}},
		{"comms", []incident.RoleID{incident.Communications}},
		{"communications lead", []incident.RoleID{incident.Communications}},
		{"コミュニケーション", []incident.RoleID{incident.Communications}},
		{"書記", []incident.RoleID{incident.Scribe}},
		{"help desk lead", []incident.RoleID{incident.CustomerSupport}},
		{"sme", []incident.RoleID{incident.Expert}},
		{"captain", nil},
		{"リ", nil},
	} {
		if got := rolesNamed(nil, c.typed); !slices.Equal(got, c.want) {
			t.Errorf("%q means %v, want %v", c.typed, got, c.want)
		}
	}
	for _, typed := range []string{"lead", "manager", "リード", "マネージャー"} {
		if got := rolesNamed(nil, typed); len(got) < 2 {
			t.Errorf("%q means %v, want it to ask", typed, got)
		}
	}
	own := &incident.Incident{Custom: []incident.Role{{ID: "own-1", Name: "現場連絡係"}}}
	if got := rolesNamed(own, "現場連絡係"); !slices.Equal(got, []incident.RoleID{"own-1"}) {
		t.Errorf("an invented role is %v", got)
	}
	own.Custom = append(own.Custom, incident.Role{ID: "own-2", Name: "deputy incident manager"}, incident.Role{ID: "own-3", Name: "副インシデントマネージャー"})
	for _, typed := range []string{"incident-manager", "Incident Manager", "インシデントマネージャー", "im"} {
		if got := rolesNamed(own, typed); !slices.Equal(got, []incident.RoleID{incident.Manager}) {
			t.Errorf("a whole name means its role whatever was invented after it: %q means %v", typed, got)
		}
	}
	if got := rolesNamed(own, "own-2"); !slices.Equal(got, []incident.RoleID{"own-2"}) {
		t.Errorf("a button's role is %v", got)
	}
}

func FuzzParse(f *testing.F) {
	g := NewGrammar("/incident")
	for _, seed := range []string{"open P1 x --impact large", "log “14:35 a” —in INC-20261121-001", "role 'tech lead' @a", "--in", "「", "\"a \"b", "open --=x -p=1", "//", "log -- --", "ーー影響 大"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, refusal := g.Parse(text)
		if refusal == nil && l.Verb == nil {
			t.Fatalf("%q: neither a verb nor a refusal", text)
		}
		if refusal == nil && len(l.Rest) > 2*len(text)+16 {
			t.Fatalf("%q: the rest grew to %q", text, l.Rest)
		}
	})
}

// Where a text names the command once, everything in it that can be pasted is one: a line without its name is a post.
func TestWhatATextTellsToTypeIsACommand(t *testing.T) {
	g := NewGrammar("/incident")
	files, err := filepath.Glob("../lang/texts/*.json")
	if err != nil {
		t.Fatal(err)
	}
	quoted, seen := regexp.MustCompile("`([^`]+)`"), 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			if !strings.Contains(line, "`{{.Name}} ") {
				continue
			}
			for _, typed := range quoted.FindAllStringSubmatch(line, -1) {
				word, _ := cutWord(typed[1])
				if seen++; g.Verb(word) != nil {
					t.Errorf("%s: `%s` is no command in %s", file, typed[1], line)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no text names the command")
	}
}
