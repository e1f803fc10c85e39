package slacktest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/slack/slacktest"
)

func TestEventsComeAgainAtOnceAfterOneMinuteAndAfterFive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, app := connected(t, slacktest.Options{})
		from := time.Now()
		app.answer = func(string, object, *http.Request) (int, string) { return 500, "" }
		w.Say(w.Person(slacktest.User{Name: "aki"}).ID, "general", "hello")
		settle(t, w)
		if len(app.heard()) != 2 {
			t.Errorf("%d tries before the first wait", len(app.heard()))
		}
		time.Sleep(10 * time.Minute)
		var at []time.Duration
		for _, try := range w.Deliveries("message")[0].Tries {
			at = append(at, try.At.Sub(from).Round(time.Second))
		}
		if want := []time.Duration{0, 0, time.Minute, 6 * time.Minute}; !slices.Equal(at, want) {
			t.Errorf("tries at %v, want %v", at, want)
		}
		for i, h := range app.heard() {
			num, reason := h.Header.Get("X-Slack-Retry-Num"), h.Header.Get("X-Slack-Retry-Reason")
			if i == 0 && num != "" || i > 0 && (num != string(rune('0'+i)) || reason != "http_error") {
				t.Errorf("try %d: num %q, reason %q", i, num, reason)
			}
			if h.Payload["event_id"] != app.heard()[0].Payload["event_id"] {
				t.Error("the event_id changed")
			}
		}
		if got := w.Troubles(); len(got) != 1 || !strings.Contains(got[0], "never acknowledged") {
			t.Errorf("troubles %q", got)
		}
		w.Close()
	})
}

func TestNoRetryStopsTheRetriesAndAnAnswerEndsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{})
		w.Connect("http://app.test", slacktest.InMemory(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-Slack-No-Retry", "1")
			rw.WriteHeader(http.StatusServiceUnavailable)
		})))
		aki := w.Person(slacktest.User{Name: "aki"})
		w.Say(aki.ID, "general", "hello")
		time.Sleep(10 * time.Minute)
		if d := w.Deliveries("message"); len(d[0].Tries) != 1 {
			t.Errorf("%d tries in spite of X-Slack-No-Retry", len(d[0].Tries))
		}
		app := &appStub{}
		app.answer = func(_ string, _ object, r *http.Request) (int, string) {
			if r.Header.Get("X-Slack-Retry-Num") == "" {
				time.Sleep(4 * time.Second)
			}
			return 200, ""
		}
		w.Connect("http://app.test", slacktest.InMemory(app))
		w.Say(aki.ID, "general", "again")
		time.Sleep(10 * time.Minute)
		if len(app.heard()) != 2 || app.heard()[1].Header.Get("X-Slack-Retry-Reason") != "http_timeout" {
			t.Errorf("%d tries", len(app.heard()))
		}
		w.Close()
	})
}

func TestEventsOfWhatPeopleDo(t *testing.T) {
	w, app := connected(t, slacktest.Options{Unlimited: true, Unfurls: []string{"matoi.test"}})
	aki := w.Person(slacktest.User{Name: "aki"})
	id := create(t, w, "inc-1")
	settle(t, w)
	app.forget()
	expect := func(what string, want ...string) {
		t.Helper()
		settle(t, w)
		if got := app.types(); !slices.Equal(got, want) {
			t.Errorf("%s: events %q, want %q", what, got, want)
		}
		app.forget()
	}
	w.Join(aki.ID, id)
	expect("join", "message/channel_join", "member_joined_channel")
	m := w.Say(aki.ID, id, "hello <@"+w.BotUser+">")
	expect("mention", "message", "app_mention")
	w.React(aki.ID, m, "pushpin")
	if settle(t, w); app.heard()[0].Payload["event"].(object)["item"].(object)["ts"] != m.TS {
		t.Errorf("reaction %v", app.heard()[0].Payload)
	}
	expect("react", "reaction_added")
	w.Unreact(aki.ID, m, "pushpin")
	expect("unreact", "reaction_removed")
	w.Edit(aki.ID, m, "hello all")
	expect("edit", "message/message_changed")
	r := w.Reply(aki.ID, m, "in the thread")
	expect("reply", "message")
	w.Delete(aki.ID, m)
	expect("delete what has replies", "message/message_changed")
	w.Delete(aki.ID, r)
	expect("delete", "message/message_deleted")
	w.Share(aki.ID, id, "https://matoi.test/incidents/7")
	expect("share", "message", "link_shared")
	w.Rename(aki.ID, id, "inc-1-api")
	expect("rename", "message/channel_name", "channel_rename")
	w.SetTopic(aki.ID, id, "mine")
	expect("topic", "message/channel_topic")
	w.Home(aki.ID)
	expect("home", "app_home_opened")
	w.Change(aki.ID, func(u *slacktest.User) { u.Real = "Aki T." })
	expect("change", "user_change")
	w.Leave(aki.ID, id)
	expect("leave", "message/channel_leave", "member_left_channel")
	w.Archive(aki.ID, id)
	expect("archive", "message/channel_archive", "channel_archive")
	w.Unarchive(aki.ID, id)
	expect("unarchive", "message/channel_unarchive", "channel_unarchive")
	w.Leave(w.BotUser, id)
	expect("the app is removed", "member_left_channel", "channel_left")
	w.Join(aki.ID, id)
	w.Say(aki.ID, id, "nobody listens")
	expect("the app is not in the channel")
}

func TestOwnMessagesComeBackWithTheBotID(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	call(t, w, "chat.postMessage", object{"channel": w.Room("general"), "text": "mine"})
	settle(t, w)
	e := app.heard()[0].Payload["event"].(object)
	if e["bot_id"] != w.BotID || e["user"] != w.BotUser || e["text"] != "mine" || e["channel_type"] != "channel" {
		t.Errorf("event %v", e)
	}
}

func TestHeldEventsComeInAnyOrder(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	aki := w.Person(slacktest.User{Name: "aki"})
	w.Hold()
	for _, s := range []string{"one", "two", "three"} {
		w.Say(aki.ID, "general", s)
	}
	settle(t, w)
	if len(app.heard()) != 0 {
		t.Fatal("held events were sent")
	}
	w.Release(2, 0)
	settle(t, w)
	var got []string
	for _, h := range app.heard() {
		got = append(got, h.Payload["event"].(object)["text"].(string))
	}
	if !slices.Equal(got, []string{"three", "one", "two"}) {
		t.Errorf("order %q", got)
	}
	d := w.Deliveries("message")[0]
	w.Redeliver(d, 1, "http_timeout")
	if last := app.heard()[3]; last.Payload["event_id"] != d.ID || last.Header.Get("X-Slack-Retry-Num") != "1" {
		t.Errorf("redelivered %v", last.Header)
	}
}

func TestAReplayHasTheSameBytesAndSignature(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	w.Command(w.Person(slacktest.User{Name: "aki"}).ID, "general", "/incident", "open a")
	was := w.Deliveries(slacktest.Commands)[0].Tries[0].Request
	w.Send(was)
	first, second := app.heard()[0], app.heard()[1]
	if !bytes.Equal(first.Body, second.Body) || first.Header.Get("X-Slack-Signature") != second.Header.Get("X-Slack-Signature") {
		t.Error("the replay differs")
	}
	old := slacktest.Request{Path: was.Path, Body: was.Body, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
	w.Sign(&old, "wrong", time.Now().Add(-301*time.Second))
	w.Send(old)
	if got := app.heard()[2].Header.Get("X-Slack-Signature"); got == first.Header.Get("X-Slack-Signature") {
		t.Error("the wrong secret signs alike")
	}
}

func TestTheChallengeIsAskedFor(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	app.answer = func(_ string, p object, _ *http.Request) (int, string) {
		raw, _ := json.Marshal(object{"challenge": p["challenge"]})
		return 200, string(raw)
	}
	if !w.VerifyURL() {
		t.Error("the right answer was refused")
	}
	app.answer = nil
	if w.VerifyURL() {
		t.Error("an empty answer passed")
	}
}

func TestACommandFailsWhenTheAppFails(t *testing.T) {
	w, app := connected(t, slacktest.Options{Escape: true})
	aki := w.Person(slacktest.User{Name: "aki"})
	app.answer = func(string, object, *http.Request) (int, string) { return 500, "" }
	if a := w.Command(aki.ID, "general", "/incident", "role ic @aki in #general"); a.Failure != "dispatch_failed" {
		t.Errorf("failure %q", a.Failure)
	}
	if got, want := app.heard()[0].Payload["text"], "role ic <@"+aki.ID+"|aki> in <#"+w.Room("general")+"|general>"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if a := w.Command(aki.ID, "general", "/unknown", ""); !strings.Contains(a.Failure, "not a valid command") || len(app.heard()) != 1 {
		t.Errorf("failure %q", a.Failure)
	}
	w.Down()
	if a := w.Command(aki.ID, "general", "/incident", ""); a.Failure != "Slack is away" || len(app.heard()) != 1 {
		t.Errorf("failure %q", a.Failure)
	}
	if out, res := try(t, w, "auth.test", object{}); res != nil {
		t.Errorf("a workspace that is down answered %v", out)
	}
	w.Up()
	call(t, w, "auth.test", object{})
}

func TestEventsInNoOrderAllArriveOnce(t *testing.T) {
	w, app := connected(t, slacktest.Options{Shuffled: true})
	aki := w.Person(slacktest.User{Name: "aki"})
	want := map[string]bool{}
	for i := range 50 {
		text := string(rune('a'+i%26)) + string(rune('a'+i/26))
		want[text] = true
		w.Say(aki.ID, "general", text)
	}
	settle(t, w)
	for _, h := range app.heard() {
		delete(want, h.Payload["event"].(object)["text"].(string))
	}
	if len(want) != 0 || len(app.heard()) != 50 {
		t.Errorf("%d events, missing %v", len(app.heard()), want)
	}
}

func TestPeopleOfOtherOrganisations(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	eve := w.Person(slacktest.User{Name: "eve", Foreign: "T9999999999"})
	id := create(t, w, "inc-1")
	refused(t, w, "conversations.invite", "cant_invite", object{"channel": id, "users": eve.ID})
	w.ShareWith(id)
	call(t, w, "conversations.invite", object{"channel": id, "users": eve.ID})
	settle(t, w)
	app.forget()
	w.Say(eve.ID, id, "hello")
	settle(t, w)
	p := app.heard()[0].Payload
	if p["is_ext_shared_channel"] != true || p["team_id"] != w.Team || p["event"].(object)["team"] != "T9999999999" {
		t.Errorf("event %v", p)
	}
	w.Command(eve.ID, id, "/incident", "status")
	second := slacktest.New(t, slacktest.Options{Team: "T2222222222"})
	second.SigningSecret = w.SigningSecret
	second.Connect("http://app.test", slacktest.InMemory(app))
	second.Command(second.Person(slacktest.User{Name: "zoe"}).ID, "general", "/incident", "status")
	last := app.heard()[2]
	if last.Payload["team_id"] != "T2222222222" {
		t.Errorf("the second workspace's command: %v", last.Payload)
	}
}
