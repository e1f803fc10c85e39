package slack_test

import (
	"slices"
	"strings"
	"testing"

	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// Slack shows people by name where they must not be pinged, as text. Whose name was erased is named no more in what Matoi wrote:
// posts and the topic say the rest, and the report is written anew.
func TestWhoWasErasedIsNamedNoMoreInSlack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, slacktest.Options{Unlimited: true})
	yamada, yamadaID := h.person("Yamada-Hanako")
	n := h.do(0, incident.Open{Title: "payments are slow", Priority: incident.P2}).Number
	h.do(n, incident.TakeRole{Role: incident.Manager, Person: yamada})
	h.calm()
	i, err := h.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	there, _ := i.Room("slack")
	h.do(n, incident.AddTask{Text: "look at the pool", Owner: h.bob})
	if _, err := h.desk.Do(t.Context(), n, incident.Note{Text: "restarted the pool"}, incident.By{Person: yamada}, incident.Cause{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.Do(t.Context(), n, incident.OfferHandover{Role: incident.Manager, To: h.bob}, incident.By{Person: yamada}, incident.Cause{}); err != nil {
		t.Fatal(err)
	}
	h.calm()
	stands := func() (where []string) {
		for place, all := range map[string][]slacktest.Message{
			"room": h.w.Messages(there.ID), "Ann": h.w.DMs(h.annID), "Bob": h.w.DMs(h.bobID), "Yamada": h.w.DMs(yamadaID), "announcements": h.w.Messages(h.w.Room("incidents")),
		} {
			if slices.ContainsFunc(all, func(m slacktest.Message) bool {
				return m.Bot != "" && strings.Contains(m.Shown()+m.Text, "Yamada-Hanako")
			}) {
				where = append(where, place)
			}
		}
		if strings.Contains(h.w.Topic(there.ID), "Yamada-Hanako") {
			where = append(where, "topic")
		}
		slices.Sort(where)
		return where
	}
	if got := stands(); !slices.Contains(got, "room") || !slices.Contains(got, "topic") || !slices.Contains(got, "Bob") {
		t.Fatalf("before the name stands in %q", got)
	}
	before := len(h.w.Messages(there.ID))
	if err := h.store.Erase(t.Context(), yamada, incident.By{Person: h.ann}, "she asked"); err != nil {
		t.Fatal(err)
	}
	h.calm()
	if got := stands(); len(got) > 0 {
		t.Errorf("the name still stands in %q", got)
	}
	all := strings.Join(h.w.Texts(there.ID), "\n")
	if !strings.Contains(all, "restarted the pool") || !strings.Contains(all, "look at the pool") || len(h.w.Messages(there.ID)) < before {
		t.Errorf("the room reads:\n%s", all)
	}
	if bob := strings.Join(shown(h.w.DMs(h.bobID)), "\n"); !strings.Contains(bob, "look at the pool") || !strings.Contains(bob, "was erased") {
		t.Errorf("Bob reads:\n%s", bob)
	}
	if i, err := h.store.Load(t.Context(), n); err != nil || len(i.Doubts) > 0 {
		t.Errorf("the record doubts %q, %v", i.Doubts, err)
	}
	for _, trouble := range h.w.Troubles() {
		t.Error(trouble)
	}
}

// A title that is erased goes from where the incident is announced, too.
func TestATitleThatWasErasedGoesFromTheAnnouncement(t *testing.T) {
	t.Parallel()
	h := newHouse(t, slacktest.Options{Unlimited: true})
	n := h.do(0, incident.Open{Title: "customer Yamada cannot pay", Priority: incident.P2}).Number
	h.calm()
	announced := func() string { return strings.Join(shown(h.w.Posts(h.w.Room("incidents"))), "\n") }
	if !strings.Contains(announced(), "customer Yamada") {
		t.Fatalf("announced: %s", announced())
	}
	if err := h.store.EraseEntries(t.Context(), n, []int64{1}, incident.By{Person: h.ann}, "the customer asked"); err != nil {
		t.Fatal(err)
	}
	h.calm()
	if got := announced(); strings.Contains(got, "Yamada") || !strings.Contains(got, n.String()) {
		t.Errorf("announced: %s", got)
	}
}
