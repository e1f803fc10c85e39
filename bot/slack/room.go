package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

const (
	mostNames  = 20  // tried for one room before it is given up
	topicMax   = 250 // characters of a topic and of a purpose (conversations.setTopic)
	inviteMost = 100 // people of one call (conversations.invite)
)

// OpenRoom makes a channel, or adopts the one of that name that we made before: a name is taken by archived channels, too
// (conversations.create), and people may have one. A thread begins with a message in the announcement channel.
func (a *Adapter) OpenRoom(ctx context.Context, spec bot.RoomSpec) (incident.Room, error) {
	me, err := a.me(ctx)
	if err != nil {
		return incident.Room{}, err
	}
	if spec.Thread && !spec.Private {
		return a.openThread(ctx, spec)
	}
	for n := 1; n <= mostNames; n++ {
		name := channelName(spec.Name, n)
		ch, err := a.create(ctx, name, spec.Private)
		if coded(err, "name_taken") {
			ch, err = a.adopt(ctx, me, name, spec)
			if err == nil && ch == nil {
				continue
			}
		}
		if err != nil {
			return incident.Room{}, err
		}
		return incident.Room{Realm: Realm, ID: ch.ID, Name: ch.Name, Link: me.link(ch.ID, "", "")}, nil
	}
	return incident.Room{}, &bot.Permanent{Err: fmt.Errorf("every name like %s is taken", spec.Name)}
}

// channelName is the nth name to try: at most 80 characters, lower case (conversations.create).
func channelName(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, n)
}

func (a *Adapter) create(ctx context.Context, name string, private bool) (ch *slackgo.Channel, err error) {
	err = a.call(ctx, "conversations.create", "", func(ctx context.Context) (err error) {
		ch, err = a.web.CreateConversationContext(ctx, slackgo.CreateConversationParams{ChannelName: name, IsPrivate: private})
		return err
	})
	return ch, err
}

// adopt finds the channel that has a name, and gives it where it is ours and free for this incident; nil where it is not.
func (a *Adapter) adopt(ctx context.Context, me self, name string, spec bot.RoomSpec) (*slackgo.Channel, error) {
	ch, err := a.find(ctx, name)
	if err != nil || ch == nil {
		return nil, err
	}
	if ch.Creator != me.user || ch.IsArchived || ch.IsPrivate != spec.Private {
		return nil, nil
	}
	n, err := a.Rooms.InRoom(ctx, incident.Place{Realm: Realm, Room: ch.ID})
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return nil, fmt.Errorf("find whose channel %s is: %w", name, err)
	}
	if n != 0 && n != spec.Number {
		return nil, nil
	}
	return ch, nil
}

// find looks through the channels for a name, nil where nobody sees one.
func (a *Adapter) find(ctx context.Context, name string) (*slackgo.Channel, error) {
	cursor := ""
	for {
		var page []slackgo.Channel
		err := a.patiently(ctx, "conversations.list", "", func(ctx context.Context) (err error) {
			page, cursor, err = a.web.GetConversationsContext(ctx, &slackgo.GetConversationsParameters{
				Cursor: cursor, Limit: 1000, Types: []string{"public_channel", "private_channel"},
			})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, ch := range page {
			if ch.Name == name {
				return &ch, nil
			}
		}
		if cursor == "" {
			return nil, nil
		}
	}
}

// openThread posts the message that a thread begins with, or finds it by its key.
func (a *Adapter) openThread(ctx context.Context, spec bot.RoomSpec) (incident.Room, error) {
	place, err := a.Announcements(ctx)
	if err != nil {
		return incident.Room{}, err
	}
	r, err := a.Post(ctx, place, spec.First, true)
	if err != nil {
		return incident.Room{}, err
	}
	return incident.Room{Realm: Realm, ID: place.Room, Thread: r.Place.Message, Name: a.Config.Announcements, Link: r.Link}, nil
}

// Announcements is the channel of announcements, made or joined when it is first asked for.
func (a *Adapter) Announcements(ctx context.Context) (incident.Place, error) {
	a.mu.Lock()
	id := a.announcements
	a.mu.Unlock()
	if id == "" {
		ch, err := a.create(ctx, a.Config.Announcements, false)
		if coded(err, "name_taken") {
			if ch, err = a.find(ctx, a.Config.Announcements); err == nil && ch == nil {
				err = &bot.Permanent{Err: fmt.Errorf("the name %s is taken by a channel that we don't see", a.Config.Announcements)}
			}
			if err == nil && !ch.IsMember {
				err = a.call(ctx, "conversations.join", "", func(ctx context.Context) error {
					_, _, _, err := a.web.JoinConversationContext(ctx, ch.ID)
					return err
				})
			}
		}
		if err != nil {
			return incident.Place{}, err
		}
		id = ch.ID
		a.mu.Lock()
		a.announcements = id
		a.mu.Unlock()
	}
	return incident.Place{Realm: Realm, Room: id}, nil
}

// Invite brings people into a channel, in lots. Somebody whom Slack does not know is an error for that person alone.
func (a *Adapter) Invite(ctx context.Context, room incident.Room, who []incident.PersonID) error {
	if room.Thread != "" {
		return nil // whoever reads the channel reads its threads
	}
	var users []string
	var missing []error
	for _, p := range who {
		user, err := a.reach(ctx, p)
		if _, permanent := errors.AsType[*bot.Permanent](err); permanent {
			missing = append(missing, err)
			continue
		}
		if err != nil {
			return err
		}
		users = append(users, user)
	}
	for len(users) > 0 {
		lot := users[:min(len(users), inviteMost)]
		users = users[len(lot):]
		err := a.call(ctx, "conversations.invite", "", func(ctx context.Context) error {
			_, err := a.web.ForceInviteUsersToConversationContext(ctx, room.ID, lot...)
			return err
		})
		if err != nil && !coded(err, "already_in_channel", "cant_invite_self") {
			return err
		}
	}
	if len(missing) > 0 {
		return &bot.Permanent{Err: errors.Join(missing...)}
	}
	return nil
}

// SetTopic sets a channel's topic: plain text of 250 characters (conversations.setTopic). A thread has none.
func (a *Adapter) SetTopic(ctx context.Context, room incident.Room, topic string) error {
	if room.Thread != "" {
		return nil
	}
	topic = a.plain(ctx, topic)
	if utf8.RuneCountInString(topic) > topicMax {
		topic = strings.TrimSpace(string([]rune(topic)[:topicMax-1])) + "…"
	}
	return a.call(ctx, "conversations.setTopic", "", func(ctx context.Context) error {
		_, err := a.web.SetTopicOfConversationContext(ctx, room.ID, topic)
		return err
	})
}
