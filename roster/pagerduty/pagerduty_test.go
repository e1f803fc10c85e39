package pagerduty

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/roster"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func source(t *testing.T, handler http.HandlerFunc) *Source {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return New(Options{Schedule: "payments", ID: "PI7DH85", Key: "secret", Host: s.URL, Client: roster.NewClient(), Now: func() time.Time { return noon }})
}

// contract answers as the published description says: what it demands has to be there.
func contract(t *testing.T, w http.ResponseWriter, r *http.Request) bool {
	t.Helper()
	q := r.URL.Query()
	for what, ok := range map[string]bool{
		"path": r.URL.Path == "/oncalls" && r.Method == http.MethodGet, "key": r.Header.Get("Authorization") == "Token token=secret",
		"version": r.Header.Get("Accept") == "application/vnd.pagerduty+json;version=2", "type": r.Header.Get("Content-Type") == "application/json",
		"schedule": q.Get("schedule_ids[]") == "PI7DH85", "users": q.Get("include[]") == "users", "zone": q.Get("time_zone") == "UTC",
		"since": q.Get("since") == "2026-11-21T12:00:00Z", "until": q.Get("until") == "2027-01-21T12:00:00Z", "limit": q.Get("limit") == "100",
	} {
		if !ok {
			t.Errorf("%s: %s %s %v", what, r.Method, r.URL, r.Header)
			w.WriteHeader(http.StatusBadRequest)
			return false
		}
	}
	return true
}

func TestAllPagesOfAScheduleAreRead(t *testing.T) {
	user := map[string]any{"id": "PT23IWX", "summary": "Tim Wright", "name": "Tim Wright", "email": "tim@example.com"}
	oncall := func(schedule any, start, end any) map[string]any {
		return map[string]any{"user": user, "schedule": schedule, "start": start, "end": end, "escalation_level": 1}
	}
	ours := map[string]any{"id": "PI7DH85"}
	s := source(t, func(w http.ResponseWriter, r *http.Request) {
		if !contract(t, w, r) {
			return
		}
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		pages := map[int][]map[string]any{
			0: {oncall(ours, "2026-11-20T09:00:00+09:00", "2026-11-23T09:00:00+09:00"), oncall(nil, nil, nil)},
			2: {oncall(ours, "2026-11-23T00:00:00Z", nil), oncall(map[string]any{"id": "OTHER"}, "2026-11-23T00:00:00Z", nil)},
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"oncalls": pages[offset], "limit": 100, "offset": offset, "more": offset == 0, "total": nil})
	})
	c, err := s.Fetch(t.Context(), roster.Copy{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Entries(c, noon, noon.AddDate(1, 0, 0))
	day := func(y, m, d, h int) time.Time { return time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC) }
	want := []roster.Entry{
		{Names: []string{"tim@example.com"}, From: day(2026, 11, 20, 0), To: day(2026, 11, 23, 0)},
		{Names: []string{"tim@example.com"}, From: day(2026, 11, 23, 0), To: day(2027, 1, 21, 12)},
	}
	same := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, entries, same); err != nil || diff != "" {
		t.Errorf("%v, -want +have:\n%s", err, diff)
	}
}

// TestTheExampleOfTheContractIsRead: testdata/oncalls.json is the example of the published description.
func TestTheExampleOfTheContractIsRead(t *testing.T) {
	body, err := os.ReadFile("testdata/oncalls.json")
	if err != nil {
		t.Fatal(err)
	}
	entries, n, more, err := read(body, "PI7DH85", noon, noon)
	if err != nil || n != 1 || more || len(entries) != 1 || entries[0].Names[0] != "Tim Wright" || entries[0].To.Sub(entries[0].From) != 24*time.Hour {
		t.Errorf("%+v, %d, %v, %v", entries, n, more, err)
	}
}

func TestRefusalsAreNamed(t *testing.T) {
	for status, want := range map[int]error{401: roster.ErrRefused, 403: roster.ErrRefused, 404: roster.ErrGone} {
		s := source(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if _, err := s.Fetch(t.Context(), roster.Copy{}); !errors.Is(err, want) {
			t.Errorf("%d: %v", status, err)
		}
	}
	s := source(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Ratelimit-Reset", "42")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := s.Fetch(t.Context(), roster.Copy{})
	if later, ok := errors.AsType[*roster.Later](err); !ok || later.After != 42*time.Second {
		t.Errorf("429: %v", err)
	}
	for _, body := range []string{"", "{}", "[]", `{"oncalls": 1}`, "<html>"} {
		s := source(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		if _, err := s.Fetch(t.Context(), roster.Copy{}); err == nil {
			t.Errorf("%q is taken for nobody on call", body)
		}
	}
}

func TestPagesWithoutEndAreGivenUp(t *testing.T) {
	asked := 0
	s := source(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		list := make([]any, pageSize)
		for n := range list {
			list[n] = map[string]any{}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"oncalls": list, "more": true})
	})
	if _, err := s.Fetch(t.Context(), roster.Copy{}); err == nil || asked != pages {
		t.Errorf("%d pages, %v", asked, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"oncalls":[{"user":{"email":"a@b"},"schedule":{"id":"x"},"start":"2026-11-22T00:00:00Z","end":null}],"more":true}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		entries, n, _, err := read(body, "x", noon, noon)
		if err == nil && len(entries) > n {
			t.Errorf("%d of %d", len(entries), n)
		}
	})
}
