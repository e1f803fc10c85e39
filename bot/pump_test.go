package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// fakeChat is a small working chat with faults that can be switched on.
type fakeChat struct {
	realm string
	mu    sync.Mutex
	posts []posted
	made  int // messages, ever
	rooms map[string]incident.Room
	told  map[incident.PersonID][]Message
	edits int
	slow  time.Duration
	pace  time.Duration                  // between two changes of a channel; the pump keeps to it by itself
	gap   time.Duration                  // between two messages of a channel; sooner is answered with a Wait
	free  map[string]time.Time           // per channel
	hang  string                         // calls into this channel take hangs
	gone  string                         // this channel was deleted
	fault func(call string, n int) error // n counts the calls of that kind from 1
	late  bool                           // the fault strikes after the message was made: a lost receipt
	calls map[string]int
	order []string
	now   int // calls under way
	most  int
}

type posted struct {
	at incident.Place
	m  Message
}

func newChat(realm string) *fakeChat {
	return &fakeChat{realm: realm, rooms: map[string]incident.Room{}, told: map[incident.PersonID][]Message{}, calls: map[string]int{}, free: map[string]time.Time{}}
}

func (c *fakeChat) Realm() string { return c.realm }

func (c *fakeChat) Pace() (time.Duration, bool) { return c.pace, false }

// call counts, waits and fails as was asked for; do runs unless the fault strikes first.
func (c *fakeChat) call(ctx context.Context, kind, channel string, do func()) error {
	c.mu.Lock()
	if c.gone != "" && c.gone == channel {
		c.mu.Unlock()
		return Because(&Permanent{Err: ErrGone}, WhyDeleted)
	}
	if free := c.free[channel]; c.gap > 0 && channel != "" && free.After(time.Now()) {
		c.mu.Unlock()
		return &Wait{After: time.Until(free)}
	}
	if c.gap > 0 {
		c.free[channel] = time.Now().Add(c.gap)
	}
	c.calls[kind]++
	n := c.calls[kind]
	c.now++
	c.most = max(c.most, c.now)
	slow, fault, late := c.slow, c.fault, c.late
	if c.hang != "" && c.hang == channel {
		slow = 15 * time.Second
	}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.now--
		c.mu.Unlock()
	}()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var err error
	if fault != nil {
		err = fault(kind, n)
	}
	if err == nil || late {
		c.mu.Lock()
		c.order = append(c.order, kind)
		do()
		c.mu.Unlock()
	}
	return err
}

func (c *fakeChat) OpenRoom(ctx context.Context, s RoomSpec) (r incident.Room, err error) {
	err = c.call(ctx, "open", "", func() {
		r = incident.Room{Realm: c.realm, ID: s.Name, Name: s.Name}
		if s.Thread {
			r.ID, r.Thread = "incidents", "head-"+s.Name
		}
		c.rooms[s.Name] = r
	})
	return r, err
}

func (c *fakeChat) Invite(ctx context.Context, _ incident.Room, _ []incident.PersonID) error {
	return c.call(ctx, "invite", "", func() {})
}

func (c *fakeChat) SetTopic(ctx context.Context, _ incident.Room, _ string) error {
	return c.call(ctx, "topic", "", func() {})
}

func (c *fakeChat) Post(ctx context.Context, to incident.Place, m Message, doubtful bool) (r incident.Receipt, err error) {
	err = c.call(ctx, "post", to.Room, func() {
		for _, p := range c.posts {
			if doubtful && p.m.Key == m.Key {
				r = incident.Receipt{Place: p.at}
				return
			}
		}
		c.made++ // what was deleted leaves no id behind
		to.Message = fmt.Sprint(c.made)
		c.posts = append(c.posts, posted{to, m})
		r = incident.Receipt{Place: to}
	})
	return r, err
}

func (c *fakeChat) Edit(ctx context.Context, at incident.Place, m Message) error {
	var gone error
	err := c.call(ctx, "edit", at.Room, func() {
		if p, private := strings.CutPrefix(at.Room, "@"); private {
			k, _ := strconv.Atoi(at.Message)
			c.told[incident.PersonID(p)][k-1] = m
			return
		}
		for k := range c.posts {
			if c.posts[k].at == at {
				c.posts[k].m = m
				c.edits++
				return
			}
		}
		gone = &Permanent{Err: fmt.Errorf("edit: %w", ErrGone)}
	})
	return errors.Join(err, gone)
}

func (c *fakeChat) Withdraw(ctx context.Context, thread incident.Place) error {
	return c.call(ctx, "withdraw", thread.Room, func() {
		c.posts = slices.DeleteFunc(c.posts, func(p posted) bool { return p.at.Room == thread.Room && p.at.Thread == thread.Thread })
	})
}

func (c *fakeChat) Tell(ctx context.Context, p incident.PersonID, m Message, doubtful bool) (r incident.Receipt, err error) {
	err = c.call(ctx, "tell", "@"+string(p), func() {
		for k, before := range c.told[p] {
			if doubtful && before.Key == m.Key {
				r = incident.Receipt{Place: incident.Place{Realm: c.realm, Room: "@" + string(p), Message: fmt.Sprint(k + 1)}}
				return
			}
		}
		c.told[p] = append(c.told[p], m)
		r = incident.Receipt{Place: incident.Place{Realm: c.realm, Room: "@" + string(p), Message: fmt.Sprint(len(c.told[p]))}}
	})
	return r, err
}

func (c *fakeChat) Announcements(context.Context) (incident.Place, error) {
	return incident.Place{Realm: c.realm, Room: "incidents"}, nil
}

// called tells how often a call came.
func (c *fakeChat) called(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[kind]
}

func (c *fakeChat) heard(p incident.PersonID) []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.told[p])
}

func (c *fakeChat) together() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

func (c *fakeChat) in(room string) []posted {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []posted
	for _, p := range c.posts {
		if p.at.Room == room {
			out = append(out, p)
		}
	}
	return out
}

// pumped is a pump at work on a memory store and chats, in a bubble of time.
type pumped struct {
	t     *testing.T
	m     *memory
	b     *Bot
	p     *Pump
	chats map[string]*fakeChat
	near  *nearChat // in place of its fakeChat
	wrap  func(*fakeChat) Chat
	stop  func()
}

func pumping(t *testing.T, realms ...string) *pumped {
	t.Helper()
	policy := incident.DefaultPolicy(time.UTC)
	policy.Realms = realms
	m := newMemory(time.Now)
	b := New(Options{
		Desk: &incident.Desk{Store: m, Policy: func() incident.Policy { return policy }, Now: time.Now}, Store: m, People: m,
		Policy: func() incident.Policy { return policy }, Now: time.Now,
	})
	x := &pumped{t: t, m: m, b: b, chats: map[string]*fakeChat{}}
	for _, r := range realms {
		x.chats[r] = newChat(r)
	}
	x.start()
	return x
}

// start begins a new process on the store and the chats.
func (x *pumped) start() {
	var chats []Chat
	for _, c := range x.chats {
		if x.near != nil && x.near.fakeChat == c {
			chats = append(chats, x.near)
			continue
		}
		if x.wrap != nil {
			chats = append(chats, x.wrap(c))
			continue
		}
		chats = append(chats, c)
	}
	p := NewPump(x.m, x.b, chats, time.Now, nil)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.Run(ctx); err != nil {
			x.t.Error(err)
		}
	}()
	x.p, x.stop = p, func() { cancel(); <-done }
}

// kill ends the process: what it has told and not written down is forgotten.
func (x *pumped) kill() {
	x.m.cutOff(true)
	x.stop()
	x.m.cutOff(false)
}

func (x *pumped) do(n incident.Number, cmd incident.Command, by incident.PersonID) *incident.Incident {
	x.t.Helper()
	res, err := x.b.Desk.Do(context.Background(), n, cmd, incident.By{Person: by}, incident.Cause{})
	if err != nil {
		x.t.Fatal(err)
	}
	return res.Incident
}

// after lets time pass until nothing moves any more.
func (x *pumped) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func open(p incident.Priority) incident.Open {
	return incident.Open{Title: "payments are slow", Priority: p}
}

func TestAnOpeningMakesRoomCardAndAnnouncement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		c := x.chats["chat"]
		room := RoomName(n, "payments are slow")
		cards, announced := c.in(room), c.in("incidents")
		if len(cards) != 1 || cards[0].m.Card == nil || !strings.Contains(cards[0].m.Card.Title, n.String()) {
			t.Fatalf("in the room stand %+v", cards)
		}
		if len(announced) != 1 || len(c.heard("p1")) != 1 || c.called("invite") != 1 || c.called("topic") != 1 {
			t.Errorf("announced %d times, told %d, invited %d, topic %d", len(announced), len(c.heard("p1")), c.called("invite"), c.called("topic"))
		}
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p2"}, "p2")
		x.after(time.Second)
		if got := c.in(room); c.edits == 0 || got[0].m.Card.Alarm != "" || len(c.in("incidents")) != 1 {
			t.Errorf("after %d edits the card's alarm is %q", c.edits, got[0].m.Card.Alarm)
		}
		if i, _ := x.m.Load(t.Context(), n); len(i.Rooms) != 1 || x.m.left() != 0 {
			t.Errorf("rooms %v, %d still wait", i.Rooms, x.m.left())
		}
	})
}

func TestAChatThatIsDownGetsEverythingOnceItIsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat", "other")
		defer x.stop()
		down := x.chats["chat"]
		down.fault = func(string, int) error { return errors.New("connection refused") }
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(2 * time.Hour)
		room := RoomName(n, "payments are slow")
		if len(down.posts) != 0 || len(x.chats["other"].in(room)) != 2 { // the card, and the word that the other chat is down
			t.Fatalf("down: %d posts; the other chat: %+v", len(down.posts), x.chats["other"].in(room))
		}
		if got := x.m.kinds(n); !slices.Contains(got, "delivery_failed") {
			t.Errorf("the record says nothing of it: %v", got)
		}
		down.mu.Lock()
		down.fault = nil
		down.mu.Unlock()
		x.after(10 * time.Minute)
		if got := down.in(room); len(got) < 1 || x.m.left() != 0 {
			t.Errorf("after it came up there stand %+v, %d wait", got, x.m.left())
		}
		if s := x.p.Stats(); s.Dropped != 0 || s.Retried == 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestADayOfFailureIsGivenUpVisibly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		x.chats["chat"].fault = func(kind string, _ int) error {
			if kind == "tell" {
				return errors.New("no route")
			}
			return nil
		}
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(25 * time.Hour)
		failures := 0
		for _, k := range x.m.kinds(n) {
			if k == "delivery_failed" {
				failures++
			}
		}
		if failures != 1 || len(x.m.given()) != 1 || x.m.left() != 0 {
			t.Errorf("%d failures said, %v dropped, %d wait", failures, x.m.given(), x.m.left())
		}
		if tries := x.chats["chat"].called("tell"); tries < 1000 || tries > 2000 {
			t.Errorf("tried %d times in a day", tries)
		}
	})
}

func TestWhatNoRetryMendsStepsAsideAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		c.fault = func(kind string, _ int) error {
			if kind == "topic" || kind == "edit" {
				return &Permanent{Err: errors.New("missing scope")}
			}
			return nil
		}
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		x.do(n, incident.SetTitle{Title: "payments fail"}, "p1")
		x.after(time.Minute)
		if calls := c.called("topic") + c.called("edit"); calls > 12 {
			t.Errorf("a failure that says itself in the same chat went round %d times", calls)
		}
		if got := x.m.kinds(n); !slices.Contains(got, "delivery_failed") || x.m.left() != 0 {
			t.Errorf("the record is %v, %d wait", got, x.m.left())
		}
		if len(c.in(RoomName(n, "payments are slow"))) < 2 {
			t.Error("what stood behind it in the lane was not sent")
		}
	})
}

func TestARateLimitDelaysOnlyItsOwnChatAndCountsNoTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "busy", "free")
		defer x.stop()
		busy := x.chats["busy"]
		busy.fault = func(_ string, n int) error { return &Wait{After: time.Minute} }
		begun := time.Now()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		if len(x.chats["free"].in(RoomName(n, "payments are slow"))) != 1 {
			t.Error("another chat was held up")
		}
		x.after(30 * time.Minute)
		if got := x.m.kinds(n); slices.Contains(got, "delivery_failed") {
			t.Errorf("a rate limit was taken for a failure: %v", got)
		}
		if total := busy.called("open") + busy.called("tell") + busy.called("post"); total > 3*int(time.Since(begun)/time.Minute)+3 {
			t.Errorf("it was called %d times in %s", total, time.Since(begun))
		}
		busy.mu.Lock()
		busy.fault = nil
		busy.mu.Unlock()
		x.after(2 * time.Minute)
		if len(busy.in(RoomName(n, "payments are slow"))) != 1 {
			t.Error("nothing came after the limit")
		}
	})
}

func TestALostReceiptDoublesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		c.late = true
		c.fault = func(kind string, n int) error {
			if n == 1 && kind != "edit" {
				return errors.New("the answer was lost")
			}
			return nil
		}
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Minute)
		if cards := c.in(RoomName(n, "payments are slow")); len(cards) != 1 {
			t.Errorf("%d cards stand in the room", len(cards))
		}
		if len(c.in("incidents")) != 1 || len(c.rooms) != 1 {
			t.Errorf("%d announcements, %d rooms", len(c.in("incidents")), len(c.rooms))
		}
		rooms := 0
		for _, k := range x.m.kinds(n) {
			if k == "room_opened" {
				rooms++
			}
		}
		if rooms != 1 {
			t.Errorf("the room was recorded %d times", rooms)
		}
	})
}

func TestOrderHoldsInALaneAndUrgentGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		n := x.do(0, open(incident.P3), "p1").Number
		x.after(time.Second)
		c.mu.Lock()
		c.slow = 2 * time.Second
		c.mu.Unlock()
		for k := range 10 {
			x.do(n, incident.Note{Sort: "note", Text: fmt.Sprintf("entry %d", k)}, "p1")
		}
		x.after(2 * time.Minute)
		var got []string
		for _, p := range c.in(RoomName(n, "payments are slow")) {
			if p.m.Card == nil {
				got = append(got, strings.Fields(p.m.Text)[1])
			}
		}
		if strings.Join(got, "") != "0123456789" {
			t.Errorf("posted in the order %v", got)
		}
	})
}

func TestLanesGoSideBySideButNeverTooMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat", "other")
		defer x.stop()
		c := x.chats["chat"]
		c.slow = 5 * time.Second
		for range 20 {
			x.do(0, open(incident.P2), "p1")
		}
		begun := time.Now()
		for x.m.left() > 0 && time.Since(begun) < time.Hour {
			x.after(time.Second)
		}
		if c.together() != perRealm {
			t.Errorf("at most %d calls were under way, want %d", c.together(), perRealm)
		}
		if x.chats["other"].together() == 0 || len(x.chats["other"].in("incidents")) != 20 {
			t.Error("the other chat was held up")
		}
		if n := x.m.looked(); n > 3000 {
			t.Errorf("it looked %d times", n)
		}
	})
}

func TestAnIdlePumpSleeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		x.after(time.Hour)
		if n := x.m.looked(); n > 130 {
			t.Errorf("it looked %d times in an idle hour", n)
		}
	})
}

func TestAnOutboxThatCannotBeReadIsAskedSeldomAndGoesOnByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		x.m.cutOff(true)
		x.do(0, open(incident.P2), "p1")
		before := x.m.looked()
		x.after(time.Minute)
		if n := x.m.looked() - before; n > 20 {
			t.Errorf("it asked %d times in a minute", n)
		}
		x.m.cutOff(false)
		x.after(10 * time.Second)
		if n := x.m.left(); n != 0 {
			t.Errorf("%d deliveries wait after the outbox came back", n)
		}
	})
}

func TestAnOutcomeIsWrittenOnceTheOutboxIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		c.slow = time.Second
		x.do(0, open(incident.P2), "p1")
		x.after(100 * time.Millisecond) // the calls are under way
		x.m.cutOff(true)
		x.after(40 * time.Second)
		x.m.cutOff(false)
		x.after(20 * time.Second)
		if n := x.m.left(); n != 0 || x.p.Stats().Retried != 0 {
			t.Errorf("%d deliveries wait, stats %+v", n, x.p.Stats())
		}
		if c.called("open") != 1 || len(c.in("incidents")) != 1 || c.called("post") != 2 {
			t.Errorf("opened %d times, posted %d", c.called("open"), c.called("post"))
		}
	})
}

func TestWhatWasAnsweredIsNotSaidAnyMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		c.fault = func(kind string, _ int) error {
			if kind == "tell" {
				return errors.New("away")
			}
			return nil
		}
		n := x.do(0, open(incident.P2), "p1").Number
		x.do(n, incident.Ask{Person: "p2", Why: "help"}, "p1")
		x.after(time.Second)
		x.do(n, incident.Acknowledge{}, "p2")
		c.mu.Lock()
		c.fault = nil
		c.mu.Unlock()
		x.after(10 * time.Minute)
		for _, m := range c.heard("p2") {
			if m.Card != nil && strings.Contains(m.Card.Text, "応援") {
				t.Errorf("p2 was called after the answer: %s", m.Card.Text)
			}
		}
		if s := x.p.Stats(); s.Skipped == 0 {
			t.Errorf("nothing was skipped: %+v", s)
		}
	})
}

func TestADeletedCardIsPostedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		c.mu.Lock()
		c.posts[0].at.Message, c.posts[1].at.Message = "gone-1", "gone-2"
		c.mu.Unlock()
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
		x.after(time.Minute)
		if got := c.in(RoomName(n, "payments are slow")); len(got) < 2 || x.p.Stats().Dropped != 0 {
			t.Errorf("there stand %d messages, stats %+v", len(got), x.p.Stats())
		}
	})
}

func TestAPanicInOneDeliveryHarmsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		c.fault = func(kind string, n int) error {
			if kind == "tell" && n == 1 {
				panic("a bug in an adapter")
			}
			return nil
		}
		x.do(0, open(incident.P2), "p1")
		x.after(time.Minute)
		if len(c.heard("p1")) != 1 || x.m.left() != 0 {
			t.Errorf("told %d, %d wait", len(c.heard("p1")), x.m.left())
		}
	})
}

func TestAThreadBecomesARoomWhenThePriorityIsRaised(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		i := x.do(0, open(incident.P4), "p1")
		x.after(time.Second)
		name := RoomName(i.Number, i.Title)
		inThread := c.in("incidents")
		if len(inThread) != 1 || inThread[0].at.Thread != "head-"+name || inThread[0].m.Card == nil {
			t.Fatalf("in the thread stand %+v", inThread)
		}
		x.do(i.Number, incident.SetPriority{Priority: incident.P2}, "p1")
		x.after(time.Second)
		if all := c.in(name); !slices.ContainsFunc(all, func(p posted) bool { return p.m.Card != nil }) {
			t.Errorf("in the new room stand %+v", all)
		}
		if !slices.ContainsFunc(c.in("incidents"), func(p posted) bool {
			return p.at.Thread == "head-"+name && strings.Contains(p.m.Text, "#"+name)
		}) {
			t.Errorf("the thread does not point to the room: %+v", c.in("incidents"))
		}
	})
}
