package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// executed is a step of a workflow that Slack has us carry out
// (https://docs.slack.dev/reference/events/function_executed). It comes with a token of its own.
type executed struct {
	Function struct {
		Callback string `json:"callback_id"`
	} `json:"function"`
	Inputs map[string]any `json:"inputs"`
	ID     string         `json:"function_execution_id"`
	Token  string         `json:"bot_access_token"`
}

// step opens an incident for a workflow and tells the workflow its number. The event is acknowledged when the workflow knows:
// until then it comes again, and opens nothing twice.
func (a *Adapter) step(ctx context.Context, raw json.RawMessage) error {
	var e executed
	if err := decode(raw, &e); err != nil || e.ID == "" {
		return errUnreadable
	}
	if e.Function.Callback != StepOpen {
		return a.finish(ctx, e, bot.Reply{}, lang.Text(a.Lang, "slack.step_unknown", nil))
	}
	r := bot.Request{
		Kind: bot.Sent, Cause: "step:" + e.ID, Place: incident.Place{Realm: a.Realm()}, Text: "open", Fields: map[string]string{}, Lang: a.Lang, NoForms: true,
	}
	for name, value := range maps.All(e.Inputs) {
		if s, is := value.(string); is {
			r.Fields[name] = a.fromSlack(ctx, s)
		}
	}
	if strings.TrimSpace(r.Fields["title"]) == "" {
		return a.finish(ctx, e, bot.Reply{}, lang.Text(a.Lang, "slack.step_title", nil))
	}
	reply, told, err := a.inTime(ctx, a.handling(r), func(context.Context, bot.Reply, error) {})
	switch {
	case err != nil:
		return err
	case !told:
		return fmt.Errorf("step %s took too long", e.ID)
	case reply.Number == 0:
		return a.finish(ctx, e, reply, reply.Text)
	}
	return a.finish(ctx, e, reply, "")
}

// finish ends a step, once: one that has ended already is left as it is.
func (a *Adapter) finish(ctx context.Context, e executed, reply bot.Reply, wrong string) error {
	own := slackgo.New(e.Token, slackgo.OptionAPIURL(a.Config.apiURL()), slackgo.OptionHTTPClient(a.HTTP))
	method := "functions.completeSuccess"
	if wrong != "" {
		method = "functions.completeError"
	}
	err := a.patiently(ctx, method, "", func(ctx context.Context) error {
		if wrong != "" {
			return own.FunctionCompleteErrorContext(ctx, e.ID, shorten(wrong, sectionMost))
		}
		out := slackgo.FunctionCompleteSuccessRequestOptionOutput(map[string]string{"number": reply.Number.String()})
		return own.FunctionCompleteSuccessContext(ctx, e.ID, out)
	})
	if _, refused := errors.AsType[*bot.Permanent](err); refused {
		a.Log.Info("end a step", "step", e.ID, "error", err)
		return nil
	}
	return err
}
