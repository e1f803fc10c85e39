package feed_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/incident/calendar/ics"
	"matoi/roster"
	"matoi/roster/feed"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n" +
	"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261122T000000Z\r\nDTEND:20261123T000000Z\r\nSUMMARY:On Call\r\nATTENDEE;CN=Ann:mailto:ann@example.com\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20261124\r\nSUMMARY:当番 佐藤\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:3\r\nDTSTART:20261125T000000Z\r\nDURATION:PT0S\r\nSUMMARY:hand-over\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func source(t *testing.T, handler http.HandlerFunc) *feed.Source {
	t.Helper()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return feed.New(feed.Options{Schedule: "payments", URL: s.URL + "/secret.ics", Zone: tokyo, Client: roster.NewClient(), Now: func() time.Time { return noon }})
}

func TestAFeedIsReadOnceAndThenOnlyWhenItChanged(t *testing.T) {
	asked := 0
	s := source(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("If-None-Match") == `"1"` && r.Header.Get("If-Modified-Since") == "Sun, 22 Nov 2026 00:00:00 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
		_, _ = w.Write([]byte(calendar))
	})
	first, err := s.Fetch(t.Context(), roster.Copy{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Fetch(t.Context(), first)
	if err != nil || !bytes.Equal(first.Body, again.Body) || again.ETag != `"1"` || asked != 2 {
		t.Errorf("%v: %+v after %d questions", err, again, asked)
	}
	entries, err := s.Entries(again, noon.AddDate(0, 0, -1), noon.AddDate(0, 1, 0))
	day := func(d, h int) time.Time { return time.Date(2026, 11, d, h, 0, 0, 0, time.UTC) }
	want := []roster.Entry{
		{Names: []string{"ann@example.com"}, From: day(22, 0), To: day(23, 0)},
		{Names: []string{"当番 佐藤"}, From: day(23, 15), To: day(24, 15)}, // whole days are those of the schedule's zone
		{Names: []string{"当番 佐藤"}, From: day(30, 15), To: day(31, 15)},
	}
	if diff := cmp.Diff(want, entries); err != nil || diff != "" {
		t.Errorf("%v, -want +have:\n%s", err, diff)
	}
}

func TestWhatIsNoCalendarIsAnErrorThatNamesTheLine(t *testing.T) {
	s := source(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>log in")) })
	c, err := s.Fetch(t.Context(), roster.Copy{})
	if err == nil {
		_, err = s.Entries(c, noon, noon.AddDate(0, 1, 0))
	}
	if wrong, ok := errors.AsType[*ics.LineError](err); !ok || wrong.Line != 1 {
		t.Errorf("the error is %v", err)
	}
}

func TestNothingChangedIsNoAnswerToAFirstQuestion(t *testing.T) {
	s := source(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	if _, err := s.Fetch(t.Context(), roster.Copy{ETag: "x"}); err == nil {
		t.Error("an empty copy is taken for one")
	}
}

func TestAFeedThatDripsIsGivenUp(t *testing.T) {
	s := source(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil { // it would go on for ever
			_, _ = w.Write([]byte("BEGIN:VCALENDAR\r\n"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(time.Second):
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := s.Fetch(ctx, roster.Copy{}); err == nil || !strings.Contains(err.Error(), "no whole answer") {
		t.Errorf("the error is %v", err)
	}
}

func TestAddressesThatAreAsked(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com/x.ics?token=1": "https://example.com/x.ics?token=1", "webcal://example.com/x": "https://example.com/x",
		"http://127.0.0.1:8080/x": "http://127.0.0.1:8080/x", "http://localhost/x": "http://localhost/x", "http://[::1]/x": "http://[::1]/x",
		"http://example.com/x": "", "http://10.0.0.1/x": "", "ftp://example.com/x": "", "file:///etc/passwd": "", "https://": "", "x": "", "": "",
	} {
		if got, ok := feed.Address(text); got != want || ok != (want != "") {
			t.Errorf("%q is asked as %q (%v)", text, got, ok)
		}
	}
}
