package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

func (s *site) now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// event is what a stream sent.
type event struct {
	name string
	ID   string
	HTML string
	Rev  int64
	New  bool

	Channel string
	Name    string // of who types

	All, Came, Went []incident.PersonID // who is here
}

// patience is how long anything is waited for. A wait that is fulfilled ends at once, so it is long.
const patience = 90 * time.Second

// follow opens a stream and calls got for each event until it says true, then hangs up.
func (v *visitor) follow(path string, got func(e event) bool) {
	v.s.t.Helper()
	ctx, hangUp := context.WithTimeout(v.s.t.Context(), patience)
	defer hangUp()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.s.server.URL+path, nil)
	if err != nil {
		v.s.t.Fatal(err)
	}
	r.Header = v.head.Clone()
	r.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		v.s.t.Fatalf("%s: got %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	name := ""
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "event: "); ok {
			name = rest
		}
		if rest, ok := strings.CutPrefix(line, "data: "); ok {
			e := event{name: name}
			if err := json.Unmarshal([]byte(rest), &e); err != nil {
				v.s.t.Fatal(err)
			}
			if got(e) {
				return
			}
		}
	}
	v.s.t.Errorf("%s: the stream ended before what was waited for came: %v", path, lines.Err())
}

// TestStreamGoesOnFromTheLastPointWithoutGapOrDouble is the promise of the chat: whatever was said while the
// connection was gone comes after it, once.
func TestStreamGoesOnFromTheLastPointWithoutGapOrDouble(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	var got []string
	after := int64(0)
	take := func(upto string) {
		bob.follow("/live/chat?channel=general&after="+strconv.FormatInt(after, 10), func(e event) bool {
			if e.name != "message" {
				return false
			}
			after = e.Rev
			for n := range 10 {
				if text := fmt.Sprintf("said %d.", n); strings.Contains(e.HTML, text) {
					got = append(got, text)
				}
			}
			return strings.Contains(e.HTML, upto)
		})
	}
	for n := range 3 {
		ann.say("general", fmt.Sprintf("said %d.", n))
	}
	take("said 2.")
	for n := 3; n < 6; n++ { // nobody listens
		ann.say("general", fmt.Sprintf("said %d.", n))
	}
	take("said 5.")
	if want := []string{"said 0.", "said 1.", "said 2.", "said 3.", "said 4.", "said 5."}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStreamTellsOfOtherChannelsWithoutTheirWords(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	ann.say("incidents", "elsewhere")
	bob.follow("/live/chat?channel=general&after=0", func(e event) bool {
		if e.name == "message" && (e.HTML != "" || e.Channel != "incidents" || !e.New) {
			t.Errorf("got %+v, want the channel's name alone", e)
		}
		return e.name == "message"
	})
}

func TestWhispersAndPrivateRoomsStayOutOfOthersStreams(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "leak", Priority: incident.P1, Private: true}, ann.id)
	room := s.room(n)
	ann.say(room, "secret words")
	ann.say("general", "/incident help")
	ann.say("general", "for all")
	bob.follow("/live/chat?channel=general&after=0", func(e event) bool {
		if strings.Contains(e.HTML, "secret") || strings.Contains(e.HTML, "only") && e.name == "message" && strings.Contains(e.HTML, "only-mark") || e.Channel == room {
			t.Errorf("got %+v", e)
		}
		return strings.Contains(e.HTML, "for all")
	})
}

func TestMessageKeepsItsPlaceWhenEdited(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	ann.say("general", "first")
	list, _, err := s.chat.Messages(t.Context(), incident.Viewer{Person: ann.id}, "general", 0, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	m := list[0]
	if resp, _ := ann.post("/do/edit", "message", strconv.FormatInt(m.ID, 10), "text", "second"); resp.StatusCode != http.StatusOK {
		t.Fatalf("edit: got %d", resp.StatusCode)
	}
	ann.follow("/live/chat?channel=general&after="+strconv.FormatInt(m.Rev, 10), func(e event) bool {
		if e.name != "message" {
			return false
		}
		if e.ID != "m"+strconv.FormatInt(m.ID, 10) || e.New || !strings.Contains(e.HTML, "second") || !strings.Contains(e.HTML, "edited") {
			t.Errorf("got %+v, want the same message in its new form", e)
		}
		return true
	})
}

func TestNewRoomAppearsInTheSideBar(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	opened := false
	ann.follow("/live/chat?channel=general&after=0", func(e event) bool {
		if !opened {
			s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
			opened = true
		}
		return e.name == "part" && e.ID == "channels" && strings.Contains(e.HTML, "Checkout is down")
	})
}

func TestIncidentPageFollowsItsTimelineAndState(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, ann.id)
	i, err := s.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	by := incident.By{Person: ann.id}
	note, err := s.desk.Do(t.Context(), n, incident.Note{Sort: "note", Text: "restarted"}, by, incident.Cause{ID: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	seq := note.Events[0].Seq
	if _, err := s.desk.Do(t.Context(), n, incident.Revise{Seq: seq, Text: "restarted twice", Why: "corrected"}, by, incident.Cause{ID: "n2"}); err != nil {
		t.Fatal(err)
	}
	heads, entries := 0, []string{}
	ann.follow("/live/incidents/"+n.String()+"?after="+strconv.FormatInt(i.Version, 10), func(e event) bool {
		switch e.name {
		case "part":
			heads++
		case "entry":
			entries = append(entries, e.ID)
		}
		return strings.Contains(e.HTML, "restarted twice")
	})
	id := "e" + strconv.FormatInt(seq, 10)
	if heads == 0 || len(entries) < 2 || entries[len(entries)-1] != id || !slices.Contains(entries[:len(entries)-1], id) {
		t.Errorf("parts %d, entries %q: want the entry %s, and the same again with its revision", heads, entries, id)
	}
}

func TestStreamsEndWhenTheServerCloses(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	if _, err := s.store.AddMessage(t.Context(), console.Message{Channel: "general", Author: ann.id, Text: "x", At: s.now()}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+"/live/chat?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = ann.head.Clone()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Scan()
	s.web.Close()
	for lines.Scan() { // ends by itself
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream broke instead of ending: %v", err)
	}
}
