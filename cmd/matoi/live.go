package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/lang"
	"matoi/web"
)

// Directory is where people are kept.
type Directory interface {
	Named(ctx context.Context, name string) ([]incident.Person, error)
	Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
	Meet(ctx context.Context, id incident.Identity, name, email string) (incident.Person, error)
	SavePerson(ctx context.Context, p incident.Person) error
	// InForce keeps since when triggers of escalations are in force, by their words.
	InForce(ctx context.Context, words []string, now time.Time) (map[string]time.Time, error)
}

// Live is the configuration in force. It is replaced as a whole, so that no reader ever sees half of a change.
type Live struct {
	now     atomic.Pointer[force]
	mu      sync.Mutex          // of those who replace it
	changes []oncall.Change     // of who is on call, laid over the schedules
	outside map[string]rostered // shifts from elsewhere, by the schedule they are for
	laid    []overlay           // what people set about alerts, laid over the configuration
}

// force is a configuration with what was made of it.
type force struct {
	config Config
	policy incident.Policy
	alerts alert.Config
	given  alert.Config // alerts as the configuration has it
	access web.Access
	secret []byte // of sessions
	ways   map[incident.PersonID][]bot.Way
	year   int // in which calendars were counted
}

// Policy is the policy of the moment.
func (v *Live) Policy() incident.Policy { return v.now.Load().policy }

// Alerts is the part of monitoring systems, compiled.
func (v *Live) Alerts() *alert.Config { return &v.now.Load().alerts }

// Access is who may come in.
func (v *Live) Access() web.Access { return v.now.Load().access }

// sessionSecret signs the sessions of the moment.
func (v *Live) sessionSecret() []byte { return v.now.Load().secret }

// Lay puts what people agreed upon over the schedules of the policy in force, and of those that come.
func (v *Live) Lay(changes []oncall.Change) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if slices.Equal(v.changes, changes) { // it is looked often, and changes rarely
		return
	}
	if v.changes = changes; v.now.Load() != nil {
		v.put(*v.now.Load())
	}
}

// put replaces what is in force; the lock is held.
func (v *Live) put(f force) {
	f.policy.Schedules = oncall.Lay(f.policy.Schedules, v.changes)
	for n := range f.policy.Schedules {
		if s := &f.policy.Schedules[n]; s.Outside != nil {
			o := v.outside[s.Name]
			s.Fixed, s.AsOf, s.Outside = o.shifts, o.asOf, &oncall.Outside{Trouble: o.trouble, Unknown: o.unknown}
		}
	}
	f.lay(v.laid)
	f.policy.Version = f.policy.Fingerprint() // a deadline may depend on whether there is anybody at all
	v.now.Store(&f)
}

// alerts is what the configuration says of alerts, in the form that the worker takes.
func (c *Config) alerts() alert.Config {
	return alert.Config{
		Sources: c.Sources, Rules: c.Rules, Heartbeats: c.Heartbeats, Depends: c.depends(), Names: c.names(), Silences: c.quiet(), Flapping: c.damped(),
	}
}

// Take puts a configuration in force: the people it names are known from then on, and calendars know the holidays of the years around
// now. On an error the old one stays.
func (v *Live) Take(ctx context.Context, now time.Time, c Config, people Directory) error {
	asked, _ := c.asked()
	onCall, err := everyone(ctx, people, c.People, asked)
	if err != nil {
		return err
	}
	managers, err := everyone(ctx, people, nil, c.Managers)
	if err != nil {
		return err
	}
	if err := c.mark(ctx, people, managers, v.now.Load()); err != nil {
		return err
	}
	named := func(name string) (incident.PersonID, error) {
		ids, err := everyone(ctx, people, nil, []string{name})
		return append(ids, "")[0], err
	}
	schedules, err := c.duties(named)
	if err != nil {
		return err
	}
	policy, err := c.escalate(c.Policy(now, onCall, managers, schedules...), named)
	if err != nil {
		return err
	}
	if policy.Awake, err = c.nights(ctx, policy, people); err != nil {
		return err
	}
	f := &force{config: c, year: now.In(c.zone()).Year(), policy: policy, access: web.Access{Local: c.Local()}, secret: sessionSecret(c.Auth.Tokens)}
	if f.ways, err = c.ways(ctx, people); err != nil {
		return err
	}
	f.given = c.alerts()
	for _, t := range c.Auth.Tokens {
		token := web.Token{Name: t.Name, Secret: t.Token, Scopes: t.Scopes}
		if t.Person != "" {
			bound, err := everyone(ctx, people, nil, []string{t.Person})
			if err != nil {
				return err
			}
			token.Person = bound[0]
		}
		f.access.Tokens = append(f.access.Tokens, token)
	}
	if f.policy.InForce, err = people.InForce(ctx, policy.Triggers(), now); err != nil { // at last: it is written down
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(*f)
	return nil
}

// everyone makes the members known, and gives the ids of those named.
func everyone(ctx context.Context, people Directory, members []Member, names []string) ([]incident.PersonID, error) {
	for _, m := range members {
		p, err := people.Meet(ctx, incident.Identity{Realm: "console", ID: m.Name}, m.Name, m.Email)
		if err != nil {
			return nil, fmt.Errorf("make %s known: %w", m.Name, err)
		}
		want := p
		want.Name, want.Auditor = m.Name, m.Auditor
		if m.Email != "" {
			want.Email = m.Email
		}
		if l, ok := lang.Parse(m.Lang); ok && p.Lang == "" { // what a person chose later stands
			want.Lang = string(l)
		}
		if p.Zone == "" {
			want.Zone = m.Zone
		}
		if want != p {
			if err := people.SavePerson(ctx, want); err != nil {
				return nil, fmt.Errorf("save %s: %w", m.Name, err)
			}
		}
	}
	ids := make([]incident.PersonID, 0, len(names))
	for _, name := range names {
		found, err := people.Named(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", name, err)
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("several people are called %s: name them by e-mail address", name)
		}
		if len(found) == 0 {
			email := ""
			if slices.Contains([]byte(name), '@') {
				email = name
			}
			p, err := people.Meet(ctx, incident.Identity{Realm: "console", ID: name}, name, email)
			if err != nil {
				return nil, fmt.Errorf("make %s known: %w", name, err)
			}
			found = append(found, p)
		}
		ids = append(ids, found[0].ID)
	}
	return ids, nil
}

// mark keeps the manager's mark of people equal to the list; who was taken off it loses the mark.
func (c Config) mark(ctx context.Context, people Directory, managers []incident.PersonID, before *force) error {
	set := func(id incident.PersonID, is bool) error {
		p, err := people.Person(ctx, id)
		if errors.Is(err, incident.ErrNotFound) || err == nil && (p.Manager == is || p.Erased) {
			return nil
		}
		if err == nil {
			p.Manager = is
			err = people.SavePerson(ctx, p)
		}
		if err != nil {
			return fmt.Errorf("mark %s as a manager: %w", id, err)
		}
		return nil
	}
	var errs []error
	for _, id := range managers {
		errs = append(errs, set(id, true))
	}
	if before != nil {
		for _, id := range before.policy.Managers {
			if !slices.Contains(managers, id) {
				errs = append(errs, set(id, false))
			}
		}
	}
	return errors.Join(errs...)
}

// fixed lists the keys whose change needs a restart.
func fixed(before, after Config) []string {
	var out []string
	for _, k := range []struct {
		key  string
		same bool
	}{
		{"listen", before.Listen == after.Listen},
		{"base_url", before.BaseURL == after.BaseURL},
		{"data", before.Data == after.Data},
		{"database", before.Database.Postgres.Reveal() == after.Database.Postgres.Reveal()},
		{"zone", before.Zone == after.Zone},
		{"lang", before.Lang == after.Lang},
		{"command", reflect.DeepEqual(before.Command, after.Command)},
		{"timeline", reflect.DeepEqual(before.Timeline, after.Timeline)},
		{"slack", reflect.DeepEqual(before.Slack, after.Slack)},
		{"inbox_bound", before.InboxBound == after.InboxBound},
		{"body_bound", before.BodyBound == after.BodyBound},
		{"upload_bound", before.UploadBound == after.UploadBound},
		{"log", before.Log == after.Log},
	} {
		if !k.same {
			out = append(out, k.key)
		}
	}
	return out
}

// keep gives after with the keys that need a restart as they were.
func keep(before, after Config) Config {
	after.Listen, after.BaseURL, after.Data, after.Database = before.Listen, before.BaseURL, before.Data, before.Database
	after.Zone, after.Lang, after.Command, after.Timeline = before.Zone, before.Lang, before.Command, before.Timeline
	after.Slack = before.Slack
	after.InboxBound, after.BodyBound, after.UploadBound, after.Log = before.InboxBound, before.BodyBound, before.UploadBound, before.Log
	return after
}
