package slack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/lang"
)

const longer = "https://matoi.example/incidents/INC-20261121-001"

// posted posts a message and gives what went over the wire.
func (s *scene) posted(t *testing.T, m bot.Message) (text string, blocks []map[string]any) {
	t.Helper()
	m.Lang, m.Link = lang.EN, longer
	if _, err := s.a.Post(t.Context(), s.room(t), m, false); err != nil {
		t.Fatalf("Slack refuses it: %v", err)
	}
	calls := s.w.Calls("chat.postMessage")
	args := calls[len(calls)-1].Args()
	raw, err := json.Marshal(args["blocks"])
	if err == nil && args["blocks"] != nil {
		err = json.Unmarshal(raw, &blocks)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, _ = args["text"].(string)
	return text, blocks
}

// widest are the lengths of the texts at a path through blocks; * goes through a list.
func widest(v any, path ...string) (most, count int) {
	if len(path) == 0 {
		s, _ := v.(string)
		return utf8.RuneCountInString(s), 1
	}
	switch v := v.(type) {
	case []map[string]any:
		for _, e := range v {
			n, c := widest(e, path...)
			most, count = max(most, n), count+c
		}
	case []any:
		for _, e := range v {
			n, c := widest(e, path...)
			most, count = max(most, n), count+c
		}
	case map[string]any:
		if next, is := v[path[0]]; is {
			return widest(next, path[1:]...)
		}
	}
	return most, count
}

func repeat(n int) string { return strings.Repeat("長", n) }

func fieldsOf(n int, f bot.Field) (out []bot.Field) {
	for k := range n {
		f.Name = fmt.Sprint("field ", k)
		out = append(out, f)
	}
	return out
}

func buttonsOf(n int, b bot.Button) (out []bot.Button) {
	for k := range n {
		b.Command = fmt.Sprint("ack ", k)
		out = append(out, b)
	}
	return out
}

func optionsOf(n int, label string) (out []bot.Option) {
	for k := range n {
		out = append(out, bot.Option{Value: fmt.Sprint("v", k), Label: label + fmt.Sprint(k)})
	}
	return out
}

// Every limit of Slack's messages is met by shortening, with a link to where all of it stands; none by an error. The limits are
// those of https://docs.slack.dev/reference/block-kit.
func TestEveryLimitOfAMessageIsMetByShortening(t *testing.T) {
	ok := bot.Button{Label: "ok", Command: "ack"}
	for _, c := range []struct {
		limit string
		m     bot.Message
		path  []string // of the texts that are counted
		most  int
		least int  // how long the longest is all the same
		all   bool // nothing is lost: no link is needed
	}{
		{"a text of 4,000 characters", bot.Message{Text: repeat(50_000)}, nil, 4000, 3800, false},
		{"the fallback of a card", bot.Message{Card: &bot.Card{Title: "x", Text: repeat(50_000)}}, nil, 4000, 3800, false},
		{"a section of 3,000 characters", bot.Message{Card: &bot.Card{Title: "x", Text: repeat(5000)}}, []string{"text", "text"}, 3000, 2900, false},
		{"a section of an item", bot.Message{Card: &bot.Card{Title: "x", Items: []bot.Item{{Text: repeat(5000), Buttons: []bot.Button{ok}}}}}, []string{"text", "text"}, 3000, 2900, false},
		{"a field of 2,000 characters", bot.Message{Card: &bot.Card{Title: "x", Fields: fieldsOf(1, bot.Field{Value: repeat(3000)})}}, []string{"fields", "text"}, 2000, 1900, false},
		{"a title", bot.Message{Card: &bot.Card{Title: repeat(5000)}}, []string{"text", "text"}, 3000, 400, false},
		{"a button's text of 75 characters", bot.Message{Card: &bot.Card{Title: "x", Buttons: []bot.Button{{Label: repeat(200), Command: "ack"}}}}, []string{"elements", "text", "text"}, 75, 70, true},
		{"a button's value of 2,000 characters", bot.Message{Card: &bot.Card{Title: "x", Buttons: []bot.Button{{Label: "x", Command: "log " + repeat(3000)}, ok}}}, []string{"elements", "value"}, 2000, 5, false},
		{"a button's address of 3,000 characters", bot.Message{Card: &bot.Card{Title: "x", Buttons: []bot.Button{{Label: "x", URL: "https://a.example/" + strings.Repeat("x", 4000)}, ok}}}, []string{"elements", "url"}, 3000, 0, false},
		{"a confirmation's title of 100 characters", bot.Message{Card: &bot.Card{Title: "x", Buttons: []bot.Button{{Label: repeat(200), Command: "cancel", Confirm: repeat(500)}}}}, []string{"elements", "confirm", "title", "text"}, 100, 90, true},
		{"a confirmation's text of 300 characters", bot.Message{Card: &bot.Card{Title: "x", Buttons: []bot.Button{{Label: "x", Command: "cancel", Confirm: repeat(500)}}}}, []string{"elements", "confirm", "text", "text"}, 300, 290, true},
		{"a confirmation's answer of 30 characters", bot.Message{Card: &bot.Card{Title: "x", Buttons: []bot.Button{{Label: repeat(200), Command: "cancel", Confirm: "Sure?"}}}}, []string{"elements", "confirm", "confirm", "text"}, 30, 29, true},
		{"a foot of 2,000 characters", bot.Message{Card: &bot.Card{Title: "x", Foot: repeat(5000)}}, []string{"elements", "text"}, 2000, 1900, true},
		{"a menu's prompt of 150 characters", bot.Message{Card: &bot.Card{Title: "x", Selects: []bot.Select{{Label: repeat(300), Command: "priority", Options: optionsOf(2, "x")}}}}, []string{"elements", "placeholder", "text"}, 150, 140, true},
		{"a choice of 75 characters", bot.Message{Card: &bot.Card{Title: "x", Selects: []bot.Select{{Label: "x", Command: "priority", Options: optionsOf(2, repeat(200))}}}}, []string{"elements", "options", "text", "text"}, 75, 70, true},
		{"a choice's value of 150 bytes", bot.Message{Card: &bot.Card{Title: "x", Selects: []bot.Select{{Label: "x", Command: "priority", Options: append(optionsOf(2, "x"), bot.Option{Value: repeat(200), Label: "y"})}}}}, []string{"elements", "options", "value"}, 150, 1, false},
		{"a menu's id of 255 characters", bot.Message{Card: &bot.Card{Title: "x", Buttons: []bot.Button{ok}, Selects: []bot.Select{{Label: "x", Command: "role " + strings.Repeat("x", 300), Options: optionsOf(2, "x")}}}}, []string{"elements", "action_id"}, 255, 1, false},
	} {
		t.Run(c.limit, func(t *testing.T) {
			s := newScene(t, slacktest.Options{Unlimited: true})
			text, blocks := s.posted(t, c.m)
			got := utf8.RuneCountInString(text)
			if c.path != nil {
				got, _ = widest(blocks, c.path...)
			}
			if got > c.most || got < c.least {
				t.Errorf("%d characters, want between %d and %d", got, c.least, c.most)
			}
			s.says(t, text, blocks, !c.all)
		})
	}
}

// says wants a link to all of it where something was left out, and no trouble that people would see.
func (s *scene) says(t *testing.T, text string, blocks []map[string]any, linked bool) {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	if shows := strings.Contains(string(raw)+text, longer); shows != linked {
		t.Errorf("a link to all of it: %t, want %t", shows, linked)
	}
	for _, trouble := range s.w.Troubles() {
		t.Error(trouble)
	}
}

// So are the numbers of pieces.
func TestEveryNumberOfPiecesIsMetByLeavingOut(t *testing.T) {
	var items []bot.Item
	for k := range 120 {
		items = append(items, bot.Item{Text: fmt.Sprint("task ", k)})
	}
	for _, c := range []struct {
		limit string
		card  bot.Card
		kind  string   // of the blocks in which pieces are counted
		path  []string // to them
		most  int      // in one block
		whole int      // in the message, -1 for as many as fit
		all   bool
	}{
		{"50 blocks", bot.Card{Items: items, Buttons: buttonsOf(2, bot.Button{Label: "ok"}), Foot: "the foot"}, "", []string{"type"}, 1, 50, false},
		{"10 fields in a section", bot.Card{Fields: fieldsOf(25, bot.Field{Value: "x"})}, "section", []string{"fields", "text"}, 10, 25, true},
		{"25 elements in a row", bot.Card{Buttons: buttonsOf(60, bot.Button{Label: "ok"})}, "actions", []string{"elements", "action_id"}, 25, 60, true},
		{"100 choices", bot.Card{Selects: []bot.Select{{Label: "x", Command: "priority", Options: optionsOf(130, "x")}}}, "actions", []string{"elements", "options", "value"}, 100, 100, false},
		{"12,000 characters in all blocks", bot.Card{Fields: fieldsOf(20, bot.Field{Value: repeat(2900), Wide: true}), Foot: "the foot"}, "section", []string{"text", "text"}, 1, -1, false},
	} {
		t.Run(c.limit, func(t *testing.T) {
			s := newScene(t, slacktest.Options{Unlimited: true})
			c.card.Title = "x"
			text, blocks := s.posted(t, bot.Message{Card: &c.card})
			whole, ids := 0, map[string]bool{}
			for _, b := range blocks {
				if c.kind != "" && b["type"] != c.kind {
					continue
				}
				_, n := widest(b, c.path...)
				if whole += n; n > c.most {
					t.Errorf("%d in one block", n)
				}
				elements, _ := b["elements"].([]any)
				for _, e := range elements { // unique in the message
					if id, _ := e.(map[string]any)["action_id"].(string); id != "" && ids[id] {
						t.Errorf("%s stands there twice", id)
					} else {
						ids[id] = true
					}
				}
			}
			if c.whole >= 0 && whole != c.whole {
				t.Errorf("%d in all, want %d", whole, c.whole)
			}
			if c.card.Foot != "" {
				if foot, _ := json.Marshal(blocks[len(blocks)-1]); !strings.Contains(string(foot), "the foot") {
					t.Errorf("the last block is %s", foot)
				}
			}
			s.says(t, text, blocks, !c.all)
		})
	}
}

// The limits of what is no message.
func TestEveryLimitOfARoomIsMet(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	t.Run("100 people of one invitation", func(t *testing.T) {
		o := newScene(t, slacktest.Options{Unlimited: true})
		who := []incident.PersonID{o.ann}
		for k := range 149 {
			p, _ := o.person(t, o.store, fmt.Sprint("Person ", k))
			who = append(who, p)
		}
		at := o.room(t)
		if err := o.a.Invite(t.Context(), roomAt(at), who); err != nil {
			t.Fatal(err)
		}
		for _, call := range o.w.Calls("conversations.invite") {
			users, _ := call.Args()["users"].(string)
			if n := strings.Count(users, ",") + 1; n > 100 {
				t.Errorf("%d in one call", n)
			}
		}
		if n := len(o.w.Members(at.Room)); n != 151 { // and we
			t.Errorf("%d members", n)
		}
	})
	t.Run("a bookmark's title of 255 characters", func(t *testing.T) {
		card, err := s.a.Post(t.Context(), place, bot.Message{Key: "card", Text: "x"}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.a.Furnish(t.Context(), roomAt(place), card.Place, []bot.Mark{{Kind: "page", Title: repeat(300), URL: "https://a.example"}}); err != nil {
			t.Fatal(err)
		}
		if n := utf8.RuneCountInString(s.w.Bookmarks(place.Room)[0][0]); n > 255 || n < 250 {
			t.Errorf("%d characters", n)
		}
	})
	t.Run("a canvas of 100,000 characters", func(t *testing.T) {
		d := bot.Document{Name: "INC.md", Title: "Report", Text: repeat(120_000)}
		if err := s.a.File(t.Context(), roomAt(place), d, false); err != nil {
			t.Fatal(err)
		}
		if got := files(s.w, place.Room); !slices.Equal(got, []string{"INC.md: " + d.Text}) || s.w.Canvas(place.Room) != "" {
			t.Errorf("%d files, a canvas of %d bytes", len(got), len(s.w.Canvas(place.Room)))
		}
	})
}

// busy is somebody with more work than a page holds.
type busy struct {
	deaf
	cards []bot.Card
}

func (b busy) Home(context.Context, incident.PersonID, lang.Lang) ([]bot.Card, error) {
	return b.cards, nil
}

// A page has 100 blocks and 250 kB: who has part in more finds a link to the rest.
func TestEveryLimitOfAPageIsMet(t *testing.T) {
	many := make([]bot.Card, 40)
	for k := range many {
		many[k] = bot.Card{Title: fmt.Sprint("incident ", k), Buttons: buttonsOf(2, bot.Button{Label: "ok"})}
	}
	long := make([]bot.Card, 12)
	for k := range long {
		long[k] = bot.Card{Title: fmt.Sprint("incident ", k), Fields: fieldsOf(4, bot.Field{Value: repeat(2800), Wide: true})}
	}
	for limit, cards := range map[string][]bot.Card{"100 blocks": many, "250 kB": long} {
		t.Run(limit, func(t *testing.T) {
			s := newScene(t, slacktest.Options{Unlimited: true, Now: time.Now}, func(o *slack.Options) { o.Handler = busy{cards: cards} })
			s.w.Connect("http://matoi.test", slacktest.InMemory(s.a.Routes()))
			s.w.Home(s.annID)
			s.w.Until("a page", func() bool { return len(s.w.HomeOf(s.annID).Blocks) > 0 })
			page := s.w.HomeOf(s.annID)
			raw, err := json.Marshal(page.Blocks)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Blocks) > 100 || len(raw) > 250_000 || len(page.Blocks) < 20 {
				t.Errorf("%d blocks, %d bytes", len(page.Blocks), len(raw))
			}
			if !strings.Contains(page.Shown(), "incident 0") || !strings.Contains(string(raw), "https://matoi.example/incidents|") {
				t.Errorf("no link to the rest: %s", raw[len(raw)-300:])
			}
			for _, trouble := range s.w.Troubles() {
				t.Error(trouble)
			}
		})
	}
}
