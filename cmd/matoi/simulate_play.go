package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// theatre plays a simulation: the real program on a scratch store, in a time of its own, whose chats and pagers reach nobody
// and keep what was said.
type theatre struct {
	player
	simulation
	day     *day
	tap     *outboxTap
	waiting []replying

	mu   sync.Mutex
	rows []pinged
	had  map[string]bool // who is to answer what already
}

// replying is an answer that somebody will give.
type replying struct {
	at      time.Time
	who     incident.PersonID
	number  incident.Number
	command string
}

// outboxTap sees which deliveries go out: a message alone does not say of which entry it speaks.
type outboxTap struct {
	*storage.Storage
	mu    sync.Mutex
	taken map[string]incident.Delivery // by the key of its message
}

// Turn is the store's.
func (o *outboxTap) Turn(ctx context.Context, settled []incident.Settled, now time.Time, lease time.Duration, limit int, runs ...string) ([]incident.Delivery, error) {
	list, err := o.Storage.Turn(ctx, settled, now, lease, limit, runs...)
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range list {
		o.taken[bot.Key(d)] = d
	}
	return list, err
}

func (o *outboxTap) of(key string) (incident.Delivery, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d, ok := o.taken[key]
	return d, ok
}

// alone takes out of a configuration whatever would reach others.
func (c Config) alone() Config {
	c.Listen, c.Database = "127.0.0.1:0", DefaultConfig().Database
	c.Slack = Slacks{slack.DefaultConfig()}
	return c
}

// play lets the day pass.
func (s simulation) play(ctx context.Context, c Config) (d *day, err error) {
	zone := c.zone()
	t := &theatre{
		simulation: s, had: map[string]bool{}, player: player{people: map[string]incident.Person{}},
		day: &day{Lang: s.Lang, Zone: zone, Begin: s.Begin, End: s.Begin.Add(s.Long)},
	}
	t.clock.Store(&s.Begin)
	t.app = NewApp(AppOptions{
		Config: c.alone(), Now: t.now, Mute: true, ByHand: true, Told: s.Told,
		Wrap:    func(chat bot.Chat) bot.Chat { return &hearing{chat.(bot.Near), t} }, // only the built-in one is left
		Reached: func(pager bot.Pager) bot.Pager { return &calling{pager.Realm(), t} },
		Tapped: func(store *storage.Storage) Outbox {
			t.tap = &outboxTap{Storage: store, taken: map[string]incident.Delivery{}}
			return t.tap
		},
	})
	if err := t.app.Start(ctx); err != nil {
		return nil, err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err = errors.Join(err, t.app.Stop(stop))
	}()
	if s.Laid != nil {
		t.app.standing.read = append(t.app.standing.read, func(context.Context) (overlay, error) { return s.Laid, nil })
		if err := t.app.standing.refresh(ctx); err != nil {
			return nil, err
		}
	}
	if err := t.acquaint(ctx); err != nil {
		return nil, err
	}
	if err := t.pass(ctx); err != nil {
		return nil, err
	}
	if err := t.close(ctx); err != nil || s.Last == nil {
		return t.day, err
	}
	return t.day, s.Last(ctx, t)
}

// acquaint learns who there is, and refuses answers of people whom nobody knows.
func (t *theatre) acquaint(ctx context.Context) error {
	all, err := t.app.store.People(ctx)
	if err != nil {
		return fmt.Errorf("meet the people: %w", err)
	}
	t.day.People = map[incident.PersonID]incident.Person{}
	for _, p := range all {
		t.day.People[p.ID] = p
	}
	t.day.Names = func(id incident.PersonID) string {
		if p, ok := t.day.People[id]; ok {
			return p.Name
		}
		return string(id)
	}
	t.day.Policy = t.app.live.Policy()
	for _, a := range t.Answers {
		known := slices.ContainsFunc(all, func(p incident.Person) bool {
			_, ok := answerOf([]answering{a}, p)
			return ok
		})
		if !known {
			return misuse(lang.Text(t.Lang, "simulate.stranger", lang.Args{"Name": a.who}))
		}
	}
	return nil
}

// pass goes from one thing to the next: what happens, what is due, what is answered.
func (t *theatre) pass(ctx context.Context) error {
	for range simulateSteps {
		next, err := t.next(ctx)
		if err != nil {
			return err
		}
		if !next.Before(t.day.End) {
			t.clock.Store(&t.day.End)
			return nil
		}
		if t.Before != nil {
			if err := t.Before(ctx, t.now(), next); err != nil {
				return err
			}
		}
		t.clock.Store(&next)
		if err := t.step(ctx, next); err != nil {
			return err
		}
		if t.Each != nil {
			if err := t.Each(ctx, t); err != nil {
				return err
			}
		}
	}
	return errors.New(lang.Text(t.Lang, "simulate.too_much", lang.Args{"Steps": simulateSteps}))
}

// next is when something happens again.
func (t *theatre) next(ctx context.Context) (time.Time, error) {
	next := t.day.End
	due, err := t.app.store.NextDue(ctx)
	if err != nil {
		return next, fmt.Errorf("find the next deadline: %w", err)
	}
	claim, err := t.app.store.NextClaim(ctx)
	if err != nil {
		return next, fmt.Errorf("find the next delivery: %w", err)
	}
	again, err := t.app.store.NextAgain(ctx)
	if err != nil {
		return next, fmt.Errorf("find the next alert to be judged again: %w", err)
	}
	all := []time.Time{due, claim, again}
	if len(t.Inputs) > 0 {
		all = append(all, t.Inputs[0].at)
	}
	t.mu.Lock()
	for _, r := range t.waiting {
		all = append(all, r.at)
	}
	t.mu.Unlock()
	for _, at := range all {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	if now := t.now(); next.Before(now) {
		next = now
	}
	return next, nil
}

// step does what there is to do at an instant: people first, then the clock, then what is told.
func (t *theatre) step(ctx context.Context, now time.Time) error {
	for len(t.Inputs) > 0 && !t.Inputs[0].at.After(now) {
		if err := t.happens(ctx, t.Inputs[0]); err != nil {
			return err
		}
		t.Inputs = t.Inputs[1:]
	}
	if _, err := t.app.worker.WorkOff(ctx); err != nil { // at once what came at once, and what waited for its time
		return err
	}
	t.mu.Lock()
	var ready []replying
	t.waiting = slices.DeleteFunc(t.waiting, func(r replying) bool {
		if !r.at.After(now) {
			ready = append(ready, r)
		}
		return !r.at.After(now)
	})
	t.mu.Unlock()
	for _, r := range ready {
		if err := t.replies(ctx, r); err != nil {
			return err
		}
	}
	if _, err := t.app.desk.Sweep(ctx); err != nil {
		return err
	}
	_, err := t.app.pump.Drain(ctx)
	return err
}

// happens takes an alert in as the endpoint does, or opens what a person would open.
func (t *theatre) happens(ctx context.Context, in happening) error {
	if in.run != "" {
		return t.does(ctx, in)
	}
	if in.body != nil {
		header := in.header
		if header == nil {
			header = http.Header{"Content-Type": {"application/json"}}
		}
		source, _ := t.app.live.Alerts().Source(in.source)
		source.Name = in.source
		_, err := alert.NewIntake(t.app.store).Accept(ctx, source, header, in.body, in.at)
		return err
	}
	if _, err := t.app.worker.WorkOff(ctx); err != nil { // of what came before
		return err
	}
	by, err := t.reporter(ctx, in.by)
	if err != nil {
		return err
	}
	_, err = t.app.desk.Do(ctx, 0, incident.Open{
		Title: in.title, Priority: in.priority, Services: in.services, Category: in.category, Reason: lang.Text(t.Lang, "simulate.short", nil),
		Reporter: incident.Reporter{Person: by}, Reported: in.at, Realm: console.Realm,
	}, incident.By{Person: by}, incident.Cause{})
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		return errors.New(in.title + ": " + lang.Text(t.Lang, "refusal."+refusal.Code, refusal.Args))
	}
	return err
}

// does has a person do something about an incident that was opened before.
func (t *theatre) does(ctx context.Context, in happening) error {
	if _, err := t.app.worker.WorkOff(ctx); err != nil {
		return err
	}
	by, err := t.reporter(ctx, in.by)
	if err != nil {
		return err
	}
	rows, err := t.app.store.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000})
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b incident.Row) int { return int(a.Number) - int(b.Number) })
	if in.of < 1 || in.of > len(rows) {
		return fmt.Errorf("%s: %d of %d incidents", in.run, in.of, len(rows))
	}
	n := rows[in.of-1].Number
	return t.replies(ctx, replying{in.at, by, n, in.run + " --in " + n.String()})
}

// reporter is who opens: a person of the house, else somebody who is called so, else one without a part in anything.
func (t *theatre) reporter(ctx context.Context, name string) (incident.PersonID, error) {
	if name == "" {
		name = lang.Text(t.Lang, "simulate.reporter", nil)
	}
	ids, err := everyone(ctx, t.app.store, nil, []string{name})
	if err != nil {
		return "", err
	}
	p, err := t.app.store.Person(ctx, ids[0])
	t.day.People[p.ID] = p
	return p.ID, err
}

// replies does what the person would press.
func (t *theatre) replies(ctx context.Context, r replying) error {
	t.deeds++
	deed := console.Deed{By: r.who, Viewer: incident.Viewer{Person: r.who}, ID: fmt.Sprint("simulated", t.deeds), Lang: t.Lang}
	out, err := t.app.chat.Say(ctx, deed, console.General, 0, t.app.Config.Command.Name+" "+r.command)
	if err != nil {
		return err
	}
	said := r.command
	if out.Reply.Refused != nil {
		said += ": " + out.Reply.Text
	}
	t.add(pinged{At: r.at, Number: r.number, Person: r.who, Kind: pingAnswer, Text: oneLine(strings.ReplaceAll(said, " --in "+r.number.String(), ""))})
	return nil
}

// add keeps a row.
func (t *theatre) add(p pinged) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, p)
}

// called has a person answer in their time, unless they are about to.
func (t *theatre) called(n incident.Number, who incident.PersonID, command string) {
	a, ok := answerOf(t.Answers, t.day.People[who])
	key := n.String() + string(who)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !ok || t.had[key] {
		return
	}
	t.had[key] = true
	if a.cant || command == "" {
		command = map[bool]string{true: "cant", false: "ack"}[a.cant] + " --in " + n.String()
	}
	t.waiting = append(t.waiting, replying{t.now().Add(a.after), who, n, command})
}

// close gathers what came of it.
func (t *theatre) close(ctx context.Context) error {
	rows, err := t.app.store.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000})
	if err != nil {
		return err
	}
	events := map[incident.Number]map[int64]incident.Event{}
	for _, row := range rows {
		i, err := t.app.store.Load(ctx, row.Number)
		if err != nil {
			return err
		}
		t.day.Incidents = append(t.day.Incidents, i)
		list, err := t.app.store.Timeline(ctx, i.Number, 0, 1<<20)
		if err != nil {
			return err
		}
		events[i.Number] = map[int64]incident.Event{}
		for _, e := range list {
			events[i.Number][e.Seq] = e
			if d, ok := deadlineOf(e); ok {
				t.day.deadline(i.Number, d)
			}
		}
		for _, c := range i.Clocks {
			if c.Running() {
				t.day.deadline(i.Number, c.Due)
			}
		}
	}
	slices.SortFunc(t.day.Incidents, func(a, b *incident.Incident) int { return int(a.Number) - int(b.Number) })
	t.day.take(t.rows, events)
	return nil
}
