package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// errNoRoom: the room is not open yet; the delivery waits for it.
var errNoRoom = errors.New("no room yet")

// unsent marks an error from before the chat was called: nothing can have reached it.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

// work delivers one: it is rendered, waits for its turn until last at most, is rendered again if time has passed, and sent.
// A chat that asks to wait is asked again in its time, without a word to the outbox while that is short.
func (p *Pump) work(ctx, calls context.Context, d incident.Delivery, last time.Time) incident.Settled {
	if d.Effect.Kind == incident.Page {
		return p.page(calls, d)
	}
	chat, gate := p.chats[d.Effect.Realm], p.gates[d.Effect.Realm]
	if chat == nil {
		return p.failed(calls, d, &Permanent{Err: fmt.Errorf("no chat %q is set up", d.Effect.Realm)})
	}
	for {
		out, channel, err := p.render(calls, d)
		if err != nil || out.Skip != "" {
			return p.unsaid(calls, d, out, err)
		}
		if at := p.tooSoon(calls, d, out, channel); !at.IsZero() {
			return p.putOff(d, at)
		}
		again, waited := gate.enter(ctx, channel, rankOf(d, out.Incident), last)
		if !again.IsZero() {
			return p.putOff(d, again)
		}
		if waited {
			was := channel
			if out, channel, err = p.render(calls, d); err != nil || out.Skip != "" {
				gate.leave(was, nil)
				return p.unsaid(calls, d, out, err)
			}
			if channel != was {
				gate.leave(was, nil)
				continue
			}
		}
		receipt, err := p.send(calls, chat, d, out)
		wait, asked := errors.AsType[*Wait](err)
		if asked && wait.Own { // the channel is free for others
			gate.leave(channel, nil)
		} else {
			gate.leave(channel, wait)
		}
		p.fared(d.Effect.Realm, err)
		switch {
		case asked && wait.Own:
			return p.putOff(d, p.now().Add(max(wait.After, shortestPause)))
		case asked && p.now().Add(wait.After).After(last):
			return p.putOff(d, p.now().Add(max(wait.After, shortestPause)))
		case asked:
			p.counters.waited.Add(1)
		case err != nil:
			if s, again := p.reopened(calls, chat, d, out.Incident, err); again {
				return s
			}
			return p.failed(calls, d, err)
		default:
			p.changed(d, channel)
			return p.sent(calls, d, receipt, out)
		}
	}
}

// sent settles a delivery that went through. A card in doubt may have been found where an earlier try put it, with the state of
// that time: where it stands is written down, and it comes again to be made equal to the state.
func (p *Pump) sent(ctx context.Context, d incident.Delivery, r incident.Receipt, out Outgoing) incident.Settled {
	if d.Doubtful && paced(d) {
		known, err := p.receipts.Receipt(ctx, d.Effect.Number, d.Effect.Realm, d.Effect.Kind, d.Effect.Person)
		if err != nil || known.Place != r.Place {
			return incident.Settled{ID: d.ID, As: incident.PutOff, At: p.now(), Untried: true, Receipt: r, Why: "may show what was before"}
		}
	}
	p.counters.sent.Add(1)
	return incident.Settled{ID: d.ID, As: incident.Delivered, Receipt: r, Version: out.Incident.Version, Asks: out.Message.Passes && len(d.Behind) == 0}
}

// render renders a delivery and finds the channel it goes to.
func (p *Pump) render(ctx context.Context, d incident.Delivery) (out Outgoing, channel string, err error) {
	err = p.guarded(d, func() (err error) {
		if out, err = p.bot.Render(ctx, d); err != nil || out.Skip != "" || len(d.Behind) == 0 {
			return err
		}
		switch d.Effect.Kind {
		case incident.Tell:
			return p.bot.renderWaited(ctx, &out, d)
		case incident.Remind:
			return p.bot.renderReminders(ctx, &out, d)
		}
		return p.bot.renderMissed(ctx, &out, d.Effect.Number, p.covers(d))
	})
	if err != nil || out.Skip != "" {
		return out, "", err
	}
	channel, err = channelOf(d, out)
	return out, channel, err
}

// The names at the gate of what is no room. Threads stand in the channel of announcements.
const (
	atAnnouncements = "announcements"
	atOpenings      = "+rooms"
	atMuster        = "+managers"
)

// channelOf names the channel whose rate a delivery uses.
func channelOf(d incident.Delivery, out Outgoing) (string, error) {
	switch d.Effect.Kind {
	case incident.OpenRoom:
		if !out.Room.Thread {
			return atOpenings, nil
		}
		return atAnnouncements, nil
	case incident.Announce:
		return atAnnouncements, nil
	case incident.Tell, incident.Remind, incident.Brief:
		return "@" + string(d.Effect.Person), nil
	case incident.Muster:
		return atMuster, nil
	case incident.Outdate:
		if d.Effect.Person != "" {
			return "@" + string(d.Effect.Person), nil
		}
	}
	room, ok := out.Incident.Room(d.Effect.Realm)
	switch {
	case !ok:
		return "", errNoRoom
	case room.Thread != "":
		return atAnnouncements, nil
	}
	return "#" + room.ID, nil
}

// unsaid settles a delivery for which no chat was called: there is nothing left to say, or it can't be rendered.
func (p *Pump) unsaid(ctx context.Context, d incident.Delivery, out Outgoing, err error) incident.Settled {
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	p.counters.skipped.Add(1)
	p.log.Debug("nothing left to say", "incident", d.Effect.Number, "effect", d.Effect.Kind, "why", out.Skip)
	return incident.Settled{ID: d.ID, As: incident.Delivered}
}

// putOff gives a delivery back that was not tried.
func (p *Pump) putOff(d incident.Delivery, at time.Time) incident.Settled {
	p.counters.waited.Add(1)
	return incident.Settled{ID: d.ID, As: incident.PutOff, At: at, Untried: true, Why: "waits for its chat"}
}

// send makes the calls of one delivery. The receipt is empty where none came back.
func (p *Pump) send(calls context.Context, chat Chat, d incident.Delivery, out Outgoing) (r incident.Receipt, err error) {
	ctx, cancel := context.WithTimeout(calls, callTime)
	defer cancel()
	err = p.guarded(d, func() (err error) {
		r, err = p.deliver(ctx, chat, d, out)
		return err
	})
	return r, err
}

// deliver sends what was rendered.
func (p *Pump) deliver(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing) (incident.Receipt, error) {
	none := incident.Receipt{}
	switch d.Effect.Kind {
	case incident.Outdate:
		return none, p.outdate(ctx, chat, d, out.Message)
	case incident.OpenRoom:
		return p.openRoom(ctx, chat, d, out)
	case incident.Announce:
		return p.announce(ctx, chat, d, out)
	case incident.Tell, incident.Remind, incident.Brief:
		return p.tell(ctx, chat, d, out)
	case incident.Muster:
		return none, p.muster(ctx, chat, out)
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
		err := chat.Invite(ctx, room, []incident.PersonID{d.Effect.Person})
		if errors.Is(err, ErrStranger) && len(p.elsewhere(chat, out.Incident)) > 0 { // told and asked there
			err = nil
		}
		return none, err
	case incident.Expel:
		return none, p.expel(ctx, chat, d, room)
	case incident.Furnish:
		return none, p.furnish(ctx, chat, d, out, room)
	case incident.HandIn:
		return none, p.handIn(ctx, chat, d, out, room)
	case incident.Unsay:
		return none, p.unsay(ctx, chat, d, out)
	case incident.Archive:
		return none, p.archive(ctx, chat, d, room)
	case incident.Wake:
		return p.wake(ctx, chat, d, out, room)
	}
	if len(d.Behind) > 0 {
		return p.tellMissed(ctx, chat, d, out.Message, inside(room))
	}
	return chat.Post(ctx, inside(room), out.Message, d.Doubtful)
}

// tell tells a person: in the first chat that knows them, at last in the built-in one, which knows everybody.
func (p *Pump) tell(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing) (incident.Receipt, error) {
	r, err := chat.Tell(ctx, d.Effect.Person, out.Message, d.Doubtful)
	if others := p.elsewhere(chat, out.Incident); errors.Is(err, ErrStranger) && len(others) > 0 {
		p.log.Info("told elsewhere", "incident", d.Effect.Number, "person", d.Effect.Person, "why", err)
		return p.tellElsewhere(ctx, others, d, out)
	}
	if err == nil && d.Doubtful && len(d.Behind) > 0 && r.Place.Message != "" { // it may stand there without the others
		if err = chat.Edit(ctx, r.Place, out.Message); errors.Is(err, ErrGone) {
			err = nil
		}
	}
	return r, err
}

// tellElsewhere asks one chat after the other. One that is away holds nobody up: the next may know them too. Only what a chat puts
// off for a while waits, and then the first chat is not shut for it.
func (p *Pump) tellElsewhere(ctx context.Context, others []Chat, d incident.Delivery, out Outgoing) (r incident.Receipt, err error) {
	for n, other := range others {
		r, err = other.Tell(ctx, d.Effect.Person, out.Message, true)
		wait, asked := errors.AsType[*Wait](err)
		switch {
		case err == nil:
			return r, nil
		case asked && (!wait.Whole || n == len(others)-1):
			return r, ownWait(err, false)
		case !errors.Is(err, ErrStranger):
			p.log.Warn("tell elsewhere", "realm", other.Realm(), "incident", d.Effect.Number, "person", d.Effect.Person, "error", err)
		}
	}
	return r, err
}

// ownWait is an error of a chat that was called for another one, which is not shut for what that one asks to put off.
func ownWait(err error, same bool) error {
	if wait, asked := errors.AsType[*Wait](err); asked && !same {
		return &Wait{After: wait.After, Own: true}
	}
	return err
}

// elsewhere are the chats for whom another one does not know: in the policy's order, and last the one of this process. A chat
// that has nothing to do with the incident hears nothing of it.
func (p *Pump) elsewhere(not Chat, i *incident.Incident) (out []Chat) {
	policy := p.bot.Policy()
	far := slices.DeleteFunc(slices.Clone(policy.Realms), func(realm string) bool {
		return slices.Contains(p.near, realm) || !policy.Concerns(i, realm)
	})
	for _, realm := range append(far, p.near...) {
		if chat := p.chats[realm]; chat != nil && realm != not.Realm() {
			out = append(out, chat)
		}
	}
	return out
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
	if old, had := out.Incident.Room(d.Effect.Realm); had && room.Thread == "" {
		if old.Thread != "" {
			err = p.leaveThread(ctx, chat, d, out, old, room)
		}
		if err == nil {
			err = p.leaveRooms(ctx, chat, d, out, room)
		}
		if err != nil {
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
	r, err := p.keep(ctx, chat, d, out.Message, inside(room), inRoom(room))
	if err != nil {
		return r, err
	}
	if at, head := headOf(room, out); head.Card != nil {
		if err := chat.Edit(ctx, at, head); err != nil {
			p.log.Warn("keep the head of a thread", "incident", d.Effect.Number, "realm", room.Realm, "error", err)
		}
	}
	return r, nil
}

// headOf is what begins the thread of an incident, as it should look now; without a card where there is no thread.
func headOf(room incident.Room, out Outgoing) (incident.Place, Message) {
	if room.Thread == "" {
		return incident.Place{}, Message{}
	}
	head := Message{Key: out.Message.Key + "-head", Lang: out.Message.Lang, Card: out.Room.First.Card}
	return incident.Place{Realm: room.Realm, Room: room.ID, Message: room.Thread}, head
}

func (p *Pump) announce(ctx context.Context, chat Chat, d incident.Delivery, out Outgoing) (incident.Receipt, error) {
	to, err := chat.Announcements(ctx)
	if err != nil {
		return incident.Receipt{}, err
	}
	return p.keep(ctx, chat, d, out.Message, to, inAnnouncements(to))
}

// The places in which a message that is kept must stand: what stands elsewhere was left behind.
func inRoom(room incident.Room) func(incident.Place) bool {
	return func(at incident.Place) bool { return at.Room == room.ID && at.Thread == room.Thread }
}

func inAnnouncements(to incident.Place) func(incident.Place) bool {
	return func(at incident.Place) bool { return at.Room == to.Room }
}

// stands finds the message that stands for an effect where it belongs; ok is false where none does.
func (p *Pump) stands(ctx context.Context, e incident.Effect, here func(incident.Place) bool) (r incident.Receipt, ok bool, err error) {
	r, err = p.receipts.Receipt(ctx, e.Number, e.Realm, e.Kind, e.Person)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return incident.Receipt{}, false, unsent{err}
	}
	return r, err == nil && here(r.Place), nil
}

// keep edits the message that stands for the effect, or posts it where none stands there any more.
func (p *Pump) keep(ctx context.Context, chat Chat, d incident.Delivery, m Message, to incident.Place, here func(incident.Place) bool) (incident.Receipt, error) {
	r, stands, err := p.stands(ctx, d.Effect, here)
	if err != nil {
		return incident.Receipt{}, err
	}
	if stands {
		if err := chat.Edit(ctx, r.Place, m); err == nil || !errors.Is(err, ErrGone) {
			return r, err
		}
	}
	return chat.Post(ctx, to, m, d.Doubtful)
}
