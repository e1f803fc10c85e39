package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/web"
)

// tale is what one reader was told over all their connections.
type tale struct {
	v       *visitor
	channel string
	after   int64
	got     map[int64]event // by message, the last one
	ended   bool
}

func newTale(v *visitor, channel, speaks string) *tale {
	v.head.Set("Accept-Language", speaks)
	return &tale{v: v, channel: channel, got: map[int64]event{}}
}

// listen takes so many events, or all up to the end, and hangs up.
func (r *tale) listen(t *testing.T, many int, end string) {
	t.Helper()
	n := 0
	r.v.follow(fmt.Sprintf("/live/chat?channel=%s&after=%d", r.channel, r.after), func(e event) bool {
		if e.name != "message" {
			if e.name == "rev" {
				r.after = max(r.after, e.Rev)
			}
			return false
		}
		if e.Rev <= r.after {
			t.Errorf("%s: message %s at %d came after %d: twice, or out of order", r.v.id, e.ID, e.Rev, r.after)
		}
		id, err := strconv.ParseInt(e.ID[1:], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		r.after, r.got[id] = e.Rev, e
		r.ended = r.ended || e.ID == end
		n++
		return n >= many || r.ended
	})
}

// check compares what was told with what the store has now.
func (r *tale) check(t *testing.T, s *site) {
	t.Helper()
	all, err := s.store.Since(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	viewer := incident.Viewer{Person: r.v.id}
	for _, m := range all {
		_, err := s.chat.Message(t.Context(), viewer, m.ID)
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			t.Fatal(err)
		}
		e, told := r.got[m.ID]
		switch {
		case err == nil != told:
			t.Errorf("%s: message %d of %s (only %q): told %v, may read %v", r.v.id, m.ID, m.Channel, m.Only, told, err == nil)
		case !told:
		case e.Rev != m.Rev:
			t.Errorf("%s: message %d was told up to %d, it is at %d", r.v.id, m.ID, e.Rev, m.Rev)
		case (e.HTML != "") != (m.Channel == r.channel):
			t.Errorf("%s: message %d of %s has HTML %v, shown is %s", r.v.id, m.ID, m.Channel, e.HTML != "", r.channel)
		case e.HTML != "" && m.Deleted.IsZero() && !strings.Contains(e.HTML, m.Text):
			t.Errorf("%s: message %d lacks its text %q", r.v.id, m.ID, m.Text)
		case e.HTML != "" && !m.Deleted.IsZero() && strings.Contains(e.HTML, "text "):
			t.Errorf("%s: message %d was deleted, and its text was told", r.v.id, m.ID)
		}
	}
}

// TestWhoeverComesAndGoesIsToldTheTruthOnce lets readers of two languages come, go and come back while the chat changes
// at random, with a ring that forgets: each is told every change they may read, in order and once.
func TestWhoeverComesAndGoesIsToldTheTruthOnce(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newSite(t, nil)
			s.web.SmallRing(15)
			ann, bob, chie, dan := s.as("Ann"), s.as("Bob"), s.as("Chie"), s.as("Dan")
			secret := s.room(s.open(incident.Open{Title: "leak", Priority: incident.P1, Private: true}, ann.id))
			public := s.room(s.open(incident.Open{Title: "slow", Priority: incident.P1}, ann.id))
			channels := []string{"general", "general", public, secret, "incidents"}
			readers := []*tale{newTale(bob, "general", "en"), newTale(chie, "general", "ja"), newTale(dan, public, "ja"), newTale(ann, secret, "en")}
			s.eventually("what the openings tell is told", func() bool { // cards and announcements change no more
				next, err := s.store.NextClaim(t.Context())
				return err == nil && next.IsZero()
			})
			r := rand.New(rand.NewPCG(seed, 7))
			var end atomic.Int64
			var writing sync.WaitGroup
			t.Cleanup(writing.Wait)
			writing.Go(func() {
				end.Store(scribble(t, s, channels, []incident.PersonID{ann.id, bob.id, chie.id}, rand.New(rand.NewPCG(seed, 8))))
			})
			for round := 0; slices.ContainsFunc(readers, func(x *tale) bool { return !x.ended }); round++ {
				x := readers[r.IntN(len(readers))]
				if round == 12 { // from here on everybody reads up to the end
					writing.Wait()
				}
				switch {
				case x.ended:
				case round < 12:
					x.listen(t, 1+r.IntN(6), "")
				default:
					x.listen(t, 1<<20, "m"+strconv.FormatInt(end.Load(), 10))
				}
			}
			for _, x := range readers {
				x.check(t, s)
			}
		})
	}
}

// scribble changes the chat at random and gives the last message, which everybody may read.
func scribble(t *testing.T, s *site, channels []string, people []incident.PersonID, r *rand.Rand) int64 {
	ctx := context.Background()
	var ids []int64
	add := func(m console.Message) int64 {
		m.At = s.now()
		added, err := s.store.AddMessage(ctx, m)
		if err != nil {
			t.Error(err)
		}
		ids = append(ids, added.ID)
		return added.ID
	}
	for n := range 250 {
		m := console.Message{Channel: channels[r.IntN(len(channels))], Author: people[r.IntN(len(people))], Text: fmt.Sprint("text ", n)}
		switch r.IntN(6) {
		case 0:
			m.Author, m.Only = "", people[r.IntN(len(people))]
			add(m)
		case 1, 2:
			if len(ids) == 0 {
				continue
			}
			gone := r.IntN(3) == 0
			_, err := s.store.EditMessage(ctx, ids[r.IntN(len(ids))], func(m *console.Message) error {
				m.Text, m.Edited = fmt.Sprint("text ", n, " anew"), s.now()
				if gone {
					m.Text, m.Deleted = "", s.now()
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		default:
			add(m)
		}
	}
	return add(console.Message{Channel: "general", Author: people[0], Text: "text at the end"})
}

// TestRoomMadePrivateFallsSilentAtOnce: neither who looks at it nor who comes back hears another word of it.
func TestRoomMadePrivateFallsSilentAtOnce(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "slow", Priority: incident.P1}, ann.id)
	room := s.room(n)
	ann.say(room, "said in the open")
	told, gone := false, false
	bob.follow("/live/chat?after=0&channel="+room, func(e event) bool {
		if strings.Contains(e.HTML, "said in the open") {
			told = true
			if _, err := s.desk.Do(t.Context(), n, incident.SetAccess{Private: true}, incident.By{Person: ann.id}, incident.Cause{ID: "hide"}); err != nil {
				t.Fatal(err)
			}
			ann.say(room, "said in private")
		}
		if strings.Contains(e.HTML, "said in private") {
			t.Error("the room was made private, and its words were told")
		}
		gone = e.name == "gone"
		return gone
	})
	if !told || !gone {
		t.Errorf("told %v, gone %v: want both", told, gone)
	}
	ann.say("general", "for all")
	bob.follow("/live/chat?after=0&channel=general", func(e event) bool {
		if e.name == "message" && e.Channel == room {
			t.Errorf("got %+v of the private room", e)
		}
		return strings.Contains(e.HTML, "for all")
	})
	if resp, _ := bob.get("/live/chat?after=0&channel="+room, "Accept", "text/event-stream"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("got %d, want 404", resp.StatusCode)
	}
}

// TestSlowReaderIsDroppedAndComesBackByItself: others hear everything meanwhile, and nothing is kept for the slow one.
func TestSlowReaderIsDroppedAndComesBackByItself(t *testing.T) {
	s := newSite(t, nil)
	s.web.HurryStreams(50*time.Millisecond, 2*time.Second)
	ann, bob := s.as("Ann"), s.as("Bob")
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(2048); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /live/chat?channel=general&after=0 HTTP/1.1\r\nHost: localhost\r\nCookie: matoi_who=%s\r\n\r\n", ann.id)
	s.eventually("its stream is open", func() bool { return s.web.Streams() == 1 })
	long := strings.Repeat("a long story ", 1500)
	last := int64(0)
	for n := 0; n < 30 || s.web.Streams() > 0; n++ { // until the sockets are full and patience is at its end
		m, err := s.store.AddMessage(t.Context(), console.Message{Channel: "general", Author: bob.id, Text: fmt.Sprint(n, ": ", long), At: s.now()})
		if err != nil {
			t.Fatal(err)
		}
		last = m.Rev
		if n > 20000 {
			t.Fatal("the slow reader was never dropped")
		}
	}
	got := int64(0)
	s.web.HurryStreams(50*time.Millisecond, patience) // a machine that stands still is no slow reader
	ann.follow("/live/chat?channel=general&after=0", func(e event) bool {
		if e.name == "message" {
			got++
		}
		return e.Rev == last
	})
	if all, err := s.store.Since(t.Context(), 0, 1<<20); err != nil || int64(len(all)) != got {
		t.Errorf("got %d of %d messages after coming back (%v)", got, len(all), err)
	}
}

// brokenStore can be made to fail as a database does that is away.
type brokenStore struct {
	console.Store
	down atomic.Bool
}

var errAway = errors.New("the database is away")

func (b *brokenStore) Since(ctx context.Context, rev int64, limit int) ([]console.Message, error) {
	if b.down.Load() {
		return nil, errAway
	}
	return b.Store.Since(ctx, rev, limit)
}

// TestStreamsOutliveTheStore: they say that they stand still, the log says it once, and then they go on without a gap.
func TestStreamsOutliveTheStore(t *testing.T) {
	var broken *brokenStore
	s := newSite(t, func(o *web.Options) {
		broken = &brokenStore{Store: o.Console.Store}
		chat := *o.Console
		chat.Store = broken
		o.Console = &chat
	})
	ann, bob := s.as("Ann"), s.as("Bob")
	ann.say("general", "before")
	down, up, told := false, false, false
	bob.follow("/live/chat?channel=general&after=0", func(e event) bool {
		switch {
		case strings.Contains(e.HTML, "before"):
			broken.down.Store(true)
			ann.say("general", "meanwhile")
		case strings.Contains(e.HTML, "meanwhile"): // it may come before the word that all is well again
			told = true
		case e.name == "down":
			down = true
			broken.down.Store(false)
		case e.name == "up":
			up = true
		}
		return up && told
	})
	if !down || !up {
		t.Errorf("down %v, up %v: want both told", down, up)
	}
	if n := strings.Count(s.log.String(), "the live pages stand still"); n != 1 {
		t.Errorf("it was logged %d times, want once:\n%s", n, s.log)
	}
}

// TestHubEndsWithItsLastStream: nothing runs on for nobody.
func TestHubEndsWithItsLastStream(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	ann.say("general", "hello")
	http.DefaultClient.CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	for _, v := range []*visitor{ann, bob, ann} {
		v.follow("/live/chat?channel=general&after=0", func(e event) bool { return e.name == "message" })
	}
	http.DefaultClient.CloseIdleConnections()
	s.eventually("no stream", func() bool { return s.web.Streams() == 0 })
	var left error
	defer func() {
		if left != nil {
			t.Error(left)
		}
	}()
	s.eventually("nothing runs on", func() bool { left = goleak.Find(before); return left == nil })
}

// TestPageOfAnotherDatabaseIsTold: a page that is ahead of the store would wait for ever.
func TestPageOfAnotherDatabaseIsTold(t *testing.T) {
	s := newSite(t, nil)
	s.as("Ann").follow("/live/chat?after=999999", func(e event) bool { return e.name == "stale" })
}

// TestStreamEndsWhenItsReaderIsErased: nobody goes on reading as somebody who no longer is.
func TestStreamEndsWhenItsReaderIsErased(t *testing.T) {
	s := newSite(t, nil)
	s.web.HurryStreams(20*time.Millisecond, time.Second)
	ann := s.as("Ann")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+"/live/chat?channel=general&after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = ann.head.Clone()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := s.store.Erase(t.Context(), ann.id, incident.By{}, "asked for"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil { // ends by itself
		t.Errorf("the stream broke instead of ending: %v", err)
	}
}
