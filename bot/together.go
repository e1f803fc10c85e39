package bot

import (
	"context"
	"fmt"

	"matoi/incident"
)

// mostWritten is how many messages go into a chat of this process at once: those who type wait for their end.
const mostWritten = 64

// draft is a delivery that is only to be written.
type draft struct {
	lane     int
	delivery incident.Delivery
	version  int64
	channel  string
	writings []Writing // the first is the one that counts
}

// together is what one turn took for a chat of this process. What is only to be written is written in one go, whatever lane it
// is in; everything else goes its own way.
type together struct {
	p       *Pump
	chat    Near
	bot     *Bot // looks each incident up once
	drafts  []draft
	lanes   [][]incident.Delivery // what is left of each for a way of its own
	settled []incident.Settled
}

// write delivers what can be written of heads and those behind them. What is left comes back: heads with those behind them.
func (p *Pump) write(ctx, calls context.Context, chat Near, heads []incident.Delivery, landed func(...incident.Settled)) (left []incident.Delivery) {
	g := together{p: p, chat: chat, bot: p.bot.glancing(), lanes: make([][]incident.Delivery, len(heads))}
	for k, d := range heads {
		if ctx.Err() != nil {
			g.lanes[k] = lane(d)
			continue
		}
		own, again := once(lane(d))
		g.prepare(calls, k, own)
		g.giveBack(again)
	}
	for len(g.drafts) > 0 {
		n, size := 0, 0
		for n < len(g.drafts) && (n == 0 || size+len(g.drafts[n].writings) <= mostWritten) {
			size += len(g.drafts[n].writings)
			n++
		}
		g.send(calls, g.drafts[:n])
		g.drafts = g.drafts[n:]
		landed(g.settled...)
		g.settled = nil
	}
	landed(g.settled...)
	for _, l := range g.lanes {
		if len(l) > 0 {
			l[0].Behind = l[1:]
			left = append(left, l[0])
		}
	}
	return left
}

// lane is a delivery and those behind it.
func lane(d incident.Delivery) []incident.Delivery {
	behind := d.Behind
	d.Behind = nil
	return append([]incident.Delivery{d}, behind...)
}

// once splits a lane before the second delivery that keeps the same message equal to the state: where that stands is known to it
// only after the turn, and without knowing it would post another one.
func once(lane []incident.Delivery) (own, again []incident.Delivery) {
	kept := map[incident.EffectKind]bool{}
	for k, d := range lane {
		kind := d.Effect.Kind
		if kept[kind] {
			return lane[:k:k], lane[k:]
		}
		kept[kind] = kind.Coalesces()
	}
	return lane, nil
}

// giveBack puts off what was not tried.
func (g *together) giveBack(again []incident.Delivery) {
	for _, d := range again {
		g.settled = append(g.settled, g.p.behind(d, g.p.now()))
	}
}

// prepare renders a lane up to the first that is not only to be written, has to wait, or is a card in doubt: that may be found
// where an earlier try put it, with the state of that time.
func (g *together) prepare(calls context.Context, n int, lane []incident.Delivery) {
	g.bot.Store.(*glance).ahead(calls, lane)
	for k, d := range lane {
		if !written(d.Effect.Kind) || d.Doubtful && paced(d) {
			g.lanes[n] = lane[k:]
			return
		}
		w, out, err := g.draft(calls, d)
		channel := ""
		if err == nil && out.Skip == "" {
			channel, err = channelOf(d, out)
		}
		switch {
		case err != nil: // it fails alone, and says so
			g.lanes[n] = lane[k:]
			return
		case out.Skip != "":
			g.settled = append(g.settled, g.p.unsaid(calls, d, out, nil))
		default:
			if at := g.p.tooSoon(calls, d, out, channel); !at.IsZero() {
				g.settled = append(g.settled, g.p.putOff(d, at))
				continue
			}
			g.drafts = append(g.drafts, draft{n, d, out.Incident.Version, channel, w})
		}
	}
}

// written reports whether an effect of the kind is nothing but messages.
func written(k incident.EffectKind) bool {
	return k == incident.Post || k == incident.ShowCard || k == incident.Announce
}

// draft renders one and finds out where it is written.
func (g *together) draft(ctx context.Context, d incident.Delivery) (w []Writing, out Outgoing, err error) {
	err = g.p.guarded(d, func() (err error) {
		if out, err = g.bot.Render(ctx, d); err != nil || out.Skip != "" {
			return err
		}
		room, open := out.Incident.Room(d.Effect.Realm)
		switch {
		case d.Effect.Kind == incident.Announce:
			to, err := g.chat.Announcements(ctx)
			if err != nil {
				return err
			}
			w, err = g.keep(ctx, d, out.Message, to, inAnnouncements(to))
			return err
		case !open:
			return errNoRoom
		case d.Effect.Kind == incident.Post:
			w = []Writing{{At: inside(room), Message: out.Message}}
			return nil
		}
		w, err = g.keep(ctx, d, out.Message, inside(room), inRoom(room))
		if at, head := headOf(room, out); err == nil && head.Card != nil {
			w = append(w, Writing{At: at, Message: head, Edit: true})
		}
		return err
	})
	return w, out, err
}

// keep edits the message that stands for the effect, or posts it where none does.
func (g *together) keep(ctx context.Context, d incident.Delivery, m Message, to incident.Place, here func(incident.Place) bool) ([]Writing, error) {
	r, stands, err := g.p.stands(ctx, d.Effect, here)
	if stands {
		to = r.Place
	}
	return []Writing{{At: to, Message: m, Edit: stands}}, err
}

// send writes drafts. One that could not be written, and those behind it that were not, go their own way: what fails there
// is tried again, said or given up.
func (g *together) send(calls context.Context, drafts []draft) {
	var list []Writing
	for _, d := range drafts {
		list = append(list, d.writings...)
	}
	ctx, cancel := context.WithTimeout(calls, callTime)
	defer cancel()
	var done []Written
	err := g.p.guarded(drafts[0].delivery, func() (err error) {
		if done, err = g.chat.Write(ctx, list); err == nil && len(done) != len(list) {
			err = fmt.Errorf("%d answers for %d messages", len(done), len(list))
		}
		return err
	})
	if err != nil {
		g.p.log.Warn("write together", "realm", g.chat.Realm(), "messages", len(list), "error", err)
		for _, d := range drafts {
			d.delivery.Doubtful = true
			g.alone(d)
		}
		return
	}
	g.p.fared(g.chat.Realm(), nil)
	for _, d := range drafts {
		own, more := done[0], done[1:len(d.writings)]
		done = done[len(d.writings):]
		for _, head := range more {
			if head.Err != nil {
				g.p.log.Warn("keep the head of a thread", "incident", d.delivery.Effect.Number, "realm", g.chat.Realm(), "error", head.Err)
			}
		}
		if own.Err != nil {
			d.delivery.Doubtful = d.delivery.Doubtful || !d.writings[0].Edit // its answer may have been lost
			g.alone(d)
			continue
		}
		g.p.counters.sent.Add(1)
		g.p.changed(d.delivery, d.channel)
		g.settled = append(g.settled, incident.Settled{ID: d.delivery.ID, As: incident.Delivered, Receipt: own.Receipt, Version: d.version, Asks: d.writings[0].Message.Passes})
	}
}

// alone puts a draft before what is left of its lane.
func (g *together) alone(d draft) {
	l := g.lanes[d.lane]
	at := 0
	for at < len(l) && l[at].ID < d.delivery.ID {
		at++
	}
	g.lanes[d.lane] = append(append(append([]incident.Delivery{}, l[:at]...), d.delivery), l[at:]...)
}

// glance is a store that is looked at for a moment: each incident is read once, and what is posted of it at once.
type glance struct {
	Store
	incidents map[incident.Number]*incident.Incident
	entries   map[incident.Number][]incident.Event
}

// glancing is the bot as it renders many at once.
func (b *Bot) glancing() *Bot {
	brief := *b
	brief.Store = &glance{Store: b.Store, incidents: map[incident.Number]*incident.Incident{}, entries: map[incident.Number][]incident.Event{}}
	return &brief
}

// Load reads an incident the first time it is asked for.
func (g *glance) Load(ctx context.Context, n incident.Number) (*incident.Incident, error) {
	if i := g.incidents[n]; i != nil {
		return i, nil
	}
	i, err := g.Store.Load(ctx, n)
	if err == nil {
		g.incidents[n] = i
	}
	return i, err
}

// Timeline gives an entry that was read ahead.
func (g *glance) Timeline(ctx context.Context, n incident.Number, after int64, limit int) ([]incident.Event, error) {
	if limit == 1 {
		for k, e := range g.entries[n] {
			if e.Seq == after+1 {
				return g.entries[n][k : k+1], nil
			}
		}
	}
	return g.Store.Timeline(ctx, n, after, limit)
}

// readAhead is how many entries may lie between those that are read at once.
const readAhead = 64

// ahead reads the entries that a lane tells of. What it does not read is read when it is asked for.
func (g *glance) ahead(ctx context.Context, lane []incident.Delivery) {
	var first, last int64
	for _, d := range lane {
		seq := d.Effect.Seq
		switch {
		case d.Effect.Kind != incident.Post:
		case first == 0:
			first, last = seq, seq
		case seq > last && seq < first+readAhead:
			last = seq
		}
	}
	if first == last {
		return
	}
	n := lane[0].Effect.Number
	if events, err := g.Store.Timeline(ctx, n, first-1, int(last-first)+1); err == nil {
		g.entries[n] = events
	}
}
