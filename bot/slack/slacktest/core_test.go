package slacktest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/slack/slacktest"
)

type object = map[string]any

// try calls a method with a form, as most libraries do; lists and objects become JSON.
func try(t *testing.T, w *slacktest.Workspace, method string, args object) (object, *http.Response) {
	t.Helper()
	form := url.Values{"token": {w.BotToken}}
	for k, v := range args {
		if s, is := v.(string); is {
			form.Set(k, s)
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		form.Set(k, string(raw))
	}
	res, err := w.HTTP().PostForm(w.APIURL()+method, form)
	if err != nil {
		return object{"error": err.Error()}, nil
	}
	defer res.Body.Close()
	var out object
	raw, _ := io.ReadAll(res.Body)
	if json.Unmarshal(raw, &out) != nil {
		out = object{"error": string(raw)}
	}
	return out, res
}

// call is a call that must succeed.
func call(t *testing.T, w *slacktest.Workspace, method string, args object) object {
	t.Helper()
	out, _ := try(t, w, method, args)
	if out["ok"] != true {
		t.Fatalf("%s: %v", method, out)
	}
	return out
}

// refused is a call that must fail with a code.
func refused(t *testing.T, w *slacktest.Workspace, method, code string, args object) object {
	t.Helper()
	out, _ := try(t, w, method, args)
	if out["error"] != code {
		t.Errorf("%s: got %v, want %s", method, out, code)
	}
	return out
}

func create(t *testing.T, w *slacktest.Workspace, name string) string {
	t.Helper()
	return call(t, w, "conversations.create", object{"name": name})["channel"].(object)["id"].(string)
}

// heard is an app that keeps what it got and answers with what is set.
type heard struct {
	slacktest.Request
	Payload object
}

type appStub struct {
	mu     sync.Mutex
	got    []heard
	answer func(path string, payload object, r *http.Request) (int, string)
}

func (a *appStub) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	payload := object{}
	if r.Header.Get("Content-Type") == "application/json" {
		_ = json.Unmarshal(raw, &payload)
	} else {
		form, _ := url.ParseQuery(string(raw))
		if form.Has("payload") {
			_ = json.Unmarshal([]byte(form.Get("payload")), &payload)
		} else {
			for k := range form {
				payload[k] = form.Get(k)
			}
		}
	}
	a.mu.Lock()
	a.got = append(a.got, heard{slacktest.Request{Path: r.URL.Path, Header: r.Header, Body: raw}, payload})
	a.mu.Unlock()
	status, body := http.StatusOK, ""
	if a.answer != nil {
		status, body = a.answer(r.URL.Path, payload, r)
	}
	if strings.HasPrefix(body, "{") {
		rw.Header().Set("Content-Type", "application/json")
	}
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, body)
}

// heard is what arrived so far, and forget makes it nothing.
func (a *appStub) heard() []heard {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.got)
}

func (a *appStub) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = nil
}

// types are the kinds of the events that arrived.
func (a *appStub) types() []string {
	var out []string
	for _, h := range a.heard() {
		if e, is := h.Payload["event"].(object); is {
			s := e["type"].(string)
			if sub, is := e["subtype"].(string); is {
				s += "/" + sub
			}
			out = append(out, s)
		}
	}
	return out
}

func connected(t *testing.T, o slacktest.Options) (*slacktest.Workspace, *appStub) {
	t.Helper()
	w := slacktest.New(t, o)
	app := &appStub{}
	w.Connect("http://app.test", slacktest.InMemory(app))
	return w, app
}

func settle(t *testing.T, w *slacktest.Workspace) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := w.Settle(ctx); err != nil {
		t.Fatalf("events did not settle: %v", err)
	}
}

func TestARoomIsOpenedAndSeenAsPeopleSeeIt(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{})
	aki := w.Person(slacktest.User{Name: "aki", Locale: "ja-JP"})
	id := create(t, w, "inc-7-api")
	call(t, w, "conversations.invite", object{"channel": id, "users": aki.ID})
	call(t, w, "conversations.setTopic", object{"channel": id, "topic": "SEV1 api"})
	posted := call(t, w, "chat.postMessage", object{"channel": id, "text": "INC-7", "blocks": []object{{"type": "section", "text": object{"type": "mrkdwn", "text": "*INC-7* burns"}}}})
	call(t, w, "pins.add", object{"channel": id, "timestamp": posted["ts"].(string)})
	call(t, w, "bookmarks.add", object{"channel_id": id, "title": "Report", "type": "link", "link": "https://matoi.test/7"})
	if got := w.Members(id); !slices.Equal(got, []string{w.BotUser, aki.ID}) {
		t.Errorf("members %v", got)
	}
	if got := w.Topic(id); got != "SEV1 api" {
		t.Errorf("topic %q", got)
	}
	if got := w.Texts("inc-7-api"); !slices.Equal(got, []string{"*INC-7* burns"}) {
		t.Errorf("texts %q", got)
	}
	if len(w.Pins(id)) != 1 || len(w.Bookmarks(id)) != 1 {
		t.Errorf("pins %v, bookmarks %v", w.Pins(id), w.Bookmarks(id))
	}
	call(t, w, "chat.update", object{"channel": id, "ts": posted["ts"].(string), "text": "calm"})
	if m := w.Posts(id)[0]; m.Text != "calm" || m.Shown() != "*INC-7* burns" {
		t.Errorf("blocks that are not given stay: %q, %q", m.Text, m.Shown())
	}
	call(t, w, "chat.update", object{"channel": id, "ts": posted["ts"].(string), "text": "calm", "blocks": []object{}})
	if got := w.Texts(id); !slices.Equal(got, []string{"calm"}) {
		t.Errorf("texts after the update %q", got)
	}
	if got := w.Troubles(); len(got) > 0 {
		t.Errorf("troubles: %q", got)
	}
}

func TestASlashCommandIsSignedAndItsAnswerShown(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	aki := w.Person(slacktest.User{Name: "aki"})
	app.answer = func(string, object, *http.Request) (int, string) {
		return 200, `{"response_type":"in_channel","text":"opened"}`
	}
	a := w.Command(aki.ID, "general", "/incident", "open api is down")
	if a.Failure != "" || a.Message == nil || a.Message.Text != "opened" {
		t.Fatalf("answer %+v", a)
	}
	got := app.heard()[0]
	if got.Path != "/slack/commands" || got.Payload["text"] != "open api is down" || got.Payload["trigger_id"] == "" {
		t.Errorf("delivered %+v", got.Payload)
	}
	if !strings.HasPrefix(got.Header.Get("X-Slack-Signature"), "v0=") || got.Header.Get("X-Slack-Request-Timestamp") == "" {
		t.Errorf("headers %v", got.Header)
	}
	if texts := w.Texts("general"); !slices.Equal(texts, []string{"opened"}) {
		t.Errorf("texts %q", texts)
	}
}

func TestACommandNotAnsweredInThreeSecondsFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, app := connected(t, slacktest.Options{})
		app.answer = func(string, object, *http.Request) (int, string) {
			time.Sleep(3100 * time.Millisecond)
			return 200, ""
		}
		a := w.Command(w.Person(slacktest.User{Name: "aki"}).ID, "general", "/incident", "")
		if a.Failure != "operation_timeout" || a.Took != 3*time.Second {
			t.Errorf("answer %q after %s", a.Failure, a.Took)
		}
		time.Sleep(time.Second)
		if len(app.heard()) != 1 {
			t.Errorf("a command was sent %d times", len(app.heard()))
		}
		w.Close()
	})
}

func decode(t *testing.T, res *http.Response) string {
	t.Helper()
	var out object
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	code, _ := out["error"].(string)
	return code
}
