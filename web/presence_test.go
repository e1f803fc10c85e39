package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"matoi/incident"
)

// TestTypingIsHeardByThoseWhoLookAtTheChannel and by nobody else, least of all by who types.
func TestTypingIsHeardByThoseWhoLookAtTheChannel(t *testing.T) {
	s := newSite(t, nil)
	ann, bob, chie := s.as("Ann"), s.as("Bob"), s.as("Chie")
	typed := false
	heard := make(chan string, 3)
	listen := func(v *visitor, channel string) {
		v.follow("/live/chat?after=0&channel="+channel, func(e event) bool {
			if e.name == "typing" {
				heard <- string(v.id) + " " + e.Channel + " " + e.Name
			}
			return strings.Contains(e.name, "typing") || e.Channel == "general" && e.New && e.name == "message"
		})
	}
	done := make(chan struct{})
	go func() { defer close(done); listen(ann, "general") }()
	other := make(chan struct{})
	go func() { defer close(other); listen(chie, "incidents") }()
	bob.follow("/live/chat?after=0&channel=general", func(e event) bool {
		if e.name == "part" && e.ID == "channels" && !typed {
			typed = true
			s.eventually("three streams", func() bool { return s.web.Streams() == 3 })
			if resp, _ := ann.post("/do/typing", "channel", "general"); resp.StatusCode != http.StatusNoContent {
				t.Errorf("typing: got %d", resp.StatusCode)
			}
		}
		if e.name == "typing" {
			heard <- string(bob.id) + " " + e.Channel + " " + e.Name
		}
		return e.name == "typing"
	})
	ann.say("general", "the end")
	<-done
	<-other
	close(heard)
	var all []string
	for h := range heard {
		all = append(all, h)
	}
	if want := string(bob.id) + " general Ann"; len(all) != 1 || all[0] != want {
		t.Errorf("heard %q, want %q alone", all, want)
	}
}

func TestTypingInAPrivateRoomIsNotForOutsiders(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	room := s.room(s.open(incident.Open{Title: "leak", Priority: incident.P1, Private: true}, ann.id))
	if resp, _ := bob.post("/do/typing", "channel", room); resp.StatusCode != http.StatusNotFound {
		t.Errorf("got %d, want 404", resp.StatusCode)
	}
}

// TestPresenceIsTold to everybody who is here, of everybody who is.
func TestPresenceIsTold(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	both := func(v *visitor) {
		here := map[incident.PersonID]bool{}
		v.follow("/live/chat?after=0", func(e event) bool {
			for _, id := range slices.Concat(e.All, e.Came) {
				here[id] = true
			}
			return here[ann.id] && here[bob.id]
		})
	}
	seen := make(chan struct{})
	go func() {
		defer close(seen)
		both(ann)
	}()
	both(bob)
	<-seen
}
