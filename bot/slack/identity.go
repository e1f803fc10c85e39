package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// Memory keeps in which workspace the app was, over a start of the process. Ids of channels and people mean something in that
// one only: with a token of another, what is meant for the rooms in the record would be written to nobody, or to strangers.
type Memory interface {
	// Workspace gives incident.ErrNotFound before the first time.
	Workspace(ctx context.Context, realm string) (incident.Workspace, error)
	SaveWorkspace(ctx context.Context, w incident.Workspace) error
}

// identity is who we are in Slack. Until Slack said so it is what Slack said before the process started.
type identity struct {
	self
	recalled bool    // the memory was asked
	known    bool    // Slack said so since the start
	astray   *astray // the token is another workspace's: then self stays the one of the record
}

// self is who we are in Slack, as auth.test told.
type self struct {
	team, enterprise, user, bot, site string // site ends with a slash
	name                              string
}

// astray is the error of a token that belongs to another workspace than the rooms in the record.
type astray struct{ now, was string }

func (a *astray) Error() string {
	return "the bot token is for " + a.now + ", but the rooms in the record are in " + a.was
}

// errUnmet is that of a process which was never in Slack yet, and can't ask who it is.
var errUnmet = errors.New("Slack did not say yet in which workspace the app is") //nolint:staticcheck // a name begins it

func selfOf(w incident.Workspace) self {
	return self{team: w.ID, enterprise: w.Org, user: w.User, bot: w.Bot, site: w.Site, name: w.Name}
}

func (s self) home(realm string, at time.Time) incident.Workspace {
	return incident.Workspace{Realm: realm, ID: s.team, Org: s.enterprise, Name: s.name, User: s.user, Bot: s.bot, Site: s.site, Since: at.UTC()}
}

// place names a workspace for people.
func place(w incident.Workspace) string {
	id := w.ID
	if id == "" {
		id = w.Org
	}
	return strings.TrimSpace(w.Name + " (" + id + ")")
}

// who is who we are as far as is known without asking Slack; its user is "" where nothing is.
func (a *Adapter) who(ctx context.Context) (identity, error) {
	a.mu.Lock()
	id := a.self
	a.mu.Unlock()
	if id.recalled || a.Memory == nil {
		return id, nil
	}
	w, err := a.Memory.Workspace(ctx, a.Realm())
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return id, fmt.Errorf("recall the workspace: %w", err)
	}
	if want := a.Config.Workspace; want != "" && want != w.ID && want != w.Org { // it moves, and was never there
		w = incident.Workspace{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.self.recalled {
		a.self.recalled, a.self.self = true, selfOf(w)
	}
	return a.self, nil
}

// me is who we are in Slack.
func (a *Adapter) me(ctx context.Context) (self, error) {
	if err := a.settled(ctx); err != nil {
		return self{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self.self, nil
}

// introduce asks Slack who we are: once, and again while nobody answered or the answer is not what it should be.
func (a *Adapter) introduce(ctx context.Context) (self, error) {
	select { // one asks for all
	case a.asking <- struct{}{}:
		defer func() { <-a.asking }()
	case <-ctx.Done():
		return self{}, ctx.Err()
	}
	was, err := a.who(ctx)
	if err != nil || was.known {
		return was.self, err
	}
	var now self
	err = a.spend(ctx, "auth.test", "", func(ctx context.Context) error {
		t, err := a.web.AuthTestContext(ctx)
		if err == nil {
			now = self{team: t.TeamID, enterprise: t.EnterpriseID, user: t.UserID, bot: t.BotID, site: strings.TrimRight(t.URL, "/") + "/", name: t.Team}
		}
		return err
	})
	if err == nil && now.user == "" {
		err = errors.New("auth.test names no user")
	}
	if err != nil {
		return self{}, err
	}
	return now, a.settleIn(ctx, was, now)
}

// settleIn takes a workspace as ours, unless the record has rooms in another one. An operator who means to move there says so.
func (a *Adapter) settleIn(ctx context.Context, was identity, now self) error {
	home, record := now.home(a.Realm(), a.Now()), was.home(a.Realm(), time.Time{})
	var lost *astray
	switch want := a.Config.Workspace; {
	case want != "" && want != now.team && want != now.enterprise:
		lost = &astray{now: place(home), was: want + ", as slack.workspace says"}
	case want == "" && was.user != "" && !record.Same(home):
		lost = &astray{now: place(home), was: place(record)}
	}
	if lost == nil && a.Memory != nil {
		if err := a.Memory.SaveWorkspace(ctx, home); err != nil {
			return fmt.Errorf("remember the workspace: %w", err)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.self.astray = lost; lost != nil {
		return lost
	}
	a.self.self, a.self.known = now, true
	return nil
}

// awayFor is how long nothing is tried in a workspace that is not ours.
const awayFor = time.Minute

// settled lets calls pass once it is sure that they go to our workspace: not to another whose token somebody put in.
func (a *Adapter) settled(ctx context.Context) error {
	a.mu.Lock()
	known, lost := a.self.known, a.self.astray
	a.mu.Unlock()
	if known {
		return nil
	}
	if lost == nil {
		_, err := a.introduce(ctx)
		if _, asked := errors.AsType[*bot.Wait](err); err == nil || asked {
			return err
		}
		if !errors.As(err, &lost) {
			return fmt.Errorf("ask who we are: %w", passingly{err}) // whatever Slack said of us, the message may go out later
		}
	}
	return &bot.Wait{After: awayFor, Whole: true}
}

// passingly is an error that may mend itself, whatever it is inside.
type passingly struct{ err error }

func (p passingly) Error() string { return p.err.Error() }

// ours reports an error for what comes from a workspace that is not the app's. In a shared channel people of others act
// through the workspace that has the app, so that the payload names ours. Before Slack answered, the app's is the one it was in
// before the process started.
func (a *Adapter) ours(ctx context.Context, team, enterprise string) error {
	me, err := a.who(ctx)
	if err == nil && me.user == "" {
		me.self, err = a.introduce(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnmet, err)
	}
	if (incident.Workspace{ID: team, Org: enterprise}).Same(me.home(a.Realm(), time.Time{})) {
		return nil
	}
	return fmt.Errorf("%w: team %s", errForeign, team)
}

// isKnown reports whether Slack said since the start who we are, and that it is our workspace.
func (a *Adapter) isKnown() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self.known
}

// elsewhere is 1 where the token is another workspace's.
func (a *Adapter) elsewhere() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.self.astray != nil {
		return 1
	}
	return 0
}
