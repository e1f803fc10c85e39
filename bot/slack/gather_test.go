package slack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// Whoever was meant to be told something in twenty incidents while Slack was away is told once, in Slack: what they are asked
// keeps its buttons. The built-in chat, which knew it all the time, says nothing twice either.
func TestWhileSlackWasAwayAPersonMissedManyIncidentsAndIsToldOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, slacktest.Options{Unlimited: true})
	var all []incident.Number
	for range 20 {
		n := h.do(0, incident.Open{Title: "payments are slow", Priority: incident.P4}).Number
		h.do(n, incident.TakeRole{Role: incident.Manager, Person: h.ann})
		all = append(all, n)
	}
	h.calm()
	told := len(h.w.DMs(h.bobID))
	h.w.Down()
	for k, n := range all {
		h.do(n, incident.AddTask{Text: fmt.Sprintf("task %d.", k), Owner: h.bob})
	}
	h.do(all[7], incident.Ask{Person: h.bob, Why: "help", Text: "come, please"})
	h.until("none is under way", func() bool { // which Slack may answer once it is back
		meant, err := h.store.Meant(t.Context(), "slack", h.bob, 100, incident.Tell)
		return err == nil && len(meant) == 21 && !slices.ContainsFunc(meant, func(d incident.Delivery) bool { return d.Taken })
	})
	h.pass(2 * time.Minute)
	h.until("each was tried", func() bool {
		meant, err := h.store.Meant(t.Context(), "slack", h.bob, 100, incident.Tell)
		return err == nil && len(meant) == 21 && meant[0].Tries > 0
	})
	h.w.Up()
	h.pass(2 * time.Minute)
	h.do(all[0], incident.SetSummary{Text: "Slack is back"})
	h.calm()
	private := h.w.DMs(h.bobID)[told:]
	if len(private) > 2 {
		t.Errorf("Bob was told %d times: %q", len(private), shown(private))
	}
	text := strings.Join(shown(private), "\n")
	for k, n := range all {
		if got := strings.Count(text, fmt.Sprintf("task %d.", k)); got != 1 || !strings.Contains(text, n.String()) {
			t.Errorf("task %d of %s is told %d times", k, n, got)
		}
		if places, err := h.store.Told(t.Context(), n, "slack"); err != nil || len(places) == 0 {
			t.Errorf("where %s was told nobody knows: %v %v", n, places, err)
		}
	}
	if !slices.ContainsFunc(private, func(m slacktest.Message) bool { return strings.Contains(m.Shown(), "come, please") && offers(m) }) {
		t.Errorf("what Bob is asked has no buttons: %q", text)
	}
	for _, trouble := range h.w.Troubles() {
		t.Error(trouble)
	}
}

// offers tells whether a message has a button.
func offers(m slacktest.Message) bool { return strings.Contains(m.Shown(), "[") }
