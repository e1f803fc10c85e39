package slacktest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/slack/slacktest"
)

func modal(title string, blocks ...any) object {
	return object{"type": "modal", "title": plain(title), "submit": plain("Send"), "callback_id": "open", "private_metadata": "meta", "blocks": append([]any{}, blocks...)}
}

// opener is a workspace with a person before whom a modal is open.
func opener(t *testing.T, view object) (*slacktest.Workspace, *appStub, string) {
	t.Helper()
	w, app := connected(t, slacktest.Options{Unlimited: true})
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	a := w.Command(aki, "general", "/incident", "open")
	call(t, w, "views.open", object{"trigger_id": a.TriggerID, "view": view})
	app.forget()
	return w, app, aki
}

func answer(v any) func(string, object, *http.Request) (int, string) {
	raw, _ := json.Marshal(v)
	return func(string, object, *http.Request) (int, string) { return 200, string(raw) }
}

func TestATriggerOpensOneModalWithinThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := connected(t, slacktest.Options{})
		aki := w.Person(slacktest.User{Name: "aki"}).ID
		a := w.Command(aki, "general", "/incident", "open")
		bad := modal(long(25), input(plain("Title")))
		out := refused(t, w, "views.open", "invalid_arguments", object{"trigger_id": a.TriggerID, "view": bad})
		if got := out["response_metadata"].(object)["messages"].([]any)[0]; got != "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]" {
			t.Errorf("message %q", got)
		}
		view := modal("Open", input(plain("Title")))
		call(t, w, "views.open", object{"trigger_id": a.TriggerID, "view": view}) // what was refused used nothing up
		refused(t, w, "views.open", "exchanged_trigger_id", object{"trigger_id": a.TriggerID, "view": view})
		refused(t, w, "views.open", "invalid_trigger_id", object{"trigger_id": "1.2.abc", "view": view})
		b := w.Command(aki, "general", "/incident", "open")
		time.Sleep(3001 * time.Millisecond)
		refused(t, w, "views.open", "expired_trigger_id", object{"trigger_id": b.TriggerID, "view": view})
		if got := w.Views(aki); len(got) != 1 || got[0].Title != "Open" {
			t.Errorf("views %v", got)
		}
		w.Close()
	})
}

func TestLimitsOfViews(t *testing.T) {
	w, _ := connected(t, slacktest.Options{Unlimited: true})
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	trigger := w.Command(aki, "general", "/incident", "open").TriggerID
	with := func(k string, v any) object {
		m := modal("t", input(plain("Title")))
		if m[k] = v; v == nil {
			delete(m, k)
		}
		return m
	}
	for name, c := range map[string]struct {
		view object
		code string
	}{
		"no submit with an input": {with("submit", nil), "invalid_arguments"},
		"no title":                {with("title", nil), "invalid_arguments"},
		"submit of 25":            {with("submit", plain(long(25))), "invalid_arguments"},
		"private_metadata":        {with("private_metadata", long(3001)), "invalid_arguments"},
		"callback_id":             {with("callback_id", long(256)), "invalid_arguments"},
		"101 blocks":              {with("blocks", times(101, func(int) object { return section("x") })), "invalid_arguments"},
		"more than 250 kB":        {with("blocks", times(90, func(int) object { return section(long(2900)) })), "view_too_large"},
		"a home tab":              {with("type", "home"), "invalid_arguments"},
		"markdown":                {with("blocks", []any{object{"type": "markdown", "text": "x"}}), "invalid_arguments"},
	} {
		out, _ := try(t, w, "views.open", object{"trigger_id": trigger, "view": c.view})
		if out["error"] != c.code {
			t.Errorf("%s: got %v", name, out)
		}
	}
	call(t, w, "views.open", object{"trigger_id": trigger, "view": with("blocks", times(100, func(int) object { return section("x") }))})
}

func TestAModalIsSentWithWhatWasFilledIn(t *testing.T) {
	person := object{"type": "input", "label": plain("Commander"), "block_id": "ic", "optional": true, "element": object{"type": "users_select", "action_id": "v"}}
	impact := object{"type": "input", "label": plain("Impact"), "block_id": "impact", "element": menu(times(3, option), object{"initial_option": option(1)})}
	w, app, aki := opener(t, modal("Open", input(plain("Title")), person, impact))
	if a := w.Submit(aki, w.Views(aki)[0], nil); a.Errors["title"] == "" || a.Status != 0 || len(app.heard()) != 0 {
		t.Errorf("an empty needed field was sent: %+v", a)
	}
	app.answer = answer(object{"response_action": "errors", "errors": object{"title": "Too vague."}})
	a := w.Submit(aki, w.Views(aki)[0], map[string]any{"Title": "api is down", "ic": aki})
	if a.Errors["title"] != "Too vague." || len(w.Views(aki)) != 1 {
		t.Errorf("errors %v", a.Errors)
	}
	p := app.heard()[0].Payload
	values := p["view"].(object)["state"].(object)["values"].(object)
	if values["title"].(object)["v"].(object)["value"] != "api is down" || values["ic"].(object)["v"].(object)["selected_user"] != aki {
		t.Errorf("state %v", values)
	}
	if values["impact"].(object)["m"].(object)["selected_option"].(object)["value"] != "1" {
		t.Errorf("what was chosen at first: %v", values["impact"])
	}
	if p["type"] != "view_submission" || p["view"].(object)["private_metadata"] != "meta" || app.heard()[0].Path != "/slack/interactions" {
		t.Errorf("payload %v", p)
	}
	app.answer = nil
	w.Submit(aki, w.Views(aki)[0], nil)
	if len(w.Views(aki)) != 0 || len(w.Troubles()) != 0 {
		t.Errorf("views %v, troubles %q", w.Views(aki), w.Troubles())
	}
}

func TestAnswersThatSlackCannotUseAreTrouble(t *testing.T) {
	w, app, aki := opener(t, modal("Open", input(plain("Title")), section("x")))
	for _, body := range []any{
		object{"response_action": "errors", "errors": object{"nowhere": "x"}},
		object{"response_action": "errors"},
		object{"response_action": "update", "view": modal(long(30))},
		object{"response_action": "dance"},
		"fine",
	} {
		app.answer = answer(body)
		if a := w.Submit(aki, w.Views(aki)[0], map[string]any{"title": "x"}); !strings.HasPrefix(a.Failure, "We had some trouble") {
			t.Errorf("%v: failure %q", body, a.Failure)
		}
	}
	if len(w.Troubles()) != 5 || len(w.Views(aki)) != 1 {
		t.Errorf("troubles %q", w.Troubles())
	}
}

func TestAStackHoldsThreeModals(t *testing.T) {
	w, app, aki := opener(t, modal("one", input(plain("Title"))))
	app.answer = answer(object{"response_action": "push", "view": modal("two", input(plain("Title")))})
	w.Submit(aki, w.Views(aki)[0], map[string]any{"title": "x"})
	app.answer = nil
	top := func() slacktest.View { v := w.Views(aki); return v[len(v)-1] }
	view := modal("three", actions(button("More", "1")))
	view["notify_on_close"] = true
	cmd := w.Command(aki, "general", "/incident", "x")
	refused(t, w, "views.push", "not_found", object{"trigger_id": cmd.TriggerID, "view": view})
	call(t, w, "views.update", object{"view_id": top().ID, "view": modal("two", input(plain("Title")), actions(button("More", "1")))})
	a := w.Press(aki, top(), "More")
	call(t, w, "views.push", object{"trigger_id": a.TriggerID, "view": view})
	a = w.Press(aki, top(), "More")
	refused(t, w, "views.push", "push_limit_reached", object{"trigger_id": a.TriggerID, "view": view})
	app.forget()
	w.Dismiss(aki, false)
	if got := app.heard()[0].Payload; got["type"] != "view_closed" || got["is_cleared"] != false || top().Title != "two" {
		t.Errorf("closed %v, on top %q", got, top().Title)
	}
	app.answer = answer(object{"response_action": "clear"})
	w.Submit(aki, top(), map[string]any{"title": "x"})
	if len(w.Views(aki)) != 0 {
		t.Errorf("views %v", w.Views(aki))
	}
}

func TestAHashGuardsRacesAndInputStays(t *testing.T) {
	w, app, aki := opener(t, modal("Open", input(plain("Title"))))
	v := w.Views(aki)[0]
	app.answer = answer(object{"response_action": "errors", "errors": object{"title": "no"}})
	w.Submit(aki, v, map[string]any{"title": "kept"})
	out := call(t, w, "views.update", object{"view_id": v.ID, "hash": v.Hash, "view": modal("Two", input(plain("Title")))})
	kept := out["view"].(object)["state"].(object)["values"].(object)["title"].(object)["v"].(object)["value"]
	if kept != "kept" {
		t.Errorf("the update lost %v", kept)
	}
	refused(t, w, "views.update", "hash_conflict", object{"view_id": v.ID, "hash": v.Hash, "view": modal("Three")})
	w.Dismiss(aki, true)
	refused(t, w, "views.update", "not_found", object{"view_id": v.ID, "view": modal("Three")})
}

func TestHomeTabs(t *testing.T) {
	w, _ := connected(t, slacktest.Options{})
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	home := object{"type": "home", "blocks": []any{section("My incidents"), actions(button("Open", "1"))}}
	call(t, w, "views.publish", object{"user_id": aki, "view": home})
	if got := w.HomeOf(aki).Shown(); !strings.Contains(got, "My incidents") {
		t.Errorf("home %q", got)
	}
	a := w.Press(aki, w.HomeOf(aki), "Open")
	call(t, w, "views.open", object{"trigger_id": a.TriggerID, "view": modal("t")})
	refused(t, w, "views.publish", "hash_conflict", object{"user_id": aki, "view": home, "hash": "1.2"})
	refused(t, w, "views.publish", "invalid_arguments", object{"user_id": aki, "view": modal("t")})
	off := false
	closed := slacktest.New(t, slacktest.Options{HomeTab: &off})
	refused(t, closed, "views.publish", "not_enabled", object{"user_id": closed.BotUser, "view": home})
}

func TestButtonsMenusAndShortcuts(t *testing.T) {
	w, app := connected(t, slacktest.Options{Unlimited: true})
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	id := create(t, w, "inc-1")
	w.Join(aki, id)
	external := object{"type": "external_select", "action_id": "who", "placeholder": plain("Who")}
	call(t, w, "chat.postMessage", object{"channel": id, "text": "card", "blocks": []any{actions(button("Ack", "ack 7"), menu(times(3, option), nil), external)}})
	settle(t, w)
	app.forget()
	card := w.Posts(id)[0]
	a := w.Press(aki, card, "Ack")
	p := app.heard()[0].Payload
	act := p["actions"].([]any)[0].(object)
	if p["type"] != "block_actions" || act["value"] != "ack 7" || act["action_id"] != "back 7" || p["response_url"] != a.ResponseURL || p["message"].(object)["ts"] != card.TS {
		t.Errorf("pressed %v", p)
	}
	w.Choose(aki, card, "m", "2")
	if got := app.heard()[1].Payload["actions"].([]any)[0].(object)["selected_option"].(object)["value"]; got != "2" {
		t.Errorf("chosen %v", got)
	}
	app.answer = func(path string, p object, _ *http.Request) (int, string) {
		if path == "/slack/options" && p["type"] == "block_suggestion" && p["value"] == "Ben" {
			return 200, `{"options":[{"text":{"type":"plain_text","text":"Ben"},"value":"p2"}]}`
		}
		return 200, ""
	}
	w.Choose(aki, card, "who", "Ben")
	if got := app.heard()[3].Payload["actions"].([]any)[0].(object)["selected_option"].(object)["value"]; got != "p2" {
		t.Errorf("chosen of the app's options: %v", got)
	}
	said := w.Say(aki, id, "note this")
	settle(t, w)
	app.forget()
	w.MessageAction(aki, said, "log")
	w.Shortcut(aki, "open")
	if got := app.heard()[0].Payload; got["type"] != "message_action" || got["message"].(object)["text"] != "note this" || got["response_url"] == nil {
		t.Errorf("message shortcut %v", got)
	}
	if got := app.heard()[1].Payload; got["type"] != "shortcut" || got["channel"] != nil || got["response_url"] != nil {
		t.Errorf("global shortcut %v", got)
	}
	if got := w.Troubles(); len(got) > 0 {
		t.Errorf("troubles %q", got)
	}
}

func TestAnEphemeralMessageCanBePressedAndTakenAway(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	app.answer = answer(object{"text": "sure?", "blocks": []any{actions(button("Yes", "1"))}})
	w.Command(aki, "general", "/incident", "close")
	app.answer = nil
	app.forget()
	a := w.Press(aki, w.Ephemerals(aki)[0], "Yes")
	p := app.heard()[0].Payload
	if p["container"].(object)["is_ephemeral"] != true || p["message"] != nil {
		t.Errorf("payload %v", p)
	}
	go func() {
		res, err := w.HTTP().Post(a.ResponseURL, "application/json", strings.NewReader(`{"delete_original":true}`))
		if err == nil {
			_ = res.Body.Close()
		}
	}()
	w.Until("it is gone", func() bool { return len(w.Ephemerals(aki)) == 0 })
	if len(w.Texts("general")) != 0 {
		t.Errorf("texts %q", w.Texts("general"))
	}
}

func TestAResponseURLHasFiveUsesInHalfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := connected(t, slacktest.Options{Unlimited: true})
		aki := w.Person(slacktest.User{Name: "aki"}).ID
		post := func(link string, o object) int {
			raw, _ := json.Marshal(o)
			res, err := w.HTTP().Post(link, "application/json", strings.NewReader(string(raw)))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			return res.StatusCode
		}
		a := w.Command(aki, "general", "/incident", "list")
		var got []int
		for range 6 {
			got = append(got, post(a.ResponseURL, object{"text": "x"}))
		}
		if !slices.Equal(got, []int{200, 200, 200, 200, 200, 404}) || len(w.Ephemerals(aki)) != 5 {
			t.Errorf("uses %v", got)
		}
		b := w.Command(aki, "general", "/incident", "list")
		if post(b.ResponseURL, object{"response_type": "in_channel", "text": "all"}) != 200 || !slices.Equal(w.Texts("general"), []string{"all"}) {
			t.Errorf("texts %q", w.Texts("general"))
		}
		time.Sleep(31 * time.Minute)
		if got := post(b.ResponseURL, object{"text": "late"}); got != 404 {
			t.Errorf("after 31 minutes: %d", got)
		}
		card := call(t, w, "chat.postMessage", object{"channel": w.Room("general"), "text": "card", "blocks": []any{actions(button("Ack", "1"))}})
		m := w.Posts("general")[1]
		c := w.Press(aki, m, "Ack")
		post(c.ResponseURL, object{"replace_original": true, "text": "acked"})
		if got := w.Texts("general")[1]; got != "acked" {
			t.Errorf("replaced %q (%v)", got, card["ts"])
		}
		post(c.ResponseURL, object{"delete_original": true})
		if got := w.Texts("general"); len(got) != 1 {
			t.Errorf("texts %q", got)
		}
		w.Close()
	})
}
