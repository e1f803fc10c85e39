package slack

import (
	"context"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/lang"
)

// options gives the choices of a menu that asks for them while one types
// (https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload). The block that it stands in is named
// after the input.
func (a *Adapter) options(ctx context.Context, raw []byte) (any, error) {
	var i suggested
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
	return a.suggest(ctx, who, i.Block, i.Typed)
}

// suggested is what somebody types into such a menu.
type suggested struct {
	interacted
	Block string `json:"block_id"`
}

// suggest lists what fits; a menu of none says so.
func (a *Adapter) suggest(ctx context.Context, who known, input, typed string) (any, error) {
	found, err := a.Handler.Suggest(ctx, who.person, who.lang, input, typed, optionsMost)
	if err != nil {
		a.Log.Error("suggest", "input", input, "error", err)
	}
	out := slackgo.OptionsResponse{}
	c := cards{lang: who.lang}
	for _, o := range found[:min(len(found), optionsMost)] {
		if o.Value != "" && len(o.Value) <= optionValue {
			out.Options = append(out.Options, slackgo.NewOptionBlockObject(o.Value, c.plain(o.Label, optionMost), nil))
		}
	}
	if len(out.Options) == 0 {
		none := c.plain(lang.Text(who.lang, "slack.nothing_found", nil), optionMost)
		out.Options = append(out.Options, slackgo.NewOptionBlockObject(nothing, none, nil))
	}
	return out, nil
}

// nothing is the value of the option that says that there is none.
const nothing = "-"

var _ Handler = (*bot.Bot)(nil)
