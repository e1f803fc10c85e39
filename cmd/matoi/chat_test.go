package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"matoi/bot/chattest"
	"matoi/incident"
)

func TestAlertsThatCameWhileTheChatWasDownAndAnswersWereLostAreToldOnce(t *testing.T) {
	x := bootTroubled(t)
	s := server{App: x.App}
	x.fault.Set(chattest.Trouble{Down: true})
	const alerts = 12
	for k := range alerts {
		if status := x.post(t, fmt.Sprintf("s%d", k)); status/100 != 2 {
			t.Fatalf("answered %d while the chat is down", status)
		}
	}
	eventually(t, "the metrics tell how long the oldest word waits", func() bool {
		_, out := s.ask(t, "GET", "/metrics", "")
		return strings.Contains(out, `matoi_outbox_oldest_seconds{chat="console"} `)
	})
	if n := x.fault.Carried("open") + x.fault.Carried("post"); n != 0 {
		t.Errorf("%d calls got through a chat that is down", n)
	}
	var mu sync.Mutex
	lost := map[string]bool{}
	x.fault.Set(chattest.Trouble{Lose: func(c chattest.Call) bool { // the first answer about each message
		mu.Lock()
		defer mu.Unlock()
		if c.Kind != "post" || lost[c.Message.Key] {
			return false
		}
		lost[c.Message.Key] = true
		return true
	}})
	x.quiet(t, patience)
	if twice := x.fault.Twice(); len(twice) > 0 {
		t.Errorf("sent again without a look: %v", twice)
	}
	mu.Lock()
	if len(lost) < 2*alerts {
		t.Errorf("%d answers were lost, want those of a card and an announcement for each alert", len(lost))
	}
	mu.Unlock()
	told, err := x.store.Messages(t.Context(), "incidents", 0, 0, 100)
	if err != nil || len(told) != alerts {
		t.Errorf("%d announcements (%v), want %d", len(told), err, alerts)
	}
	found, err := x.store.Find(t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}})
	if err != nil || len(found) != alerts {
		t.Fatalf("%d incidents (%v)", len(found), err)
	}
	for _, row := range found {
		i, err := x.store.Load(t.Context(), row.Number)
		if err != nil || len(i.Rooms) != 1 {
			t.Fatalf("%s has the rooms %v (%v)", row.Number, i.Rooms, err)
		}
		cards := 0
		in, err := x.store.Messages(t.Context(), i.Rooms[0].ID, 0, 0, 100)
		for _, m := range in {
			if m.Card != nil && len(m.Card.Fields) > 0 {
				cards++
			}
		}
		if err != nil || cards != 1 {
			t.Errorf("%s shows %d cards (%v)", row.Number, cards, err)
		}
	}
}
