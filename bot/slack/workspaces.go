package slack

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// Workspaces are the installations of the app in one process. What comes from Slack has one inlet: Slack calls one address for
// all workspaces, and sends what is for any of them over any connection of the app.
type Workspaces []*Adapter

// inlet handles one payload and gives what Slack is answered: nil for nothing but that it came.
type inlet func(a *Adapter, ctx context.Context, payload []byte) (answer any, err error)

// Run is in Slack until ctx ends: in each workspace by itself, so that one that is away holds no other up, and with the
// connections of Socket Mode that those of one app share, as soon as one of them is known.
func (w Workspaces) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, app := range w.apps() {
		var first sync.Once
		known := make(chan struct{})
		for _, a := range app {
			all.Go(func() {
				if a.arrive(ctx) {
					first.Do(func() { close(known) })
				}
			})
		}
		for range sockets {
			all.Go(func() {
				select {
				case <-known:
				case <-ctx.Done():
					return
				}
				if !app[0].Config.AppToken.Empty() {
					app.keepOpen(ctx)
				}
			})
		}
	}
	<-ctx.Done()
	all.Wait()
	for _, a := range w {
		a.works.Wait()
	}
	return nil
}

// apps are those of each app token together, in their order, and each of those without one alone.
func (w Workspaces) apps() (out []Workspaces) {
	at := map[string]int{}
	for _, a := range w {
		token := a.Config.AppToken.Reveal()
		if n, known := at[token]; known && token != "" {
			out[n] = append(out[n], a)
			continue
		}
		at[token] = len(out)
		out = append(out, Workspaces{a})
	}
	return out
}

// Routes are the paths that Slack calls. They are closed without a signing secret.
func (w Workspaces) Routes() http.Handler {
	mux := http.NewServeMux()
	var open Workspaces
	for _, a := range w {
		if !a.Config.SigningSecret.Empty() {
			open = append(open, a)
		}
	}
	if len(open) == 0 {
		return mux
	}
	mux.Handle("POST /slack/commands", open.signed(form, (*Adapter).command))
	mux.Handle("POST /slack/events", open.signed(asIs, (*Adapter).event))
	mux.Handle("POST /slack/interactions", open.signed(payload, (*Adapter).interaction))
	mux.Handle("POST /slack/options", open.signed(payload, (*Adapter).options))
	return mux
}

// signed checks a request before anything of it is parsed, and answers in time: an event that is not recorded by then is
// not acknowledged, and comes again. Only those whose secret it is signed with may take it, whatever workspace it names.
func (w Workspaces) signed(unpack func([]byte) ([]byte, error), in inlet) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, bodyMost))
		if err != nil {
			http.Error(rw, "the body can't be read", http.StatusBadRequest)
			return
		}
		signers, err := w.signers(r.Header, body)
		if err != nil { // whose it pretends to be nobody knows: the first counts it
			w[0].figures.refused.Add(1)
			w[0].Log.Warn("refused a request that is not Slack's", "path", r.URL.Path, "why", err)
			http.Error(rw, err.Error(), http.StatusUnauthorized)
			return
		}
		raw, err := unpack(body)
		if err != nil {
			rw.Header().Set("X-Slack-No-Retry", "1") // it will not become better
			http.Error(rw, "the payload can't be read", http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		a, answer, err := signers.take(ctx, in, raw)
		a.answer(rw, r, answer, err)
	})
}

// signers are those with whose secret a request is signed. Every secret is tried, so that the time tells nothing.
func (w Workspaces) signers(h http.Header, body []byte) (out Workspaces, err error) {
	for _, a := range w {
		if wrong := verify(a.Config.SigningSecret, h, body, a.Now()); wrong != nil {
			err = wrong
			continue
		}
		out = append(out, a)
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, err
}

// take has the one workspace work a payload off that it is for, and says which.
func (w Workspaces) take(ctx context.Context, in inlet, raw []byte) (a *Adapter, answer any, err error) {
	for _, a = range w.meant(ctx, raw) {
		a.figures.received.Add(1)
		if answer, err = in(a, ctx, raw); !errors.Is(err, errForeign) {
			break
		}
	}
	return a, answer, err
}

// addressed is what payloads of every kind say of where they are from. Within a form that somebody of another organisation
// fills in, the view names the workspace that has the app.
type addressed struct {
	TeamID       string `json:"team_id"`
	EnterpriseID string `json:"enterprise_id"`
	Team         named  `json:"team"`
	Enterprise   named  `json:"enterprise"`
	View         struct {
		Installed string `json:"app_installed_team_id"`
	} `json:"view"`
	For []installed `json:"authorizations"`
}

// to lists what is looked at, in this order: an event's own team may be another one of the organisation, or of another one
// in a shared channel; then the installation that it is for counts.
func (d addressed) to() []installed {
	out := []installed{{Team: d.View.Installed}, {Team: d.TeamID + d.Team.ID, Enterprise: d.EnterpriseID + d.Enterprise.ID}}
	return append(out, d.For...)
}

// meant are those that a payload may be for, none of whom is asked anything: the one whose own workspace it names, else the one
// whose organisation; else those who were never in Slack yet, and find out; else the first, which refuses it.
func (w Workspaces) meant(ctx context.Context, raw []byte) Workspaces {
	if len(w) == 1 {
		return w
	}
	var d addressed
	_ = decode(raw, &d) // what can't be read is refused by whoever takes it
	selves, unmet := make([]self, len(w)), Workspaces{}
	for n, a := range w {
		me, err := a.who(ctx)
		if selves[n] = me.self; err != nil || me.user == "" {
			unmet = append(unmet, a)
		}
	}
	for _, fits := range []func(self, installed) bool{self.isTeam, self.isOrg} {
		for _, to := range d.to() {
			for n, me := range selves {
				if fits(me, to) {
					return w[n : n+1]
				}
			}
		}
	}
	if len(unmet) > 0 {
		return unmet
	}
	return w[:1]
}

func (s self) isTeam(to installed) bool { return s.team != "" && s.team == to.Team }

func (s self) isOrg(to installed) bool {
	return s.enterprise != "" && (s.enterprise == to.Enterprise || s.enterprise == to.Team)
}
