package slacktest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"matoi/bot/slack/slacktest"
)

func TestNamesOfChannels(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	for name, code := range map[string]string{
		"":                      "invalid_name_required",
		strings.Repeat("a", 81): "invalid_name_maxlength",
		"Inc-1":                 "invalid_name_specials",
		"inc 1":                 "invalid_name_specials",
		"inc.1":                 "invalid_name_specials",
		"---":                   "invalid_name_punctuation",
		"general":               "name_taken",
	} {
		refused(t, w, "conversations.create", code, object{"name": name})
	}
	create(t, w, "障害-1")
	id := create(t, w, "inc-1")
	w.Archive(w.BotUser, id)
	refused(t, w, "conversations.create", "name_taken", object{"name": "inc-1"})
	private := call(t, w, "conversations.create", object{"name": "inc-secret", "is_private": "true"})
	if !w.Private("inc-secret") || private["channel"].(object)["is_private"] != true {
		t.Errorf("not private: %v", private)
	}
}

func TestAnArchivedChannelTakesNothing(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	aki := w.Person(slacktest.User{Name: "aki"})
	id := create(t, w, "inc-1")
	ts := call(t, w, "chat.postMessage", object{"channel": id, "text": "card"})["ts"].(string)
	call(t, w, "conversations.archive", object{"channel": id})
	refused(t, w, "conversations.archive", "already_archived", object{"channel": id})
	refused(t, w, "conversations.unarchive", "not_in_channel", object{"channel": id})
	refused(t, w, "chat.update", "is_inactive", object{"channel": id, "ts": ts, "text": "late"})
	for method, args := range map[string]object{
		"chat.postMessage":              {"text": "late"},
		"chat.postEphemeral":            {"user": aki.ID, "text": "late"},
		"conversations.setTopic":        {"topic": "late"},
		"conversations.invite":          {"users": aki.ID},
		"conversations.rename":          {"name": "late"},
		"pins.add":                      {"timestamp": ts},
		"reactions.add":                 {"timestamp": ts, "name": "eyes"},
		"bookmarks.add":                 {"channel_id": id, "title": "late", "type": "link", "link": "https://a.test"},
		"conversations.canvases.create": {"channel_id": id},
	} {
		args["channel"] = id
		refused(t, w, method, "is_archived", args)
	}
	if w.Rooms()[1] != "inc-1" || !w.Archived(id) {
		t.Errorf("rooms %v", w.Rooms())
	}
}

func TestInvitesFailTogetherUnlessForced(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	aki, ben := w.Person(slacktest.User{Name: "aki"}), w.Person(slacktest.User{Name: "ben"})
	gone := w.Person(slacktest.User{Name: "gone", Deleted: true})
	id := create(t, w, "inc-1")
	refused(t, w, "conversations.invite", "no_user", object{"channel": id})
	refused(t, w, "conversations.invite", "cant_invite_self", object{"channel": id, "users": w.BotUser})
	refused(t, w, "conversations.invite", "too_many_users", object{"channel": id, "users": strings.Repeat("U1,", 101)})
	out := refused(t, w, "conversations.invite", "user_not_found", object{"channel": id, "users": aki.ID + "," + gone.ID})
	if e := out["errors"].([]any)[0].(object); e["user"] != gone.ID || e["error"] != "user_not_found" {
		t.Errorf("errors %v", e)
	}
	if got := w.Members(id); len(got) != 1 {
		t.Fatalf("one bad id let others in: %v", got)
	}
	out = call(t, w, "conversations.invite", object{"channel": id, "users": aki.ID + "," + gone.ID + "," + ben.ID, "force": "true"})
	if got := w.Members(id); !slices.Equal(got, []string{w.BotUser, aki.ID, ben.ID}) || len(out["errors"].([]any)) != 1 {
		t.Errorf("members %v, errors %v", got, out["errors"])
	}
	refused(t, w, "conversations.invite", "already_in_channel", object{"channel": id, "users": aki.ID})
}

func TestWhatIsDoneTwiceSaysSo(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	id := create(t, w, "inc-1")
	ts := call(t, w, "chat.postMessage", object{"channel": id, "text": "card"})["ts"].(string)
	for _, c := range []struct {
		method, code string
		args         object
	}{
		{"pins.add", "already_pinned", object{"channel": id, "timestamp": ts}},
		{"reactions.add", "already_reacted", object{"channel": id, "timestamp": ts, "name": "eyes"}},
		{"conversations.canvases.create", "channel_canvas_already_exists", object{"channel_id": id}},
		{"usergroups.create", "name_already_exists", object{"name": "Incident managers", "handle": "im"}},
	} {
		call(t, w, c.method, c.args)
		refused(t, w, c.method, c.code, c.args)
	}
}

func TestOnlyOwnMessagesAreChanged(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	aki := w.Person(slacktest.User{Name: "aki"})
	said := w.Say(aki.ID, "general", "hello")
	refused(t, w, "chat.update", "cant_update_message", object{"channel": said.Channel, "ts": said.TS, "text": "x"})
	refused(t, w, "chat.delete", "cant_delete_message", object{"channel": said.Channel, "ts": said.TS})
	refused(t, w, "chat.update", "message_not_found", object{"channel": said.Channel, "ts": "1.000001", "text": "x"})
	refused(t, w, "chat.postMessage", "channel_not_found", object{"channel": "C404", "text": "x"})
	refused(t, w, "chat.postMessage", "channel_not_found", object{"channel": "#general", "text": "x"})
	refused(t, w, "chat.postMessage", "thread_not_found", object{"channel": said.Channel, "text": "x", "thread_ts": "1.000001"})
	refused(t, w, "chat.postMessage", "no_text", object{"channel": said.Channel})
	refused(t, w, "chat.postEphemeral", "user_not_in_channel", object{"channel": create(t, w, "inc-1"), "user": aki.ID, "text": "x"})
	refused(t, w, "users.info", "user_not_found", object{"user": "U404"})
	refused(t, w, "conversations.setTopic", "too_long", object{"channel": said.Channel, "topic": strings.Repeat("あ", 251)})
	mine := call(t, w, "chat.postMessage", object{"channel": said.Channel, "text": strings.Repeat("a", 40001)})
	if n := len(w.Posts(said.Channel)[0].Text); n != 40000 || len(w.Troubles()) != 1 {
		t.Errorf("a long text was kept with %d characters; troubles %q", n, w.Troubles())
	}
	refused(t, w, "chat.update", "msg_too_long", object{"channel": said.Channel, "ts": mine["ts"].(string), "text": strings.Repeat("a", 4001)})
	refused(t, w, "chat.launchRockets", "unknown_method", object{})
}

func TestAPrivateChannelWithoutTheAppIsNotThere(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	aki := w.Person(slacktest.User{Name: "aki"})
	private, public := w.Channel("secret", true, aki.ID), w.Channel("open", false, aki.ID)
	refused(t, w, "conversations.info", "channel_not_found", object{"channel": private})
	refused(t, w, "conversations.history", "not_in_channel", object{"channel": public})
	refused(t, w, "conversations.setTopic", "not_in_channel", object{"channel": public, "topic": "x"})
	call(t, w, "chat.postMessage", object{"channel": public, "text": "by chat:write.public"})
	call(t, w, "conversations.join", object{"channel": public})
	call(t, w, "conversations.setTopic", object{"channel": public, "topic": "x"})
	w.Leave(w.BotUser, public)
	refused(t, w, "conversations.invite", "not_in_channel", object{"channel": public, "users": aki.ID})
	w.Remove(public)
	refused(t, w, "conversations.info", "channel_not_found", object{"channel": public})
}

func TestScopesAreEnforced(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Scopes: []string{"chat:write", "channels:read"}})
	out := refused(t, w, "conversations.create", "missing_scope", object{"name": "inc-1"})
	if out["needed"] != "channels:manage" || out["provided"] != "chat:write,channels:read" {
		t.Errorf("needed %v, provided %v", out["needed"], out["provided"])
	}
	general := w.Room("general")
	w.Leave(w.BotUser, general)
	refused(t, w, "chat.postMessage", "not_in_channel", object{"channel": general, "text": "x"})
	refused(t, w, "conversations.history", "missing_scope", object{"channel": general})
	refused(t, w, "users.info", "missing_scope", object{"user": w.BotUser})
	_, res := try(t, w, "auth.test", object{})
	if got := res.Header.Get("X-OAuth-Scopes"); got != "chat:write,channels:read" {
		t.Errorf("x-oauth-scopes %q", got)
	}
}

func TestTokens(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{})
	ask := func(method, header, form string) string {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.APIURL()+method, strings.NewReader(url.Values{"token": {form}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if header != "" {
			req.Header.Set("Authorization", "Bearer "+header)
		}
		res, err := w.HTTP().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return decode(t, res)
	}
	for _, c := range []struct{ method, header, form, want string }{
		{"auth.test", w.BotToken, "", ""},
		{"auth.test", "", w.BotToken, ""},
		{"auth.test", "", "", "not_authed"},
		{"auth.test", "xoxb-wrong", "", "invalid_auth"},
		{"auth.test", w.AppToken, "", "not_allowed_token_type"},
		{"apps.connections.open", w.AppToken, "", ""},
		{"apps.connections.open", "", w.AppToken, "not_authed"},
		{"apps.connections.open", w.BotToken, "", "not_allowed_token_type"},
	} {
		if got := ask(c.method, c.header, c.form); got != c.want {
			t.Errorf("%s with header %q and form %q: got %q, want %q", c.method, c.header, c.form, got, c.want)
		}
	}
}

func TestHistoryGivesMetadataOnlyWhenAsked(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	id := create(t, w, "inc-1")
	mark := object{"event_type": "matoi", "event_payload": object{"key": "k1"}}
	first := call(t, w, "chat.postMessage", object{"channel": id, "text": "one", "metadata": mark})["ts"].(string)
	call(t, w, "chat.postMessage", object{"channel": id, "text": "in the thread", "thread_ts": first})
	plain := call(t, w, "conversations.history", object{"channel": id})["messages"].([]any)
	if len(plain) != 2 { // the join, and what starts the thread
		t.Fatalf("history has %d messages", len(plain))
	}
	if _, in := plain[0].(object)["metadata"]; in || plain[0].(object)["reply_count"] != 1.0 {
		t.Errorf("the newest: %v", plain[0])
	}
	full := call(t, w, "conversations.history", object{"channel": id, "include_all_metadata": "true", "limit": "1"})
	if full["messages"].([]any)[0].(object)["metadata"] == nil || full["has_more"] != true {
		t.Errorf("with metadata: %v", full)
	}
	replies := call(t, w, "conversations.replies", object{"channel": id, "ts": first})["messages"].([]any)
	if len(replies) != 2 || replies[1].(object)["text"] != "in the thread" {
		t.Errorf("replies: %v", replies)
	}
	for payload, code := range map[string]string{
		`{"event_type":"m","event_payload":{"l":["a","b"]}}`:                                    "invalid_metadata_schema",
		`{"event_type":"m","event_payload":{"o":{"deep":{"er":1}}}}`:                            "invalid_metadata_schema",
		`{"event_payload":{"a":1}}`:                                                             "invalid_metadata_format",
		`{"event_type":"m"}`:                                                                    "invalid_metadata_format",
		`{"event_type":"m","event_payload":{"a":"` + strings.Repeat("x", 20000) + `"}}`:         "metadata_too_large",
		`{"event_type":"m","event_payload":{"a":1,"b":"x","c":true,"d":{"e":1},"f":[{"g":1}]}}`: "",
	} {
		out, _ := try(t, w, "chat.postMessage", object{"channel": id, "text": "x", "metadata": payload})
		if got, _ := out["error"].(string); got != code {
			t.Errorf("%.60s: got %q, want %q", payload, got, code)
		}
	}
}

func TestAnOrgTokenMustNameTheWorkspace(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Enterprise: "E0001", OrgInstall: true})
	refused(t, w, "conversations.create", "missing_argument", object{"name": "inc-1"})
	call(t, w, "conversations.create", object{"name": "inc-1", "team_id": w.Team})
	if out := call(t, w, "auth.test", object{}); out["enterprise_id"] != "E0001" || out["is_enterprise_install"] != true {
		t.Errorf("auth.test %v", out)
	}
}

func TestAFreePlanHasNoUserGroups(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Free: true})
	refused(t, w, "usergroups.create", "plan_upgrade_required", object{"name": "im", "handle": "im"})
	paid := slacktest.New(t, slacktest.Options{})
	aki := paid.Person(slacktest.User{Name: "aki"})
	g := call(t, paid, "usergroups.create", object{"name": "im", "handle": "incident-managers"})["usergroup"].(object)["id"].(string)
	call(t, paid, "usergroups.users.update", object{"usergroup": g, "users": aki.ID})
	refused(t, paid, "usergroups.users.update", "no_users_provided", object{"usergroup": g, "users": ""})
	if got := paid.GroupUsers("incident-managers"); !slices.Equal(got, []string{aki.ID}) {
		t.Errorf("group %v", got)
	}
}
