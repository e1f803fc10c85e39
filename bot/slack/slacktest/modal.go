package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Submit fills in a modal and sends it. values are named by block_id, action_id or label, and are a string, or a list of
// strings where many can be chosen; what is not named keeps what it has. What Slack's own client refuses (a needed field
// that is empty, a text that is too long) is not sent: it stands in Answer.Errors with Status 0.
func (w *Workspace) Submit(user string, on View, values map[string]any) Answer {
	w.t.Helper()
	options := w.externals(user, on, values)
	w.mu.Lock()
	v := w.views[on.ID]
	if v == nil || w.person(user) == nil || len(w.stacks[user]) == 0 || w.stacks[user][len(w.stacks[user])-1] != on.ID {
		w.mu.Unlock()
		w.t.Fatalf("slacktest: the modal %q is not on top", on.Title)
		return Answer{}
	}
	for what, value := range values {
		block, e := find(v.seen(), what)
		if e == nil {
			seen := v.seen().Shown()
			w.mu.Unlock()
			w.t.Fatalf("slacktest: there is no field %q in: %s", what, seen)
			return Answer{}
		}
		s, wrong := w.filled(e, strings1(value), options[what])
		if wrong != "" {
			w.mu.Unlock()
			return Answer{Errors: map[string]string{str(block, "block_id"): wrong}}
		}
		if v.state[str(block, "block_id")] == nil {
			v.state[str(block, "block_id")] = object{}
		}
		v.state[str(block, "block_id")][str(e, "action_id")] = s
	}
	if lacking := v.lacking(); len(lacking) > 0 {
		w.mu.Unlock()
		return Answer{Errors: lacking}
	}
	payload := w.interaction("view_submission", user)
	payload["trigger_id"] = w.trigger(user, v.id)
	payload["view"] = w.viewJSON(v)
	payload["response_urls"] = []any{}
	w.mu.Unlock()
	a := w.deliver(Interactive, str(payload, "trigger_id"), payload)
	if a.Failure != "" {
		w.trouble("sending the modal %q: %s", on.Title, a.Failure)
		return a
	}
	return w.submitted(v, a)
}

func strings1(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []string:
		return v
	}
	return []string{fmt.Sprint(value)}
}

// externals asks the app for the options of external menus before one is chosen, as the client does.
func (w *Workspace) externals(user string, on View, values map[string]any) map[string][]Option {
	out := map[string][]Option{}
	for what, value := range values {
		if _, e := find(on, what); strings.HasSuffix(str(e, "type"), "external_select") {
			out[what] = w.Suggest(user, on, what, first(strings1(value))).Options
		}
	}
	return out
}

// lacking names the input blocks that must be filled in and are not.
func (v *view) lacking() map[string]string {
	out := map[string]string{}
	blocks, _ := v.set["blocks"].([]any)
	for _, b := range blocks {
		o, _ := b.(object)
		if o["type"] != "input" || o["optional"] == true {
			continue
		}
		e := elements(o)[0]
		if s, _ := v.state[str(o, "block_id")][str(e, "action_id")].(object); empty(s) {
			out[str(o, "block_id")] = "Please complete this required field."
		}
	}
	return out
}

// submitted carries out the answer to view_submission: nothing closes the view, response_action is errors, update, push or
// clear (docs.slack.dev/surfaces/modals). Anything else people see as "We had some trouble connecting".
func (w *Workspace) submitted(v *view, a Answer) Answer {
	fail := func(format string, args ...any) Answer {
		a.Failure = w.trouble("We had some trouble connecting. Try again? ("+format+")", args...)
		return a
	}
	body := strings.TrimSpace(string(a.Body))
	var r struct {
		Action string            `json:"response_action"`
		View   object            `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	if body != "" && json.Unmarshal([]byte(body), &r) != nil {
		return fail("the answer is no JSON: %.80s", body)
	}
	switch r.Action {
	case "":
		if body != "" && body != "{}" && body != "null" {
			return fail("the answer has no response_action: %.80s", body)
		}
		w.closeTop(v)
	case "clear":
		w.mu.Lock()
		delete(w.stacks, v.user)
		w.mu.Unlock()
	case "errors":
		if len(r.Errors) == 0 {
			return fail("errors names no block")
		}
		for id := range r.Errors {
			if !w.input(v, id) {
				return fail("errors names %q, which is no input block", id)
			}
		}
		a.Errors = r.Errors
	case "update", "push":
		if err := w.replaced(v, r.Action, r.View); err != nil {
			return fail("%s: %v", r.Action, err)
		}
	default:
		return fail("unknown response_action %q", r.Action)
	}
	return a
}

// input tells whether a view, as it is now, has an input block of this id.
func (w *Workspace) input(v *view, id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	blocks, _ := v.set["blocks"].([]any)
	return slices.ContainsFunc(blocks, func(b any) bool {
		o, _ := b.(object)
		return o["type"] == "input" && o["block_id"] == id
	})
}

func (w *Workspace) replaced(v *view, action string, set object) error {
	if set == nil || set["type"] != "modal" {
		return no("invalid_arguments")
	}
	if err := checkView(set); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case action == "update":
		w.set(v, set)
	case len(w.stacks[v.user]) >= 3:
		return no("push_limit_reached")
	default:
		w.open(v.user, set)
	}
	return nil
}

// closeTop takes a modal from the stack; what lies below is seen again.
func (w *Workspace) closeTop(v *view) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stacks[v.user] = slices.DeleteFunc(w.stacks[v.user], func(id string) bool { return id == v.id })
}

// Dismiss closes the modal on top without sending it, or all of them, or those below too when the top one says
// clear_on_close. The app hears of those with notify_on_close.
func (w *Workspace) Dismiss(user string, all bool) {
	w.t.Helper()
	w.mu.Lock()
	stack := w.stacks[user]
	if len(stack) == 0 {
		w.mu.Unlock()
		w.t.Fatalf("slacktest: no modal is open")
		return
	}
	all = all || w.views[stack[len(stack)-1]].set["clear_on_close"] == true
	gone := stack[len(stack)-1:]
	if all {
		gone = stack
	}
	w.stacks[user] = slices.Clone(stack[:len(stack)-len(gone)])
	var payloads []object
	for _, id := range slices.Backward(gone) {
		if v := w.views[id]; v.set["notify_on_close"] == true {
			p := w.interaction("view_closed", user)
			p["view"], p["is_cleared"] = w.viewJSON(v), all
			payloads = append(payloads, p)
		}
	}
	w.mu.Unlock()
	for _, p := range payloads {
		w.deliver(Interactive, "", p)
	}
}
