package roster_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"matoi/roster"
)

// ask asks a server that answers with a handler.
func ask(t *testing.T, handler http.HandlerFunc, key string) (roster.Answer, error) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/private-token.ics", nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", key)
	}
	return roster.NewClient().Do(t.Context(), r, hour(0))
}

func TestWhatAnswersMean(t *testing.T) {
	for _, c := range []struct {
		rule   string
		answer http.HandlerFunc
		is     error
		later  time.Duration
		says   string
	}{
		{"a body", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) }, nil, 0, ""},
		{"a wrong key", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, roster.ErrRefused, 0, "401"},
		{"a key without the right", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, roster.ErrRefused, 0, "403"},
		{"no such schedule", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, roster.ErrGone, 0, "404"},
		{"trouble", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, nil, 0, "502"},
		{"too many, with seconds", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "90"); w.WriteHeader(429) }, nil, 90 * time.Second, "429"},
		{"too many, with a date", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", hour(0).Add(2*time.Minute).Format(http.TimeFormat))
			w.WriteHeader(503)
		}, nil, 2 * time.Minute, "503"},
		{"too many for days", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "900000")
			w.WriteHeader(429)
		}, nil, time.Hour, "429"},
		{"more than there may be", func(w http.ResponseWriter, _ *http.Request) {
			for range 10 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		}, roster.ErrLarge, 0, "8 MiB"},
		{"a broken connection", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("x"))
		}, nil, 0, "unexpected EOF"},
		{"another scheme", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "ftp://example.com/private-token", http.StatusFound)
		}, roster.ErrSecret, 0, "redirected"},
		{"another host without TLS", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/private-token", http.StatusFound)
		}, roster.ErrSecret, 0, "redirected"},
		{"an address inside", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://10.0.0.1/private-token", http.StatusFound)
		}, roster.ErrInside, 0, "private"},
		{"what tells machines their keys", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://169.254.169.254/private-token", http.StatusFound)
		}, roster.ErrInside, 0, "private"},
		{"this machine by another name", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://[::ffff:127.0.0.1]/private-token", http.StatusFound)
		}, roster.ErrInside, 0, "private"},
		{"round and round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }, nil, 0, "more than 3 redirects"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			answer, err := ask(t, c.answer, "")
			if c.says == "" {
				if err != nil || string(answer.Body) != "x" {
					t.Errorf("have %q, %v", answer.Body, err)
				}
				return
			}
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("the error is %v", err)
			}
			if strings.Contains(err.Error(), "private-token") || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the error gives the address away: %v", err)
			}
			if later, ok := errors.AsType[*roster.Later](err); ok != (c.later != 0) || ok && later.After != c.later {
				t.Errorf("to come back later: %v", later)
			}
		})
	}
}

func TestAKeyStaysWithWhomItWasGivenFor(t *testing.T) {
	_, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://example.com/", http.StatusFound)
	}, "Token token=secret")
	if !errors.Is(err, roster.ErrSecret) {
		t.Errorf("the error is %v", err)
	}
}

func TestAServerThatIsNotThereIsSaidWithoutItsAddress(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/private-token", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = roster.NewClient().Do(t.Context(), r, hour(0)); err == nil || err.Error() != "the server can't be reached" {
		t.Errorf("the error is %v", err)
	}
}
