package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// errNoRoom: the room is not open yet; the delivery waits for it.
var errNoRoom = errors.New("no room yet")

// unsent marks an error from before the chat was called: nothing can have reached it.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

// deliver renders one delivery and sends it. The receipt is empty where there was nothing to say.
func (p *Pump) deliver(ctx context.Context, d incident.Delivery) (incident.Receipt, error) {
	none := incident.Receipt{}
	chat := p.chats[d.Effect.Realm]
	if chat == nil {
		return none, &Permanent{Err: fmt.Errorf("no chat %q is set up", d.Effect.Realm)}
	}
	out, err := p.bot.Render(ctx, d)
	if err != nil {
		return none, unsent{err}
	}
	if out.Skip != "" {
		p.counters.skipped.Add(1)
		p.log.Debug("nothing left to say", "incident", d.Effect.Number, "effect", d.Effect.Kind, "why", out.Skip)
		return none, nil
	}
	switch d.Effect.Kind {
	case incident.OpenRoom:
		return p.openRoom(ctx, chat, d, out)
	case incident.Announce:
		return p.announce(ctx, chat, d, out)
	case incident.Tell, incident.Brief:
		return chat.Tell(ctx, d.Effect.Person, out.Message, d.Doubtful)
	}
	room, ok := out.Incident.Room(d.Effect.Realm)
	if !ok {
		return none, unsent{errNoRoom}
	}
	switch d.Effect.Kind {
	case incident.ShowCard:
		return p.showCard(ctx, chat, d, out, room)
	case incident.SetTopic:
		return none, chat.SetTopic(ctx, room, out.Topic)
	case incident.Invite:
		return none, chat.Invite(ctx, room, []incident.PersonID{d.Effect.Person})
	}
	return chat.Post(ctx, inside(room), out.Message, d.Doubtful)
}

// inside is the place of new messages of a room.
func inside(r incident.Room) incident.Place {
	return incident.Place{Realm: r.Realm, Room: r.ID, Thread: r.Thread}
}

// openRoom makes or adopts the room and records its receipt as a fact before the delivery is done: a crash in
// between opens the same room again and records nothing twice.
func (p *Pump) openRoom(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing) (incident.Receipt, error) {
	room, err := chat.OpenRoom(ctx, out.Room)
	if err != nil {
		return incident.Receipt{}, err
	}
	if old, had := out.Incident.Room(d.Effect.Realm); had && old.Thread != "" && room.Thread == "" {
		if err := p.leaveThread(ctx, chat, d, out, old, room); err != nil {
			return incident.Receipt{}, err
		}
	}
	cause := incident.Cause{ID: "receipt:" + strconv.FormatInt(d.ID, 10), Machine: true}
	if _, err := p.bot.Desk.Do(ctx, d.Effect.Number, incident.ReceiveRoom{Room: room}, incident.By{}, cause); err != nil {
		return incident.Receipt{}, fmt.Errorf("record the room of %s: %w", d.Effect.Number, err)
	}
	return incident.Receipt{Place: inside(room), Link: room.Link}, nil
}

// leaveThread ends a thread that an incident leaves for a room, before the room is recorded: once it is, nobody comes
// back here. Of one that became private the thread keeps nothing, and that is no courtesy: an error tries it all again.
// Else the cards, which are kept equal to the state no more, say where it goes on.
func (p *Pump) leaveThread(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing, old, room incident.Room) error {
	head := incident.Place{Realm: old.Realm, Room: old.ID, Message: old.Thread}
	if out.Incident.Private {
		if err := chat.Withdraw(ctx, inside(old)); err != nil {
			return fmt.Errorf("withdraw the thread of %s: %w", d.Effect.Number, err)
		}
		if err := chat.Edit(ctx, head, Message{Key: Key(d) + "-head", Lang: p.bot.Lang, Card: out.Room.First.Card}); err != nil && !errors.Is(err, ErrGone) {
			return fmt.Errorf("hide the head of the thread of %s: %w", d.Effect.Number, err)
		}
		return nil
	}
	text := lang.Text(p.bot.Lang, "bot.moved", lang.Args{"Room": Escape("#" + room.Name)})
	if _, err := chat.Post(ctx, inside(old), Message{Key: Key(d) + "-moved", Lang: p.bot.Lang, Text: text}, true); err != nil {
		p.log.Warn("point to the new room", "incident", d.Effect.Number, "error", err)
	}
	left := []incident.Place{head}
	if r, err := p.receipts.Receipt(ctx, d.Effect.Number, d.Effect.Realm, incident.ShowCard, ""); err == nil && r.Place.Thread == old.Thread {
		left = append(left, r.Place)
	}
	card := &Card{Title: out.Room.Title, Tone: Calm, Text: text}
	if room.Link != "" {
		card.Buttons = []Button{{Label: lang.Text(p.bot.Lang, "card.button_room", lang.Args{"Room": "#" + room.Name}), URL: room.Link}}
	}
	for n, place := range left {
		if err := chat.Edit(ctx, place, Message{Key: fmt.Sprint(Key(d), "-left-", n), Lang: p.bot.Lang, Card: card}); err != nil {
			p.log.Warn("leave a card behind", "incident", d.Effect.Number, "error", err)
		}
	}
	return nil
}

// showCard keeps the one living card of a room equal to the state. The head of a thread is kept equal too.
func (p *Pump) showCard(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing, room incident.Room) (incident.Receipt, error) {
	here := func(at incident.Place) bool { return at.Room == room.ID && at.Thread == room.Thread }
	r, err := p.keep(ctx, chat, d, out.Message, inside(room), here)
	if err != nil || room.Thread == "" {
		return r, err
	}
	head := Message{Key: out.Message.Key + "-head", Lang: out.Message.Lang, Card: out.Room.First.Card}
	if head.Card == nil {
		return r, nil
	}
	if err := chat.Edit(ctx, incident.Place{Realm: room.Realm, Room: room.ID, Message: room.Thread}, head); err != nil {
		p.log.Warn("keep the head of a thread", "incident", d.Effect.Number, "realm", room.Realm, "error", err)
	}
	return r, nil
}

func (p *Pump) announce(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing) (incident.Receipt, error) {
	to, err := chat.Announcements(ctx)
	if err != nil {
		return incident.Receipt{}, err
	}
	return p.keep(ctx, chat, d, out.Message, to, func(at incident.Place) bool { return at.Room == to.Room })
}

// keep edits the message that stands for the effect, or posts it where none stands there any more.
func (p *Pump) keep(ctx context.Context, chat Chat, d incident.Delivery, m Message, to incident.Place, here func(incident.Place) bool) (incident.Receipt, error) {
	e := d.Effect
	r, err := p.receipts.Receipt(ctx, e.Number, e.Realm, e.Kind, e.Person)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return incident.Receipt{}, unsent{err}
	}
	if err == nil && here(r.Place) {
		if err := chat.Edit(ctx, r.Place, m); err == nil || !errors.Is(err, ErrGone) {
			return r, err
		}
	}
	return chat.Post(ctx, to, m, d.Doubtful)
}

// settle writes down how a delivery went.
func (p *Pump) settle(calls context.Context, d incident.Delivery, r incident.Receipt, err error) {
	var wait *Wait
	var permanent *Permanent
	switch {
	case err == nil:
		if err := p.persist(calls, func(ctx context.Context) error { return p.outbox.Done(ctx, d.ID, r) }); err != nil {
			p.log.Error("finish a delivery", "delivery", d.ID, "error", err) // the lease runs out and it is looked for
			return
		}
		p.counters.sent.Add(1)
		p.forget(d.ID)
	case errors.As(err, &wait):
		until := p.now().Add(max(wait.After, time.Second))
		p.mu.Lock()
		p.waits[d.ID]++
		if until.After(p.paused[d.Effect.Realm]) {
			p.paused[d.Effect.Realm] = until
		}
		p.mu.Unlock()
		p.later(calls, d, until, false, err.Error())
	case errors.As(err, &permanent):
		p.giveUp(calls, d, err)
	case p.now().Sub(d.Waiting) >= giveUpAge:
		p.giveUp(calls, d, err)
	default:
		p.retry(calls, d, err)
	}
}

// retry tries again later. After twelve tries the record says so, though it is tried on.
func (p *Pump) retry(calls context.Context, d incident.Delivery, err error) {
	p.mu.Lock()
	tries := d.Tries - p.waits[d.ID]
	p.mu.Unlock()
	p.log.Warn("deliver", "incident", d.Effect.Number, "effect", d.Effect.Kind, "realm", d.Effect.Realm, "try", tries+1, "error", err)
	p.counters.retried.Add(1)
	if tries+1 >= sayAfter {
		p.say(context.WithoutCancel(calls), d, err, false)
	}
	_, before := errors.AsType[unsent](err)
	p.later(calls, d, p.now().Add(backoff(tries)), !before, reason(err))
}

func (p *Pump) later(calls context.Context, d incident.Delivery, at time.Time, doubtful bool, why string) {
	if !doubtful {
		p.counters.waited.Add(1)
	}
	if err := p.persist(calls, func(ctx context.Context) error { return p.outbox.Later(ctx, d.ID, at, doubtful, why) }); err != nil {
		p.log.Error("put a delivery off", "delivery", d.ID, "error", err)
	}
}

// giveUp ends a delivery: a fact makes it visible, then it steps aside for those behind it.
func (p *Pump) giveUp(calls context.Context, d incident.Delivery, err error) {
	p.log.Error("give up a delivery", "incident", d.Effect.Number, "effect", d.Effect.Kind, "realm", d.Effect.Realm, "error", err)
	if !p.say(context.WithoutCancel(calls), d, err, true) {
		p.later(calls, d, p.now().Add(backoff(d.Tries)), true, reason(err))
		return
	}
	if err := p.persist(calls, func(ctx context.Context) error { return p.outbox.Drop(ctx, d.ID, reason(err)) }); err != nil {
		p.log.Error("drop a delivery", "delivery", d.ID, "error", err)
		return
	}
	p.counters.dropped.Add(1)
	p.forget(d.ID)
}

// say records that a delivery does not get through, once. What would only fail again by being said in the same
// chat (the word of the failure itself, a card that has failed for the same reason) is not said again, and while
// it is still tried one word for a chat and a reason is enough. It returns false when the record could not be
// written.
func (p *Pump) say(ctx context.Context, d incident.Delivery, cause error, final bool) bool {
	e := d.Effect
	i, err := p.bot.Store.Load(ctx, e.Number)
	if errors.Is(err, incident.ErrNotFound) {
		return true
	}
	if err != nil {
		p.log.Error("load to say a failure", "incident", e.Number, "error", err)
		return false
	}
	why := reason(cause)
	same := func(doubt string) bool {
		if final {
			return e.Kind.Coalesces() && doubt == string(e.Kind)+" "+e.Realm+": "+why
		}
		return strings.HasSuffix(doubt, " "+e.Realm+": "+why)
	}
	if slices.ContainsFunc(i.Doubts, same) || p.isFailure(ctx, e) {
		return true
	}
	id := incident.Cause{ID: "failed:" + strconv.FormatInt(d.ID, 10), Machine: true}
	res, err := p.bot.Desk.Do(ctx, e.Number, incident.FailDelivery{Effect: string(e.Kind), Realm: e.Realm, Why: why}, incident.By{}, id)
	if err != nil {
		p.log.Error("say a failure", "incident", e.Number, "error", err)
		return false
	}
	if !res.Again {
		p.counters.failed.Add(1)
	}
	return true
}

// isFailure reports whether a post only tells of another failure.
func (p *Pump) isFailure(ctx context.Context, e incident.Effect) bool {
	if e.Kind != incident.Post {
		return false
	}
	events, err := p.bot.Store.Timeline(ctx, e.Number, e.Seq-1, 1)
	if err != nil || len(events) == 0 {
		return false
	}
	_, failure := events[0].Fact.(*incident.DeliveryFailed)
	return failure
}

func (p *Pump) forget(id int64) {
	p.mu.Lock()
	delete(p.waits, id)
	p.mu.Unlock()
}

// reason is an error's text as it is kept: one line, bounded.
func reason(err error) string {
	return cutRunes(strings.Join(strings.Fields(err.Error()), " "), reasonSize)
}
