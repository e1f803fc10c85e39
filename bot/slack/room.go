package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

const (
	mostNames  = 20  // tried for one room before it is given up
	topicMax   = 250 // characters of a topic and of a purpose (conversations.setTopic)
	inviteMost = 100 // people of one call (conversations.invite)

	lotTime = 40 * time.Millisecond // in which invitations into one channel become one call
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
		ch, err := a.create(ctx, me, name, spec.Private)
		if coded(err, "name_taken") {
			ch, err = a.adopt(ctx, me, name, spec)
			if err == nil && ch == nil {
				continue
			}
		}
		if err != nil {
			return incident.Room{}, err
		}
		return incident.Room{Realm: a.Realm(), ID: ch.ID, Name: ch.Name, Link: me.link(ch.ID, "", ""), Private: spec.Private}, nil
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

func (a *Adapter) create(ctx context.Context, me self, name string, private bool) (ch *slackgo.Channel, err error) {
	err = a.call(ctx, "conversations.create", "", func(ctx context.Context) (err error) {
		ch, err = a.web.CreateConversationContext(ctx, slackgo.CreateConversationParams{ChannelName: name, IsPrivate: private, TeamID: me.workspace()})
		return err
	})
	return ch, err
}

// adopt finds the channel that has a name, and gives it where it is ours and free for this incident; nil where it is not.
func (a *Adapter) adopt(ctx context.Context, me self, name string, spec bot.RoomSpec) (*slackgo.Channel, error) {
	ch, err := a.find(ctx, me, name)
	if err != nil || ch == nil {
		return nil, err
	}
	if ch.Creator != me.user || ch.IsArchived || ch.IsPrivate != spec.Private {
		return nil, nil
	}
	n, err := a.Rooms.InRoom(ctx, incident.Place{Realm: a.Realm(), Room: ch.ID})
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return nil, fmt.Errorf("find whose channel %s is: %w", name, err)
	}
	if n != 0 && n != spec.Number {
		return nil, nil
	}
	return ch, nil
}

// find looks through the channels for a name, nil where nobody sees one.
func (a *Adapter) find(ctx context.Context, me self, name string) (*slackgo.Channel, error) {
	cursor := ""
	for {
		var page []slackgo.Channel
		err := a.patiently(ctx, "conversations.list", "", func(ctx context.Context) (err error) {
			page, cursor, err = a.web.GetConversationsContext(ctx, &slackgo.GetConversationsParameters{
				Cursor: cursor, Limit: 1000, Types: []string{"public_channel", "private_channel"}, TeamID: me.workspace(),
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
	return incident.Room{Realm: a.Realm(), ID: place.Room, Thread: r.Place.Message, Name: a.Config.Announcements, Link: r.Link}, nil
}

// workspace is named in calls about a workspace's channels where the app was installed for an organisation of them
// (https://docs.slack.dev/enterprise).
func (s self) workspace() string {
	if s.enterprise == "" {
		return ""
	}
	return s.team
}

// Announcements is the channel of announcements, made or joined when it is first asked for.
func (a *Adapter) Announcements(ctx context.Context) (incident.Place, error) {
	a.mu.Lock()
	id := a.announcements
	a.mu.Unlock()
	if id == "" {
		ch, err := a.announcing(ctx)
		if err != nil {
			return incident.Place{}, err
		}
		id = ch.ID
		a.mu.Lock()
		a.announcements = id
		a.mu.Unlock()
	}
	return incident.Place{Realm: a.Realm(), Room: id}, nil
}

// announcing makes the channel of announcements, or joins the one of that name: where apps may make none, people did.
func (a *Adapter) announcing(ctx context.Context) (*slackgo.Channel, error) {
	me, err := a.me(ctx)
	if err != nil {
		return nil, err
	}
	name := a.Config.Announcements
	ch, err := a.create(ctx, me, name, false)
	if !coded(err, "name_taken", "restricted_action") {
		return ch, err
	}
	ch, err = a.find(ctx, me, name)
	switch {
	case err != nil:
		return nil, err
	case ch == nil:
		return nil, &bot.Permanent{Err: fmt.Errorf("no channel %s that we see, and none could be made", name)}
	case ch.IsArchived:
		return nil, &bot.Permanent{Err: fmt.Errorf("the channel %s is archived", name)}
	case !ch.IsMember:
		err = a.join(ctx, ch.ID)
	}
	return ch, err
}

// missed forgets the channel of announcements where it is the one that is gone, so that the next try finds another one.
func (a *Adapter) missed(room string, err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !coded(err, "channel_not_found", "is_archived") || room == "" || room != a.announcements {
		return err
	}
	a.announcements = ""
	return fmt.Errorf("the channel of announcements is gone: %s", err.Error()) // not permanent any more
}

func (a *Adapter) join(ctx context.Context, room string) error {
	return a.call(ctx, "conversations.join", "", func(ctx context.Context) error {
		_, _, _, err := a.web.JoinConversationContext(ctx, room)
		return err
	})
}

// within does what only members of a channel may do: where we were taken out of a public one, we go back first.
func (a *Adapter) within(ctx context.Context, room string, do func() error) error {
	err := do()
	if !coded(err, "not_in_channel") {
		return err
	}
	if joining := a.join(ctx, room); joining != nil {
		if wait, asked := errors.AsType[*bot.Wait](joining); asked {
			return wait
		}
		return err
	}
	return do()
}

// Invite brings people into a channel. Somebody whom Slack does not know is an error for that person alone.
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
	for part := range slices.Chunk(users, inviteMost) {
		err := a.invite(ctx, room.ID, part)
		if _, permanent := errors.AsType[*bot.Permanent](err); permanent {
			missing = append(missing, err)
		} else if err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		return &bot.Permanent{Err: errors.Join(missing...)}
	}
	return nil
}

// lot is who is invited into one channel by one call: twenty incidents with five people each would else take two minutes of
// the calls that Slack allows.
type lot struct {
	users []string
	done  chan struct{}
	err   error
}

// invite invites together with those who are invited at the same time. Where nobody of several could be, each is tried alone, so
// that each has their own answer.
func (a *Adapter) invite(ctx context.Context, room string, users []string) error {
	a.people.mu.Lock()
	if a.people.lots == nil {
		a.people.lots = map[string]*lot{}
	}
	l, first := a.people.lots[room], false
	if l == nil || len(l.users)+len(users) > inviteMost {
		l, first = &lot{done: make(chan struct{})}, true
		a.people.lots[room] = l
	}
	l.users = append(l.users, users...)
	a.people.mu.Unlock()
	if first {
		rest(ctx, lotTime)
		a.people.mu.Lock()
		if a.people.lots[room] == l {
			delete(a.people.lots, room)
		}
		all := l.users
		a.people.mu.Unlock()
		l.err = a.bring(ctx, room, all)
		close(l.done)
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return fmt.Errorf("wait for the others who are invited: %w", ctx.Err())
	}
	if _, permanent := errors.AsType[*bot.Permanent](l.err); permanent && len(l.users) > len(users) {
		return a.bring(ctx, room, users)
	}
	return l.err
}

// bring makes the call; force sets those aside who can't be brought, if anybody can.
func (a *Adapter) bring(ctx context.Context, room string, users []string) error {
	users = slices.Compact(slices.Sorted(slices.Values(users)))
	err := a.within(ctx, room, func() error {
		return a.call(ctx, "conversations.invite", "", func(ctx context.Context) error {
			_, err := a.web.ForceInviteUsersToConversationContext(ctx, room, users...)
			return err
		})
	})
	if coded(err, "already_in_channel", "cant_invite_self") && len(users) == 1 {
		return nil
	}
	if coded(err, "already_in_channel", "cant_invite_self") { // the first of them; the others may be wrong otherwise
		var all []error
		for _, user := range users {
			one := a.bring(ctx, room, []string{user})
			if _, permanent := errors.AsType[*bot.Permanent](one); one != nil && !permanent {
				return one
			}
			all = append(all, one)
		}
		if err = errors.Join(all...); err != nil {
			return &bot.Permanent{Err: err}
		}
	}
	return err
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
	return a.within(ctx, room.ID, func() error {
		return a.call(ctx, "conversations.setTopic", "", func(ctx context.Context) error {
			_, err := a.web.SetTopicOfConversationContext(ctx, room.ID, topic)
			return err
		})
	})
}
