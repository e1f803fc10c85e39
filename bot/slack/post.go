package slack

import (
	"context"
	"errors"
	"slices"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

// searchBack is how many messages of a channel are looked through for one that may have been posted.
const searchBack = 200

// Post sends a message. A doubtful one is looked for first by its key: a time-out, an answer that was lost or a process that
// was killed may have left it there.
func (a *Adapter) Post(ctx context.Context, to incident.Place, m bot.Message, doubtful bool) (incident.Receipt, error) {
	me, err := a.me(ctx)
	if err != nil {
		return incident.Receipt{}, err
	}
	if doubtful && m.Key != "" {
		ts, err := a.posted(ctx, me, to, m.Key)
		if err != nil {
			return incident.Receipt{}, err
		}
		if ts != "" {
			return a.receipt(me, to, ts), nil
		}
	}
	options := append(a.content(ctx, m), slackgo.MsgOptionDisableLinkUnfurl(), slackgo.MsgOptionDisableMediaUnfurl())
	options = append(options, marked(m)...)
	if to.Thread != "" {
		options = append(options, slackgo.MsgOptionTS(to.Thread))
	}
	var ts string
	err = a.within(ctx, to.Room, func() error {
		return a.call(ctx, "chat.postMessage", to.Room, func(ctx context.Context) (err error) {
			_, ts, err = a.web.PostMessageContext(ctx, to.Room, options...)
			return err
		})
	})
	if err != nil {
		return incident.Receipt{}, a.missed(to.Room, err)
	}
	return a.receipt(me, to, ts), nil
}

func (a *Adapter) receipt(me self, to incident.Place, ts string) incident.Receipt {
	at := incident.Place{Realm: a.Realm(), Room: to.Room, Thread: to.Thread, Message: ts}
	return incident.Receipt{Place: at, Link: me.link(to.Room, ts, to.Thread)}
}

// posted looks for our message with a key, "" where there is none.
func (a *Adapter) posted(ctx context.Context, me self, at incident.Place, wanted string) (ts string, err error) {
	seen := 0
	err = a.messages(ctx, at, func(m slackgo.Message) (bool, error) {
		if seen++; me.wrote(m) && m.Metadata.EventType == marker && m.Metadata.EventPayload[key] == wanted {
			ts = m.Timestamp
		}
		return ts != "" || seen >= searchBack && at.Thread == "", nil
	})
	return ts, err
}

// Edit replaces a message of ours.
func (a *Adapter) Edit(ctx context.Context, at incident.Place, m bot.Message) error {
	return a.edit(ctx, at, m, a.call)
}

// edit replaces a message by a call that waits for the budget, or one that does not.
func (a *Adapter) edit(ctx context.Context, at incident.Place, m bot.Message, call caller) error {
	options := append(a.content(ctx, m), marked(m)...) // without a mark Slack would take the old one away
	if m.Card == nil {                                 // else Slack would keep the blocks that stand there
		options = append(options, slackgo.MsgOptionBlocks())
	}
	return call(ctx, "chat.update", at.Room, func(ctx context.Context) error {
		_, _, _, err := a.web.UpdateMessageContext(ctx, at.Room, at.Message, options...)
		return err
	})
}

// caller is call or patiently.
type caller func(ctx context.Context, method, channel string, do func(ctx context.Context) error) error

// Withdraw deletes what we wrote into a thread; the message that starts it stays.
func (a *Adapter) Withdraw(ctx context.Context, thread incident.Place) error {
	me, err := a.me(ctx)
	if err != nil {
		return err
	}
	return a.messages(ctx, thread, func(m slackgo.Message) (bool, error) {
		if m.Timestamp == thread.Thread || !me.wrote(m) {
			return false, nil
		}
		err := a.remove(ctx, thread.Room, m.Timestamp)
		if errors.Is(err, bot.ErrGone) {
			err = nil
		}
		return false, err
	})
}

// remove deletes a message of ours.
func (a *Adapter) remove(ctx context.Context, room, ts string) error {
	return a.patiently(ctx, "chat.delete", room, func(ctx context.Context) error {
		_, _, err := a.web.DeleteMessageContext(ctx, room, ts)
		return err
	})
}

// Tell sends a direct message.
func (a *Adapter) Tell(ctx context.Context, person incident.PersonID, m bot.Message, doubtful bool) (incident.Receipt, error) {
	to, err := a.direct(ctx, person)
	if err != nil {
		return incident.Receipt{}, err
	}
	return a.Post(ctx, to, m, doubtful)
}

// direct is where a person is told something.
func (a *Adapter) direct(ctx context.Context, person incident.PersonID) (incident.Place, error) {
	user, err := a.reach(ctx, person)
	if err != nil {
		return incident.Place{}, err
	}
	to := incident.Place{Realm: a.Realm()}
	err = a.call(ctx, "conversations.open", "", func(ctx context.Context) error {
		ch, _, _, err := a.web.OpenConversationContext(ctx, &slackgo.OpenConversationParameters{Users: []string{user}})
		if err == nil {
			to.Room = ch.ID
		}
		return err
	})
	return to, err
}

var _ bot.Recaller = (*Adapter)(nil)

// Recall looks for direct messages of ours by their keys.
func (a *Adapter) Recall(ctx context.Context, person incident.PersonID, keys []string) (map[string]incident.Receipt, error) {
	me, err := a.me(ctx)
	if err != nil {
		return nil, err
	}
	at, err := a.direct(ctx, person)
	if err != nil {
		return nil, err
	}
	found, seen := map[string]incident.Receipt{}, 0
	err = a.messages(ctx, at, func(m slackgo.Message) (bool, error) {
		if k, _ := markOf(m); me.wrote(m) && slices.Contains(keys, k) {
			found[k] = a.receipt(me, at, m.Timestamp)
		}
		seen++
		return len(found) == len(keys) || seen >= searchBack, nil
	})
	return found, err
}

// stamp reads the time that is in a message's id: seconds and microseconds.
func stamp(ts string) time.Time {
	var seconds, micros int64
	dot := false
	digits := 0
	for _, r := range ts {
		switch {
		case r == '.' && !dot:
			dot = true
		case r < '0' || r > '9':
			return time.Time{}
		case !dot:
			seconds = seconds*10 + int64(r-'0')
		case digits < 6:
			micros, digits = micros*10+int64(r-'0'), digits+1
		}
	}
	for ; digits < 6; digits++ {
		micros *= 10
	}
	return time.Unix(seconds, micros*1000).UTC()
}
