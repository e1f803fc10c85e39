package slack

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// typed is a slash command (https://docs.slack.dev/interactivity/implementing-slash-commands).
type typed struct {
	Team        string `json:"team_id"`
	Enterprise  string `json:"enterprise_id"`
	Channel     string `json:"channel_id"`
	User        string `json:"user_id"`
	UserName    string `json:"user_name"`
	Text        string `json:"text"`
	ResponseURL string `json:"response_url"`
	Trigger     string `json:"trigger_id"`
}

// command works a slash command off. It is answered in the body of the answer: a form is opened by its trigger, which lives
// for three seconds. The trigger's id is what makes a command that is played again known.
func (a *Adapter) command(ctx context.Context, raw []byte) (any, error) {
	var c typed
	if err := decode(raw, &c); err != nil || c.User == "" || c.Trigger == "" {
		return nil, errUnreadable
	}
	if err := a.ours(ctx, c.Team, c.Enterprise); err != nil {
		return nil, err
	}
	who, err := a.acts(ctx, c.User, c.UserName)
	if err != nil {
		return nil, err
	}
	r := bot.Request{
		Kind: bot.Typed, Cause: "command:" + c.Trigger, By: who.person, Place: incident.Place{Realm: a.Realm(), Room: c.Channel},
		Text: a.fromSlack(ctx, c.Text), Lang: who.lang,
	}
	reply, told, err := a.inTime(ctx, a.handling(r), func(ctx context.Context, reply bot.Reply, err error) {
		a.answerLate(ctx, c.ResponseURL, who, r, c.User, reply, err)
	})
	switch {
	case !told:
		return whisper{Type: "ephemeral", Text: lang.Text(who.lang, "slack.at_work", nil)}, nil
	case err == nil && reply.Form != nil:
		return a.openForm(ctx, c.Trigger, who, r, reply), nil
	}
	return a.replied(ctx, who, r, reply, err), nil
}

// openForm opens a reply's form; where that fails the person is offered to try again, by a button that has a new trigger.
func (a *Adapter) openForm(ctx context.Context, trigger string, who known, r bot.Request, reply bot.Reply) any {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTime)
	defer cancel()
	if err := a.open(ctx, trigger, who, r, *reply.Form); err != nil {
		a.Log.Warn("open a form", "command", reply.Form.Command, "error", err)
		return a.offer(who, r, *reply.Form)
	}
	return nil // nothing to say: the form is open
}

// offer is a button that opens a form: where there was no trigger, or it came too late. What a form keeps of a message is
// not in a button.
func (a *Adapter) offer(who known, r bot.Request, f bot.Form) any {
	args := lang.Args{"Command": escape(a.Name + " " + f.Command)}
	if r.Kind == bot.FromMenu || r.Kind == bot.Sent {
		return whisper{Type: "ephemeral", Text: lang.Text(who.lang, "slack.no_form", args)}
	}
	text := r.Text
	if strings.TrimSpace(text) == "" {
		text = f.Command
	}
	c := cards{base: a.BaseURL, lang: who.lang}
	b := c.button(bot.Button{Label: f.Title, Command: text, Form: true, Style: "primary"}, "button-0", false)
	if b == nil {
		return whisper{Type: "ephemeral", Text: lang.Text(who.lang, "slack.no_form", args)}
	}
	says := lang.Text(who.lang, "slack.open_form", nil)
	return whisper{Type: "ephemeral", Text: says, Blocks: []slackgo.Block{
		slackgo.NewSectionBlock(c.md(escape(says), sectionMost), nil, nil), slackgo.NewActionBlock("", b),
	}}
}

// ownID is our own user, "" while Slack did not say.
func (a *Adapter) ownID() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self.user
}

// What Slack writes for people, channels and links in a text (https://docs.slack.dev/messaging/formatting-message-text).
var spelled = regexp.MustCompile(`<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>`)

// fromSlack turns a text of Slack's into Matoi's: people become tokens, channels and links what they are called.
func (a *Adapter) fromSlack(ctx context.Context, text string) string {
	return unescape(spelled.ReplaceAllStringFunc(text, func(s string) string {
		m := spelled.FindStringSubmatch(s)
		kind, id, label := m[1], m[2], m[3]
		switch kind {
		case "@":
			if id == a.ownID() {
				return "@" + a.Name
			}
			who, err := a.met(ctx, id, label)
			if err != nil {
				return "@" + label
			}
			return "<@" + string(who.person) + ">"
		case "#":
			if label == "" {
				return "#" + id
			}
			return "#" + label
		case "!":
			if label != "" {
				return label
			}
			name, _, _ := strings.Cut(id, "^")
			return "@" + name
		}
		return id
	}))
}

// whisper is an answer for the one who asked, in the manner of commands and response_url
// (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
type whisper struct {
	Type    string `json:"response_type,omitempty"`
	Replace bool   `json:"replace_original"`
	Delete  bool   `json:"delete_original,omitempty"`
	Text    string `json:"text"`
	Blocks  any    `json:"blocks,omitempty"`
}

// replied words a reply for the one who asked; nil where the room hears it anyway.
func (a *Adapter) replied(ctx context.Context, who known, r bot.Request, reply bot.Reply, err error) any {
	if err != nil {
		ref := a.broke(err)
		return whisper{Type: "ephemeral", Text: lang.Text(who.lang, "slack.broke", lang.Args{"Ref": ref})}
	}
	if reply.Form != nil {
		return a.offer(who, r, *reply.Form)
	}
	if reply.Heard || reply.Text == "" && reply.Card == nil && reply.Document == "" {
		return nil
	}
	m := bot.Message{Text: reply.Text, Card: reply.Card, Lang: who.lang}
	if reply.Document != "" {
		m.Text = strings.TrimSpace(m.Text + "\n" + untable(reply.Document))
	}
	if reply.Number != 0 {
		m.Link = "/incidents/" + reply.Number.String()
		if reply.Document != "" {
			m.Link += "/report"
		}
	}
	c := cards{show: a.show(ctx, nil), base: a.BaseURL, lang: who.lang}
	if m.Card == nil && utf8.RuneCountInString(c.text(m.Text)) > fallbackMost { // blocks have room for three times as much
		m.Card = &bot.Card{}
	}
	if m.Card == nil {
		return whisper{Type: "ephemeral", Text: c.whole(c.text(m.Text), m.Link)}
	}
	return whisper{Type: "ephemeral", Text: c.whole(c.fallback(m), m.Link), Blocks: c.card(m)}
}

// broke logs a breakage and gives the reference by which it is found there.
func (a *Adapter) broke(err error) string {
	ref := strings.ToLower(rand.Text()[:6])
	if !errors.Is(err, context.Canceled) {
		a.Log.Error("answer a person", "ref", ref, "error", err)
	}
	return ref
}
