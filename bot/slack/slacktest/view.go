package slacktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// view is a modal or a home tab.
type view struct {
	id, user, hash string
	set            object            // as the app sent it, with block ids
	state          map[string]object // block_id -> action_id -> state, what people filled in
	root, previous string
	edits          int
}

// View is a modal or a home tab as a person sees it.
type View struct {
	ID, Type, Title, CallbackID, PrivateMetadata, Hash string
	Blocks                                             []any
}

// Shown is the text of a view in reading order.
func (v View) Shown() string { return Message{Blocks: v.Blocks}.Shown() }

func (v *view) seen() View {
	title, _ := v.set["title"].(object)
	blocks, _ := v.set["blocks"].([]any)
	return View{v.id, str(v.set, "type"), str(title, "text"), str(v.set, "callback_id"), str(v.set, "private_metadata"), v.hash, blocks}
}

// Views gives the modals that are open before a person, the last on top.
func (w *Workspace) Views(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []View
	for _, id := range w.stacks[user] {
		out = append(out, w.views[id].seen())
	}
	return out
}

// HomeOf gives a person's home tab; an empty View when none was published.
func (w *Workspace) HomeOf(user string) View {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v := w.homes[user]; v != nil {
		return v.seen()
	}
	return View{}
}

// trigger is what a trigger_id stands for: 3 seconds, once (docs.slack.dev/interactivity, bolt-js creating-modals).
type trigger struct {
	user, view string // view: the modal that it came from
	at         time.Time
	used       bool
}

// trigger makes a trigger_id; callers hold mu.
func (w *Workspace) trigger(user, view string) string {
	w.serial++
	id := fmt.Sprintf("%d.%d.%032x", w.serial, w.Now().UnixNano(), w.serial*7919)
	w.triggers[id] = &trigger{user: user, view: view, at: w.Now()}
	return id
}

// exchange uses a trigger.
func (w *Workspace) exchange(c *call) (*trigger, error) {
	t := w.triggers[c.str("trigger_id")]
	switch {
	case t == nil:
		return nil, no("invalid_trigger_id")
	case t.used:
		return nil, no("exchanged_trigger_id")
	case w.Now().Sub(t.at) > limit:
		return nil, no("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

// checkView holds a view to its limits (docs.slack.dev/surfaces/modals and reference/views).
func checkView(v object) error {
	if raw, _ := json.Marshal(v); len(raw) > 250_000 {
		return no("view_too_large")
	}
	kind := str(v, "type")
	k := &checker{surface: kind, ids: map[string]bool{}, actions: map[string]bool{}}
	if kind != "modal" && kind != "home" {
		return because("invalid_arguments", []string{"[ERROR] must be one of: modal, home [json-pointer:/view/type]"})
	}
	blocks, is := v["blocks"].([]any)
	if !is {
		k.fault("/view", "missing required field: blocks")
	}
	k.blocks(blocks, "/view/blocks")
	if kind == "modal" {
		k.text(v, "title", "/view", "plain_text", 24, true)
		k.text(v, "submit", "/view", "plain_text", 24, k.inputs)
		k.text(v, "close", "/view", "plain_text", 24, false)
	} else {
		for _, f := range []string{"title", "submit", "close", "clear_on_close", "notify_on_close"} {
			if _, in := v[f]; in {
				k.fault("/view", "invalid additional property: %s", f)
			}
		}
	}
	for f, most := range map[string]int{"private_metadata": 3000, "callback_id": 255, "external_id": 255} {
		if utf8.RuneCountInString(str(v, f)) > most {
			k.fault("/view/"+f, "must be less than %d characters", most+1)
		}
	}
	if len(k.faults) > 0 {
		return because("invalid_arguments", k.faults)
	}
	return nil
}

// viewOf reads and checks the view of a call.
func (w *Workspace) viewOf(c *call, kind string) (object, error) {
	v, err := c.obj("view")
	if err != nil || v == nil {
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: view"})
	}
	if str(v, "type") != kind {
		return nil, because("invalid_arguments", []string{"[ERROR] must be " + kind + " [json-pointer:/view/type]"})
	}
	return v, checkView(v)
}

// open puts a modal on top of a person's stack.
func (w *Workspace) open(user string, set object) *view {
	v := &view{id: w.id("V"), user: user, state: map[string]object{}}
	v.root = v.id
	if stack := w.stacks[user]; len(stack) > 0 {
		v.root, v.previous = stack[0], stack[len(stack)-1]
	}
	w.views[v.id] = v
	w.stacks[user] = append(w.stacks[user], v.id)
	w.set(v, set)
	return v
}

// set gives a view its content; what people filled in stays where block and action keep their ids.
func (w *Workspace) set(v *view, set object) {
	set = maps.Clone(set)
	blocks, _ := set["blocks"].([]any)
	set["blocks"] = w.withIDs(blocks)
	v.set = set
	v.edits++
	v.hash = fmt.Sprintf("%d.%08x", w.Now().Unix(), w.serial+int64(v.edits))
	w.serial++
	old := v.state
	v.state = map[string]object{}
	for _, b := range set["blocks"].([]any) {
		o, _ := b.(object)
		for _, e := range elements(o) {
			block, action := str(o, "block_id"), str(e, "action_id")
			s := initial(e)
			if kept, in := old[block][action]; in {
				s = kept.(object)
			}
			if s != nil {
				if v.state[block] == nil {
					v.state[block] = object{}
				}
				v.state[block][action] = s
			}
		}
	}
}

func (w *Workspace) viewJSON(v *view) object {
	values := object{}
	for block, actions := range v.state {
		values[block] = maps.Clone(actions) // for it is written to the app while the person goes on filling in
	}
	out := object{
		"id": v.id, "team_id": w.Team, "state": object{"values": values}, "hash": v.hash, "root_view_id": v.root, "previous_view_id": nil,
		"app_id": w.AppID, "bot_id": w.BotID, "app_installed_team_id": w.Team, "external_id": "", "private_metadata": "", "callback_id": "",
		"clear_on_close": false, "notify_on_close": false, "close": nil, "submit": nil,
	}
	if v.previous != "" {
		out["previous_view_id"] = v.previous
	}
	maps.Copy(out, v.set)
	return out
}

func (w *Workspace) viewsOpen(c *call) (object, error) {
	set, err := w.viewOf(c, "modal")
	if err != nil {
		return nil, err
	}
	t, err := w.exchange(c)
	if err != nil {
		return nil, err
	}
	delete(w.stacks, t.user)
	return w.opened(t.user, set)
}

func (w *Workspace) opened(user string, set object) (object, error) {
	if id := str(set, "external_id"); id != "" && w.external(id) != nil {
		return nil, no("duplicate_external_id")
	}
	return object{"view": w.viewJSON(w.open(user, set))}, nil
}

func (w *Workspace) external(id string) *view {
	for _, v := range w.views {
		if str(v.set, "external_id") == id && slices.Contains(w.stacks[v.user], v.id) {
			return v
		}
	}
	return nil
}

func (w *Workspace) viewsPush(c *call) (object, error) {
	set, err := w.viewOf(c, "modal")
	if err != nil {
		return nil, err
	}
	t, err := w.exchange(c)
	switch {
	case err != nil:
		return nil, err
	case t.view == "" || !slices.Contains(w.stacks[t.user], t.view):
		return nil, no("not_found")
	case len(w.stacks[t.user]) >= 3:
		return nil, no("push_limit_reached")
	}
	return w.opened(t.user, set)
}

func (w *Workspace) viewsUpdate(c *call) (object, error) {
	set, err := w.viewOf(c, "modal")
	if err != nil {
		return nil, err
	}
	v := w.views[c.str("view_id")]
	if id := c.str("external_id"); id != "" {
		v = w.external(id)
	}
	switch {
	case v == nil || !slices.Contains(w.stacks[v.user], v.id):
		return nil, no("not_found")
	case c.str("hash") != "" && c.str("hash") != v.hash:
		return nil, no("hash_conflict")
	}
	w.set(v, set)
	return object{"view": w.viewJSON(v)}, nil
}

func (w *Workspace) viewsPublish(c *call) (object, error) {
	set, err := w.viewOf(c, "home")
	if err != nil {
		return nil, err
	}
	user := c.str("user_id")
	u := w.users[user]
	v := w.homes[user]
	switch {
	case w.HomeTab != nil && !*w.HomeTab:
		return nil, no("not_enabled")
	case u == nil || u.Deleted:
		return nil, no("user_not_found")
	case v != nil && c.str("hash") != "" && c.str("hash") != v.hash:
		return nil, no("hash_conflict")
	case v == nil:
		v = &view{id: w.id("V"), user: user, state: map[string]object{}}
		v.root = v.id
		w.homes[user], w.views[v.id] = v, v
	}
	w.set(v, set)
	return object{"view": w.viewJSON(v)}, nil
}
