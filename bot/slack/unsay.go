package slack

import (
	"context"
	"errors"
	"fmt"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

var _ bot.Unsayer = (*Adapter)(nil)

// Unsay writes our messages anew of which anew knows how they read. Where a channel takes no changes any more, because it was archived or a
// policy closes the time for them, they are deleted; one that stands even then is an error.
func (a *Adapter) Unsay(ctx context.Context, at incident.Place, anew func(key string, t bot.Tells) (bot.Message, bool)) error {
	me, err := a.me(ctx)
	if err != nil {
		return err
	}
	var left []error
	look := func(old slackgo.Message) (bool, error) {
		k, t := markOf(old)
		if !me.wrote(old) || k == "" {
			return false, nil
		}
		m, gone := anew(k, t)
		if !gone {
			return false, nil
		}
		m.Key = k // found again as the same
		where := incident.Place{Realm: a.Realm(), Room: at.Room, Thread: at.Thread, Message: old.Timestamp}
		err := a.retell(ctx, where, m)
		if _, permanent := errors.AsType[*bot.Permanent](err); permanent {
			left = append(left, err)
			err = nil
		}
		return false, err
	}
	err = a.within(ctx, at.Room, func() error { return a.messages(ctx, at, look) })
	if coded(err, "not_in_channel") {
		left = append(left, err)
		err = nil
	}
	if err == nil && len(left) > 0 {
		err = &bot.Permanent{Err: fmt.Errorf("what was erased still stands in %s: %s", at.Room, errors.Join(left...).Error())}
	}
	return err
}

// retell writes a message anew, or deletes it.
func (a *Adapter) retell(ctx context.Context, at incident.Place, m bot.Message) error {
	err := a.edit(ctx, at, m, a.patiently)
	switch {
	case coded(err, "message_not_found"):
		return nil
	case !coded(err, "is_archived", "is_inactive", "cant_update_message", "edit_window_closed"):
		return err
	}
	err = a.remove(ctx, at.Room, at.Message)
	if coded(err, "message_not_found") {
		return nil
	}
	return err
}
