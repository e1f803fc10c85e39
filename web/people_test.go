package web_test

import (
	"net/http"
	"strings"
	"testing"

	"matoi/incident"
)

func TestPeopleAreShownWithWhatTheyHoldAndHowTheyAreReached(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	if _, err := s.store.Meet(t.Context(), incident.Identity{Realm: "slack:T1", ID: "U1"}, "Carla", "carla@example.com"); err != nil {
		t.Fatal(err)
	}
	n := s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
	s.do(n, incident.TakeRole{Role: incident.Manager, Person: bob.id}, bob.id)
	secret := s.open(incident.Open{Title: "wrong mail to customers", Priority: incident.P2, Private: true}, bob.id)
	s.do(secret, incident.TakeRole{Role: incident.Manager, Person: bob.id}, bob.id)

	body := ann.wants("/people", http.StatusOK, "incident manager", "Checkout is down", "carla@example.com", "Slack (T1)", "Send Bob a message", "Asia/Tokyo")
	if strings.Contains(body, "wrong mail") || strings.Contains(body, "Send Ann a message") {
		t.Error("the page tells of a private incident, or lets Ann write to herself")
	}
	body = ann.wants("/people?q=CARLA", http.StatusOK, "carla@example.com")
	if strings.Contains(body, "Send Bob a message") {
		t.Error("searching for Carla finds Bob")
	}
	ann.wants("/people?q=nobody", http.StatusOK, "Nobody by that name")

	body = ann.wants("/people/"+string(bob.id), http.StatusOK, "Checkout is down", "Did lately", "#e")
	if strings.Contains(body, "wrong mail") || strings.Contains(body, secret.String()) {
		t.Error("Bob's page tells Ann of a private incident")
	}
	bob.wants("/people/"+string(bob.id), http.StatusOK, "wrong mail")
	if resp, _ := ann.get("/people/p999"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("nobody: got %d, want 404", resp.StatusCode)
	}
}

func TestPeoplePageFollowsWhoTakesWhat(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	n := s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
	taken := false
	ann.follow("/live/people", func(e event) bool {
		if e.ID == "people-list" && !taken {
			taken = true
			s.do(n, incident.TakeRole{Role: incident.Scribe, Person: ann.id}, ann.id)
		}
		return e.ID == "people-list" && strings.Contains(e.HTML, "scribe")
	})
}
