package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Slack's limits of a modal (https://docs.slack.dev/reference/views/modal-views).
const (
	titleMost    = 24
	submitMost   = 24
	labelMost    = 2000
	hintMost     = 2000
	inputMost    = 3000
	metadataMost = 3000
	viewCallback = "form"
	inputAction  = "v"
)

// slip is what a view keeps of the form it shows, in its private metadata.
type slip struct {
	Command string         `json:"c"`
	Place   incident.Place `json:"p,omitzero"`
	Seen    int64          `json:"s,omitempty"`
	// Message and Author are of the message that the form began at.
	Message string `json:"m,omitempty"`
}

var errSlip = errors.New("the form's command is too long")

// open opens a form. The trigger lives for three seconds and works once (views.open).
func (a *Adapter) open(ctx context.Context, trigger string, who known, r bot.Request, f bot.Form) error {
	view, err := a.view(ctx, who, r, f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return a.patiently(ctx, "views.open", "", func(ctx context.Context) error {
		_, err := a.web.OpenViewContext(ctx, trigger, view)
		return err
	})
}

// view lays a form out.
func (a *Adapter) view(ctx context.Context, who known, r bot.Request, f bot.Form) (slackgo.ModalViewRequest, error) {
	kept := slip{Command: f.Command, Place: r.Place, Seen: f.Seen}
	if r.Message != nil {
		kept.Place = r.Message.Place
	}
	metadata, err := json.Marshal(kept)
	if err != nil || utf8.RuneCount(metadata) > metadataMost {
		return slackgo.ModalViewRequest{}, errSlip
	}
	c := cards{show: a.show(ctx, nil), base: a.BaseURL, lang: who.lang}
	v := slackgo.ModalViewRequest{
		Type: slackgo.VTModal, CallbackID: viewCallback, PrivateMetadata: string(metadata),
		Title: c.plain(f.Title, titleMost), Submit: c.plain(f.Submit, submitMost), Close: c.plain(lang.Text(who.lang, "slack.cancel", nil), submitMost),
	}
	if f.Text != "" {
		c.section(c.text(f.Text))
	}
	for _, in := range f.Inputs {
		if b := a.input(ctx, &c, in); b != nil {
			c.out = append(c.out, b)
		}
	}
	v.Blocks.BlockSet = c.out
	return v, nil
}

// input is one field of a form.
func (a *Adapter) input(ctx context.Context, c *cards, in bot.Input) *slackgo.InputBlock {
	var element slackgo.BlockElement
	switch in.Kind {
	case "select", "multi":
		element = choices(c, in)
	case "check":
		box := slackgo.NewOptionBlockObject("yes", c.plain(in.Label, optionMost), nil)
		boxes := slackgo.NewCheckboxGroupsBlockElement(inputAction, box)
		if in.Value == "yes" || in.Value == "true" {
			boxes.InitialOptions = []*slackgo.OptionBlockObject{box}
		}
		element = boxes
	case "person":
		users := slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeUser, nil, inputAction)
		if id := strings.TrimSuffix(strings.TrimPrefix(in.Value, "<@"), ">"); in.Value != "" {
			if user, err := a.reach(ctx, incident.PersonID(id)); err == nil {
				users.InitialUser = user
			}
		}
		element = users
	default: // text, area, and time: typed as people say it ("14:05", "in 30 minutes"), which Matoi reads
		text := slackgo.NewPlainTextInputBlockElement(nil, inputAction)
		text.Multiline, text.InitialValue = in.Kind == "area", shorten(in.Value, inputMost)
		text.MaxLength = inputMost
		if in.Max > 0 {
			text.MaxLength = min(in.Max, inputMost)
			text.InitialValue = shorten(in.Value, text.MaxLength)
		}
		element = text
	}
	if element == nil {
		return nil
	}
	var hint *slackgo.TextBlockObject
	if in.Hint != "" {
		hint = c.plain(in.Hint, hintMost)
	}
	b := slackgo.NewInputBlock(in.Name, c.plain(in.Label, labelMost), hint, element)
	b.Optional = !in.Required
	return b
}

// choices is a select of an input; nil where there is nothing to choose.
func choices(c *cards, in bot.Input) slackgo.BlockElement {
	var options, chosen []*slackgo.OptionBlockObject
	for _, o := range in.Options[:min(len(in.Options), optionsMost)] {
		if o.Value == "" || len(o.Value) > optionValue {
			continue
		}
		e := slackgo.NewOptionBlockObject(o.Value, c.plain(o.Label, optionMost), nil)
		options = append(options, e)
		for _, v := range strings.Split(in.Value, ",") {
			if strings.TrimSpace(v) == o.Value {
				chosen = append(chosen, e)
			}
		}
	}
	switch {
	case len(options) == 0:
		return nil
	case in.Kind == "multi":
		e := slackgo.NewOptionsMultiSelectBlockElement(slackgo.MultiOptTypeStatic, nil, inputAction, options...)
		e.InitialOptions = chosen
		return e
	}
	e := slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeStatic, nil, inputAction, options...)
	if len(chosen) > 0 {
		e.InitialOption = chosen[0]
	}
	return e
}

// answers reads what was filled in: a person as a token, several values with commas between them.
func (a *Adapter) answers(ctx context.Context, state *slackgo.ViewState) (map[string]string, error) {
	out := map[string]string{}
	if state == nil {
		return out, nil
	}
	for name, elements := range state.Values {
		e, ok := elements[inputAction]
		if !ok {
			continue
		}
		switch {
		case e.SelectedUser != "":
			who, err := a.met(ctx, e.SelectedUser, "")
			if err != nil {
				return nil, err
			}
			out[name] = "<@" + string(who.person) + ">"
		case len(e.SelectedOptions) > 0:
			var values []string
			for _, o := range e.SelectedOptions {
				values = append(values, o.Value)
			}
			out[name] = strings.Join(values, ",")
		case e.SelectedOption.Value != "":
			out[name] = e.SelectedOption.Value
		default:
			out[name] = e.Value
		}
	}
	return out, nil
}

// submitted answers a form that was sent: what is wrong stands at its input.
type submitted struct {
	Action string                    `json:"response_action,omitempty"`
	Errors map[string]string         `json:"errors,omitempty"`
	View   *slackgo.ModalViewRequest `json:"view,omitempty"`
}

// send works a form off that was sent.
func (a *Adapter) send(ctx context.Context, i slackgo.InteractionCallback, who known) (any, error) {
	var kept slip
	if err := json.Unmarshal([]byte(i.View.PrivateMetadata), &kept); err != nil {
		return nil, errUnreadable
	}
	fields, err := a.answers(ctx, i.View.State)
	if err != nil {
		return nil, err
	}
	r := bot.Request{
		Kind: bot.Sent, Cause: "view:" + i.View.ID + ":" + digest(fields), By: who.person, Place: kept.Place, Text: kept.Command,
		Fields: fields, Seen: kept.Seen, Lang: who.lang,
	}
	if kept.Place.Message != "" {
		m, err := a.message(ctx, kept.Place)
		if err != nil {
			a.Log.Warn("read the message a form began at", "error", err)
		}
		r.Message = m
	}
	reply, told, err := a.inTime(ctx, r, func(ctx context.Context, reply bot.Reply, err error) {
		a.tellBack(ctx, who, kept.Place, i.User.ID, reply, err)
	})
	switch {
	case !told:
		return nil, nil //nolint:nilnil // the form closes; what came of it is told when it is known
	case err != nil:
		return failed(i.View, lang.Text(who.lang, "slack.broke", lang.Args{"Ref": a.broke(err)})), nil
	case len(reply.Errors) > 0 || reply.Refused != nil:
		if out := faults(i.View, reply); out != nil {
			return out, nil
		}
	case reply.Form != nil:
		v, err := a.view(ctx, who, r, *reply.Form)
		if err == nil {
			return submitted{Action: "update", View: &v}, nil
		}
	}
	own := context.WithoutCancel(ctx)
	a.works.Go(func() { a.tellBack(own, who, kept.Place, i.User.ID, reply, nil) })
	return submitted{Action: "clear"}, nil
}

// faults puts what is wrong at the inputs concerned; what concerns none stands at the first one.
func faults(v slackgo.View, reply bot.Reply) any {
	out := map[string]string{}
	first := ""
	for _, b := range v.Blocks.BlockSet {
		in, ok := b.(*slackgo.InputBlock)
		if !ok {
			continue
		}
		if first == "" {
			first = in.BlockID
		}
		if text, ok := reply.Errors[in.BlockID]; ok {
			out[in.BlockID] = shorten(text, sectionMost)
		}
	}
	if len(out) == 0 && first != "" && reply.Text != "" {
		out[first] = shorten(reply.Text, sectionMost)
	}
	if len(out) == 0 {
		return nil
	}
	return submitted{Action: "errors", Errors: out}
}

func failed(v slackgo.View, text string) any {
	if out := faults(v, bot.Reply{Text: text}); out != nil {
		return out
	}
	return submitted{Action: "clear"}
}

// tellBack answers somebody whose form is closed: where they asked, else by a direct message.
func (a *Adapter) tellBack(ctx context.Context, who known, at incident.Place, user string, reply bot.Reply, err error) {
	w, ok := a.replied(ctx, who, at, reply, err).(whisper)
	if !ok {
		return
	}
	options := []slackgo.MsgOption{slackgo.MsgOptionText(w.Text, false)}
	if blocks, ok := w.Blocks.([]slackgo.Block); ok && len(blocks) > 0 {
		options = append(options, slackgo.MsgOptionBlocks(blocks...))
	}
	if at.Thread != "" {
		options = append(options, slackgo.MsgOptionTS(at.Thread))
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if at.Room != "" {
		err := a.patiently(ctx, "chat.postEphemeral", "", func(ctx context.Context) error {
			_, err := a.web.PostEphemeralContext(ctx, at.Room, user, options...)
			return err
		})
		if err == nil {
			return
		}
		a.Log.Debug("answer where it was asked", "error", err)
	}
	if _, err := a.Tell(ctx, who.person, bot.Message{Text: reply.Text, Card: reply.Card, Lang: who.lang}, false); err != nil {
		a.Log.Warn("answer a person", "person", who.person, "error", fmt.Errorf("tell: %w", err))
	}
}
