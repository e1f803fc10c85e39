package bot

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"matoi/incident"
)

// since is when something began, by incident and realm.
type since map[incident.Number]map[string]time.Time

// lags knows whose rooms are behind, and since when: what waits there is older than lateAfter. It follows from the outbox, and is
// kept here because every page and card asks for it.
type lags struct {
	mu    sync.Mutex
	since since
}

// put notes that a room is behind since then; zero that it is not. It reports whether that is new.
func (l *lags) put(n incident.Number, realm string, since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, was := l.since[n][realm]
	switch {
	case was == !since.IsZero():
		return false
	case was:
		if delete(l.since[n], realm); len(l.since[n]) == 0 {
			delete(l.since, n)
		}
	default:
		if l.since[n] == nil {
			l.since[n] = map[string]time.Time{}
		}
		l.since[n][realm] = since
	}
	return true
}

// of gives the realms in which an incident's room is behind.
func (l *lags) of(n incident.Number) map[string]time.Time {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.since[n])
}

// Behind says in one line for each chat since when an incident's room there has heard nothing; nothing where all are up to date.
func (v View) Behind(n incident.Number) string {
	all := v.lags.of(n)
	var lines []string
	for _, realm := range slices.Sorted(maps.Keys(all)) {
		if realm == v.here {
			continue
		}
		lines = append(lines, v.text("card.behind", "Chat", ChatName(realm, v.Lang), "Since", v.when(all[realm])))
	}
	return strings.Join(lines, "\n")
}

// all gives every room that is behind.
func (l *lags) all() since {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := since{}
	for n, realms := range l.since {
		out[n] = maps.Clone(realms)
	}
	return out
}

// watchLags keeps what is known of rooms that are behind equal to the outbox: a process that starts while a chat is away says so
// from the beginning, and several that share one database all say the same.
func (p *Pump) watchLags(ctx context.Context) {
	var before since
	for ctx.Err() == nil {
		before = p.lookForLags(ctx, before)
		rest(ctx, lookEvery)
	}
}

// lookForLags looks at the outbox once. What was not there at the look before may be on its way this moment, and is left to
// lagged; nil is the first look.
func (p *Pump) lookForLags(ctx context.Context, before since) since {
	late, err := p.outbox.Late(ctx, p.now().Add(-lateAfter))
	if err != nil {
		if ctx.Err() == nil {
			p.log.Warn("look for rooms that are behind", "error", err)
		}
		return before
	}
	note := func(n incident.Number, realm string, since time.Time) {
		if p.bot.lags.put(n, realm, since) {
			p.log.Info("found in the outbox", "incident", n, "realm", realm, "behind", !since.IsZero(), "since", since)
			p.showAgain(ctx, n)
		}
	}
	for n, realms := range late {
		for realm, since := range realms {
			if _, again := before[n][realm]; p.chats[realm] != nil && !p.close(realm) && (again || before == nil) {
				note(n, realm, since)
			}
		}
	}
	for n, realms := range p.bot.lags.all() {
		for realm := range realms {
			if _, still := late[n][realm]; !still {
				note(n, realm, time.Time{})
			}
		}
	}
	return late
}

// lagged notes whether the room that a delivery was for is behind, and shows it on the card in the chats of this process, where
// work goes on meanwhile. Only what is told in the room counts: somebody who can't be reached holds nobody up.
func (p *Pump) lagged(ctx context.Context, d incident.Delivery, s incident.Settled) {
	e := d.Effect
	if e.Number == 0 || p.close(e.Realm) || e.Lane() != (incident.Effect{Number: e.Number, Realm: e.Realm, Kind: incident.Post}).Lane() {
		return
	}
	late := p.now().Sub(d.Waiting) >= lateAfter
	switch {
	case s.As == incident.PutOff && late:
		if p.bot.lags.put(e.Number, e.Realm, d.Waiting) {
			p.log.Warn("a room is behind", "incident", e.Number, "realm", e.Realm, "since", d.Waiting)
			p.showAgain(ctx, e.Number)
		}
	case s.As != incident.PutOff && p.bot.lags.of(e.Number)[e.Realm] != (time.Time{}) && !p.more(ctx, d):
		if p.bot.lags.put(e.Number, e.Realm, time.Time{}) {
			p.log.Info("a room is up to date again", "incident", e.Number, "realm", e.Realm)
			p.showAgain(ctx, e.Number)
		}
	}
}

// more reports whether something old is left behind a delivery and those that were told with it.
func (p *Pump) more(ctx context.Context, d incident.Delivery) bool {
	if len(d.Behind) > 0 {
		d.ID = d.Behind[len(d.Behind)-1].ID
	}
	next, err := p.outbox.Following(ctx, d, 1)
	return err == nil && len(next) > 0 && p.now().Sub(next[0].Waiting) >= lateAfter
}

// showAgain makes an incident's card anew in the chats of this process, though nothing about the incident has changed. It is a
// courtesy: where it fails, the next change of the card shows the same.
func (p *Pump) showAgain(ctx context.Context, n incident.Number) {
	for _, realm := range p.near {
		d := incident.Delivery{Effect: incident.Effect{Number: n, Kind: incident.ShowCard, Realm: realm}}
		for range 3 { // the incident may change under our hands, and its card be shown by somebody else before this one
			version, err := p.showOnce(ctx, p.chats[realm], d)
			if err != nil {
				p.log.Warn("show a card again", "incident", n, "realm", realm, "error", err)
				break
			}
			if i, err := p.bot.Store.Load(ctx, n); err != nil || version == 0 || i.Version == version {
				break
			}
		}
	}
}

// showOnce makes a card anew where it stands, and tells which version of the incident it shows; 0 where there is none to make.
func (p *Pump) showOnce(ctx context.Context, chat Chat, d incident.Delivery) (version int64, err error) {
	err = p.guarded(d, func() error {
		out, err := p.bot.Render(ctx, d)
		if err != nil || out.Skip != "" {
			return err
		}
		room, open := out.Incident.Room(d.Effect.Realm)
		if !open {
			return nil
		}
		r, stands, err := p.stands(ctx, d.Effect, inRoom(room))
		if err != nil || !stands {
			return err
		}
		version = out.Incident.Version
		return chat.Edit(ctx, r.Place, out.Message)
	})
	return version, err
}
