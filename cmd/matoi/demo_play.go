package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// player plays a script on an App of its own, through the doors that people and monitoring systems use. Its clock stands
// still while something is done; between two beats it goes from one deadline to the next.
type player struct {
	app    *App
	clock  atomic.Pointer[time.Time]
	people map[string]incident.Person // by handle
	rooms  map[string]incident.Number // by the label of a scene
	alarms map[string]time.Time       // when alerts began, by fingerprint
	deeds  int
	beat   *beat
}

// fill plays a script up to its end into the configured database, which nobody else may have open. It gives the incidents
// by the labels of their scenes.
func fill(ctx context.Context, config Config, script string, end time.Time, log *slog.Logger) (numbers map[string]incident.Number, err error) {
	end = end.UTC().Truncate(time.Microsecond)
	beats, err := readScript(script, end, config.zone())
	if err != nil {
		return nil, fmt.Errorf("read the script: %w", err)
	}
	if len(beats) == 0 {
		return nil, errors.New("read the script: nothing happens in it")
	}
	p := &player{people: map[string]incident.Person{}, rooms: map[string]incident.Number{}, alarms: map[string]time.Time{}}
	begin := beats[0].at.Add(-time.Minute)
	p.clock.Store(&begin)
	p.app = NewApp(AppOptions{Config: config, Env: Env{}, Now: p.now, Log: log, Mute: true, ByHand: true})
	if err := p.app.Start(ctx); err != nil {
		return nil, err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err = errors.Join(err, p.app.Stop(stop))
	}()
	if err := p.meet(ctx); err != nil {
		return nil, err
	}
	for k := range beats {
		p.beat = &beats[k]
		if err := p.play(ctx); err != nil {
			return nil, fmt.Errorf("line %d of the script: %w", p.beat.line, err)
		}
	}
	return p.rooms, p.until(ctx, end)
}

func (p *player) now() time.Time { return *p.clock.Load() }

// meet learns who is who.
func (p *player) meet(ctx context.Context) error {
	all, err := p.app.store.People(ctx)
	if err != nil {
		return fmt.Errorf("meet the people: %w", err)
	}
	for _, person := range all {
		if handle, _, ok := strings.Cut(person.Email, "@"); ok {
			p.people[handle] = person
		}
	}
	return nil
}

// until lets time pass: whatever becomes due on the way is done at its own time.
func (p *player) until(ctx context.Context, to time.Time) error {
	for stuck := 0; ; {
		now, next := p.now(), to
		due, err := p.app.store.NextDue(ctx)
		if err != nil {
			return fmt.Errorf("find the next deadline: %w", err)
		}
		again, err := p.app.store.NextClaim(ctx)
		if err != nil {
			return fmt.Errorf("find the next delivery: %w", err)
		}
		for _, at := range []time.Time{due, again} {
			if !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		if next.Equal(to) && !due.Equal(to) && !again.Equal(to) { // nothing comes in between
			p.clock.Store(&to)
			return nil
		}
		if stuck++; next.After(now) {
			p.clock.Store(&next)
			stuck = 0
		}
		if stuck > 1000 {
			return fmt.Errorf("the clock stands at %s: something that is due is never done", now)
		}
		if _, err := p.app.desk.Sweep(ctx); err != nil {
			return err
		}
		if _, err := p.app.pump.Drain(ctx); err != nil {
			return err
		}
		if !next.Before(to) {
			return nil
		}
	}
}

// play does one beat.
func (p *player) play(ctx context.Context) error {
	b := p.beat
	if err := p.until(ctx, b.at); err != nil {
		return err
	}
	var err error
	switch b.verb {
	case "alarm", "clear":
		err = p.alarm(ctx)
	case "hook":
		source, body, _ := strings.Cut(b.text, " ")
		err = p.hook(ctx, source, []byte(p.filled(body, time.RFC3339)))
	case "all":
		err = p.readAll(ctx)
	default:
		err = p.deed(ctx)
	}
	if err != nil {
		return err
	}
	_, err = p.app.pump.Drain(ctx)
	return err
}

// opened gives a scene its incident: the first that it has to do with.
func (p *player) opened(n incident.Number) {
	if _, had := p.rooms[p.beat.scene.label]; !had && n != 0 {
		p.rooms[p.beat.scene.label] = n
	}
}

// place finds where a beat happens.
func (p *player) place(ctx context.Context, d console.Deed) (channel string, thread int64, err error) {
	where := p.beat.where
	if handle, direct := strings.CutPrefix(where, "@"); direct {
		with, ok := p.people[handle]
		if !ok {
			return "", 0, fmt.Errorf("nobody is called %q", handle)
		}
		c, err := p.app.chat.Direct(ctx, d, with.ID)
		return c.ID, 0, err
	}
	label := strings.TrimPrefix(where, "#")
	if where == "" {
		label = p.beat.scene.label
	}
	n, is := p.rooms[label]
	if !is && where == "" {
		return console.General, 0, nil // until the scene has an incident
	}
	if !is {
		return label, 0, nil
	}
	i, err := p.app.store.Load(ctx, n)
	if err != nil {
		return "", 0, fmt.Errorf("load %s: %w", n, err)
	}
	room, ok := i.Room(console.Realm)
	if !ok {
		return "", 0, fmt.Errorf("%s has no room", n)
	}
	if room.Thread != "" {
		thread, err = strconv.ParseInt(room.Thread, 10, 64)
	}
	return room.ID, thread, err
}

// deed does what a person does.
func (p *player) deed(ctx context.Context) error {
	b := p.beat
	who, ok := p.people[b.who]
	if !ok {
		return fmt.Errorf("nobody is called %q", b.who)
	}
	p.deeds++
	l, _ := lang.Parse(who.Lang)
	d := console.Deed{By: who.ID, Viewer: incident.Viewer{Person: who.ID, All: who.Auditor}, ID: fmt.Sprint("demo", p.deeds), Lang: l}
	channel, thread, err := p.place(ctx, d)
	if err != nil {
		return err
	}
	chat, text := p.app.chat, p.filled(b.text, "15:04")
	var out console.Outcome
	switch b.verb {
	case "says":
		out, err = chat.Say(ctx, d, channel, thread, text)
	case "joins":
		out, err = chat.Join(ctx, d, channel)
	case "shows":
		out, err = p.show(ctx, d, channel, thread, text)
	case "presses":
		out, err = p.press(ctx, d, channel, thread)
	default:
		var m console.Message
		if m, err = p.message(ctx, d, channel, thread); err != nil {
			return err
		}
		switch b.verb {
		case "answers":
			out, err = chat.Say(ctx, d, channel, m.ID, text)
		case "reacts":
			out, err = chat.React(ctx, d, m.ID, text)
		case "edits":
			out, err = chat.Rewrite(ctx, d, m.ID, text)
		case "deletes":
			out, err = chat.Delete(ctx, d, m.ID)
		}
	}
	switch {
	case err != nil:
		return err
	case out.Reply.Refused != nil:
		return fmt.Errorf("%s: refused (%s): %s", b.who, out.Reply.Refused.Code, out.Reply.Text)
	case out.Reply.Form != nil:
		return fmt.Errorf("%s: was asked for a form where the script has a line", b.who)
	}
	p.opened(out.Reply.Number)
	return nil
}

// readAll has everybody read whatever they may.
func (p *player) readAll(ctx context.Context) error {
	for _, handle := range slices.Sorted(maps.Keys(p.people)) {
		person := p.people[handle]
		v := incident.Viewer{Person: person.ID, All: person.Auditor}
		unread, err := p.app.chat.Unread(ctx, v)
		if err != nil {
			return err
		}
		for _, u := range unread {
			list, _, err := p.app.chat.Messages(ctx, v, u.Channel, 0, 0, 1)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				continue
			}
			if err := p.app.chat.Read(ctx, v, u.Channel, list[0].ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// message is the newest with the words of the beat.
func (p *player) message(ctx context.Context, d console.Deed, channel string, thread int64) (console.Message, error) {
	list, _, err := p.app.chat.Messages(ctx, d.Viewer, channel, thread, 0, 200)
	if err != nil {
		return console.Message{}, err
	}
	for _, m := range slices.Backward(list) {
		text := m.Text
		if m.Card != nil {
			text += m.Card.Title + m.Card.Text
		}
		if m.Only == "" && strings.Contains(text, p.beat.words) {
			return m, nil
		}
	}
	return console.Message{}, fmt.Errorf("nobody wrote %q in %s", p.beat.words, channel)
}

// press presses the button that says the words on the newest card that has it.
func (p *player) press(ctx context.Context, d console.Deed, channel string, thread int64) (console.Outcome, error) {
	list, _, err := p.app.chat.Messages(ctx, d.Viewer, channel, thread, 0, 200)
	if err != nil {
		return console.Outcome{}, err
	}
	for _, m := range slices.Backward(list) {
		if m.Card == nil {
			continue
		}
		buttons := slices.Clone(m.Card.Buttons)
		for _, item := range m.Card.Items {
			buttons = append(buttons, item.Buttons...)
		}
		if k := slices.IndexFunc(buttons, func(b bot.Button) bool { return b.Label == p.beat.words && b.Command != "" }); k >= 0 {
			return p.app.chat.Press(ctx, d, console.Push{Message: m.ID, Command: buttons[k].Command, Form: buttons[k].Form})
		}
	}
	return console.Outcome{}, fmt.Errorf("no card in %s has a button %q", channel, p.beat.words)
}

// filled puts numbers, times and names in the place of what stands in braces or behind an @.
func (p *player) filled(text, layout string) string {
	zone := p.app.Config.zone()
	if z, err := time.LoadLocation(p.people[p.beat.who].Zone); err == nil && p.people[p.beat.who].Zone != "" {
		zone = z
	}
	text = strings.ReplaceAll(text, `\n`, "\n")
	return marks().ReplaceAllStringFunc(text, func(mark string) string {
		inner := strings.Trim(mark, "{}")
		if handle, is := strings.CutPrefix(mark, "@"); is {
			if person, ok := p.people[handle]; ok {
				return "@" + person.Name
			}
			return mark
		}
		if n, ok := p.rooms[inner]; ok {
			return n.String()
		}
		var days int
		if _, err := fmt.Sscanf(inner, "day %d", &days); err == nil {
			return p.now().In(zone).AddDate(0, 0, days).Format(time.DateOnly)
		}
		if d, err := sceneTime(inner); err == nil && strings.HasPrefix(inner, "+") {
			return p.beat.scene.start.Add(d).In(zone).Format(layout)
		}
		return mark
	})
}
