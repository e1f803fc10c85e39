package goalert

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/roster"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func source(t *testing.T, answer string, status int) *Source {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Query     string
			Variables map[string]string
		}
		err := json.NewDecoder(r.Body).Decode(&asked)
		v := asked.Variables
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/goalert/api/graphql" || r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Content-Type") != "application/json" ||
			v["id"] != "11111111-2222" || v["start"] != "2026-11-21T12:00:00Z" || v["end"] != "2026-12-21T12:00:00Z" || !strings.Contains(asked.Query, "schedule(id: $id) { shifts(start: $start, end: $end) { userID start end truncated") {
			t.Errorf("asked %s %s: %+v, %v", r.Method, r.URL, asked, err)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	return New(Options{Schedule: "payments", ID: "11111111-2222", Key: "secret", URL: s.URL + "/goalert/", Client: roster.NewClient(), Now: func() time.Time { return noon }})
}

const shifts = `{"data":{"schedule":{"shifts":[
	{"userID":"u1","start":"2026-11-22T00:00:00Z","end":"2026-11-23T00:00:00Z","truncated":true,"user":{"name":"Ann","email":"ann@example.com"}},
	{"userID":"u2","start":"2026-11-23T00:00:00Z","end":"2026-11-24T00:00:00Z","truncated":false,"user":{"name":"Bob","email":""}},
	{"userID":"u3","start":"2026-11-24T00:00:00Z","end":"2026-11-25T00:00:00Z","truncated":false,"user":null}]}}}`

func TestShiftsAreReadWithTheAddressOfWhoHasThem(t *testing.T) {
	s := source(t, shifts, 200)
	c, err := s.Fetch(t.Context(), roster.Copy{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Entries(c, noon, noon.AddDate(0, 1, 0))
	midnight := noon.Add(12 * time.Hour)
	want := []roster.Entry{
		{Names: []string{"ann@example.com"}, From: midnight.AddDate(0, 0, -1), To: midnight},
		{Names: []string{"Bob"}, From: midnight, To: midnight.AddDate(0, 0, 1)},
		{Names: []string{"u3"}, From: midnight.AddDate(0, 0, 1), To: midnight.AddDate(0, 0, 2)},
	}
	if diff := cmp.Diff(want, entries); err != nil || diff != "" {
		t.Errorf("%v, -want +have:\n%s", err, diff)
	}
}

func TestRefusalsAreNamed(t *testing.T) {
	for _, c := range []struct {
		answer string
		status int
		is     error
		says   string
	}{
		{"", 401, roster.ErrRefused, "401"},
		{`{"errors":[{"message":"access denied:\n insufficient rights"}],"data":null}`, 200, nil, "access denied: insufficient rights"},
		{`{"data":{"schedule":null}}`, 200, roster.ErrGone, ""},
		{`{}`, 200, roster.ErrGone, ""},
		{`<html>`, 200, nil, "not what was expected"},
	} {
		_, err := source(t, c.answer, c.status).Fetch(t.Context(), roster.Copy{})
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.answer, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(shifts))
	f.Fuzz(func(t *testing.T, body []byte) {
		entries, err := read(body)
		for _, e := range entries {
			if err != nil || len(e.Names) != 1 {
				t.Errorf("%+v, %v", e, err)
			}
		}
	})
}
