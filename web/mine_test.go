package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"matoi/incident"
)

func TestMyWorkShowsWhatWaitsForMeWithTheButtonThatDoesIt(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	ann.wants("/mine", http.StatusOK, "Nothing waits for you", `href="/?vacant=incident-manager"`)

	n := s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
	s.do(n, incident.TakeRole{Role: incident.Manager, Person: ann.id}, ann.id)
	s.do(n, incident.OfferHandover{Role: incident.Manager, To: bob.id}, ann.id)
	s.do(n, incident.AddTask{Text: "save the logs", Owner: bob.id}, ann.id)

	body := bob.wants("/mine", http.StatusOK, "Ann wants to hand over to you: incident manager", "save the logs", "task done", "handover accept")
	if strings.Contains(body, "Nothing waits for you") {
		t.Error("something waits for Bob, and the page says nothing does")
	}
	body = ann.wants("/mine", http.StatusOK, "Due from you", "First notice", "Your roles", "Bob has not answered your hand-over")
	if strings.Contains(body, "handover accept") {
		t.Error("Ann is offered to accept what she offered")
	}
	i, err := s.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	seq := i.Offers[0].Seq
	if resp, text := bob.post("/do/press", "number", n.String(), "command", "handover accept "+strconv.FormatInt(seq, 10), "deed", "accept"); resp.StatusCode != http.StatusOK {
		t.Fatalf("accept: got %d %s", resp.StatusCode, text)
	}
	if i, err = s.store.Load(t.Context(), n); err != nil || i.Manager() != bob.id {
		t.Errorf("manager %q, %v: want Bob", i.Manager(), err)
	}
	bob.wants("/mine", http.StatusOK, "Your roles", "Due from you")
}

func TestMyWorkAsksOnceMoreWhoeverWasCalledAndShowsTheCallerTheyWait(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
	s.do(n, incident.TakeRole{Role: incident.Manager, Person: ann.id}, ann.id)
	s.do(n, incident.Ask{Person: bob.id, Why: "help"}, ann.id)
	bob.wants("/mine", http.StatusOK, "Your help is asked for", `data-command="ack --in `+n.String())
	ann.wants("/mine", http.StatusOK, "Bob was asked to come and has not answered")
	s.do(n, incident.Acknowledge{}, bob.id)
	if body := bob.wants("/mine", http.StatusOK); strings.Contains(body, "Your help is asked for") {
		t.Error("Bob has answered and is asked again")
	}
}

func TestMyWorkFollowsWhatChanges(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	asked := false
	ann.follow("/live/mine", func(e event) bool {
		if e.ID == "mine" && !asked {
			asked = true
			s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
		}
		return e.ID == "mine" && strings.Contains(e.HTML, "Checkout is down")
	})
}

func TestMyWorkListsMentionsThatWereNotRead(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	ann.say("general", "@Bob please look at the graph")
	bob.wants("/mine", http.StatusOK, "Mentions you have not read", "please look at the graph")
	if body := ann.wants("/mine", http.StatusOK); strings.Contains(body, "please look at the graph") {
		t.Error("Ann is told of what she wrote")
	}
}
