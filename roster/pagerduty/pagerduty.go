package pagerduty

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"matoi/roster"
)

// The bounds of a question. The API looks 90 days ahead at most.
const (
	back     = 24 * time.Hour
	ahead    = 60 * 24 * time.Hour
	pageSize = 100
	pages    = 50
)

// Hosts gives the address of the API by region.
func Hosts() map[string]string {
	return map[string]string{"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}
}

// Options is what a Source is made of.
type Options struct {
	Schedule string // ours
	ID       string // theirs, e.g. PI7DH85
	Key      string // a secret
	Host     string // one of Hosts
	Client   *roster.Client
	Now      func() time.Time
}

// Source is a schedule of PagerDuty.
type Source struct{ o Options }

var _ roster.Source = (*Source)(nil)

// New makes a Source.
func New(o Options) *Source { return &Source{o} }

// Name is the schedule.
func (s *Source) Name() string { return s.o.Schedule }

// Origin is of the host and the schedule there.
func (s *Source) Origin() string { return roster.Key("pagerduty", s.o.Host, s.o.ID) }

// answer is a page of on-calls.
type answer struct {
	OnCalls *[]struct {
		User     struct{ ID, Summary, Name, Email string }
		Schedule *struct{ ID string }
		Start    *time.Time // null: always has been
		End      *time.Time // null: always will be
	} `json:"oncalls"`
	More bool `json:"more"`
}

// Fetch asks for all pages.
func (s *Source) Fetch(ctx context.Context, since roster.Copy) (roster.Copy, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*roster.Patience)
	defer cancel()
	now := s.o.Now().UTC().Truncate(time.Second)
	from, to := now.Add(-back), now.Add(ahead)
	var all []roster.Entry
	for offset := 0; ; {
		if offset >= pages*pageSize {
			return since, roster.Fail("many", strconv.Itoa(pages*pageSize), fmt.Sprintf("there are more than %d entries", pages*pageSize))
		}
		body, err := s.page(ctx, from, to, offset)
		if err != nil {
			return since, err
		}
		entries, n, more, err := read(body, s.o.ID, from, to)
		if err != nil {
			return since, err
		}
		all = append(all, entries...)
		if !more || n == 0 {
			break
		}
		offset += n
	}
	packed, err := roster.Pack(all)
	return roster.Copy{Body: packed}, err
}

func (s *Source) page(ctx context.Context, from, to time.Time, offset int) ([]byte, error) {
	q := url.Values{
		"schedule_ids[]": {s.o.ID}, "include[]": {"users"}, "time_zone": {"UTC"}, "since": {from.Format(time.RFC3339)}, "until": {to.Format(time.RFC3339)},
		"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.o.Host+"/oncalls?"+q.Encode(), nil)
	if err != nil {
		return nil, roster.Fail("address", "", "the address can't be asked")
	}
	r.Header.Set("Authorization", "Token token="+s.o.Key)
	r.Header.Set("Accept", "application/vnd.pagerduty+json;version=2")
	r.Header.Set("Content-Type", "application/json") // the contract demands it, also of a GET
	got, err := s.o.Client.Do(ctx, r, s.o.Now())
	return got.Body, err
}

// read reads one page: entries of the schedule, how many there were of all, and whether more come.
func read(body []byte, id string, from, to time.Time) (out []roster.Entry, n int, more bool, err error) {
	var a answer
	if err := roster.Decode(body, &a); err != nil {
		return nil, 0, false, err
	}
	if a.OnCalls == nil {
		return nil, 0, false, roster.Fail("shape", "oncalls", "the answer has no oncalls")
	}
	for _, o := range *a.OnCalls {
		if o.Schedule == nil || o.Schedule.ID != id {
			continue
		}
		e := roster.Entry{Names: []string{cmp.Or(o.User.Email, o.User.Name, o.User.Summary, o.User.ID)}, From: from, To: to}
		if o.Start != nil {
			e.From = *o.Start
		}
		if o.End != nil {
			e.To = *o.End
		}
		out = append(out, e)
	}
	return out, len(*a.OnCalls), a.More, nil
}

// Entries reads a copy.
func (s *Source) Entries(c roster.Copy, from, to time.Time) ([]roster.Entry, error) {
	return roster.Unpack(c.Body, from, to)
}
