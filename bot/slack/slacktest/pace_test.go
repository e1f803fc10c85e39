package slacktest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/slack/slacktest"
)

func TestTiersLimitEveryMethodByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{})
		for i := range 20 {
			create(t, w, fmt.Sprintf("inc-%d", i))
		}
		out, res := try(t, w, "conversations.create", object{"name": "inc-20"})
		if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "3" || out["error"] != "ratelimited" {
			t.Fatalf("the 21st: %d %v %v", res.StatusCode, res.Header, out)
		}
		call(t, w, "conversations.setTopic", object{"channel": w.Room("inc-0"), "topic": "another method"})
		time.Sleep(3 * time.Second)
		create(t, w, "inc-20")
		w.Close()
	})
}

func TestAChannelTakesOneMessageASecondAfterABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{})
		id, other := create(t, w, "inc-1"), create(t, w, "inc-2")
		for range 3 {
			call(t, w, "chat.postMessage", object{"channel": id, "text": "x"})
		}
		_, res := try(t, w, "chat.postMessage", object{"channel": id, "text": "x"})
		if res.Header.Get("Retry-After") != "1" {
			t.Errorf("the fourth at once: %d", res.StatusCode)
		}
		call(t, w, "chat.postMessage", object{"channel": other, "text": "x"})
		time.Sleep(time.Second)
		call(t, w, "chat.postMessage", object{"channel": id, "text": "x"})
		w.Close()
	})
}

func TestAFreeWorkspaceLimitsWithoutRetryAfter(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Free: true})
	for range 3 {
		call(t, w, "chat.postMessage", object{"channel": w.Room("general"), "text": "x"})
	}
	out, res := try(t, w, "chat.postMessage", object{"channel": w.Room("general"), "text": "x"})
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "" || out["error"] != "message_limit_exceeded" {
		t.Errorf("%d %v %v", res.StatusCode, res.Header, out)
	}
}

func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{Unlimited: true})
		id := create(t, w, "inc-1")
		post := func() (object, *http.Response) {
			return try(t, w, "chat.postMessage", object{"channel": id, "text": "x"})
		}
		w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, Error: "channel_not_found"})
		w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, Status: 503})
		w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, RetryAfter: 30 * time.Second})
		w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, Blind: true})
		w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, Break: true})
		w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, Lost: true})
		w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, Delay: 5 * time.Second})
		var got []string
		for range 9 {
			out, res := post()
			switch {
			case res == nil:
				got = append(got, "broken")
			case res.StatusCode != 200:
				got = append(got, fmt.Sprint(res.StatusCode, " ", res.Header.Get("Retry-After")))
			case out["ok"] == true:
				got = append(got, "ok")
			default:
				got = append(got, out["error"].(string))
			}
		}
		want := []string{"ok", "channel_not_found", "503 ", "429 30", "429 ", "broken", "broken", "ok", "ok"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if n := len(w.Posts(id)); n != 4 { // the lost one was posted
			t.Errorf("%d posts", n)
		}
		calls := w.Calls("chat.postMessage")
		if len(calls) != 9 || !calls[6].Lost || calls[5].Lost || calls[1].Error != "channel_not_found" {
			t.Errorf("calls %+v", calls)
		}
		if took := calls[8].At.Sub(calls[7].At); took != 5*time.Second {
			t.Errorf("the delay was %s", took)
		}
		w.Close()
	})
}
