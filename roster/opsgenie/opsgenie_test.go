package opsgenie

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/roster"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func source(t *testing.T, on, line string, status int) *Source {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		bodies := map[string]string{"/v2/schedules/決済 team/on-calls": on, "/v2/schedules/決済 team/timeline": line}
		body, known := bodies[r.URL.Path]
		named := q.Get("scheduleIdentifierType") == "name" && q.Get("flat") == "true" || q.Get("identifierType") == "name" && q.Get("intervalUnit") == "months"
		if !known || !named || r.Header.Get("Authorization") != "GenieKey secret" || q.Get("date") != "2026-11-22T12:00:00Z" {
			t.Errorf("asked %s with %v", r.URL, r.Header)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return New(Options{Schedule: "payments", Theirs: "決済 team", Key: "secret", Host: s.URL, Client: roster.NewClient(), Now: func() time.Time { return noon }})
}

const timeline = `{"data":{"_parent":{"name":"決済 team"},"finalTimeline":{"rotations":[{"name":"r","order":1,"periods":[
	{"startDate":"2026-11-22T00:00:00Z","endDate":"2026-11-22T12:30:00Z","type":"historical","recipient":{"type":"team","name":"payments"}},
	{"startDate":"2026-11-22T12:30:00Z","endDate":"2026-11-23T00:00:00Z","type":"default","recipient":{"type":"user","name":"bob@example.com"}},
	{"startDate":"2026-11-23T00:00:00Z","endDate":"2026-11-24T00:00:00Z","type":"default","recipient":{"type":"none"}},
	{"startDate":"2026-11-23T00:00:00Z","endDate":"2026-11-24T00:00:00Z","type":"default","flattenedRecipients":[{"type":"user","username":"ann@example.com"},{"type":"user","name":"bob@example.com"}]}]}]}}}`

func TestWhoIsOnNowComesFromThoseOnCallAndTheRestFromTheTimeline(t *testing.T) {
	s := source(t, `{"data":{"_parent":{"name":"x"},"onCallRecipients":["ann@example.com"]},"took":0.1}`, timeline, 200)
	c, err := s.Fetch(t.Context(), roster.Copy{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Entries(c, noon, noon.AddDate(0, 1, 0))
	want := []roster.Entry{
		{Names: []string{"ann@example.com"}, From: noon, To: noon.Add(30 * time.Minute)},
		{Names: []string{"bob@example.com"}, From: noon.Add(30 * time.Minute), To: noon.Add(12 * time.Hour)},
		{Names: []string{"ann@example.com", "bob@example.com"}, From: noon.Add(12 * time.Hour), To: noon.Add(36 * time.Hour)},
	}
	if diff := cmp.Diff(want, entries); err != nil || diff != "" {
		t.Errorf("%v, -want +have:\n%s", err, diff)
	}
}

func TestNobodyOnCallIsNoError(t *testing.T) {
	s := source(t, `{"data":{"onCallRecipients":[]}}`, `{"data":{"finalTimeline":{"rotations":[]}}}`, 200)
	c, err := s.Fetch(t.Context(), roster.Copy{})
	if err != nil || string(c.Body) != "[]" {
		t.Errorf("%s, %v", c.Body, err)
	}
}

func TestRefusalsAreNamed(t *testing.T) {
	_, err := source(t, `{"message":"x","code":40301}`, "", 403).Fetch(t.Context(), roster.Copy{})
	if !errors.Is(err, roster.ErrRefused) || err.Error() != roster.ErrRefused.Error()+": the key is of another team" {
		t.Errorf("the error is %v", err)
	}
	for _, c := range []struct{ on, line string }{{"{}", timeline}, {"x", timeline}, {`{"data":{}}`, "{}"}, {`{"data":{}}`, `{"data":{}}`}, {`{"data":{}}`, "["}} {
		if _, err := source(t, c.on, c.line, 200).Fetch(t.Context(), roster.Copy{}); err == nil {
			t.Errorf("%v is taken", c)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(timeline))
	f.Add([]byte(`{"data":{"onCallRecipients":["a@b"]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		names, _ := readNow(body)
		coming, _ := readTimeline(body)
		for n, e := range joined(names, coming, noon) {
			if !e.From.Before(e.To) || e.From.Before(noon) {
				t.Errorf("%d: %+v", n, e)
			}
		}
	})
}
