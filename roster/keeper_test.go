package roster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/roster"
)

// shelf keeps copies in memory.
type shelf struct {
	mu   sync.Mutex
	kept map[string]roster.Copy
}

func (s *shelf) Copies(context.Context) (out []roster.Copy, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.kept {
		out = append(out, c)
	}
	return out, nil
}

func (s *shelf) SaveCopy(_ context.Context, c roster.Copy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[c.Source] = c
	return nil
}

// script is a source that answers as it is told.
type script struct {
	name, origin string
	mu           sync.Mutex
	asked        []time.Time
	answer       func(n int) (string, error)
}

func (s *script) Name() string   { return s.name }
func (s *script) Origin() string { return s.origin }

func (s *script) Fetch(_ context.Context, since roster.Copy) (roster.Copy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, time.Now())
	body, err := s.answer(len(s.asked))
	if body == "same" {
		return since, nil
	}
	return roster.Copy{Body: []byte(body)}, err
}

func (s *script) Entries(c roster.Copy, _, _ time.Time) ([]roster.Entry, error) {
	if string(c.Body) == "panic" {
		panic("oh")
	}
	if string(c.Body) == "rubbish" {
		return nil, errors.New("line 1: rubbish")
	}
	return nil, nil
}

func (s *script) times() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.asked...)
}

// keep runs a keeper of sources for a while and gives what it logged.
func keep(t *testing.T, store *shelf, long time.Duration, look func(*roster.Keeper), sources ...roster.Source) string {
	t.Helper()
	var log bytes.Buffer
	k := roster.New(roster.Options{Store: store, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := k.Set(t.Context(), sources); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	time.Sleep(long)
	synctest.Wait()
	if look != nil {
		look(k)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return log.String()
}

func TestASourceIsAskedAtItsPaceAndItsAgeIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{name: "a", origin: "1", answer: func(n int) (string, error) {
			if n == 1 {
				return "shifts", nil
			}
			return "same", nil
		}}
		store := &shelf{kept: map[string]roster.Copy{}}
		keep(t, store, time.Hour, func(k *roster.Keeper) {
			c := k.States()[0].Copy
			if string(c.Body) != "shifts" || time.Since(c.FetchedAt) > 6*time.Minute || c.Error != "" {
				t.Errorf("have %+v", c)
			}
		}, s)
		if n := len(s.times()); n < 10 || n > 13 {
			t.Errorf("asked %d times in an hour", n)
		}
	})
}

func TestABrokenSourceKeepsWhatItSaidAlsoOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{kept: map[string]roster.Copy{}}
		bodies := []string{"good", "rubbish", "rubbish", "panic"}
		s := &script{name: "a", origin: "1", answer: func(n int) (string, error) {
			if n > len(bodies) {
				return "", errors.New("the server can't be reached")
			}
			return bodies[n-1], nil
		}}
		began := time.Now()
		log := keep(t, store, 3*time.Hour, func(k *roster.Keeper) {
			c := k.States()[0].Copy
			if string(c.Body) != "good" || c.FetchedAt.Sub(began) > time.Minute || c.Error != "the server can't be reached" {
				t.Errorf("have %+v", c)
			}
		}, s)
		for _, want := range []string{"line 1: rubbish", "can't be read: oh", "the server can't be reached"} {
			if n := strings.Count(log, want); n != 1 {
				t.Errorf("%q is logged %d times:\n%s", want, n, log)
			}
		}
		asked := s.times()
		for n := 3; n < len(asked); n++ {
			if gap := asked[n].Sub(asked[n-1]); gap < 30*time.Second || gap > 34*time.Minute {
				t.Errorf("after failure %d it waited %s", n, gap)
			}
		}
		if len(asked) > 16 {
			t.Errorf("a source that fails was asked %d times in three hours", len(asked))
		}
		again := &script{name: "a", origin: "1", answer: func(int) (string, error) { return "", errors.New("still away") }}
		keep(t, store, time.Minute, func(k *roster.Keeper) {
			if c := k.States()[0].Copy; string(c.Body) != "good" || c.FetchedAt.Sub(began) > time.Minute || c.Error != "still away" {
				t.Errorf("after the restart: %+v", c)
			}
		}, again)
		other := &script{name: "a", origin: "2", answer: func(int) (string, error) { return "", errors.New("mistyped") }}
		keep(t, store, time.Minute, func(k *roster.Keeper) {
			if c := k.States()[0].Copy; string(c.Body) != "good" || c.Origin != "1" || c.Error != "mistyped" {
				t.Errorf("under an address that does not answer: %+v", c)
			}
		}, other)
		keep(t, store, time.Minute, func(k *roster.Keeper) {
			if c := k.States()[0].Copy; string(c.Body) != "good" || c.Origin != "1" {
				t.Errorf("under the first address again: %+v", c)
			}
		}, again)
		other.answer = func(int) (string, error) { return "better", nil }
		keep(t, store, time.Minute, func(k *roster.Keeper) {
			if c := k.States()[0].Copy; string(c.Body) != "better" || c.Origin != "2" || c.Error != "" {
				t.Errorf("once the other one answered: %+v", c)
			}
		}, other)
	})
}

func TestWhatAnotherSourceCantReadIsNotTakenOver(t *testing.T) {
	for _, body := range []string{"rubbish", "panic"} {
		store := &shelf{kept: map[string]roster.Copy{"a": {Source: "a", Origin: "1", Body: []byte(body), FetchedAt: time.Now()}}}
		k := roster.New(roster.Options{Store: store, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		if err := k.Set(t.Context(), []roster.Source{&script{name: "a", origin: "2"}}); err != nil {
			t.Fatal(err)
		}
		if c := k.States()[0].Copy; len(c.Body) != 0 || !c.FetchedAt.IsZero() {
			t.Errorf("%s: %+v", body, c)
		}
	}
}

func TestTheKeeperEndsWhileASourceIsBeingAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &script{name: "a", origin: "1", answer: func(int) (string, error) { cancel(); return "", errors.New("cut off") }}
	k := roster.New(roster.Options{Store: &shelf{kept: map[string]roster.Copy{}}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err := k.Set(ctx, []roster.Source{s}); err != nil {
		t.Fatal(err)
	}
	if err := k.Run(ctx); err != nil || len(s.times()) != 1 {
		t.Errorf("%v, asked %d times", err, len(s.times()))
	}
}

func TestASourceThatAsksToBeLeftAloneIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{name: "a", answer: func(n int) (string, error) {
			if n == 1 {
				return "", &roster.Later{After: 20 * time.Minute, Err: errors.New("the server answered 429")}
			}
			return "good", nil
		}}
		log := keep(t, &shelf{kept: map[string]roster.Copy{}}, 25*time.Minute, nil, s)
		asked := s.times()
		if gap := asked[1].Sub(asked[0]); gap < 20*time.Minute || gap > 23*time.Minute {
			t.Errorf("asked again after %s", gap)
		}
		if !strings.Contains(log, "can be read again") {
			t.Errorf("nobody is told that it is back:\n%s", log)
		}
	})
}

func TestSourcesDoNotWaitForEachOtherAndNewOnesAreAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sources []roster.Source
		for n := range 3 {
			sources = append(sources, &script{name: fmt.Sprint(n), answer: func(k int) (string, error) {
				if n == 0 {
					return "", errors.New("away")
				}
				return "good", nil
			}})
		}
		late := &script{name: "late", answer: func(int) (string, error) { return "good", nil }}
		keep(t, &shelf{kept: map[string]roster.Copy{}}, time.Second, func(k *roster.Keeper) {
			for n, s := range k.States() {
				if (n == 0) == s.Copy.FetchedAt.Equal(time.Now().Add(-time.Second)) {
					t.Errorf("%d: %+v", n, s.Copy)
				}
			}
			if err := k.Set(t.Context(), append(sources, late)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if len(late.times()) != 1 || len(sources[1].(*script).times()) != 1 {
				t.Errorf("asked %d and %d times", len(late.times()), len(sources[1].(*script).times()))
			}
		}, sources...)
	})
}
