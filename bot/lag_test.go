package bot

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// saysBehind reports whether a card says that a chat is behind.
func saysBehind(c Card) bool {
	return slices.ContainsFunc(c.Fields, func(f Field) bool { return f.Name == "チャット" })
}

// A chat that hears nothing can't be told so, and one that hears it again would say something that is over.
func TestACardSaysOfOtherChatsOnlyThatTheyAreBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat", "console")
		defer x.stop()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		x.b.lags.put(n, "chat", time.Now())
		for realm, want := range map[string]bool{"chat": false, "console": true} {
			for _, kind := range []incident.EffectKind{incident.ShowCard, incident.Announce} {
				out, err := x.b.Render(t.Context(), incident.Delivery{ID: 1, Effect: incident.Effect{Number: n, Kind: kind, Realm: realm}})
				if err != nil {
					t.Fatal(err)
				}
				if got := saysBehind(cardOf(out.Message)); got != (want && kind == incident.ShowCard) {
					t.Errorf("%s in %s says that chat is behind: %t", kind, realm, got)
				}
			}
		}
	})
}

// A process that starts while a chat is away knows from the outbox which rooms hear nothing, before it has tried anything; and
// says so no more once they do, though another process told them.
func TestWhoIsBehindIsKnownFromTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat", "console")
		x.stop()
		x.near = &nearChat{fakeChat: x.chats["console"]}
		x.start()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		room := RoomName(n, "payments are slow")
		x.chats["chat"].fail(errors.New("connection refused"))
		x.do(n, incident.Note{Sort: "note", Text: "x"}, "p1")
		x.after(30 * time.Second)
		x.kill()
		x.after(5 * time.Minute)
		x.b.lags = &lags{since: since{}} // another process
		x.chats["chat"].hang = room
		x.chats["chat"].fail(nil)
		x.start()
		defer func() { x.stop() }()
		x.after(time.Second) // its call hangs: nothing was tried to the end yet
		if since := x.b.lags.of(n)["chat"]; time.Since(since) < 5*time.Minute {
			t.Errorf("behind since %s", since)
		}
		shown := func() bool {
			for _, p := range x.chats["console"].in(room) {
				if saysBehind(cardOf(p.m)) {
					return true
				}
			}
			return false
		}
		if !shown() {
			t.Error("the card does not say so")
		}
		x.m.clear() // another process has told them
		x.after(2 * lookEvery)
		if since := x.b.lags.of(n)["chat"]; !since.IsZero() || shown() {
			t.Errorf("still behind since %s, shown %t", since, shown())
		}
	})
}
