package slack_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// guest is a whole house, storage to adapter, in a workspace of the emulator. What people do there the test signs and sends,
// as Slack would; what they see is read from the emulator as one of them.
type guest struct {
	*testing.T
	e      *emulator
	wire   *wire
	store  *storage.Storage
	a      *slack.Adapter
	made   slack.Options // of which a was made
	ahead  atomic.Int64  // how far the house's clock is ahead of the emulator's
	events atomic.Int64
	log    journal
}

// journal is a log that is read while it is written.
type journal struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.String()
}

// written is a report as short as it may be: it is longer when there is more in the record.
type written struct{ store *storage.Storage }

func (w written) Markdown(ctx context.Context, n incident.Number, _ lang.Lang) (string, error) {
	events, err := w.store.Timeline(ctx, n, 0, 1000)
	return "# 報告書 " + n.String() + strings.Repeat("\n- …", len(events)), err
}

func (written) Picture(context.Context, incident.Number, lang.Lang) (string, error) {
	return `<svg xmlns="http://www.w3.org/2000/svg"/>`, nil
}

const guestSecret = "8f742231b10e8888abcd99yyyzzz85a5"

// newGuest opens the house, installed with a token of the emulator's that has these scopes. Houses that are there at the same time
// have announcements of their own: they open the same numbers.
func newGuest(t *testing.T, e *emulator, token string, scopes []string, announcements string) *guest {
	t.Helper()
	g := &guest{T: t, e: e, wire: &wire{e: e}, store: open(t)}
	g.wire.install(token, scopes)
	policy := incident.DefaultPolicy(time.UTC)
	policy.Realms, policy.Kept = []string{slack.Realm}, []string{slack.Realm}
	desk := &incident.Desk{Store: g.store, Policy: func() incident.Policy { return policy }, Now: g.now}
	log := slog.New(slog.NewTextHandler(&g.log, nil))
	b := bot.New(bot.Options{
		Desk: desk, Store: g.store, People: g.store, Policy: desk.Policy, Reporter: written{g.store}, Now: g.now, Log: log, Lang: "en", BaseURL: pages,
	})
	g.made = slack.Options{
		Config: slack.Config{
			BotToken: bot.NewSecret("xoxb-matoi"), SigningSecret: bot.NewSecret(guestSecret), APIURL: e.url + "/api/", ArchiveAfter: slack.Rest(10 * time.Minute),
			Announcements: announcements,
		},
		Handler: b, People: g.store, Rooms: g.store, Memory: g.store, Now: g.now, Log: log, Lang: "en", BaseURL: pages, HTTP: &http.Client{Transport: g.wire, Timeout: 30 * time.Second},
	}
	g.a = slack.New(g.made)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	pump := bot.NewPump(g.store, b, []bot.Chat{g.a}, g.now, log)
	all.Go(func() { _ = pump.Run(ctx) })
	all.Go(func() { _ = g.a.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
		if t.Failed() {
			t.Log(g.wire, g.log.String())
		}
	})
	return g
}

func (g *guest) now() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) }

// until looks again and again; the emulator is a real process on a machine that may be busy.
func (g *guest) until(what string, is func() bool) {
	g.Helper()
	late := time.After(90 * time.Second)
	for !is() {
		select {
		case <-late:
			g.Fatalf("not within 90 s: %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// send signs a request and gives the answer. Like Slack it tries again what was not recorded in time.
func (g *guest) send(path, kind, body string) string {
	g.Helper()
	var got *httptest.ResponseRecorder
	g.until("an answer of "+path, func() bool {
		r := httptest.NewRequestWithContext(g.Context(), http.MethodPost, path, strings.NewReader(body))
		stamp := strconv.FormatInt(g.now().Unix(), 10)
		mac := hmac.New(sha256.New, []byte(guestSecret))
		mac.Write([]byte("v0:" + stamp + ":" + body))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("X-Slack-Request-Timestamp", stamp)
		r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
		got = httptest.NewRecorder()
		g.a.Routes().ServeHTTP(got, r)
		return got.Code != http.StatusServiceUnavailable
	})
	if got.Code != http.StatusOK {
		g.Fatalf("%s: %d %s", path, got.Code, got.Body)
	}
	return got.Body.String()
}

// command types a slash command in a channel.
func (g *guest) command(who, channel, text string) string {
	g.Helper()
	return g.send("/slack/commands", "application/x-www-form-urlencoded", url.Values{
		"team_id": {g.e.team}, "channel_id": {channel}, "user_id": {g.e.users[who]}, "user_name": {who}, "command": {"/incident"}, "text": {text},
		"trigger_id": {g.trigger(who)},
	}.Encode())
}

// trigger is one that the emulator gave away: a form opens with it once, within three seconds.
func (g *guest) trigger(who string) string { return g.triggerIn(who, "") }

// triggerIn is one of what somebody does in a view.
func (g *guest) triggerIn(who, view string) string {
	g.Helper()
	var made struct {
		ID string `json:"trigger_id"`
	}
	g.e.ask(bySelf+who, "views.generateTriggerId", url.Values{"user_id": {g.e.users[who]}, "view_id": {view}}, &made)
	return made.ID
}

// event tells of something that happened.
func (g *guest) event(inner map[string]any) {
	g.Helper()
	body, err := json.Marshal(map[string]any{
		"type": "event_callback", "team_id": g.e.team, "event_id": "Ev" + strconv.FormatInt(g.events.Add(1), 10), "event": inner,
		"authorizations": []map[string]any{{"team_id": g.e.team, "user_id": botUser, "is_bot": true}},
	})
	if err != nil {
		g.Fatal(err)
	}
	g.send("/slack/events", "application/json", string(body))
}

// interact tells of something that somebody did in a view, with what stands in its inputs.
func (g *guest) interact(who string, view json.RawMessage, inputs map[string]any, more map[string]any) string {
	g.Helper()
	var v map[string]any
	if err := json.Unmarshal(view, &v); err != nil {
		g.Fatal(err)
	}
	values := map[string]any{}
	for name, filled := range inputs {
		values[name] = map[string]any{"v": filled}
	}
	v["state"] = map[string]any{"values": values}
	payload := map[string]any{
		"user": map[string]any{"id": g.e.users[who], "username": who}, "team": map[string]any{"id": g.e.team}, "trigger_id": g.trigger(who), "view": v,
	}
	maps.Copy(payload, more)
	body, err := json.Marshal(payload)
	if err != nil {
		g.Fatal(err)
	}
	return g.send("/slack/interactions", "application/x-www-form-urlencoded", url.Values{"payload": {string(body)}}.Encode())
}

// The inputs of forms, as Slack sends what stands in them.
func typedInto(text string) any { return map[string]any{"type": "plain_text_input", "value": text} }

func chosenOf(value string) any {
	return map[string]any{"type": "static_select", "selected_option": map[string]any{"value": value}}
}

// form types a command until its form is open: a machine that is busy may let a trigger expire.
func (g *guest) form(who, channel, text string) json.RawMessage {
	g.Helper()
	opened := func() []called {
		return slices.DeleteFunc(g.wire.of("views.open"), func(c called) bool { return !c.OK })
	}
	had := len(opened())
	g.until("the form of "+text, func() bool {
		g.command(who, channel, text)
		return len(opened()) > had
	})
	all := opened()
	return all[len(all)-1].View
}

// place is a channel as somebody sees it.
type place struct {
	ID, Name string
	Archived bool `json:"is_archived"`
	Topic    struct{ Value string }
}

// room finds the channel whose name begins so, among those that somebody sees; without an id where there is none.
func (g *guest) room(who, kinds, prefix string) place {
	g.Helper()
	var found struct{ Channels []place }
	g.e.ask(bySelf+who, "conversations.list", url.Values{"types": {kinds}, "limit": {"1000"}}, &found)
	for _, c := range found.Channels {
		if strings.HasPrefix(c.Name, prefix) {
			return c
		}
	}
	return place{}
}

// posted is a message as somebody reads it.
type posted struct {
	TS, User, Text, Subtype string
	Blocks                  []json.RawMessage
	Metadata                struct {
		Payload map[string]any `json:"event_payload"`
	}
	Edited *struct{ TS string }
	Files  []struct {
		Name, Title string
		URL         string `json:"url_private"`
	}
}

// read gives what stands in a channel, oldest first, without what Slack itself says there.
func (g *guest) read(who, room string) []posted {
	g.Helper()
	var found struct{ Messages []posted }
	g.e.ask(bySelf+who, "conversations.history", url.Values{"channel": {room}, "limit": {"1000"}}, &found)
	slices.Reverse(found.Messages)
	return slices.DeleteFunc(found.Messages, func(p posted) bool { return p.Subtype != "" && p.Subtype != "file_share" })
}

// thread gives a message with what was answered to it.
func (g *guest) thread(who, room, ts string) []posted {
	g.Helper()
	var found struct{ Messages []posted }
	g.e.ask(bySelf+who, "conversations.replies", url.Values{"channel": {room}, "ts": {ts}}, &found)
	return found.Messages
}

// members are who is in a channel.
func (g *guest) members(who, room string) []string {
	g.Helper()
	var found struct{ Members []string }
	g.e.ask(bySelf+who, "conversations.members", url.Values{"channel": {room}}, &found)
	return found.Members
}

// of gives the incident with a title, nil where there is none yet.
func (g *guest) of(title string) *incident.Incident {
	g.Helper()
	rows, err := g.store.Find(g.Context(), incident.Filter{Viewer: incident.Viewer{All: true}})
	if err != nil {
		g.Fatal(err)
	}
	for _, row := range rows {
		if row.Title != title {
			continue
		}
		i, err := g.store.Load(g.Context(), row.Number)
		if err != nil {
			g.Fatal(err)
		}
		return i
	}
	return nil
}

// facts are the entries of one kind in an incident's record.
func (g *guest) facts(n incident.Number, kind string) []incident.Event {
	g.Helper()
	events, err := g.store.Timeline(g.Context(), n, 0, 1000)
	if err != nil {
		g.Fatal(err)
	}
	return slices.DeleteFunc(events, func(e incident.Event) bool { return e.Fact.Kind() != kind })
}

// has reports whether a kind of fact stands there.
func (g *guest) has(n incident.Number, kind string) bool {
	g.Helper()
	return len(g.facts(n, kind)) > 0
}
