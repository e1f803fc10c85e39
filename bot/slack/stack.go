package slack

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/lang"
)

// Modals lie on each other (https://docs.slack.dev/surfaces/modals#updating_views): from a form one looks at a page, an
// incident's card say, and from there into another form. Closing the upper one leads back to the lower one, in which all that
// was filled in still stands.
const (
	stackMost    = 3
	pageCallback = "page"
	productName  = "Matoi"
)

// depth is how many modals are open up to this one: Slack names the lowest and the one below.
func (v shown) depth() int {
	switch v.Previous {
	case "":
		return 1
	case v.Root:
		return 2
	}
	return stackMost
}

// slipOf reads what a modal keeps; in is false for what is no modal of ours.
func slipOf(v shown) (kept slip, in bool) {
	if v.Callback != viewCallback && v.Callback != pageCallback {
		return slip{}, false
	}
	return kept, json.Unmarshal([]byte(v.Metadata), &kept) == nil
}

// stack shows the answer to what was pressed in a modal: a form on top of it; a page on top of a form, or in the place of a
// page. It is false where there is no place for it, or no time: then the answer goes the way of others.
func (a *Adapter) stack(ctx context.Context, i interacted, who known, r bot.Request, reply bot.Reply) bool {
	kept, in := slipOf(i.View)
	if !in || reply.Document != "" {
		return false
	}
	onPage := i.View.Callback == pageCallback
	if onPage && reply.Form == nil {
		own := context.WithoutCancel(ctx)
		a.aside(func() {
			if !a.turn(own, i.View.ID, who, r, kept, reply) {
				a.tellBack(own, who, r, i.User.ID, reply, nil)
			}
		})
		return true
	}
	if i.View.depth() >= stackMost {
		return false
	}
	var view slackgo.ModalViewRequest
	var err error
	switch {
	case reply.Form == nil:
		view, err = a.sheet(ctx, who, slip{Command: r.Text, Place: r.Place}, reply)
	case onPage:
		view, err = a.view(ctx, who, r, *reply.Form, kept.Command)
	default:
		view, err = a.view(ctx, who, r, *reply.Form, "")
	}
	if err == nil {
		err = a.push(ctx, i.Trigger, view)
	}
	if err != nil {
		a.Log.Warn("put a modal on another one", "command", r.Text, "error", err)
	}
	return err == nil
}

// push puts a modal on top. The trigger lives for three seconds and works once (views.push).
func (a *Adapter) push(ctx context.Context, trigger string, view slackgo.ModalViewRequest) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTime)
	defer cancel()
	return a.patiently(ctx, "views.push", "", func(ctx context.Context) error {
		_, err := a.web.PushViewContext(ctx, trigger, view)
		return err
	})
}

// turn puts a page in the place of another one: the reply's card, else the page anew with the reply above it.
func (a *Adapter) turn(ctx context.Context, view string, who known, r bot.Request, kept slip, reply bot.Reply) bool {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if reply.Card == nil {
		anew, err := a.Handler.Handle(ctx, bot.Request{Kind: bot.Typed, By: who.person, Place: r.Place, Text: kept.Command, Lang: who.lang})
		if err == nil && anew.Card != nil {
			anew.Text = reply.Text
			reply = anew
		}
	}
	page, err := a.sheet(ctx, who, kept, reply)
	if err == nil {
		err = a.update(ctx, page, view, "")
	}
	if err != nil {
		a.Log.Info("show a page anew", "command", kept.Command, "error", err) // it was closed, say
	}
	return err == nil
}

// below makes the page anew on which a form lay that was sent, with what came of that; false where it is there no more.
func (a *Adapter) below(ctx context.Context, i interacted, who known, kept slip, reply bot.Reply) bool {
	if i.View.Previous == "" || reply.Document != "" {
		return false
	}
	r := bot.Request{Place: kept.Place}
	reply.Card = nil
	return a.turn(ctx, i.View.Previous, who, r, slip{Command: kept.Below, Place: kept.Place}, reply)
}

// sheet is a page in a modal: an answer to read, with what can be pressed in it.
func (a *Adapter) sheet(ctx context.Context, who known, kept slip, reply bot.Reply) (v slackgo.ModalViewRequest, err error) {
	metadata, err := json.Marshal(kept)
	if err != nil || utf8.RuneCount(metadata) > metadataMost {
		return v, errSlip
	}
	c := cards{show: a.show(ctx, nil), base: a.BaseURL, lang: who.lang}
	title := productName
	if reply.Number != 0 {
		title = reply.Number.String()
	}
	v = slackgo.ModalViewRequest{
		Type: slackgo.VTModal, CallbackID: pageCallback, PrivateMetadata: string(metadata),
		Title: c.plain(title, titleMost), Close: c.plain(lang.Text(who.lang, "slack.back", nil), submitMost),
	}
	if reply.Card != nil {
		v.Blocks.BlockSet = c.card(bot.Message{Text: reply.Text, Card: reply.Card, Lang: who.lang})
		return v, nil
	}
	text := strings.TrimSpace(c.text(reply.Text))
	if text == "" {
		text = "…"
	}
	v.Blocks.BlockSet = []slackgo.Block{slackgo.NewSectionBlock(c.md(text, sectionMost), nil, nil)}
	return v, nil
}
