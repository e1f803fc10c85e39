package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

var _ bot.Musterer = (*Adapter)(nil)

// The group is called @incident-managers.
const (
	groupHandle = "incident-managers"
	groupName   = "Incident managers"

	refusedFor = time.Hour // a plan without groups is not asked again for so long
)

// group is the user group, and until when Slack is not asked for it. Who is in it is not remembered: another process may have
// written it since.
type group struct {
	mu      sync.Mutex
	id      string
	refused time.Time
}

// Muster keeps the user group of those who lead incidents. Groups are for paid plans, and a policy may keep them for
// administrators: then there is none. Slack takes no empty group: while nobody leads, those who led last are in it
// (https://docs.slack.dev/reference/methods/usergroups.users.update).
func (a *Adapter) Muster(ctx context.Context, managers []incident.PersonID) error {
	var users []string
	for _, p := range managers {
		user, err := a.reach(ctx, p)
		if _, permanent := errors.AsType[*bot.Permanent](err); permanent {
			continue
		}
		if err != nil {
			return err
		}
		users = append(users, user)
	}
	slices.Sort(users)
	g := &a.people.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(users) == 0 || g.refused.After(a.Now()) {
		return nil
	}
	err := a.muster(ctx, g, users)
	switch {
	case err == nil:
	case coded(err, "no_such_subteam"): // somebody deleted it
		g.id = ""
		return errors.New("the group is gone: " + err.Error())
	case a.left(err, "group", incident.Room{}) == nil:
		g.refused, err = a.Now().Add(refusedFor), nil
	}
	return err
}

func (a *Adapter) muster(ctx context.Context, g *group, users []string) (err error) {
	if g.id == "" {
		if g.id, err = a.groupID(ctx); err != nil {
			return err
		}
	}
	me, err := a.me(ctx)
	if err != nil {
		return err
	}
	return a.call(ctx, "usergroups.users.update", "", func(ctx context.Context) error {
		_, err := a.web.UpdateUserGroupMembersContext(ctx, g.id, strings.Join(users, ","), slackgo.UpdateUserGroupMembersOptionTeamID(me.workspace()))
		return err
	})
}

// groupID finds the group by its handle, or makes it.
func (a *Adapter) groupID(ctx context.Context) (id string, err error) {
	me, err := a.me(ctx)
	if err != nil {
		return "", err
	}
	err = a.call(ctx, "usergroups.list", "", func(ctx context.Context) error {
		all, err := a.web.GetUserGroupsContext(ctx, slackgo.GetUserGroupsOptionTeamID(me.workspace()), slackgo.GetUserGroupsOptionIncludeDisabled(true))
		for _, g := range all {
			if g.Handle == groupHandle {
				id = g.ID
			}
		}
		return err
	})
	if err != nil || id != "" {
		return id, err
	}
	err = a.call(ctx, "usergroups.create", "", func(ctx context.Context) error {
		g, err := a.web.CreateUserGroupContext(ctx, slackgo.UserGroup{Name: groupName, Handle: groupHandle, TeamID: me.workspace()})
		id = g.ID
		return err
	})
	return id, err
}
