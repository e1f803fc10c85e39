package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// The bounds of catching up: a chat that was away, or slow, is told what it missed in one message instead of many old ones.
const (
	lateAfter   = time.Minute     // after which words that wait are old
	missedLeast = 3               // old words that are told as one
	missedMore  = 2               // the same where such a message stands already: they are added to it
	missedShown = 20              // lines of it, the newest
	missedLine  = 160             // characters of one
	missedRead  = 500             // entries that are looked through for them
	missedMost  = 200             // old words that are told at once
	missedFor   = 5 * time.Minute // for which the message is added to
)

// missed is a message that tells a room what it missed.
type missed struct {
	at    incident.Receipt
	seqs  []int64 // the entries that it tells of
	until time.Time
}

// late reports whether the words of a delivery have become old.
func (p *Pump) late(d incident.Delivery) bool {
	k := d.Effect.Kind
	return (k == incident.Post || k == incident.Tell) && p.now().Sub(d.Waiting) >= lateAfter
}

// catchUp delivers a head of a lane: where its words are old, together with the old words behind it as one message, and what is
// told one person with that of their other incidents. Those are only looked at: while the head is under way nobody else takes them, and where this process ends before it is written
// down, they all come again as they are, and the message is found by its key.
func (p *Pump) catchUp(ctx, calls context.Context, d incident.Delivery, began time.Time) []incident.Settled {
	if d.Effect.Kind == incident.Remind {
		return p.remind(ctx, calls, d, began)
	}
	var settled []incident.Settled
	switch old := p.late(d) && !p.close(d.Effect.Realm); {
	case old && d.Effect.Kind == incident.Tell:
		var at time.Time
		if d.Behind, settled, at = p.gather(calls, d); !at.IsZero() {
			return []incident.Settled{p.putOff(d, at)}
		}
	case old && d.Effect.Number != 0:
		d.Behind = p.following(calls, d)
	}
	s := p.work(ctx, calls, d, began.Add(patience))
	p.lagged(calls, d, s)
	if d.Effect.Kind == incident.Tell && s.As != incident.PutOff {
		p.spoke(d)
	}
	settled = append(settled, s)
	if s.As != incident.Delivered || s.Receipt == (incident.Receipt{}) { // without a receipt nothing was said
		return settled
	}
	if d.Effect.Kind == incident.Post && len(d.Behind) == 0 {
		p.forget(d.Effect.Lane())
	}
	for _, next := range d.Behind {
		s.ID = next.ID
		settled = append(settled, s)
	}
	return settled
}

// close reports whether a chat is part of this process.
func (p *Pump) close(realm string) bool { return slices.Contains(p.near, realm) }

// following are the old words right behind a head that are told with it, none where they are too few. What is doubtful may
// have been told by itself.
func (p *Pump) following(ctx context.Context, d incident.Delivery) []incident.Delivery {
	all, err := p.outbox.Following(ctx, d, missedMost)
	if err != nil {
		p.log.Warn("look at what is behind a delivery", "incident", d.Effect.Number, "error", err)
		return nil
	}
	n := 0
	for n < len(all) && p.late(all[n]) && !all[n].Doubtful {
		n++
	}
	least := missedLeast
	if p.standing(d.Effect.Lane()) != nil {
		least = missedMore
	}
	if n+1 < least {
		return nil
	}
	return all[:n]
}

// standing is the message of a lane that is still added to, nil where there is none.
func (p *Pump) standing(lane string) *missed {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := p.told[lane]; m != nil && m.until.After(p.now()) {
		return m
	}
	delete(p.told, lane)
	return nil
}

func (p *Pump) forget(lane string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.told, lane)
}

// covers are the entries that a delivery with others behind it tells of.
func (p *Pump) covers(d incident.Delivery) (seqs []int64) {
	if m := p.standing(d.Effect.Lane()); m != nil {
		seqs = append(seqs, m.seqs...)
	}
	for _, one := range lane(d) { // the head first
		seqs = append(seqs, one.Effect.Seq)
	}
	return seqs
}

// tellMissed posts what a room missed, or adds to the message that says so. A doubtful one may stand there with fewer lines,
// or as the post that it was before.
func (p *Pump) tellMissed(ctx context.Context, chat Chat, d incident.Delivery, m Message, to incident.Place) (r incident.Receipt, err error) {
	lane := d.Effect.Lane()
	seqs, stands := p.covers(d), p.standing(lane)
	if stands != nil {
		r = stands.at
		err = chat.Edit(ctx, r.Place, m)
	}
	if stands == nil || errors.Is(err, ErrGone) {
		if r, err = chat.Post(ctx, to, m, d.Doubtful); err == nil && d.Doubtful {
			err = chat.Edit(ctx, r.Place, m)
		}
	}
	if err != nil {
		return incident.Receipt{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for old, m := range p.told {
		if !m.until.After(now) {
			delete(p.told, old)
		}
	}
	p.told[lane] = &missed{at: r, seqs: seqs, until: now.Add(missedFor)}
	return r, nil
}

// renderMissed words what a room missed: the newest entries, each with its time, and the last question that is still open.
func (b *Bot) renderMissed(ctx context.Context, out *Outgoing, n incident.Number, seqs []int64) error {
	i := out.Incident
	first, last := seqs[0], seqs[len(seqs)-1]
	events, err := b.Store.Timeline(ctx, n, max(first-1, last-missedRead), missedRead)
	if err != nil {
		return fmt.Errorf("read what the room of %s missed: %w", n, err)
	}
	v := b.View(ctx, out.Message.Lang, nil)
	v.Names = mention
	var lines []string
	var since, until time.Time
	for _, e := range events {
		if !slices.Contains(seqs, e.Seq) {
			continue
		}
		if until = e.At; since.IsZero() {
			since = e.At
		}
		post := v.post(i, e)
		if post.Card != nil {
			out.Message.Card = post.Card
		}
		line := oneLine(v.bare(i, e), missedLine)
		if who := Escape(v.Names(e.By)); who != "" && !strings.Contains(line, who) {
			line += v.text("card.signed", "Person", who)
		}
		lines = append(lines, "**"+lang.Clock(v.Lang, e.At, v.Zone)+"** "+line)
	}
	head := v.text("bot.missed", "From", v.when(since), "To", v.when(until), "N", len(seqs))
	if over := len(lines) - missedShown; over > 0 {
		lines = lines[over:]
		head += "\n" + v.text("bot.missed_more", "N", over, "Link", v.link(n))
	}
	out.Message.Text, out.Message.Pings, out.Message.Tells = head+"\n"+strings.Join(lines, "\n"), nil, Tells{First: first, Last: last}
	return nil
}
