package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

// interaction works off what people do with a mouse (https://docs.slack.dev/reference/interaction-payloads).
func (a *Adapter) interaction(ctx context.Context, raw []byte) (any, error) {
	var i interacted
	if err := decode(raw, &i); err != nil || i.User.ID == "" {
		return nil, errUnreadable
	}
	if err := a.ours(ctx, i.team(), i.Enterprise.ID); err != nil {
		return nil, err
	}
	who, err := a.acts(ctx, i.User.ID, i.name())
	if err != nil {
		return nil, err
	}
	switch i.Type {
	case "block_actions":
		return nil, a.pressed(ctx, i, who)
	case "view_submission":
		return a.send(ctx, i, who)
	case "message_action":
		return nil, a.menu(ctx, i, who)
	case "shortcut":
		return nil, a.shortcut(ctx, i, who)
	}
	return nil, nil //nolint:nilnil // a closed view, say: nothing to do
}

// pressed runs what stands on a button or was chosen in a select. The same person pressing the same button of the same
// state of a message twice means it once, so that a double click does nothing twice.
func (a *Adapter) pressed(ctx context.Context, i interacted, who known) error {
	if len(i.Actions) == 0 {
		return nil
	}
	action := i.Actions[0]
	if i.View.Callback == viewCallback && action.Type != "button" {
		return a.filledIn(ctx, i, who)
	}
	var p press
	switch {
	case action.Chosen.Value != "":
		_, command, ok := strings.Cut(action.ID, ":")
		if !ok {
			return nil
		}
		p.Command = command + " " + action.Chosen.Value
	case action.Value != "":
		if err := json.Unmarshal([]byte(action.Value), &p); err != nil {
			return errUnreadable
		}
	}
	if p.Command == "" { // a plain link: Slack tells of it all the same
		return nil
	}
	state := i.room() + ":" + i.Container.Message + ":" + i.Message.Edited.TS
	if i.Container.Message == "" { // in a view
		state = i.View.ID + ":" + i.View.Hash
	}
	r := bot.Request{
		Kind: bot.Typed, By: who.person, Text: p.Command, Lang: who.lang, Place: a.whereOf(i),
		Cause: "press:" + state + ":" + i.User.ID + ":" + digest(map[string]string{"": p.Command}) + again(i.Message.TS, action.At),
	}
	if p.Form {
		r.Kind = bot.WantForm
	}
	return a.run(ctx, i, who, r, p)
}

// sameFor is how long the same button of the same message, pressed by the same person, means the same press. A living card is
// another message after each edit; a question that nobody edits may be answered anew later, in earnest.
const sameFor = 10 * time.Minute

// again tells a later press of a button from a double one: by how many times sameFor has passed since the message.
func again(message, press string) string {
	posted, pressed := stamp(message), stamp(press)
	if message == "" || press == "" || pressed.Sub(posted) < sameFor {
		return ""
	}
	return ":" + strconv.FormatInt(int64(pressed.Sub(posted)/sameFor), 10)
}

// whereOf is where something was pressed: in a modal where that was asked for. A card that begins a thread belongs to the
// thread.
func (a *Adapter) whereOf(i interacted) incident.Place {
	if kept, in := slipOf(i.View); in {
		return incident.Place{Realm: a.Realm(), Room: kept.Place.Room, Thread: kept.Place.Thread}
	}
	at := incident.Place{Realm: a.Realm(), Room: i.room(), Thread: i.Container.Thread, Message: i.Container.Message}
	if at.Thread == "" {
		at.Thread = i.Message.Thread
	}
	return at
}

// run hands a request to the bot and answers by the trigger (a form) or the response_url.
func (a *Adapter) run(ctx context.Context, i interacted, who known, r bot.Request, p press) error {
	answer := func(ctx context.Context, reply bot.Reply, err error) {
		if p.Question && err == nil && reply.Changed && reply.Refused == nil {
			a.settle(ctx, i, who)
		}
		a.answerLate(ctx, i.ResponseURL, who, r, i.User.ID, reply, err)
		a.home(ctx, i.User.ID, i.View)
	}
	reply, told, err := a.inTime(ctx, a.handling(r), answer)
	if !told {
		return nil
	}
	own := context.WithoutCancel(ctx)
	if err == nil && i.View.Type == "modal" && a.stack(ctx, i, who, r, reply) {
		return nil
	}
	if err == nil && reply.Form != nil {
		out := a.offer(who, r, *reply.Form)
		if i.View.Type != "modal" { // it would take the place of those that are open
			out = a.openForm(ctx, i.Trigger, who, r, reply)
		}
		if out != nil {
			a.aside(func() { a.whisper(own, i.ResponseURL, who, r, i.User.ID, out) })
		}
		return nil
	}
	a.aside(func() { answer(own, reply, err) })
	return nil
}

// settle takes the buttons off a question that was answered, and says by whom and how. What else stands there is sent back
// as it came.
func (a *Adapter) settle(ctx context.Context, i interacted, who known) {
	if i.ResponseURL == "" || i.Message.TS == "" {
		return
	}
	kept := []any{}
	for _, raw := range i.Message.Blocks {
		var b struct {
			Type string `json:"type"`
		}
		if decode(raw, &b) == nil && b.Type != "actions" {
			kept = append(kept, raw)
		}
	}
	foot := "✓ " + escape(i.Actions[0].Text.Text) + " · " + a.show(ctx, nil)(who.person)
	kept = append(kept, slackgo.NewContextBlock("", slackgo.NewTextBlockObject(slackgo.MarkdownType, foot, false, false)))
	if err := a.later(ctx, i.ResponseURL, whisper{Replace: true, Text: i.Message.Text, Blocks: kept}); err != nil {
		a.Log.Debug("settle a question", "error", err)
	}
}

// menu runs an entry of a message's menu: callback_id says which.
func (a *Adapter) menu(ctx context.Context, i interacted, who known) error {
	m, err := a.recorded(ctx, i.room(), i.Message)
	if err != nil {
		return err
	}
	r := bot.Request{
		Kind: bot.FromMenu, Cause: "menu:" + i.Callback + ":" + i.Trigger, By: who.person, Place: m.Place, Text: i.Callback, Message: m, Lang: who.lang,
	}
	return a.run(ctx, i, who, r, press{})
}

// shortcut opens an incident from anywhere.
func (a *Adapter) shortcut(ctx context.Context, i interacted, who known) error {
	r := bot.Request{Kind: bot.WantForm, Cause: "shortcut:" + i.Trigger, By: who.person, Place: incident.Place{Realm: a.Realm()}, Text: i.Callback, Lang: who.lang}
	return a.run(ctx, i, who, r, press{})
}

// errAnswered says that a response_url takes nothing more.
var errAnswered = errors.New("the response_url takes nothing more")

// digest tells the same values from others.
func digest(values map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		h.Write([]byte(name + "\x00" + values[name] + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
