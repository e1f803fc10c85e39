package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// people remembers who is who, both ways.
type people struct {
	mu    sync.Mutex
	known map[string]known     // by Slack's id
	none  map[string]time.Time // by e-mail address: whom Slack did not know, and until when it is not asked again
	lots  map[string]*lot      // by channel: who is invited next
	group group                // of those who lead
}

// known is a person as Slack showed them last.
type known struct {
	person incident.PersonID
	lang   lang.Lang
	gone   bool // deactivated: what they wrote is still theirs, but they do nothing more
	at     time.Time
}

// The times of what is remembered: freshFor is how long a person is believed to be as they were; askTime how long one who
// asks waits for Slack to say who they are; strangeFor how long somebody whom Slack does not know is not asked for again.
const (
	freshFor   = time.Hour
	strangeFor = 5 * time.Minute
	askTime    = 1200 * time.Millisecond
)

// met gives the person behind an id of Slack's. Who is not known yet is asked for; while Slack does not answer, the name
// that came with the payload has to do.
func (a *Adapter) met(ctx context.Context, user, name string) (known, error) {
	now := a.Now()
	a.people.mu.Lock()
	k, ok := a.people.known[user]
	a.people.mu.Unlock()
	if ok {
		p, err := a.People.Person(ctx, k.person)
		if err != nil {
			return known{}, fmt.Errorf("look up %s: %w", k.person, err)
		}
		if p.Erased { // whoever acts again is somebody new
			a.people.forget(user)
			ok = false
		}
	}
	if ok && now.Sub(k.at) < freshFor {
		return k, nil
	}
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	u, err := a.user(asking, user)
	if err != nil {
		level := slog.LevelDebug // Slack was slow, say, and is asked again
		if coded(err, "missing_scope") {
			level = slog.LevelWarn
		}
		a.Log.Log(ctx, level, "ask Slack for a person", "user", user, "error", err)
		if ok {
			return k, nil
		}
		p, err := a.People.Meet(context.WithoutCancel(ctx), incident.Identity{Realm: a.Realm(), ID: user}, name, "")
		if err != nil {
			return known{}, fmt.Errorf("meet a person: %w", err)
		}
		return known{person: p.ID, lang: a.Lang}, nil // not kept: asked for again the next time
	}
	return a.meet(ctx, u)
}

// acts is met for somebody who does something: who was deactivated does not, so that it can only be a replay.
func (a *Adapter) acts(ctx context.Context, user, name string) (known, error) {
	who, err := a.met(ctx, user, name)
	if err == nil && who.gone {
		return known{}, fmt.Errorf("%w: %s was deactivated", errForeign, user)
	}
	return who, err
}

// user asks Slack for a person.
func (a *Adapter) user(ctx context.Context, id string) (u *slackgo.User, err error) {
	err = a.patiently(ctx, "users.info", "", func(ctx context.Context) (err error) {
		u, err = a.web.GetUserInfoContext(ctx, id)
		return err
	})
	return u, err
}

// meet keeps what Slack said of a person: language and zone only where the person has not chosen any. Of somebody of another
// organisation, in a shared channel, no e-mail address is believed: that organisation writes into it what it likes, and by an
// address people are known again as who they are in other chats.
func (a *Adapter) meet(ctx context.Context, u *slackgo.User) (known, error) {
	me, err := a.me(ctx)
	if err != nil {
		return known{}, err
	}
	email := u.Profile.Email
	if me.foreign(u) {
		email = ""
	}
	p, err := a.People.Meet(ctx, incident.Identity{Realm: a.Realm(), ID: u.ID}, nameOf(u), email)
	if err != nil {
		return known{}, fmt.Errorf("meet a person: %w", err)
	}
	reads := a.Lang
	if l, ok := lang.Parse(u.Locale); ok && u.Locale != "" {
		reads = l
	}
	zone := ""
	if _, err := time.LoadLocation(u.TZ); err == nil {
		zone = u.TZ
	}
	if p.Lang == "" && u.Locale != "" || p.Zone == "" && zone != "" {
		if p.Lang == "" && u.Locale != "" {
			p.Lang = string(reads)
		}
		if p.Zone == "" {
			p.Zone = zone
		}
		if err := a.People.SavePerson(ctx, p); err != nil {
			a.Log.Warn("keep what Slack says of a person", "person", p.ID, "error", err)
		}
	}
	k := known{person: p.ID, lang: reads, gone: u.Deleted, at: a.Now()}
	a.people.mu.Lock()
	a.people.known[u.ID] = k
	a.people.mu.Unlock()
	return k, nil
}

// foreign reports whether somebody is of another workspace, and not of the same organisation
// (https://docs.slack.dev/reference/objects/user-object).
func (s self) foreign(u *slackgo.User) bool {
	if u.IsStranger {
		return true
	}
	ours := s.enterprise != "" && (u.Enterprise.EnterpriseID == s.enterprise || u.TeamID == s.enterprise)
	return u.TeamID != "" && u.TeamID != s.team && !ours
}

// nameOf is what people call somebody.
func nameOf(u *slackgo.User) string {
	for _, name := range []string{u.Profile.DisplayName, u.RealName, u.Profile.RealName, u.Name} {
		if name = strings.TrimSpace(lang.Clean(name)); name != "" {
			return name
		}
	}
	return u.ID
}

// reach gives the id by which Slack knows a person: as we met them, else by their e-mail address. One whom Slack does not
// know is a *bot.Permanent.
func (a *Adapter) reach(ctx context.Context, id incident.PersonID) (string, error) {
	all, err := a.People.Identities(ctx, id)
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", id, err)
	}
	for _, i := range all {
		if i.Realm == a.Realm() {
			return i.ID, nil
		}
	}
	p, err := a.People.Person(ctx, id)
	if errors.Is(err, incident.ErrNotFound) || err == nil && (p.Email == "" || p.Erased) {
		return "", &bot.Permanent{Err: fmt.Errorf("Slack does not know %s: %w", id, bot.ErrStranger)} //nolint:staticcheck // a name begins it
	}
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", id, err)
	}
	if a.people.strange(p.Email, a.Now()) {
		return "", &bot.Permanent{Err: fmt.Errorf("Slack did not know %s just now: %w", id, bot.ErrStranger)} //nolint:staticcheck // a name begins it
	}
	var u *slackgo.User
	err = a.call(ctx, "users.lookupByEmail", "", func(ctx context.Context) (err error) {
		u, err = a.web.GetUserByEmailContext(ctx, p.Email)
		return err
	})
	if err != nil {
		if errors.Is(err, bot.ErrStranger) {
			a.people.missed(p.Email, a.Now().Add(strangeFor))
		}
		return "", err
	}
	if me, err := a.me(ctx); err != nil {
		return "", err
	} else if me.foreign(u) {
		a.people.missed(p.Email, a.Now().Add(strangeFor))
		return "", &bot.Permanent{Err: fmt.Errorf("the address of %s is of another organisation: %w", id, bot.ErrStranger)}
	}
	if _, err := a.meet(ctx, u); err != nil {
		return "", err
	}
	return u.ID, nil
}

// show writes a person for Slack: as a mention where they may be pinged, else by name, which pings nobody.
func (a *Adapter) show(ctx context.Context, pings []incident.PersonID) func(incident.PersonID) string {
	may := map[incident.PersonID]bool{}
	for _, p := range pings {
		may[p] = true
	}
	return func(id incident.PersonID) string {
		if may[id] {
			if user, err := a.reach(ctx, id); err == nil {
				return "<@" + user + ">"
			}
		}
		p, err := a.People.Person(ctx, id)
		if err != nil || p.Name == "" || p.Erased {
			return lang.Text(a.Lang, "bot.someone", nil)
		}
		return escape(p.Name)
	}
}

// strange reports whether Slack said lately that nobody has an address.
func (p *people) strange(email string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.none[email])
}

func (p *people) missed(email string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.none == nil || len(p.none) > othersMost {
		p.none = map[string]time.Time{}
	}
	p.none[email] = until
}

// forget has a person asked for again: they changed.
func (p *people) forget(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, user)
}
