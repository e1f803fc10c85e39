package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// timed is a scene with one clock for both sides; step moves it.
func timed(t *testing.T, o slacktest.Options) (s *scene, step func(time.Duration)) {
	t.Helper()
	var clock atomic.Int64
	clock.Store(time.Unix(1700000000, 0).UnixNano())
	o.Now = func() time.Time { return time.Unix(0, clock.Load()) }
	return newScene(t, o), func(d time.Duration) { clock.Add(int64(d)) }
}

func asked(err error) *bot.Wait {
	wait, _ := errors.AsType[*bot.Wait](err)
	return wait
}

// Slack never has to say no to what keeps to its tiers, and nobody is sent away for longer than needed.
func TestTopicsKeepToTheirTierAndHoldUpNoWords(t *testing.T) {
	s, step := timed(t, slacktest.Options{})
	place := s.room(t)
	set, last := 0, time.Duration(0)
	for n := range 25 {
		err := s.a.SetTopic(t.Context(), roomAt(place), fmt.Sprint("topic ", n))
		wait := asked(err)
		switch {
		case err == nil:
			set++
		case wait == nil || !wait.Own || wait.After < last || wait.After > 11*time.Second:
			t.Errorf("number %d: %v (%+v) after %s", n, err, wait, last)
		default:
			last = wait.After
		}
	}
	if set != 20 {
		t.Errorf("%d topics were set at once, the tier allows 20", set)
	}
	if _, err := s.a.Post(t.Context(), place, bot.Message{Key: "k", Text: "x"}, false); err != nil {
		t.Errorf("a word meanwhile: %v", err)
	}
	step(3 * time.Second)
	if err := s.a.SetTopic(t.Context(), roomAt(place), "later"); err != nil || s.w.Topic(place.Room) != "later" {
		t.Errorf("three seconds later: %v", err)
	}
	for _, c := range s.w.Calls() {
		if c.Status == http.StatusTooManyRequests {
			t.Errorf("Slack said no to %s", c.Method)
		}
	}
}

func TestOneMessageASecondGoesIntoAChannel(t *testing.T) {
	s, step := timed(t, slacktest.Options{})
	place := s.room(t)
	other, err := s.a.OpenRoom(t.Context(), bot.RoomSpec{Number: number + 1, Name: "inc-20261121-002"})
	if err != nil {
		t.Fatal(err)
	}
	post := func(room string) error {
		_, err := s.a.Post(t.Context(), incident.Place{Realm: place.Realm, Room: room}, bot.Message{Text: "x"}, false)
		return err
	}
	var wait *bot.Wait
	for range 10 {
		if err := post(place.Room); err != nil {
			wait = asked(err)
			break
		}
	}
	if wait == nil || wait.Own || wait.Whole || wait.After > time.Second {
		t.Fatalf("asked to wait %+v, want a second at most, for the channel", wait)
	}
	if err := post(other.ID); err != nil {
		t.Errorf("another channel: %v", err)
	}
	step(wait.After)
	if err := post(place.Room); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// What Slack says goes before what we count, and for as long as it says.
func TestA429ClosesAsMuchAsItSays(t *testing.T) {
	s, step := timed(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	other := incident.Place{Realm: place.Realm, Room: s.w.Channel("other", false, s.w.BotUser)}
	post := func(p incident.Place) error {
		_, err := s.a.Post(t.Context(), p, bot.Message{Text: "x"}, false)
		return err
	}
	s.w.Fail(slacktest.Fault{Method: "chat.postMessage", RetryAfter: 30 * time.Second})
	if wait := asked(post(place)); wait == nil || wait.After != 30*time.Second || wait.Own {
		t.Errorf("with Retry-After: %+v", wait)
	}
	step(29 * time.Second)
	if wait := asked(post(place)); wait == nil || wait.After != time.Second {
		t.Errorf("a second before: %+v", wait)
	}
	if err := post(other); err != nil {
		t.Errorf("another channel: %v", err)
	}
	step(time.Second)
	if err := post(place); err != nil {
		t.Errorf("when it may: %v", err)
	}
	// A free workspace says no for all channels, and not for how long.
	s.w.Fail(slacktest.Fault{Method: "chat.postMessage", Blind: true, Error: "message_limit_exceeded"})
	if wait := asked(post(place)); wait == nil || wait.After < 10*time.Second || wait.Whole {
		t.Errorf("without Retry-After: %+v", wait)
	}
	if asked(post(other)) == nil {
		t.Error("another channel may be written into")
	}
	if err := s.a.SetTopic(t.Context(), roomAt(place), "x"); err != nil {
		t.Errorf("a topic: %v", err)
	}
	s.w.Fail(slacktest.Fault{Method: "conversations.setTopic", RetryAfter: 5 * time.Second})
	if wait := asked(s.a.SetTopic(t.Context(), roomAt(place), "y")); wait == nil || !wait.Own {
		t.Errorf("topics: %+v", wait)
	}
	step(time.Minute)
	if err := errors.Join(post(place), post(other)); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// Twenty incidents in a minute: each has its room, card and people, and nobody is told to wait by Slack.
func TestTwentyRoomsInAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, slacktest.Options{Now: time.Now})
		patiently := func(do func() error) {
			for {
				err := do()
				wait := asked(err)
				if wait == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				time.Sleep(wait.After)
			}
		}
		began := time.Now()
		for n := range 20 {
			room := incident.Room{}
			patiently(func() (err error) {
				room, err = s.a.OpenRoom(context.Background(), bot.RoomSpec{Number: number + incident.Number(n), Name: fmt.Sprintf("inc-20261121-%03d", n+1)})
				return err
			})
			place := incident.Place{Realm: room.Realm, Room: room.ID}
			var card incident.Receipt
			patiently(func() (err error) {
				card, err = s.a.Post(context.Background(), place, bot.Message{Key: fmt.Sprint(n), Card: &bot.Card{Title: "x"}}, false)
				return err
			})
			patiently(func() error { return s.a.Invite(context.Background(), room, []incident.PersonID{s.ann, s.bob}) })
			patiently(func() error {
				return s.a.Edit(context.Background(), card.Place, bot.Message{Key: fmt.Sprint(n), Card: &bot.Card{Title: "y"}})
			})
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("took %s", took)
		}
		for _, c := range s.w.Calls() {
			if c.Status == http.StatusTooManyRequests {
				t.Errorf("Slack said no to %s", c.Method)
			}
		}
	})
}
