package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"

	"matoi/bot/console"
	"matoi/incident"
)

// TestRingTellsWhatTheStoreWouldTell compares a small ring with all that was ever added to it: whatever it knows it knows
// as the store does, each message once in its last form, page by page.
func TestRingTellsWhatTheStoreWouldTell(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := newRing(20, 40*slim)
		now := map[int64]console.Message{}
		rev := int64(0)
		for range 300 {
			var batch []console.Message
			for range 1 + r.IntN(4) {
				rev += 1 + int64(r.IntN(3))
				m := console.Message{ID: rev, Rev: rev, Text: strings.Repeat("x", r.IntN(300))}
				if r.IntN(2) == 0 && len(now) > 0 {
					m.ID = int64(1 + r.IntN(int(rev)))
				}
				now[m.ID] = m
				batch = append(batch, m)
			}
			g.add(batch)
			compareRing(t, g, now, rev, max(0, rev-int64(r.IntN(80))), 1+r.IntN(7))
		}
	}
}

func compareRing(t *testing.T, g *ring, now map[int64]console.Message, head, from int64, limit int) {
	t.Helper()
	var want, got []int64
	for _, m := range now {
		if m.Rev > from {
			want = append(want, m.Rev)
		}
	}
	slices.Sort(want)
	pos := from
	for {
		list, upto, known := g.after(pos, limit)
		if !known {
			if from >= g.base {
				t.Fatalf("after %d of a ring that reaches back to %d: unknown", from, g.base)
			}
			return
		}
		for _, e := range list {
			got = append(got, e.m.Rev)
		}
		if upto == pos && pos < head || len(list) > limit {
			t.Fatalf("after %d: %d of at most %d, up to %d", pos, len(list), limit, upto)
		}
		if pos = upto; pos >= head {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("after %d: got %v, want %v", from, got, want)
	}
	if g.live > 20 || g.bytes.Load() > 40*slim {
		t.Fatalf("the ring holds %d changes, %d bytes", g.live, g.bytes.Load())
	}
	if len(g.at) != g.live {
		t.Fatalf("%d messages stand in it, %d are found", g.live, len(g.at))
	}
}

// TestRingCountsWhatWasRendered also of what has left it meanwhile.
func TestRingCountsWhatWasRendered(t *testing.T) {
	g := newRing(2, 1<<20)
	g.add([]console.Message{{ID: 1, Rev: 1}, {ID: 2, Rev: 2}})
	list, _, _ := g.after(0, 9)
	list[0].grew(100)
	g.add([]console.Message{{ID: 3, Rev: 3}})
	list[0].grew(50)
	if got := g.bytes.Load(); got != 2*slim {
		t.Errorf("got %d bytes, want %d", got, 2*slim)
	}
}

func TestSharedPartIsMadeOnceAChange(t *testing.T) {
	s := &Server{parts: newSharedParts(1 << 20)}
	made := atomic.Int64{}
	open := make(chan struct{})
	ask := func(version int64) string {
		text, err := s.shared(t.Context(), "k", version, func(context.Context) (templ.Component, error) {
			<-open
			n := made.Add(1)
			return words(fmt.Sprint("made ", n)), nil
		})
		if err != nil {
			t.Error(err)
		}
		return text
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got := ask(1); got != "made 1" {
				t.Errorf("got %q", got)
			}
		})
	}
	close(open)
	all.Wait()
	if got := ask(2); got != "made 2" {
		t.Errorf("a newer version: got %q", got)
	}
	if got := ask(1); got != "made 2" {
		t.Errorf("an older version: got %q, want what is newest", got)
	}
}

func TestSharedPartThatFailedIsMadeAgain(t *testing.T) {
	s := &Server{parts: newSharedParts(1 << 20)}
	broken := errors.New("broken")
	ask := func(err error) error {
		_, got := s.shared(t.Context(), "k", 1, func(context.Context) (templ.Component, error) { return words("x"), err })
		return got
	}
	if err := ask(broken); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := ask(nil); err != nil {
		t.Errorf("after a failure: %v", err)
	}
}

func TestSharedPartsAreBounded(t *testing.T) {
	s := &Server{parts: newSharedParts(10_000)}
	for n := range 100 {
		_, err := s.shared(t.Context(), fmt.Sprint(n), 1, func(context.Context) (templ.Component, error) { return words(strings.Repeat("x", 1000)), nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if s.parts.bytes > 10_000 || len(s.parts.parts) != s.parts.order.Len() || len(s.parts.parts) > 9 {
		t.Errorf("%d bytes in %d parts (%d in order)", s.parts.bytes, len(s.parts.parts), s.parts.order.Len())
	}
}

func words(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// TestPresenceDoesNotFlicker: a page that is loaded again is no leaving; who goes is told after a while, once.
func TestPresenceDoesNotFlicker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []string
		p := newPresence(func(came, went []incident.PersonID) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprint(came, went))
		})
		leave, _ := p.enter("p1")
		time.Sleep(5 * time.Second)
		for range 3 {
			leave()
			leave, _ = p.enter("p1")
			time.Sleep(time.Second)
		}
		other, _ := p.enter("p1")
		leave()
		time.Sleep(time.Minute)
		other()
		other() // once more does nothing
		time.Sleep(time.Minute)
		synctest.Wait()
		p.end()
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"[p1] []", "[] [p1]"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		if len(p.seats)+len(p.told) != 0 {
			t.Errorf("%d seats and %d names are kept of nobody", len(p.seats), len(p.told))
		}
	})
}

func TestOnePersonHasOnlySoManyStreams(t *testing.T) {
	p := newPresence(func(_, _ []incident.PersonID) {})
	defer p.end()
	for n := range mostOfOne {
		if _, ok := p.enter("p1"); !ok {
			t.Fatalf("stream %d was refused", n)
		}
	}
	if _, ok := p.enter("p1"); ok {
		t.Error("one more was let in")
	}
	if _, ok := p.enter("p2"); !ok {
		t.Error("somebody else was refused")
	}
}

func TestMurmursAreBoundedAndHeardOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ms murmurs
		woken := 0
		for n := range 1000 {
			ms.add(murmur{data: []byte(fmt.Sprint(n))}, func() { woken++ })
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if woken != 1 || len(ms.list) > mostMurmurs {
			t.Errorf("woken %d times, %d kept", woken, len(ms.list))
		}
		list, upto := ms.after(998)
		if len(list) != 2 || string(list[1].data) != "999" {
			t.Errorf("got %d", len(list))
		}
		if list, _ := ms.after(upto); len(list) != 0 {
			t.Errorf("heard twice: %d", len(list))
		}
	})
}

func TestMentionsAreFoundInText(t *testing.T) {
	got := mentionedIn("<@p1> and <@p22>, again <@p1>; not <@ x> nor <@<@p3> nor <@" + strings.Repeat("y", 50) + ">")
	if want := []incident.PersonID{"p1", "p22", "p3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
