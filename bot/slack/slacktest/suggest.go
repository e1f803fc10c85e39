package slacktest

import (
	"encoding/json"
	"strings"
)

// Suggest types into an external menu and gives the options the app answers with: at most 100, within 3 seconds
// (java-slack-sdk guide interactive-components).
func (w *Workspace) Suggest(user string, on Surface, what, typed string) Answer {
	w.t.Helper()
	block, e := find(on, what)
	if e == nil {
		w.t.Fatalf("slacktest: there is no menu %q", what)
		return Answer{}
	}
	w.mu.Lock()
	payload := w.interaction("block_suggestion", user)
	w.stand(payload, user, on, block, object{"type": "button"}, object{})
	for _, k := range []string{"trigger_id", "response_url", "state", "actions"} {
		delete(payload, k)
	}
	payload["action_id"], payload["block_id"], payload["value"] = e["action_id"], block["block_id"], typed
	w.mu.Unlock()
	a := w.deliver(Suggestions, "", payload)
	if a.Failure != "" {
		w.trouble("the options of %q: %s", what, a.Failure)
		return a
	}
	var r object
	_ = json.Unmarshal(a.Body, &r)
	k := &checker{surface: "modal"}
	if groups, in := r["option_groups"].([]any); in {
		for _, g := range groups {
			o, _ := g.(object)
			k.options(o, "/option_groups", 0, 100, "plain_text")
			a.Options = append(a.Options, optionsOf(o)...)
		}
	} else {
		k.options(r, "", 0, 100, "plain_text")
		a.Options = optionsOf(r)
	}
	if len(k.faults) > 0 {
		w.trouble("the options of %q: %s", what, strings.Join(k.faults, "; "))
		a.Options = nil
	}
	return a
}

func optionsOf(o object) []Option {
	var out []Option
	list, _ := o["options"].([]any)
	for _, e := range list {
		opt, _ := e.(object)
		t, _ := opt["text"].(object)
		out = append(out, Option{Text: str(t, "text"), Value: str(opt, "value")})
	}
	return out
}
