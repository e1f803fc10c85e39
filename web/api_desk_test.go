package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// desk is a small working backend of the API: two incidents, one private, and a bot that logs what it is told.
type desk struct {
	incidents map[incident.Number]*incident.Incident
	entries   []incident.Event
	people    map[string]incident.Person
	asked     []bot.Request
	stored    []alert.Raw
	full      bool
	sick      error
}

const (
	public  = incident.Number(20261121_000001)
	private = incident.Number(20261121_000002)
)

// deskHours are open on Saturday mornings; Sunday is closed, and Monday has hours of its own.
func deskHours() *calendar.Hours {
	morning := []calendar.Span{{From: 540, To: 720}, {From: 780, To: 1440}}
	return &calendar.Hours{
		Name: "shop", Zone: "UTC", Week: [7][]calendar.Span{0: morning, 6: morning}, Closed: []calendar.Date{calendar.DateAt(2026, 11, 22)},
		Except: []calendar.Exception{{Date: calendar.DateAt(2026, 11, 23), Spans: morning[:1]}},
	}
}

func newDesk() *desk {
	at := time.Date(2026, 11, 21, 5, 0, 0, 123456000, time.UTC)
	d := &desk{incidents: map[incident.Number]*incident.Incident{}, people: map[string]incident.Person{}}
	for n, title := range map[incident.Number]string{public: "<script>決済</script>", private: "secret"} {
		d.incidents[n] = &incident.Incident{
			Number: n, Title: title, Status: incident.New, Priority: incident.P2, Impact: "large", Urgency: "medium", Opened: at, Changed: at,
			Version: 3, Private: n == private, Members: []incident.PersonID{"p1"}, Opener: "p1",
			Holders: []incident.Holder{{Role: incident.Manager, Person: "p1", Since: at}},
			Clocks: []incident.Clock{
				{Kind: incident.Response, Start: at, Due: at.Add(time.Hour)},
				{
					Kind: incident.Restoration, Start: at.Add(time.Hour), Base: at, Due: at.Add(60 * time.Hour), Term: incident.In(90 * time.Minute), Hours: 1, Policy: "p7",
					Stood: time.Hour, Pauses: []incident.Pause{{From: at, To: at.Add(time.Hour)}},
				},
				{Kind: incident.NextUpdate, Audience: "customers", Start: at, Due: at.Add(time.Hour), Met: at.Add(time.Minute)},
			},
			Hours: []*calendar.Hours{deskHours()},
			Holds: []incident.Held{{Hold: incident.Hold{For: "vendor", Reason: "part", Since: at, Ticket: "V-1", Contact: "Acme", Promised: at.Add(time.Hour)}, Until: at.Add(2 * time.Hour)}},
			Tasks: []incident.Task{{ID: 1, Text: "extent", Checklist: true, State: "open"}},
			Rooms: []incident.Room{{Realm: "console", ID: "inc-1", Name: "inc-1"}},
			Hold:  &incident.Hold{For: "user", Reason: "asked", Since: at, Review: at.Add(time.Hour)},
		}
	}
	for i := range 5 {
		d.entries = append(d.entries, incident.Event{
			Number: public, Seq: int64(i + 1), At: at, By: "p1", Recorder: "p2", Occurred: incident.Moment{At: at.Add(-time.Hour), Approx: true},
			Fact: &incident.Noted{Sort: "note", Text: fmt.Sprintf("entry %d", i+1)},
		})
	}
	d.people["alice"] = incident.Person{ID: "p1", Name: "alice"}
	d.people["bob"] = incident.Person{ID: "p2", Name: "bob"}
	return d
}

func (d *desk) Load(_ context.Context, n incident.Number) (*incident.Incident, error) {
	if i := d.incidents[n]; i != nil {
		return i, nil
	}
	return nil, incident.ErrNotFound
}

func (d *desk) Timeline(_ context.Context, n incident.Number, after int64, limit int) ([]incident.Event, error) {
	var out []incident.Event
	for _, e := range d.entries {
		if e.Number == n && e.Seq > after && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (d *desk) Find(_ context.Context, f incident.Filter) ([]incident.Row, error) {
	var out []incident.Row
	for _, n := range []incident.Number{private, public} {
		if i := d.incidents[n]; incident.MaySee(i, f.Viewer) && len(out) < f.Limit {
			out = append(out, i.AsRow())
		}
	}
	return out, nil
}

func (d *desk) Named(_ context.Context, name string) ([]incident.Person, error) {
	if p, ok := d.people[name]; ok {
		return []incident.Person{p}, nil
	}
	return nil, nil
}

func (d *desk) Person(_ context.Context, id incident.PersonID) (incident.Person, error) {
	for _, p := range d.people {
		if p.ID == id {
			return p, nil
		}
	}
	return incident.Person{}, incident.ErrNotFound
}

func (d *desk) Meet(_ context.Context, id incident.Identity, name, _ string) (incident.Person, error) {
	p := incident.Person{ID: incident.PersonID("p-" + id.ID), Name: name}
	d.people[name] = p
	return p, nil
}

func (d *desk) Handle(_ context.Context, r bot.Request) (bot.Reply, error) {
	d.asked = append(d.asked, r)
	reply, err := d.handle(r)
	reply.Verb, _, _ = strings.Cut(r.Text, " ")
	return reply, err
}

func (d *desk) handle(r bot.Request) (bot.Reply, error) {
	switch {
	case strings.Contains(r.Text, "panic"):
		panic("a bug")
	case strings.Contains(r.Text, "away"):
		return bot.Reply{}, d.sick
	case strings.Contains(r.Text, "break"):
		return bot.Reply{}, errors.New("disk on fire: hunter2")
	case strings.Contains(r.Text, "close"):
		return bot.Reply{Refused: incident.Refuse("only_manager"), Text: "Only the manager closes.", Errors: map[string]string{"pending": "x"}}, nil
	case strings.Contains(r.Text, "list"):
		return bot.Reply{Text: "two"}, nil
	}
	return bot.Reply{Text: "logged", Number: public, Card: &bot.Card{Title: "x"}}, nil
}

func (d *desk) PutRaw(_ context.Context, r alert.Raw) (int64, error) {
	switch {
	case d.full:
		return 0, fmt.Errorf("put: %w", alert.ErrFull)
	case d.sick != nil:
		return 0, d.sick
	}
	d.stored = append(d.stored, r)
	return int64(len(d.stored)), nil
}

func (d *desk) Ready(context.Context) error                   { return d.sick }
func (d *desk) Waiting(context.Context) (int64, int64, error) { return 3, 4, d.sick }

// site puts API, hooks and ops together over the desk, as cmd does.
func (d *desk) site(access Access) http.Handler {
	log := slog.New(slog.DiscardHandler)
	gate := Gate{Access: func() Access { return access }}
	sources := &alert.Config{Sources: []alert.Source{
		{Name: "locked", Format: alert.Generic, Auth: alert.Auth{Bearer: []bot.Secret{bot.NewSecret("s3cret")}}},
		{Name: "events", Format: alert.PagerDutyEventsV2, Auth: alert.Auth{Secrets: []bot.Secret{bot.NewSecret("R0")}}},
	}}
	if err := sources.Compile(); err != nil {
		panic(err)
	}
	figures := NewFigures(d, "test", log)
	mux := http.NewServeMux()
	mux.Handle("/", NewAPI(APIOptions{
		Gate: gate, Bot: d, Store: d, People: d, BodyBound: 1000, Lang: lang.JA, Log: log,
		Enter: func(_ context.Context, _ incident.Viewer, channel string) error {
			if channel == "general" || channel == "inc-1" {
				return nil
			}
			return incident.ErrNotFound
		},
		Word: func(_ context.Context, _ *incident.Incident, e incident.Event, _ lang.Lang) string {
			return e.Fact.(*incident.Noted).Text
		},
		Name: func(ctx context.Context, id incident.PersonID, _ lang.Lang) string {
			p, _ := d.Person(ctx, id)
			return p.Name
		},
		Why: func(_ context.Context, _ *incident.Incident, c *incident.Clock, l lang.Lang) string {
			return string(l) + " " + string(c.Kind)
		},
		Report: func(_ context.Context, n incident.Number, _ lang.Lang, html bool) ([]byte, error) {
			return fmt.Appendf(nil, "%s %v", n, html), nil
		},
		Count: figures.Command,
	}))
	mux.Handle("/hooks/", NewHooks(HooksOptions{
		Gate: gate, Sources: func() *alert.Config { return sources }, Inbox: d, BodyBound: 1000, Now: time.Now, Lang: lang.JA, Log: log,
	}))
	ops := NewOps(d, figures, gate, log)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, ops)
	}
	return figures.Timed(mux)
}

// call is one request; header is "Name: value" lines.
func call(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
