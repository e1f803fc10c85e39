package chattest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// Trouble is how a Fault misbehaves. The zero Trouble is none.
type Trouble struct {
	// Slow is how long each call takes before anything happens.
	Slow time.Duration
	// Down refuses each call at once: nothing reaches the chat.
	Down bool
	// Rate is how many messages a second each channel takes, 0 for as many as come. What is beyond is answered with a
	// *bot.Wait, as platforms do; opening a room of its own, inviting and asking for a place are no messages.
	Rate float64
	// Lose picks the calls whose answer is lost: they are carried out, and the caller sees an error. nil loses none.
	Lose func(Call) bool
}

// ErrDown and ErrLost are what a caller sees of a chat that is down, and of an answer that was lost.
var (
	ErrDown = errors.New("connection refused")
	ErrLost = errors.New("connection reset while waiting for the answer")
)

// Call is one call of a chat.
type Call struct {
	Kind     string // open, invite, topic, post, edit, withdraw, tell
	Channel  string // the room, the announcement channel also for threads in it, or "@" and a person
	Number   incident.Number
	Message  bot.Message
	Doubtful bool
	At       time.Time // when it began
	Took     time.Duration
	Err      error
}

// Fault stands before a chat and misbehaves as it is told. Everything that is called is counted, and Heard hears of it. It
// may be used from many goroutines; its time is that of the process, or of the bubble it runs in.
type Fault struct {
	// Heard is told of each call when it begins and when it has ended (ended is true); nil hears nothing. It must not
	// block and may not be changed once calls come.
	Heard func(c Call, ended bool)

	chat    bot.Chat
	mu      sync.Mutex
	trouble Trouble
	free    map[string]time.Time // per channel: when it takes the next message
	carried map[string]int       // per key: posts carried out without a look for an earlier one
	counts  map[string]int       // per kind: calls that reached the chat
	under   map[string]int       // per channel: calls under way
	most    int
}

var _ bot.Chat = (*Fault)(nil)

// NewFault makes a Fault before a chat. It has no trouble yet.
func NewFault(chat bot.Chat) *Fault {
	return &Fault{chat: chat, free: map[string]time.Time{}, carried: map[string]int{}, counts: map[string]int{}, under: map[string]int{}}
}

// Set changes how it misbehaves from the next call on.
func (f *Fault) Set(t Trouble) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble = t
	clear(f.free)
}

// Carried counts the calls of a kind that reached the chat.
func (f *Fault) Carried(kind string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[kind]
}

// Most is how many calls were under way at once.
func (f *Fault) Most() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.most
}

// Twice lists the keys that were posted or told more than once without a look for the earlier one. A chat that doesn't
// know keys by itself would show those twice.
func (f *Fault) Twice() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for key, n := range f.carried {
		if n > 1 {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// pass lets a call through as the trouble of the moment allows. counts is false for what is no message.
func (f *Fault) pass(ctx context.Context, c Call, counts bool, carry func() error) error {
	c.At = time.Now()
	f.mu.Lock()
	t := f.trouble
	f.under[c.Channel]++
	now := 0
	for _, n := range f.under {
		now += n
	}
	f.most = max(f.most, now)
	f.mu.Unlock()
	if f.Heard != nil {
		f.Heard(c, false)
	}
	c.Err = f.carryOut(ctx, t, c, counts, carry)
	c.Took = time.Since(c.At)
	f.mu.Lock()
	f.under[c.Channel]--
	f.mu.Unlock()
	if f.Heard != nil {
		f.Heard(c, true)
	}
	return c.Err
}

func (f *Fault) carryOut(ctx context.Context, t Trouble, c Call, counts bool, carry func() error) error {
	if t.Slow > 0 {
		timer := time.NewTimer(t.Slow)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if t.Down {
		return ErrDown
	}
	if wait := f.limit(t, c, counts); wait > 0 {
		return &bot.Wait{After: wait}
	}
	if err := carry(); err != nil {
		return err
	}
	f.mu.Lock()
	f.counts[c.Kind]++
	if !c.Doubtful && (c.Kind == "post" || c.Kind == "tell") {
		f.carried[c.Message.Key]++
	}
	f.mu.Unlock()
	if t.Lose != nil && t.Lose(c) {
		return ErrLost
	}
	return nil
}

// limit takes a place in the channel's second, or tells how long there is none.
func (f *Fault) limit(t Trouble, c Call, counts bool) time.Duration {
	if t.Rate <= 0 || !counts {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if free := f.free[c.Channel]; free.After(now) {
		return free.Sub(now)
	}
	f.free[c.Channel] = now.Add(time.Duration(float64(time.Second) / t.Rate))
	return 0
}

// Realm is that of the chat behind.
func (f *Fault) Realm() string { return f.chat.Realm() }

// OpenRoom counts as a message where it begins a thread.
func (f *Fault) OpenRoom(ctx context.Context, spec bot.RoomSpec) (r incident.Room, err error) {
	c := Call{Kind: "open", Channel: spec.Name, Number: spec.Number, Message: spec.First, Doubtful: true}
	thread := spec.Thread && !spec.Private
	if thread {
		to, err := f.chat.Announcements(ctx)
		if err != nil {
			return r, err
		}
		c.Channel = to.Room
	}
	err = f.pass(ctx, c, thread, func() (err error) {
		r, err = f.chat.OpenRoom(ctx, spec)
		return err
	})
	return r, err
}

// Invite is no message.
func (f *Fault) Invite(ctx context.Context, room incident.Room, people []incident.PersonID) error {
	return f.pass(ctx, Call{Kind: "invite", Channel: room.ID}, false, func() error { return f.chat.Invite(ctx, room, people) })
}

// SetTopic counts as a message: platforms show it as one.
func (f *Fault) SetTopic(ctx context.Context, room incident.Room, topic string) error {
	c := Call{Kind: "topic", Channel: room.ID, Message: bot.Message{Text: topic}}
	return f.pass(ctx, c, true, func() error { return f.chat.SetTopic(ctx, room, topic) })
}

// Post sends a message.
func (f *Fault) Post(ctx context.Context, to incident.Place, m bot.Message, doubtful bool) (r incident.Receipt, err error) {
	err = f.pass(ctx, Call{Kind: "post", Channel: to.Room, Message: m, Doubtful: doubtful}, true, func() (err error) {
		r, err = f.chat.Post(ctx, to, m, doubtful)
		return err
	})
	return r, err
}

// Edit counts as a message.
func (f *Fault) Edit(ctx context.Context, at incident.Place, m bot.Message) error {
	return f.pass(ctx, Call{Kind: "edit", Channel: at.Room, Message: m}, true, func() error { return f.chat.Edit(ctx, at, m) })
}

// Withdraw counts as a message.
func (f *Fault) Withdraw(ctx context.Context, thread incident.Place) error {
	return f.pass(ctx, Call{Kind: "withdraw", Channel: thread.Room}, true, func() error { return f.chat.Withdraw(ctx, thread) })
}

// Tell sends to the channel of one person.
func (f *Fault) Tell(ctx context.Context, person incident.PersonID, m bot.Message, doubtful bool) (r incident.Receipt, err error) {
	err = f.pass(ctx, Call{Kind: "tell", Channel: "@" + string(person), Message: m, Doubtful: doubtful}, true, func() (err error) {
		r, err = f.chat.Tell(ctx, person, m, doubtful)
		return err
	})
	return r, err
}

// Announcements is asked of the chat behind, whatever the trouble: adapters know that place from their configuration.
func (f *Fault) Announcements(ctx context.Context) (incident.Place, error) {
	return f.chat.Announcements(ctx)
}
