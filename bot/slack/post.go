package slack

import (
	"context"
	"errors"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

// marker is the kind of metadata by which our messages are known again; key is its one field
// (https://docs.slack.dev/messaging/message-metadata).
const (
	marker = "matoi_message"
	key    = "key"
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
	if m.Key != "" {
		options = append(options, slackgo.MsgOptionMetadata(slackgo.SlackMetadata{EventType: marker, EventPayload: map[string]any{key: m.Key}}))
	}
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
	at := incident.Place{Realm: Realm, Room: to.Room, Thread: to.Thread, Message: ts}
	return incident.Receipt{Place: at, Link: me.link(to.Room, ts, to.Thread)}
}

// posted looks for our message with a key, "" where there is none.
func (a *Adapter) posted(ctx context.Context, me self, at incident.Place, wanted string) (string, error) {
	cursor, seen := "", 0
	for {
		var page []slackgo.Message
		var err error
		if at.Thread != "" {
			err = a.patiently(ctx, "conversations.replies", "", func(ctx context.Context) (err error) {
				page, _, cursor, err = a.web.GetConversationRepliesContext(ctx, &slackgo.GetConversationRepliesParameters{
					ChannelID: at.Room, Timestamp: at.Thread, Cursor: cursor, Limit: 100, IncludeAllMetadata: true,
				})
				return err
			})
		} else {
			err = a.patiently(ctx, "conversations.history", "", func(ctx context.Context) (err error) {
				h, err := a.web.GetConversationHistoryContext(ctx, &slackgo.GetConversationHistoryParameters{
					ChannelID: at.Room, Cursor: cursor, Limit: 100, IncludeAllMetadata: true,
				})
				if err == nil {
					page, cursor = h.Messages, h.ResponseMetaData.NextCursor
				}
				return err
			})
		}
		if err != nil {
			return "", err
		}
		for _, m := range page {
			if (m.BotID == me.bot || m.User == me.user) && m.Metadata.EventType == marker && m.Metadata.EventPayload[key] == wanted {
				return m.Timestamp, nil
			}
		}
		if seen += len(page); cursor == "" || seen >= searchBack && at.Thread == "" {
			return "", nil
		}
	}
}

// Edit replaces a message of ours.
func (a *Adapter) Edit(ctx context.Context, at incident.Place, m bot.Message) error {
	options := a.content(ctx, m)
	if m.Card == nil { // else Slack would keep the blocks that stand there
		options = append(options, slackgo.MsgOptionBlocks())
	}
	if m.Key != "" { // else Slack would take the old mark away
		options = append(options, slackgo.MsgOptionMetadata(slackgo.SlackMetadata{EventType: marker, EventPayload: map[string]any{key: m.Key}}))
	}
	return a.call(ctx, "chat.update", at.Room, func(ctx context.Context) error {
		_, _, _, err := a.web.UpdateMessageContext(ctx, at.Room, at.Message, options...)
		return err
	})
}

// Withdraw deletes what we wrote into a thread; the message that starts it stays.
func (a *Adapter) Withdraw(ctx context.Context, thread incident.Place) error {
	me, err := a.me(ctx)
	if err != nil {
		return err
	}
	cursor := ""
	for {
		var page []slackgo.Message
		err := a.patiently(ctx, "conversations.replies", "", func(ctx context.Context) (err error) {
			page, _, cursor, err = a.web.GetConversationRepliesContext(ctx, &slackgo.GetConversationRepliesParameters{
				ChannelID: thread.Room, Timestamp: thread.Thread, Cursor: cursor, Limit: 100,
			})
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range page {
			if m.Timestamp == thread.Thread || m.BotID != me.bot && m.User != me.user {
				continue
			}
			err := a.patiently(ctx, "chat.delete", thread.Room, func(ctx context.Context) error {
				_, _, err := a.web.DeleteMessageContext(ctx, thread.Room, m.Timestamp)
				return err
			})
			if err != nil && !errors.Is(err, bot.ErrGone) {
				return err
			}
		}
		if cursor == "" {
			return nil
		}
	}
}

// Tell sends a direct message.
func (a *Adapter) Tell(ctx context.Context, person incident.PersonID, m bot.Message, doubtful bool) (incident.Receipt, error) {
	user, err := a.reach(ctx, person)
	if err != nil {
		return incident.Receipt{}, err
	}
	var channel string
	err = a.call(ctx, "conversations.open", "", func(ctx context.Context) error {
		ch, _, _, err := a.web.OpenConversationContext(ctx, &slackgo.OpenConversationParameters{Users: []string{user}})
		if err == nil {
			channel = ch.ID
		}
		return err
	})
	if err != nil {
		return incident.Receipt{}, err
	}
	return a.Post(ctx, incident.Place{Realm: Realm, Room: channel}, m, doubtful)
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
