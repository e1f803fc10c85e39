package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"matoi/bot/console"
	"matoi/incident"
)

// packed asks without unpacking what comes.
func (v *visitor) packed(path string) (*http.Response, []byte) {
	v.s.t.Helper()
	r, err := http.NewRequestWithContext(v.s.t.Context(), http.MethodGet, v.s.server.URL+path, nil)
	if err != nil {
		v.s.t.Fatal(err)
	}
	r.Header = v.head.Clone()
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return resp, body
}

// TestFirstPageIsSmallOverTheWire: a full room with its sheet and scripts is less than 100 kB.
func TestFirstPageIsSmallOverTheWire(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	room := s.room(n)
	for k := range 120 {
		text := "接続数が上限に達しています " + strconv.Itoa(k*7919%10007) + " of " + strconv.Itoa(k*104729%9973)
		if _, err := s.store.AddMessage(t.Context(), console.Message{Channel: room, Author: v.id, Text: text, At: s.now()}); err != nil {
			t.Fatal(err)
		}
	}
	resp, body := v.packed("/chat/" + room)
	if resp.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(resp.Header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("the page comes as %q, varies by %q", resp.Header.Get("Content-Encoding"), resp.Header.Get("Vary"))
	}
	total := len(body)
	z, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(page), `"/static/`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		asset, bytes := v.packed("/static/" + strings.ReplaceAll(path, "&amp;", "&"))
		if asset.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, asset.StatusCode)
		}
		t.Logf("%s: %d bytes", path, len(bytes))
		total += len(bytes)
	}
	t.Logf("page: %d bytes packed, %d unpacked; in all %d", len(body), len(page), total)
	if total > 100_000 {
		t.Errorf("the first page takes %d bytes, want less than 100 kB", total)
	}
}

func TestStreamsAndEmptyAnswersAreNotPacked(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	v.say("general", "hello")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+"/live/chat?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = v.head.Clone()
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("the stream comes as %q: what is live would be held back", got)
	}
	if resp, body := v.post("/do/read", "channel", "general", "upto", "1"); resp.StatusCode != http.StatusNoContent || body != "" {
		t.Errorf("read: got %d %q", resp.StatusCode, body)
	}
}
