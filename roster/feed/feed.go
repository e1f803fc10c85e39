package feed

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"matoi/incident/calendar/ics"
	"matoi/roster"
)

// mostShifts is how many a calendar may make within the time that is looked at.
const mostShifts = 20_000

// Options is what a Source is made of.
type Options struct {
	Schedule string
	URL      string         // https or webcal; a secret, because whoever has it may read
	Zone     *time.Location // of whole days
	Client   *roster.Client
	Now      func() time.Time
}

// Source is a published calendar.
type Source struct {
	o       Options
	address string
}

var _ roster.Source = (*Source)(nil)

// New makes a Source of an address that Address takes.
func New(o Options) *Source {
	address, _ := Address(o.URL)
	return &Source{o, address}
}

// Address gives the address that is asked: webcal is https. It is false for what is no https address, except on this machine.
func Address(text string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	switch u.Scheme {
	case "webcal", "webcals":
		u.Scheme = "https"
	case "https":
	case "http":
		if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
			return "", false
		}
	default:
		return "", false
	}
	return u.String(), true
}

// Name is the schedule.
func (s *Source) Name() string { return s.o.Schedule }

// Origin is of the address.
func (s *Source) Origin() string { return roster.Key("ical", s.address) }

// Fetch asks for the file, unless it is as it was.
func (s *Source) Fetch(ctx context.Context, since roster.Copy) (roster.Copy, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address, nil)
	if err != nil {
		return since, roster.Fail("address", "", "the address can't be asked")
	}
	r.Header.Set("Accept", "text/calendar, */*;q=0.1")
	if len(since.Body) > 0 {
		if since.ETag != "" {
			r.Header.Set("If-None-Match", since.ETag)
		}
		if since.Modified != "" {
			r.Header.Set("If-Modified-Since", since.Modified)
		}
	}
	answer, err := s.o.Client.Do(ctx, r, s.o.Now())
	if err != nil {
		return since, err
	}
	if answer.Status == http.StatusNotModified {
		if len(since.Body) == 0 {
			return since, roster.Fail("status", "304", "the server says that nothing changed, but was not asked that")
		}
		return since, nil
	}
	return roster.Copy{Body: answer.Body, ETag: answer.Header.Get("ETag"), Modified: answer.Header.Get("Last-Modified")}, nil
}

// Entries reads the file.
func (s *Source) Entries(c roster.Copy, from, to time.Time) ([]roster.Entry, error) {
	parsed, err := ics.Parse(bytes.NewReader(c.Body), ics.Limits{Bytes: roster.Largest, Occurrences: mostShifts})
	if err != nil {
		return nil, &roster.Fault{Code: "ical", Detail: err.Error(), Err: err} // it names the line
	}
	all, err := parsed.Between(from, to, s.o.Zone)
	if err != nil {
		return nil, &roster.Fault{Code: "ical", Detail: err.Error(), Err: err}
	}
	var out []roster.Entry
	for _, o := range all {
		names := o.Attendees
		if len(names) == 0 {
			names = []string{o.Summary}
		}
		if o.Start.Before(o.End) {
			out = append(out, roster.Entry{Names: names, From: o.Start, To: o.End})
		}
	}
	return out, nil
}
