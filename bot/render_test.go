package bot

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/lang"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update after looking):\n%s", name, got)
	}
}

// flat writes a card as text.
func flat(c *Card) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s [%s] %s", c.Title, c.Tone, c.Link)
	if c.Alarm != "" {
		line("!! %s", c.Alarm)
	}
	if c.Text != "" {
		line("%s", c.Text)
	}
	for _, f := range c.Fields {
		line("%s: %s%s", f.Name, strings.ReplaceAll(f.Value, "\n", "\n    "), map[bool]string{true: " [" + string(f.Tone) + "]"}[f.Tone != ""])
	}
	button := func(b Button) string {
		kind := map[bool]string{true: "form "}[b.Form]
		return "(" + b.Label + " → " + kind + b.Command + b.URL + map[bool]string{true: " *"}[b.Style == "primary"] + ")"
	}
	for _, i := range c.Items {
		line("[%s] %s %s", map[bool]string{true: "x", false: " "}[i.Done], i.Text, i.Who)
		for _, b := range i.Buttons {
			line("    %s", button(b))
		}
	}
	for _, b := range c.Buttons {
		line("%s", button(b))
	}
	for _, s := range c.Selects {
		var options []string
		for _, o := range s.Options {
			options = append(options, o.Value+"="+o.Label)
		}
		line("<%s → %s …: %s>", s.Label, s.Command, strings.Join(options, ", "))
	}
	if c.Foot != "" {
		line("-- %s", c.Foot)
	}
	return b.String()
}

// story is an incident in the middle of its life, made by the rules over a store in memory.
type story struct {
	t   *testing.T
	m   *memory
	d   *incident.Desk
	now time.Time
	n   incident.Number
}

func tell(t *testing.T) *story {
	t.Helper()
	s := &story{t: t, now: time.Date(2026, 11, 21, 5, 20, 0, 0, time.UTC)}
	s.m = newMemory(func() time.Time { return s.now })
	policy := incident.DefaultPolicy(tokyo(t))
	s.d = &incident.Desk{Store: s.m, Policy: func() incident.Policy { return policy }, Now: func() time.Time { return s.now }}
	return s
}

func tokyo(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func (s *story) do(by incident.PersonID, cmd incident.Command) {
	s.t.Helper()
	s.now = s.now.Add(time.Minute)
	res, err := s.d.Do(s.t.Context(), s.n, cmd, incident.By{Person: by}, incident.Cause{})
	if err != nil {
		s.t.Fatalf("%T: %v", cmd, err)
	}
	s.n = res.Incident.Number
}

func (s *story) incident() *incident.Incident { return s.m.incidents[s.n] }

// view names people as their ids say, so that the golden files can be read.
func (s *story) view(l lang.Lang) View {
	names := map[incident.PersonID]string{"p1": "佐藤", "p2": "鈴木", "p3": "Tanaka"}
	return View{
		Names: func(p incident.PersonID) string { return names[p] }, Lang: l, Zone: tokyo(s.t), Now: s.now,
		BaseURL: "http://127.0.0.1:8080", Policy: incident.DefaultPolicy(tokyo(s.t)),
	}
}

func working(t *testing.T) *story {
	s := tell(t)
	s.do("p1", incident.Open{
		Title: "決済がタイムアウトする", Priority: incident.P1, Services: []string{"決済", "会員"}, Category: "network",
		Happened: incident.Moment{At: s.now.Add(-10 * time.Minute), Approx: true}, Summary: "カード決済が失敗する", Links: []incident.Link{{Kind: "runbook", URL: "https://wiki.example.com/pay", Title: "決済"}},
	})
	s.do("", incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "inc-20261121-001", Name: "inc-20261121-001", Link: "/chat/inc-20261121-001"}})
	s.do("p2", incident.Acknowledge{})
	s.do("p2", incident.Note{Sort: "finding", Text: "コネクションが<@p3>の環境で枯渇"})
	s.do("p1", incident.TakeRole{Role: incident.Manager, Person: "p1"})
	s.do("p1", incident.TakeRole{Role: incident.TechLead, Person: "p2", Stream: "DB"})
	s.do("p2", incident.ClaimTask{ID: 2})
	s.do("p2", incident.FinishTask{ID: 1, Result: "全顧客"})
	s.do("p1", incident.AddTask{Text: "ベンダーに*電話*", Owner: "p3"})
	s.do("p2", incident.AnnounceDeed{Text: "DBをフェイルオーバーします"})
	s.do("p1", incident.Publish{Text: "調査しています", Next: s.now.Add(31 * time.Minute)})
	s.do("p1", incident.OfferHandover{Role: incident.Manager, To: "p3"})
	s.do("p1", incident.Ask{Person: "p3", Why: "help", Text: "至急"})
	return s
}

func TestCardsAndBriefsInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, l := range lang.All() {
		s := tell(t)
		s.do("", incident.Open{Title: "disk <full>", Priority: incident.P2, Alert: &incident.AlertRef{Source: "am", Key: "k", Title: "disk"}, Detected: s.now})
		golden(t, "card_new."+string(l)+".txt", flat(CardFor(s.incident(), s.view(l))))
		s = working(t)
		golden(t, "card_working."+string(l)+".txt", flat(CardFor(s.incident(), s.view(l))))
		golden(t, "brief."+string(l)+".txt", flat(BriefFor(s.incident(), s.m.events[s.n], s.view(l))))
		golden(t, "announcement."+string(l)+".txt", flat(AnnouncementFor(s.incident(), s.view(l))))
		s.do("p2", incident.Resolve{Text: "設定を直した"})
		golden(t, "card_resolved."+string(l)+".txt", flat(CardFor(s.incident(), s.view(l))))
		g := NewGrammar("/incident")
		golden(t, "help."+string(l)+".md", g.Help(l, "/incident")+"\n")
		golden(t, "help_open."+string(l)+".md", g.HelpFor(g.Verb("open"), l, "/incident")+"\n")
	}
}

func TestEveryKindOfFactIsWordedInBothLanguages(t *testing.T) {
	t.Parallel()
	names := func(p incident.PersonID) string { return "name of " + string(p) }
	for _, kind := range incident.Kinds() {
		for _, l := range lang.All() {
			e := incident.Event{Seq: 3, At: time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)}
			if err := incident.Decode(&e, kind, []byte(`{"fact":{}}`)); err != nil {
				t.Fatal(err)
			}
			got := Say(e, nil, names, l, time.UTC)
			if kind != "noted" && strings.TrimSpace(got) == "" || strings.ContainsAny(got, "⟦") || strings.Contains(got, "<no value>") {
				t.Errorf("%s in %s is %q", kind, l, got)
			}
			if kind != "noted" && got == lang.Text(l, "fact.erased", nil) {
				t.Errorf("%s has no words of its own", kind)
			}
		}
	}
	erased := incident.Event{}
	if err := incident.Decode(&erased, "noted", nil); err != nil {
		t.Fatal(err)
	}
	if got := Say(erased, nil, names, lang.EN, time.UTC); got != "(erased entry)" {
		t.Errorf("an erased entry reads %q", got)
	}
}

func TestEveryButtonHasATypedEqual(t *testing.T) {
	t.Parallel()
	g := NewGrammar("/incident")
	check := func(s *story, c *Card) {
		if got := flat(c); strings.Contains(got, "⟦") || strings.Contains(got, "<no value>") {
			t.Errorf("a text is missing: %s", got)
		}
		buttons := slices.Clone(c.Buttons)
		for _, i := range c.Items {
			buttons = append(buttons, i.Buttons...)
		}
		for _, b := range buttons {
			if b.URL != "" {
				continue
			}
			line, refusal := g.Parse(b.Command)
			if refusal != nil || line.Number != s.n {
				t.Errorf("the button %q types %q: %v", b.Label, b.Command, refusal)
			} else if b.Form && !line.Verb.Form {
				t.Errorf("the button %q wants a form %s does not have", b.Label, line.Verb.ID)
			}
		}
		for _, sel := range c.Selects {
			for _, o := range sel.Options {
				if _, refusal := g.Parse(sel.Command + " " + o.Value); refusal != nil {
					t.Errorf("the select %q types %q: %v", sel.Label, sel.Command+" "+o.Value, refusal)
				}
			}
		}
	}
	ends := [][]incident.Command{nil, {incident.PutHold{Hold: incident.Hold{Reason: "x"}}}, {incident.Resolve{}}, {incident.Resolve{}, incident.Close{}}, {incident.Cancel{Reason: "x"}}}
	for _, cmds := range ends {
		s := working(t)
		for _, cmd := range cmds {
			s.do("p1", cmd)
		}
		check(s, CardFor(s.incident(), s.view(lang.JA)))
		check(s, BriefFor(s.incident(), nil, s.view(lang.JA)))
		for _, e := range s.m.events[s.n] {
			if m := s.view(lang.JA).post(s.incident(), e); m.Card != nil {
				check(s, m.Card)
			}
			for _, p := range []incident.PersonID{"p1", "p2", "p3"} {
				b := New(Options{Store: s.m, People: s.m})
				m, ok, err := b.tell(t.Context(), s.incident(), e, p, s.view(lang.JA))
				if err != nil {
					t.Fatal(err)
				}
				if ok && m.Card != nil {
					check(s, m.Card)
				}
			}
		}
	}
}

func TestTextFromOutsideHarmsAndPingsNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"plain text, 決済 100%", "plain text, 決済 100%"},
		{"snake_case_name", "snake_case_name"},
		{"_it_ *bold* `code`", `\_it\_ \*bold\* ` + "\\`code\\`"},
		{"<script>alert(1)</script>", `\<script\>alert(1)\</script\>`},
		{"@channel <!here> @here", "@\u200bchannel \\<!here\\> @\u200bhere"},
		{"mail a@b.example", "mail a@b.example"},
		{"[x](javascript:1)", `[x]\(javascript:1)`},
		{"[FIRING:1] a > b", "[FIRING:1] a > b"},
		{"> quote", `\> quote`},
		{"# head", `\# head`},
		{"~~gone~~ ~5", `\~\~gone\~\~ ~5`},
		{`back\slash`, `back\\slash`},
		{"by <@p17>, not <@U067>x<b>", "by <@p17>, not <@U067>x\\<b\\>"},
		{"a\u202eb\x00c", "ab\ufffdc"},
	} {
		if got := Escape(c.text); got != c.want {
			t.Errorf("Escape(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestRoomNamesAreSafeEverywhere(t *testing.T) {
	t.Parallel()
	n, _ := incident.ParseNumber("INC-20261121-001")
	for _, c := range []struct{ title, want string }{
		{"決済がタイムアウトする", "inc-20261121-001"},
		{"Payments time out!", "inc-20261121-001-payments-time-out"},
		{"ＤＢ０１が遅い", "inc-20261121-001-db01"},
		{"504が増えた", "inc-20261121-001"},
		{"../../etc/passwd", "inc-20261121-001-etc-passwd"},
		{strings.Repeat("very long title ", 20), "inc-20261121-001-very-long-title-very-long-title-very-long"},
		{strings.Repeat("x", 200), "inc-20261121-001-" + strings.Repeat("x", 43)},
		{"", "inc-20261121-001"},
	} {
		got := RoomName(n, c.title)
		if got != c.want || len(got) > roomNameMax {
			t.Errorf("RoomName(%q) = %q, want %q", c.title, got, c.want)
		}
	}
}

func TestAPrivateAnnouncementTellsItsNumberAndNothingElse(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.do("p1", incident.Open{Title: "secret leak", Priority: incident.P1, Private: true, Services: []string{"vault"}})
	c := AnnouncementFor(s.incident(), s.view(lang.EN))
	if got := flat(c); c.Title != s.n.String() || len(c.Fields)+len(c.Buttons) != 0 || c.Link != "" || c.Foot != "" || strings.Contains(got, "leak") {
		t.Errorf("it tells %s", got)
	}
	room := s.view(lang.EN).room(s.incident())
	if room.Name != strings.ToLower(s.n.String()) || !room.Private || room.Thread {
		t.Errorf("its room is %+v", room)
	}
}
