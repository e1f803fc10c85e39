package storagetest

import (
	"fmt"
	"testing"
	"time"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/storage"
)

const day = 24 * time.Hour

// prunes: what is too old goes, what a hold protects, what is open and what is young stays, and no chain is touched.
func prunes(t *testing.T, h *house) {
	rooms := map[string]incident.Number{"over": 0, "held": 0, "open": 0}
	for _, room := range []string{"over", "held", "open"} {
		n := h.opened(room)
		rooms[room] = n
		h.channel(console.Channel{ID: room, Number: n})
		for range 250 { // more than a batch
			h.say(room, 0, "word")
		}
		if room != "open" {
			h.recorded(n, incident.Change{}, &incident.Resolved{Text: "done", From: incident.Investigating}, &incident.Closed{How: "manager", From: "resolved"})
		}
	}
	h.channel(console.Channel{ID: "general"})
	h.say("general", 0, "word")
	must(t, h.Hold(ctx(t), rooms["held"], false, incident.By{Person: "p1"}, "a case in court"))
	left := func(room string) int {
		return len(ok[[]console.Message](t)(h.Messages(ctx(t), room, 0, 0, 1000)))
	}
	r := storage.Retention{Chat: 30 * day, Causes: day, Undelivered: 30 * day, Undecoded: 30 * day, Alerts: 30 * day}
	h.pass(3 * day)
	if p := ok[storage.Pruned](t)(h.Prune(ctx(t), r)); p != (storage.Pruned{}) {
		t.Errorf("pruned too early, or causes before the least time: %+v", p)
	}
	h.pass(40 * day)
	young := h.opened("young")
	p := ok[storage.Pruned](t)(h.Prune(ctx(t), r))
	equal(t, "messages", p.Messages, 250)
	if p.Causes < 5 {
		t.Errorf("%d causes went", p.Causes)
	}
	for room, want := range map[string]int{"over": 0, "held": 250, "open": 250, "general": 1} {
		equal(t, "messages left in "+room, left(room), want)
	}
	equal(t, "the last cause is known", ok[bool](t)(h.Knows(ctx(t), fmt.Sprintf("test/%d", h.cause.Load()))), true)
	equal(t, "the first is not", ok[bool](t)(h.Knows(ctx(t), "test/1")), false)
	if v, broken, err := h.VerifyAll(ctx(t), storage.Verifying{}); broken != nil || err != nil || v.Incidents != 4 {
		t.Errorf("verify: %+v %v %v", v, broken, err)
	}
	h.do(young, incident.Note{Text: "life goes on"})
	must(t, h.Hold(ctx(t), 0, false, incident.By{Person: "p1"}, "everything"))
	h.pass(400 * day)
	if p := ok[storage.Pruned](t)(h.Prune(ctx(t), r)); p != (storage.Pruned{}) {
		t.Errorf("pruned under a hold of everything: %+v", p)
	}
	must(t, h.Hold(ctx(t), 0, true, incident.By{Person: "p1"}, "over"))
	if p := ok[storage.Pruned](t)(h.Prune(ctx(t), storage.Retention{})); p != (storage.Pruned{}) {
		t.Errorf("pruned though all is kept for ever: %+v", p)
	}
}
