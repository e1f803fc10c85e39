package chattest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot"
	"matoi/bot/chattest"
	"matoi/incident"
)

// still is a chat that takes everything and remembers what it was sent.
type still struct{ sent []string }

func (*still) Realm() string { return "still" }

func (s *still) OpenRoom(_ context.Context, spec bot.RoomSpec) (incident.Room, error) {
	s.sent = append(s.sent, "open "+spec.Name)
	return incident.Room{Realm: "still", ID: spec.Name}, nil
}
func (*still) Invite(context.Context, incident.Room, []incident.PersonID) error { return nil }
func (*still) SetTopic(context.Context, incident.Room, string) error            { return nil }

func (s *still) Post(_ context.Context, to incident.Place, m bot.Message, _ bool) (incident.Receipt, error) {
	s.sent = append(s.sent, m.Text)
	to.Message = m.Key
	return incident.Receipt{Place: to}, nil
}
func (*still) Edit(context.Context, incident.Place, bot.Message) error { return nil }
func (*still) Withdraw(context.Context, incident.Place) error          { return nil }
func (s *still) Tell(_ context.Context, p incident.PersonID, m bot.Message, _ bool) (incident.Receipt, error) {
	s.sent = append(s.sent, string(p)+" "+m.Text)
	return incident.Receipt{Place: incident.Place{Realm: "still", Message: m.Key}}, nil
}

func (*still) Announcements(context.Context) (incident.Place, error) {
	return incident.Place{Realm: "still", Room: "all"}, nil
}

func say(f *chattest.Fault, room, text string, doubtful bool) error {
	_, err := f.Post(context.Background(), incident.Place{Room: room}, bot.Message{Key: text, Text: text}, doubtful)
	return err
}

func TestAChannelTakesSoManyMessagesASecondAndSaysWhenTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &still{}
		f := chattest.NewFault(s)
		f.Set(chattest.Trouble{Rate: 2})
		var wait *bot.Wait
		if err := say(f, "a", "one", false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		if err := say(f, "a", "two", false); !errors.As(err, &wait) || wait.After != 300*time.Millisecond {
			t.Errorf("beyond the rate: %v, want a wait of the rest of the half second", err)
		}
		if err := say(f, "b", "elsewhere", false); err != nil {
			t.Errorf("another channel: %v", err)
		}
		if _, err := f.OpenRoom(t.Context(), bot.RoomSpec{Name: "a"}); err != nil {
			t.Errorf("a room is no message: %v", err)
		}
		if _, err := f.OpenRoom(t.Context(), bot.RoomSpec{Name: "x", Thread: true}); err != nil {
			t.Errorf("the first thread: %v", err)
		}
		if err := say(f, "all", "after the thread's head", false); !errors.As(err, &wait) {
			t.Errorf("the head of a thread is a message of its channel: %v", err)
		}
		time.Sleep(300 * time.Millisecond)
		if err := say(f, "a", "two", false); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		if want := []string{"one", "elsewhere", "open a", "open x", "two"}; !slices.Equal(s.sent, want) {
			t.Errorf("the chat got %q, want %q", s.sent, want)
		}
	})
}

func TestALostAnswerWasCarriedOutAndIsNotToBeSentBlindly(t *testing.T) {
	t.Parallel()
	s := &still{}
	f := chattest.NewFault(s)
	f.Set(chattest.Trouble{Lose: func(c chattest.Call) bool { return c.Kind == "post" }})
	if err := say(f, "a", "one", false); !errors.Is(err, chattest.ErrLost) {
		t.Fatalf("got %v, want %v", err, chattest.ErrLost)
	}
	if err := say(f, "a", "one", true); !errors.Is(err, chattest.ErrLost) {
		t.Fatalf("got %v, want %v", err, chattest.ErrLost)
	}
	if got := f.Twice(); len(got) > 0 {
		t.Errorf("twice: %q, though the second was looked for", got)
	}
	_ = say(f, "a", "one", false)
	if got := f.Twice(); !slices.Equal(got, []string{"one"}) || f.Carried("post") != 3 {
		t.Errorf("twice: %q of %d posts", got, f.Carried("post"))
	}
}

func TestAChatThatIsDownOrSlowIsSeenByWhoeverListens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &still{}
		f := chattest.NewFault(s)
		var began, ended []chattest.Call
		f.Heard = func(c chattest.Call, end bool) {
			if end {
				ended = append(ended, c)
				return
			}
			began = append(began, c)
		}
		f.Set(chattest.Trouble{Down: true})
		if err := say(f, "a", "lost", false); !errors.Is(err, chattest.ErrDown) {
			t.Errorf("down: %v", err)
		}
		f.Set(chattest.Trouble{Slow: 2 * time.Second})
		if _, err := f.Tell(t.Context(), "p1", bot.Message{Text: "late"}, false); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Edit(ctx, incident.Place{Room: "a"}, bot.Message{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller who gives up: %v", err)
		}
		if len(began) != 3 || len(ended) != 3 || ended[0].Err == nil || ended[1].Took != 2*time.Second || began[1].Channel != "@p1" {
			t.Errorf("began %+v\nended %+v", began, ended)
		}
		if want := []string{"p1 late"}; !slices.Equal(s.sent, want) {
			t.Errorf("the chat got %q, want %q", s.sent, want)
		}
	})
}
