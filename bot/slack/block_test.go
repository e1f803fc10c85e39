package slack_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

var update = flag.Bool("update", false, "write the golden files anew")

// scene is an adapter in a workspace, without limits of rate unless a test wants them.
type scene struct {
	w        *slacktest.Workspace
	store    *storage.Storage
	a        *slack.Adapter
	ann, bob incident.PersonID
	annID    string
	bobID    string
}

func newScene(t *testing.T, o slacktest.Options, more ...func(*slack.Options)) *scene {
	t.Helper()
	store := open(t)
	w := slacktest.New(t, o)
	now := o.Now
	if now == nil {
		var clock atomic.Int64
		now = func() time.Time { return time.Unix(1700000000+2*clock.Add(1), 0) }
	}
	options := slack.Options{
		Config:  slack.Config{BotToken: bot.NewSecret(w.BotToken), SigningSecret: bot.NewSecret(w.SigningSecret), APIURL: w.APIURL()},
		Handler: deaf{}, People: store, Rooms: store, Now: now, HTTP: w.HTTP(), BaseURL: "https://matoi.example", Lang: lang.EN,
	}
	for _, set := range more {
		set(&options)
	}
	s := &scene{w: w, store: store, a: slack.New(options)}
	s.ann, s.annID = s.person(t, store, "Ann")
	s.bob, s.bobID = s.person(t, store, "Bob")
	return s
}

func (s *scene) person(t *testing.T, store slack.Directory, name string) (incident.PersonID, string) {
	t.Helper()
	u := s.w.Person(slacktest.User{Name: strings.ToLower(name), Real: name, Email: strings.ToLower(name) + "@example.com"})
	p, err := store.Meet(t.Context(), incident.Identity{Realm: slack.Realm, ID: u.ID}, name, "")
	if err != nil {
		t.Fatal(err)
	}
	return p.ID, u.ID
}

func (s *scene) room(t *testing.T) incident.Place {
	t.Helper()
	r, err := s.a.OpenRoom(t.Context(), bot.RoomSpec{Number: 20261121000001, Name: "inc-20261121-001", Title: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return incident.Place{Realm: r.Realm, Room: r.ID}
}

// texts are what people and alerts write, of all kinds and lengths.
func texts(most int) *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"<!channel>", "<!here>", "<@U0000000001>", "<@p1>", "<@p2>", "<#C0000000001>", "<!subteam^S1>", "&amp;", "&", "<", ">", "|", "*", "_", "~", "`", "```\n",
			"\n", "\n\n", "> ", "- ", "1. ", "# ", "[a](https://a.example/?x=1&y=|)", "[b|c\nd](https://b.example)", "https://c.example/<>", "**b**", " ", "@everyone",
			"👩‍👩‍👧‍👦", "決済がタイムアウトする。", "\u202e", "\u200b", "\x00", "[](/incidents/1)", "[x](javascript:1)",
		}),
		rapid.Map(rapid.IntRange(1, 3000), func(n int) string { return strings.Repeat("長い", n) }),
		rapid.Map(rapid.IntRange(1, 300), func(n int) string { return strings.Repeat("<@p1> & ", n) }),
		rapid.StringN(0, 30, -1),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, most), func(all []string) string { return strings.Join(all, "") })
}

func cardsOfAllKinds() *rapid.Generator[*bot.Card] {
	short, long := texts(3), texts(8)
	button := rapid.Custom(func(t *rapid.T) bot.Button {
		return bot.Button{
			Label: short.Draw(t, "label"), Command: short.Draw(t, "command"), Form: rapid.Bool().Draw(t, "form"),
			URL:     rapid.SampledFrom([]string{"", "", "https://a.example/x", "/incidents/1", "nonsense", "https://a.example/" + strings.Repeat("x", 4000)}).Draw(t, "url"),
			Style:   rapid.SampledFrom([]string{"", "primary", "danger", "gaudy"}).Draw(t, "style"),
			Confirm: rapid.SampledFrom([]string{"", "Sure?", strings.Repeat("本当に", 200)}).Draw(t, "confirm"),
		}
	})
	field := rapid.Custom(func(t *rapid.T) bot.Field {
		f := bot.Field{Name: short.Draw(t, "name"), Value: long.Draw(t, "value"), Wide: rapid.Bool().Draw(t, "wide")}
		if rapid.Bool().Draw(t, "timed") {
			f.Time = time.Unix(1700000000, 0)
		}
		return f
	})
	item := rapid.Custom(func(t *rapid.T) bot.Item {
		return bot.Item{
			Text: long.Draw(t, "text"), Done: rapid.Bool().Draw(t, "done"), Who: short.Draw(t, "who"),
			Buttons: rapid.SliceOfN(button, 0, 3).Draw(t, "buttons"),
		}
	})
	choice := rapid.Custom(func(t *rapid.T) bot.Select {
		s := bot.Select{Label: short.Draw(t, "label"), Command: rapid.SampledFrom([]string{"priority", "role " + strings.Repeat("x", 300)}).Draw(t, "command")}
		for range rapid.IntRange(0, 130).Draw(t, "options") {
			s.Options = append(s.Options, bot.Option{Value: rapid.StringN(0, 4, 200).Draw(t, "value"), Label: short.Draw(t, "option")})
		}
		return s
	})
	return rapid.Custom(func(t *rapid.T) *bot.Card {
		return &bot.Card{
			Title: short.Draw(t, "title"), Link: rapid.SampledFrom([]string{"", "/incidents/1", "https://matoi.example/i?a=|&b"}).Draw(t, "link"),
			Tone: rapid.SampledFrom([]bot.Tone{"", bot.Burning, bot.Warning, bot.Done}).Draw(t, "tone"),
			Text: long.Draw(t, "text"), Alarm: long.Draw(t, "alarm"), Foot: short.Draw(t, "foot"),
			Fields: rapid.SliceOfN(field, 0, 30).Draw(t, "fields"), Items: rapid.SliceOfN(item, 0, 30).Draw(t, "items"),
			Buttons: rapid.SliceOfN(button, 0, 60).Draw(t, "buttons"), Selects: rapid.SliceOfN(choice, 0, 3).Draw(t, "selects"),
			Question: rapid.Bool().Draw(t, "question"),
		}
	})
}

// Whatever stands in a card, Slack takes it: what is too long is shortened, and nobody is called who is not to be.
func TestEveryCardFitsIntoAMessage(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	tokens := regexp.MustCompile(`<[!@#][^>]*>?`)
	rapid.Check(t, func(t *rapid.T) {
		m := bot.Message{Text: texts(8).Draw(t, "said"), Lang: lang.JA, Link: "https://matoi.example/incidents/INC-1"}
		if rapid.Bool().Draw(t, "carded") {
			m.Card = cardsOfAllKinds().Draw(t, "card")
		}
		r, err := s.a.Post(t.Context(), place, m, false)
		if err != nil {
			t.Fatalf("post: %v", err)
		}
		m.Key = "k"
		if err := s.a.Edit(t.Context(), r.Place, m); err != nil {
			t.Fatalf("edit: %v", err)
		}
		calls := s.w.Calls("chat.postMessage", "chat.update")
		sent, err := json.Marshal(calls[len(calls)-2].Args())
		if err != nil {
			t.Fatal(err)
		}
		var wide any // without \u003c
		_ = json.Unmarshal(sent, &wide)
		for _, token := range tokens.FindAllString(marks(wide), -1) {
			if !strings.HasPrefix(token, "<!date^") {
				t.Fatalf("calls %s, which nobody meant to", token)
			}
		}
	})
	if got := s.w.Troubles(); len(got) > 0 {
		t.Error(got)
	}
}

// marks gives all texts in which Slack looks for marks.
func marks(v any) string {
	var out strings.Builder
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out.WriteString(marks(e))
		}
	case map[string]any:
		for k, e := range v {
			if s, is := e.(string); is && k == "text" && v["type"] != "plain_text" {
				out.WriteString(s + "\n")
			} else if !is {
				out.WriteString(marks(e))
			}
		}
	}
	return out.String()
}

// The blocks of cards stand in testdata/blocks, to be looked at in Slack's Block Kit Builder.
func TestCardsAsBlocks(t *testing.T) {
	due := time.Date(2026, 11, 21, 3, 4, 0, 0, time.UTC)
	for name, m := range map[string]bot.Message{
		"incident": {Lang: lang.EN, Card: &bot.Card{
			Title: "INC-20261121-001 決済が*タイムアウト*する <!channel>", Link: "https://matoi.example/incidents/INC-20261121-001", Tone: bot.Burning,
			Alarm: "No manager yet\nThe first notice is late", Text: "Cards are refused since **09:12** & more.",
			Fields: []bot.Field{
				{Name: "Priority", Value: "P1"},
				{Name: "Status", Value: "Investigating"},
				{Name: "Due", Value: "next update", Time: due},
				{Name: "Roles", Value: "Manager: <@p1>\nScribe: vacant", Wide: true},
			},
			Items: []bot.Item{
				{Text: "Restart the pool", Who: "<@p2>", Buttons: []bot.Button{{Label: "Done", Command: "task done 1"}}},
				{Text: "Look at the logs", Done: true},
			},
			Buttons: []bot.Button{
				{Label: "Acknowledge", Command: "ack", Style: "primary"},
				{Label: "Update", Command: "update", Form: true},
				{Label: "Cancel", Command: "cancel", Style: "danger", Confirm: "Cancel the incident?"},
				{Label: "#inc", URL: "https://example.slack.com/archives/C1"},
			},
			Selects: []bot.Select{{Label: "Priority", Command: "priority", Value: "P1", Options: []bot.Option{{Value: "P1", Label: "P1 critical"}, {Value: "P2", Label: "P2 high"}}}},
			Foot:    "Opened 09:12 by <@p1>",
		}},
		"question": {Lang: lang.JA, Pings: []incident.PersonID{"p1"}, Text: "<@p1> 直りましたか。", Card: &bot.Card{
			Title: "INC-20261121-001", Question: true,
			Buttons: []bot.Button{{Label: "直った", Command: "confirm", Style: "primary"}, {Label: "直っていない", Command: "notfixed", Form: true}},
		}},
		"shortened": {Lang: lang.EN, Card: &bot.Card{
			Title: "INC-20261121-002", Link: "https://matoi.example/incidents/INC-20261121-002", Text: strings.Repeat("A long story. ", 400),
			Fields: []bot.Field{{Name: "Log", Value: "```\n" + strings.Repeat("line & line\n", 400) + "```", Wide: true}},
			Foot:   "The foot is never left out",
		}},
		"text":   {Lang: lang.EN, Text: "Restarted by <@p2>:\n- `pool` is **full**\n- see [the page](https://db.example/?a=1&b=2)\n> said *so*"},
		"longer": {Lang: lang.JA, Text: strings.Repeat("長い話。", 1200), Link: "https://matoi.example/incidents/INC-20261121-003"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, slacktest.Options{Unlimited: true})
			m.Pings = append(m.Pings[:len(m.Pings):len(m.Pings)], "nobody")
			for k, p := range m.Pings {
				if p == "p1" {
					m.Pings[k] = s.ann
				}
			}
			named(&m, strings.NewReplacer("<@p1>", "<@"+string(s.ann)+">", "<@p2>", "<@"+string(s.bob)+">"))
			if _, err := s.a.Post(t.Context(), s.room(t), m, false); err != nil {
				t.Fatal(err)
			}
			args := s.w.Calls("chat.postMessage")[0].Args()
			got, err := json.MarshalIndent(map[string]any{"text": args["text"], "blocks": args["blocks"]}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append([]byte(strings.NewReplacer(s.annID, "UANN", `\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(got))), '\n')
			file := filepath.Join("testdata", "blocks", name+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("not as in %s (write it anew with -update):\n%s", file, got)
			}
		})
	}
}

// named puts the ids of this database's people into a message.
func named(m *bot.Message, r *strings.Replacer) {
	m.Text = r.Replace(m.Text)
	if m.Card == nil {
		return
	}
	m.Card.Foot = r.Replace(m.Card.Foot)
	for k := range m.Card.Fields {
		m.Card.Fields[k].Value = r.Replace(m.Card.Fields[k].Value)
	}
	for k := range m.Card.Items {
		m.Card.Items[k].Who = r.Replace(m.Card.Items[k].Who)
	}
}

// Slack keeps the blocks of a message that a change does not give.
func TestAnEditToATextTakesTheCardAway(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	r, err := s.a.Post(t.Context(), place, bot.Message{Key: "k", Card: &bot.Card{Title: "before", Buttons: []bot.Button{{Label: "x", Command: "ack"}}}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.a.Edit(t.Context(), r.Place, bot.Message{Key: "k", Text: "after"}); err != nil {
		t.Fatal(err)
	}
	if got := s.w.Posts(place.Room)[0]; got.Shown() != "after" || len(got.Blocks) > 0 {
		t.Errorf("shows %q with %d blocks", got.Shown(), len(got.Blocks))
	}
}
