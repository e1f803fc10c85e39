package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// APIStore is what the API reads of storage. Unknown incidents and people are incident.ErrNotFound; Find gives only what
// the filter's viewer may see, newest first.
type APIStore interface {
	Load(ctx context.Context, n incident.Number) (*incident.Incident, error)
	Timeline(ctx context.Context, n incident.Number, after int64, limit int) ([]incident.Event, error)
	Find(ctx context.Context, f incident.Filter) ([]incident.Row, error)
}

// APIPeople is the directory. Named finds people by name, e-mail address or a chat's own id; Meet finds or makes one and
// may be repeated.
type APIPeople interface {
	Named(ctx context.Context, name string) ([]incident.Person, error)
	Meet(ctx context.Context, id incident.Identity, name, email string) (incident.Person, error)
	Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
}

// APIBot runs commands. Refusals stand in the reply; an error is a breakage.
type APIBot interface {
	Handle(ctx context.Context, r bot.Request) (bot.Reply, error)
}

// APIOptions is what the API is made of.
type APIOptions struct {
	Gate   Gate
	Bot    APIBot
	Store  APIStore
	People APIPeople
	// Enter checks that a channel of the built-in chat exists and that the person may see it: ErrNotFound otherwise.
	Enter func(ctx context.Context, v incident.Viewer, channel string) error
	// Word puts an entry of the incident's timeline into words, with the names of people.
	Word func(ctx context.Context, i *incident.Incident, e incident.Event, l lang.Lang) string
	// Name is a person as shown.
	Name func(ctx context.Context, id incident.PersonID, l lang.Lang) string
	// Why says in words why a deadline is when it is; nil says nothing.
	Why func(ctx context.Context, i *incident.Incident, c *incident.Clock, l lang.Lang) string
	// Services gives the services of the catalogue with what is going on; Pulses what is to give signs of life. Either may be nil.
	Services func(ctx context.Context, v incident.Viewer, names ...string) ([]bot.ServiceNow, error)
	Pulses   bot.Pulses
	// Inbox has the rules for alerts; may be nil.
	Inbox bot.Inbox
	// Silences keeps alerts quiet; may be nil.
	Silences bot.Silences
	Now      func() time.Time
	// Report writes the report as markdown or html, in the form that is ready to be sent.
	Report func(ctx context.Context, n incident.Number, l lang.Lang, html bool) ([]byte, error)
	// Count notes the verb of a command (none where it was not understood) and its result (done, refused, broken) for the
	// figures; nil counts nothing.
	Count func(verb, result string)
	// BodyBound is the largest body taken, in bytes.
	BodyBound int64
	Lang      lang.Lang // the organisation's
	Log       *slog.Logger
}

// api holds the options while it serves.
type api struct{ APIOptions }

// NewAPI serves /api/v1/… and /openapi.yaml. Everything it answers is described in openapi.yaml, which a test holds it to.
func NewAPI(o APIOptions) http.Handler {
	a := &api{o}
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.pattern, a.route(r))
	}
	mux.HandleFunc("GET /openapi.yaml", serveOpenAPI)
	mux.HandleFunc("GET /openapi.json", serveOpenAPI)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p := problem(http.StatusNotFound, "no_route", nil)
		if methods := a.methods(r); methods != "" {
			w.Header().Set("Allow", methods)
			p = problem(http.StatusMethodNotAllowed, "no_method", map[string]any{"Allow": methods})
		}
		p.send(w, a.language(r))
	})
	return mux
}

// apiRoute is one row of the API: what a request must carry to reach which answer.
type apiRoute struct {
	pattern string
	scope   string
	answer  func(a *api, w http.ResponseWriter, r *http.Request, c Caller) *Problem
}

func (a *api) routes() []apiRoute {
	return []apiRoute{
		{"POST /api/v1/commands", ScopeCommand, (*api).command},
		{"GET /api/v1/incidents", ScopeRead, (*api).list},
		{"GET /api/v1/incidents/{number}", ScopeRead, (*api).show},
		{"GET /api/v1/incidents/{number}/timeline", ScopeRead, (*api).timeline},
		{"GET /api/v1/services", ScopeRead, (*api).services},
		{"GET /api/v1/alert-rules", ScopeRead, (*api).rules},
		{"POST /api/v1/alert-rules", ScopeCommand, (*api).makeRule},
		{"DELETE /api/v1/alert-rules/{number}", ScopeCommand, (*api).removeRule},
		{"GET /api/v1/silences", ScopeRead, (*api).silences},
		{"POST /api/v1/silences", ScopeCommand, (*api).setSilence},
		{"GET /api/v1/silences/{number}", ScopeRead, (*api).silence},
		{"DELETE /api/v1/silences/{number}", ScopeCommand, (*api).endSilence},
		{"GET /api/v1/heartbeats", ScopeRead, (*api).heartbeats},
		{"GET /api/v1/incidents/{number}/report", ScopeRead, (*api).report},
	}
}

// route admits the request and answers, or sends the problem. A panic breaks this one request only.
func (a *api) route(row apiRoute) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if broken := recover(); broken != nil {
				breakage(a.Log, r, fmt.Errorf("panic: %v", broken)).send(w, a.language(r))
			}
		}()
		caller, p := a.Gate.Admit(r, row.scope)
		if p == nil {
			p = row.answer(a, w, r, caller)
		}
		if p != nil {
			p.send(w, a.language(r))
		}
	})
}

// methods lists what the address of a request would take.
func (a *api) methods(r *http.Request) string {
	var out []string
	for _, row := range a.routes() {
		method, path, _ := strings.Cut(row.pattern, " ")
		want, got := strings.Split(path, "/"), strings.Split(r.URL.Path, "/")
		fits := len(want) == len(got)
		for i := range want {
			fits = fits && (want[i] == got[i] || want[i] == "{number}")
		}
		if fits {
			out = append(out, method)
		}
	}
	return strings.Join(out, ", ")
}

// language is the one asked for with ?lang=, else the header's, else the organisation's.
func (a *api) language(r *http.Request) lang.Lang {
	if l, ok := lang.Parse(r.URL.Query().Get("lang")); ok {
		return l
	}
	return lang.Choose(r.Header.Get("Accept-Language"), a.Lang)
}

// viewer is whose eyes a reading request has: the token's person, an admin's, or in local mode whoever ?as= names. Without
// any, private incidents are not there.
func (a *api) viewer(r *http.Request, c Caller) (incident.Viewer, *Problem) {
	as := r.URL.Query().Get("as")
	if as == "" || !c.Local {
		return a.eyes(r, c.Person, c.Admin)
	}
	found, err := a.People.Named(r.Context(), personName(as))
	if err != nil {
		return incident.Viewer{}, breakage(a.Log, r, err)
	}
	if len(found) != 1 {
		return incident.Viewer{}, problem(http.StatusUnprocessableEntity, "as_unknown", map[string]any{"Name": clip(as, 80)})
	}
	return incident.Viewer{Person: found[0].ID, All: found[0].Auditor}, nil
}

// eyes is what a person sees: an auditor everything.
func (a *api) eyes(r *http.Request, id incident.PersonID, all bool) (incident.Viewer, *Problem) {
	v := incident.Viewer{Person: id, All: all}
	if id == "" || all {
		return v, nil
	}
	p, err := a.People.Person(r.Context(), id)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return v, breakage(a.Log, r, err)
	}
	v.All = p.Auditor
	return v, nil
}

// load gives the incident of the address. One that may not be seen looks like one that does not exist.
func (a *api) load(r *http.Request, c Caller) (*incident.Incident, *Problem) {
	unknown := problem(http.StatusNotFound, "incident_unknown", map[string]any{"Number": clip(r.PathValue("number"), 40)})
	n, ok := incident.ParseNumber(r.PathValue("number"))
	if !ok {
		return nil, unknown
	}
	viewer, p := a.viewer(r, c)
	if p != nil {
		return nil, p
	}
	i, err := a.Store.Load(r.Context(), n)
	switch {
	case errors.Is(err, incident.ErrNotFound):
		return nil, unknown
	case err != nil:
		return nil, breakage(a.Log, r, err)
	case !incident.MaySee(i, viewer):
		return nil, unknown
	}
	return i, nil
}

// number reads a whole number from the query: def where there is none, never above most.
func number(r *http.Request, name string, def, least, most int64) (int64, *Problem) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least {
		return 0, problem(http.StatusBadRequest, "parameter", map[string]any{"Name": name, "Value": clip(text, 40)})
	}
	return min(n, most), nil
}
