package alert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/storage"
)

// house is a worker over a real SQLite file, with a clock that the test moves.
type house struct {
	t      testing.TB
	now    time.Time
	config alert.Config
	store  *storage.Storage
	queue  queue
	desk   *incident.Desk
	intake *alert.Intake
	worker *alert.Worker
	log    strings.Builder
	logger *slog.Logger // into log, for several workers at once
}

// queue is the real storage, with ways to fail.
type queue struct {
	*storage.Storage
	wrap  func(alert.Work) alert.Work // what the worker gets instead of the real work
	lost  int                         // so many transactions are rolled back when they are about to be committed
	full  int                         // so many transactions find the disk full
	after int                         // from so many transactions on the database is away; 0 for never
	runs  int
}

func (q *queue) WorkOff(ctx context.Context, ids []int64, work func(context.Context, []int64, alert.Work) error) error {
	if q.runs++; q.after > 0 && q.runs > q.after {
		return fmt.Errorf("begin: %w", incident.ErrUnavailable)
	}
	return q.Storage.WorkOff(ctx, ids, func(ctx context.Context, waiting []int64, w alert.Work) error {
		if q.wrap != nil {
			w = q.wrap(w)
		}
		err := work(ctx, waiting, w)
		if err == nil && q.full > 0 {
			q.full--
			return fmt.Errorf("commit: %w", incident.ErrUnavailable)
		}
		if err == nil && q.lost > 0 {
			q.lost--
			return fmt.Errorf("the power went off")
		}
		return err
	})
}

// noon is when a house's clock starts.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func newHouse(t testing.TB, rules ...alert.Rule) *house {
	t.Helper()
	h := &house{t: t, now: noon(), config: alert.Config{Rules: rules}}
	if err := h.config.Compile(); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return h.now }
	store, err := storage.Open(t.Context(), storage.Options{Path: t.TempDir(), Zone: time.UTC, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.log.String())
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	policy := incident.DefaultPolicy(time.UTC)
	policy.OnCall = []incident.PersonID{"p1"}
	h.store, h.queue = store, queue{Storage: store}
	h.logger = slog.New(slog.NewTextHandler(&h.log, nil))
	h.desk = &incident.Desk{Store: store, Policy: func() incident.Policy { return policy }, Now: clock}
	h.intake = alert.NewIntake(store)
	h.restart()
	return h
}

// post takes a request in at the clock's time.
func (h *house) post(source, body string) int64 {
	h.t.Helper()
	id, err := h.intake.Accept(h.t.Context(), h.source(source), http.Header{"Content-Type": {"application/json"}}, []byte(body), h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// source gives the settings of a source, or its bare name.
func (h *house) source(name string) alert.Source {
	if s, known := h.config.Source(name); known {
		return s
	}
	return alert.Source{Name: name}
}

// fire posts one generic alert per name, critical and each of a group of its own.
func (h *house) fire(names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.post("generic", fmt.Sprintf(`{"title":%q,"dedup_key":%q,"severity":"critical","service":"shop"}`, name, name))
	}
}

// send posts a captured request as if it came when it was captured.
func (h *house) send(name string) {
	h.t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		h.t.Fatal(err)
	}
	var s struct {
		Source   string          `json:"source"`
		Body     json.RawMessage `json:"body"`
		Received time.Time       `json:"received_at"`
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		h.t.Fatal(err)
	}
	h.now = s.Received.UTC().Truncate(time.Microsecond)
	h.post(s.Source, string(s.Body))
}

// work works off all that waits.
func (h *house) work() int {
	h.t.Helper()
	n, err := h.worker.WorkOff(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// do gives a command as a person.
func (h *house) do(n incident.Number, cmd incident.Command) *incident.Incident {
	h.t.Helper()
	r, err := h.desk.Do(h.t.Context(), n, cmd, incident.By{Person: "p1"}, incident.Cause{})
	if err != nil {
		h.t.Fatal(err)
	}
	return r.Incident
}

// incidents gives all incidents in the order of opening.
func (h *house) incidents() []*incident.Incident {
	h.t.Helper()
	rows, err := h.store.Find(h.t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	all := make([]*incident.Incident, len(rows))
	for k, row := range rows {
		if all[k], err = h.store.Load(h.t.Context(), row.Number); err != nil {
			h.t.Fatal(err)
		}
	}
	slices.SortFunc(all, func(a, b *incident.Incident) int { return int(a.Number - b.Number) })
	return all
}

// only gives the one incident that there must be.
func (h *house) only() *incident.Incident {
	h.t.Helper()
	all := h.incidents()
	if len(all) != 1 {
		h.t.Fatalf("%d incidents, want 1: %q", len(all), h.story())
	}
	return all[0]
}

// events gives the timeline of an incident.
func (h *house) events(n incident.Number) []incident.Event {
	h.t.Helper()
	events, err := h.store.Timeline(h.t.Context(), n, 0, 10_000)
	if err != nil {
		h.t.Fatal(err)
	}
	return events
}

// story tells what alerts did to each incident: its priority and how many attached (+), fired anew (~) and cleared (-)
// in each batch, with how many of how many fire then.
func (h *house) story() []string {
	h.t.Helper()
	var all []string
	for _, i := range h.incidents() {
		var said []string
		for _, e := range h.events(i.Number) {
			switch f := e.Fact.(type) {
			case *incident.Opened:
				said = append(said, f.Priority.String())
			case *incident.AlertsMet:
				said = append(said, fmt.Sprintf("+%d~%d-%d %d/%d", len(f.Attached), len(f.Refired), len(f.Cleared), f.Firing, f.Total))
			}
		}
		all = append(all, strings.Join(said, ", "))
	}
	return all
}

// wants compares the story.
func (h *house) wants(want ...string) {
	h.t.Helper()
	if got := h.story(); !slices.Equal(got, want) {
		h.t.Errorf("the story is %q, want %q", got, want)
	}
}

// rows gives the alerts of an incident.
func (h *house) rows(n incident.Number) []alert.Row {
	h.t.Helper()
	rows, err := h.store.Alerts(h.t.Context(), n, 2000)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// inbox gives what opened nothing.
func (h *house) inbox() []alert.Row {
	h.t.Helper()
	rows, err := h.store.InboxRows(h.t.Context(), 2000)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// waiting counts the requests in the queue.
func (h *house) waiting() int64 {
	h.t.Helper()
	n, _, err := h.store.Waiting(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// effects lists what of an incident waits to be told, as kind/person.
func (h *house) effects(n incident.Number) []string {
	h.t.Helper()
	deliveries, err := h.store.Claim(h.t.Context(), h.now.Add(time.Hour), time.Second, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	var told []string
	for _, d := range deliveries {
		if d.Effect.Number == n {
			told = append(told, strings.TrimSuffix(string(d.Effect.Kind)+"/"+string(d.Effect.Person), "/"))
		}
		if err := h.store.Settle(h.t.Context(), incident.Settled{ID: d.ID, As: incident.Delivered}); err != nil {
			h.t.Fatal(err)
		}
	}
	if len(deliveries) > 0 {
		told = append(told, h.effects(n)...)
	}
	slices.Sort(told)
	return told
}
