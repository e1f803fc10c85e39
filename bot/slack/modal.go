package slack

import (
	"context"
	"encoding/json"
	"errors"
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
	Below   string         `json:"b,omitempty"` // the command of the page below it, which is made anew when it was sent
}

var errSlip = errors.New("the form's command is too long")

// open opens a form. The trigger lives for three seconds and works once (views.open).
func (a *Adapter) open(ctx context.Context, trigger string, who known, r bot.Request, f bot.Form) error {
	view, err := a.view(ctx, who, r, f, "")
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

// view lays a form out; below is the command of the page it is shown on, "" for none.
func (a *Adapter) view(ctx context.Context, who known, r bot.Request, f bot.Form, below string) (slackgo.ModalViewRequest, error) {
	kept := slip{Command: f.Command, Place: r.Place, Seen: f.Seen, Below: below}
	if r.Message != nil {
		kept.Place = r.Message.Place
	}
	metadata, err := json.Marshal(kept)
	if err != nil || utf8.RuneCount(metadata) > metadataMost {
		return slackgo.ModalViewRequest{}, errSlip
	}
	c := cards{show: a.show(ctx, nil), base: a.BaseURL, lang: who.lang}
	title, rest := heading(f.Title)
	v := slackgo.ModalViewRequest{
		Type: slackgo.VTModal, CallbackID: viewCallback, PrivateMetadata: string(metadata),
		Title: c.plain(title, titleMost), Submit: c.plain(f.Submit, submitMost), Close: c.plain(lang.Text(who.lang, "slack.cancel", nil), submitMost),
	}
	if rest != "" {
		c.out = append(c.out, slackgo.NewContextBlock("", c.plain(rest, contextMost)))
	}
	if f.Text != "" {
		c.out = append(c.out, slackgo.NewSectionBlock(c.md(c.text(f.Text), sectionMost), nil, nil))
	}
	c.out = append(c.out, c.actions(nil, f.Buttons, false)...)
	for _, in := range f.Inputs {
		if b := a.input(ctx, &c, in); b != nil {
			c.out = append(c.out, b)
		}
	}
	v.Blocks.BlockSet = c.out
	return v, nil
}

// heading is what finds room in a modal's title, and what stands below it instead: the number of an incident, of which a part is
// another number.
func heading(title string) (head, rest string) {
	if utf8.RuneCountInString(title) <= titleMost {
		return title, ""
	}
	if space := strings.LastIndexByte(title, ' '); space > 0 {
		if _, number := incident.ParseNumber(title[space+1:]); number {
			return title[:space], title[space+1:]
		}
	}
	return title, ""
}

// input is one field of a form.
func (a *Adapter) input(ctx context.Context, c *cards, in bot.Input) *slackgo.InputBlock {
	var element slackgo.BlockElement
	switch in.Kind {
	case "select", "multi":
		if element = choices(c, in); in.Search {
			element = searched(c, in)
		}
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
	b.Optional, b.DispatchAction = !in.Required, in.Live
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

// searched is a select whose choices are asked for while one types (option.go); what was chosen is kept.
func searched(c *cards, in bot.Input) slackgo.BlockElement {
	var chosen []*slackgo.OptionBlockObject
	for _, v := range strings.Split(in.Value, ",") {
		for _, o := range in.Options {
			if o.Value == strings.TrimSpace(v) && o.Value != "" && len(o.Value) <= optionValue {
				chosen = append(chosen, slackgo.NewOptionBlockObject(o.Value, c.plain(o.Label, optionMost), nil))
			}
		}
	}
	none := 0 // characters before it asks
	if in.Kind == "multi" {
		e := slackgo.NewOptionsMultiSelectBlockElement(slackgo.MultiOptTypeExternal, nil, inputAction)
		e.MinQueryLength, e.InitialOptions = &none, chosen
		return e
	}
	e := slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeExternal, nil, inputAction)
	if e.MinQueryLength = &none; len(chosen) > 0 {
		e.InitialOption = chosen[0]
	}
	return e
}

// answers reads what was filled in: a person as a token, several values with commas between them.
func (a *Adapter) answers(ctx context.Context, v shown) (map[string]string, error) {
	out := map[string]string{}
	for name, elements := range v.State.Values {
		e, ok := elements[inputAction]
		if !ok {
			continue
		}
		switch {
		case e.User != "":
			who, err := a.met(ctx, e.User, "")
			if err != nil {
				return nil, err
			}
			out[name] = "<@" + string(who.person) + ">"
		case len(e.Many) > 0:
			var values []string
			for _, o := range e.Many {
				if o.Value != nothing {
					values = append(values, o.Value)
				}
			}
			out[name] = strings.Join(values, ",")
		case e.One.Value == nothing:
		case e.One.Value != "":
			out[name] = e.One.Value
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

// send works a form off that was sent. The same view with the same answers is sent once, however often it is pressed.
func (a *Adapter) send(ctx context.Context, i interacted, who known) (any, error) {
	var kept slip
	if i.View.Callback != viewCallback {
		return nil, nil //nolint:nilnil // no form of ours
	}
	if err := json.Unmarshal([]byte(i.View.Metadata), &kept); err != nil {
		return nil, errUnreadable
	}
	fields, err := a.answers(ctx, i.View)
	if err != nil {
		return nil, err
	}
	r := bot.Request{
		Kind: bot.Sent, Cause: "view:" + i.View.ID + ":" + digest(fields), By: who.person, Place: kept.Place, Text: kept.Command,
		Fields: fields, Seen: kept.Seen, Lang: who.lang,
	}
	reply, told, err := a.inTime(ctx, a.sending(r), func(ctx context.Context, reply bot.Reply, err error) {
		a.tellBack(ctx, who, r, i.User.ID, reply, err)
	})
	switch {
	case !told:
		return closing(kept), nil // what came of it is told when it is known
	case err != nil:
		return failed(i.View, lang.Text(who.lang, "slack.broke", lang.Args{"Ref": a.broke(err)})), nil
	case len(reply.Errors) > 0 || reply.Refused != nil:
		if out := faults(i.View, reply); out != nil {
			return out, nil
		}
	case reply.Form != nil:
		v, err := a.view(ctx, who, r, *reply.Form, kept.Below)
		if err == nil {
			return submitted{Action: "update", View: &v}, nil
		}
	}
	own := context.WithoutCancel(ctx)
	a.aside(func() {
		if kept.Below == "" || !a.below(own, i, who, kept, reply) {
			a.tellBack(own, who, r, i.User.ID, reply, nil)
		}
	})
	return closing(kept), nil
}

// closing answers a form that was sent: nothing closes it alone, so that what lies below is seen again.
func closing(kept slip) any {
	if kept.Below != "" {
		return nil
	}
	return submitted{Action: "clear"}
}

// sending works a form off; of one that began at a message, that is read again, which may take Slack longer than people wait.
func (a *Adapter) sending(r bot.Request) func(ctx context.Context) (bot.Reply, error) {
	return func(ctx context.Context) (bot.Reply, error) {
		if r.Place.Message != "" {
			reading, cancel := context.WithTimeout(ctx, callTime)
			defer cancel()
			m, err := a.message(reading, r.Place)
			if err != nil {
				a.Log.Warn("read the message a form began at", "error", err)
			}
			r.Message = m
		}
		return a.Handler.Handle(ctx, r)
	}
}

// faults puts what is wrong at the inputs concerned; what concerns none stands at the first one.
func faults(v shown, reply bot.Reply) any {
	out := map[string]string{}
	first := ""
	for _, b := range v.Blocks {
		if b.Type != "input" {
			continue
		}
		if first == "" {
			first = b.ID
		}
		if text, ok := reply.Errors[b.ID]; ok {
			out[b.ID] = shorten(text, sectionMost)
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

func failed(v shown, text string) any {
	if out := faults(v, bot.Reply{Text: text}); out != nil {
		return out
	}
	return submitted{Action: "clear"}
}
