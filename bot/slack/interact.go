package slack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// interaction works off what people do with a mouse (https://docs.slack.dev/reference/interaction-payloads).
func (a *Adapter) interaction(ctx context.Context, raw []byte) (any, error) {
	var i slackgo.InteractionCallback
	if err := json.Unmarshal(raw, &i); err != nil || i.User.ID == "" {
		return nil, errUnreadable
	}
	if err := a.ours(i.Team.ID, i.Enterprise.ID); err != nil {
		return nil, err
	}
	who, err := a.met(ctx, i.User.ID, i.User.Name)
	if err != nil {
		return nil, err
	}
	switch i.Type {
	case slackgo.InteractionTypeBlockActions:
		return nil, a.pressed(ctx, i, who)
	case slackgo.InteractionTypeViewSubmission:
		return a.send(ctx, i, who)
	case slackgo.InteractionTypeMessageAction:
		return nil, a.menu(ctx, i, who)
	case slackgo.InteractionTypeShortcut:
		return nil, a.shortcut(ctx, i, who)
	}
	return nil, nil //nolint:nilnil // a closed view, say: nothing to do
}

// pressed runs what stands on a button or was chosen in a select. The same person pressing the same button of the same
// state of a message twice means it once, so that a double click does nothing twice.
func (a *Adapter) pressed(ctx context.Context, i slackgo.InteractionCallback, who known) error {
	if len(i.ActionCallback.BlockActions) == 0 {
		return nil
	}
	action := i.ActionCallback.BlockActions[0]
	var p press
	switch {
	case action.SelectedOption.Value != "":
		_, command, ok := strings.Cut(action.ActionID, ":")
		if !ok {
			return nil
		}
		p.Command = command + " " + action.SelectedOption.Value
	case action.Value != "":
		if err := json.Unmarshal([]byte(action.Value), &p); err != nil {
			return errUnreadable
		}
	}
	if p.Command == "" { // a plain link: Slack tells of it all the same
		return nil
	}
	edited := ""
	if i.Message.Edited != nil {
		edited = i.Message.Edited.Timestamp
	}
	r := bot.Request{
		Kind: bot.Typed, By: who.person, Text: p.Command, Lang: who.lang, Place: whereOf(i),
		Cause: "press:" + i.Channel.ID + ":" + i.Container.MessageTs + ":" + edited + ":" + i.User.ID + ":" + digest(map[string]string{"": p.Command}),
	}
	if i.Container.MessageTs == "" { // in a view
		r.Cause = "press:" + i.View.ID + ":" + i.View.Hash + ":" + i.User.ID + ":" + digest(map[string]string{"": p.Command})
	}
	if p.Form {
		r.Kind = bot.WantForm
	}
	return a.run(ctx, i, who, r, p)
}

// whereOf is where something was pressed. A card that begins a thread belongs to the thread.
func whereOf(i slackgo.InteractionCallback) incident.Place {
	at := incident.Place{Realm: Realm, Room: i.Channel.ID, Thread: i.Container.ThreadTs, Message: i.Container.MessageTs}
	if at.Room == "" {
		at.Room = i.Container.ChannelID
	}
	if at.Thread == "" && i.Message.ThreadTimestamp != "" {
		at.Thread = i.Message.ThreadTimestamp
	}
	return at
}

// run hands a request to the bot and answers by the trigger (a form) or the response_url.
func (a *Adapter) run(ctx context.Context, i slackgo.InteractionCallback, who known, r bot.Request, p press) error {
	answer := func(ctx context.Context, reply bot.Reply, err error) {
		if p.Question && err == nil && reply.Changed && reply.Refused == nil {
			a.settle(ctx, i, p, who)
		}
		if out := a.replied(ctx, who, r.Place, reply, err); out != nil {
			if i.ResponseURL != "" {
				a.later(ctx, i.ResponseURL, out)
				return
			}
			a.tellBack(ctx, who, r.Place, i.User.ID, reply, err)
		}
	}
	reply, told, err := a.inTime(ctx, r, answer)
	if !told {
		return nil
	}
	if err == nil && reply.Form != nil {
		out, err := a.openForm(ctx, i.TriggerID, who, r, reply)
		if out != nil && i.ResponseURL != "" {
			own := context.WithoutCancel(ctx)
			a.works.Go(func() { a.later(own, i.ResponseURL, out) })
		}
		return err
	}
	own := context.WithoutCancel(ctx)
	a.works.Go(func() { answer(own, reply, err) })
	return nil
}

// settle takes the buttons off a question that was answered, and says by whom and how.
func (a *Adapter) settle(ctx context.Context, i slackgo.InteractionCallback, p press, who known) {
	if i.ResponseURL == "" {
		return
	}
	label := i.ActionCallback.BlockActions[0].Text.Text
	var kept []slackgo.Block
	for _, b := range i.Message.Blocks.BlockSet {
		if b.BlockType() != slackgo.MBTAction {
			kept = append(kept, b)
		}
	}
	foot := "✓ " + escape(label) + " · " + a.show(ctx, nil)(who.person)
	kept = append(kept, slackgo.NewContextBlock("", slackgo.NewTextBlockObject(slackgo.MarkdownType, foot, false, false)))
	a.later(ctx, i.ResponseURL, whisper{Replace: true, Text: i.Message.Text, Blocks: kept})
}

// menu runs an entry of a message's menu: callback_id says which.
func (a *Adapter) menu(ctx context.Context, i slackgo.InteractionCallback, who known) error {
	m, err := a.recorded(ctx, i.Channel.ID, i.Message)
	if err != nil {
		return err
	}
	r := bot.Request{
		Kind: bot.FromMenu, Cause: "menu:" + i.CallbackID + ":" + i.TriggerID, By: who.person, Place: m.Place, Text: i.CallbackID, Message: m, Lang: who.lang,
	}
	return a.run(ctx, i, who, r, press{})
}

// shortcut opens an incident from anywhere.
func (a *Adapter) shortcut(ctx context.Context, i slackgo.InteractionCallback, who known) error {
	r := bot.Request{Kind: bot.WantForm, Cause: "shortcut:" + i.TriggerID, By: who.person, Place: incident.Place{Realm: Realm}, Text: i.CallbackID, Lang: who.lang}
	return a.run(ctx, i, who, r, press{})
}

// later answers by a response_url: five times within thirty minutes
// (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
func (a *Adapter) later(ctx context.Context, to string, answer any) {
	if to == "" || answer == nil {
		return
	}
	body, err := json.Marshal(answer)
	if err == nil {
		var req *http.Request
		ctx, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		if req, err = http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body)); err == nil {
			req.Header.Set("Content-Type", "application/json")
			var resp *http.Response
			if resp, err = a.HTTP.Do(req); err == nil {
				_ = resp.Body.Close()
				if resp.StatusCode >= http.StatusMultipleChoices {
					a.Log.Warn("answer by response_url", "status", resp.StatusCode)
				}
			}
		}
	}
	if err != nil {
		a.Log.Warn("answer by response_url", "error", err)
	}
}

// options gives the choices of a select that asks for them as one types
// (https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload).
func (a *Adapter) options(ctx context.Context, raw []byte) (any, error) {
	var i slackgo.InteractionCallback
	if err := json.Unmarshal(raw, &i); err != nil || i.User.ID == "" {
		return nil, errUnreadable
	}
	who, err := a.met(ctx, i.User.ID, i.User.Name)
	if err != nil {
		return nil, err
	}
	return a.suggest(ctx, who, i.ActionID, i.Value)
}

// suggest finds nothing yet but what a select came with.
func (a *Adapter) suggest(_ context.Context, who known, _, _ string) (any, error) {
	none := slackgo.NewOptionBlockObject("none", slackgo.NewTextBlockObject(slackgo.PlainTextType, lang.Text(who.lang, "slack.nothing_found", nil), false, false), nil)
	return slackgo.OptionsResponse{Options: []*slackgo.OptionBlockObject{none}}, nil
}

// digest tells the same values from others.
func digest(values map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		h.Write([]byte(name + "\x00" + values[name] + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
