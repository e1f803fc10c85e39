package opsgenie

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"matoi/roster"
)

// nowHolds is how long who is on call now is taken to stay so, where the timeline says nothing earlier: a source that goes away is asked
// again much sooner.
const nowHolds = time.Hour

// Hosts gives the address of the API by region.
func Hosts() map[string]string {
	return map[string]string{"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}
}

// Options is what a Source is made of.
type Options struct {
	Schedule string // ours
	Theirs   string // the name of theirs
	Key      string // a secret
	Host     string // one of Hosts
	Client   *roster.Client
	Now      func() time.Time
}

// Source is a schedule of Opsgenie.
type Source struct{ o Options }

var _ roster.Source = (*Source)(nil)

// New makes a Source.
func New(o Options) *Source { return &Source{o} }

// Name is the schedule.
func (s *Source) Name() string { return s.o.Schedule }

// Origin is of the host and the schedule there.
func (s *Source) Origin() string { return roster.Key("opsgenie", s.o.Host, s.o.Theirs) }

// Fetch asks who is on now, and for a month of the timeline.
func (s *Source) Fetch(ctx context.Context, since roster.Copy) (roster.Copy, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*roster.Patience)
	defer cancel()
	now := s.o.Now().UTC().Truncate(time.Second)
	on, err := s.get(ctx, "on-calls", url.Values{"scheduleIdentifierType": {"name"}, "flat": {"true"}, "date": {now.Format(time.RFC3339)}})
	if err != nil {
		return since, err
	}
	names, err := readNow(on)
	if err != nil {
		return since, err
	}
	line, err := s.get(ctx, "timeline", url.Values{"identifierType": {"name"}, "interval": {"1"}, "intervalUnit": {"months"}, "date": {now.Format(time.RFC3339)}})
	if err != nil {
		return since, err
	}
	coming, err := readTimeline(line)
	if err != nil {
		return since, err
	}
	packed, err := roster.Pack(joined(names, coming, now))
	return roster.Copy{Body: packed}, err
}

func (s *Source) get(ctx context.Context, what string, q url.Values) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.o.Host+"/v2/schedules/"+url.PathEscape(s.o.Theirs)+"/"+what+"?"+q.Encode(), nil)
	if err != nil {
		return nil, roster.Fail("address", "", "the address can't be asked")
	}
	r.Header.Set("Authorization", "GenieKey "+s.o.Key)
	got, err := s.o.Client.Do(ctx, r, s.o.Now())
	if err != nil {
		return nil, explained(got, err)
	}
	return got.Body, nil
}

// explained adds what Opsgenie says of a key that is not allowed: one of another team has the code 40301.
func explained(got roster.Answer, err error) error {
	var said struct{ Code int }
	if got.Status == http.StatusForbidden && roster.Decode(got.Body, &said) == nil && said.Code == 40301 {
		return &roster.Fault{Code: "team", Err: fmt.Errorf("%w: the key is of another team", roster.ErrRefused)}
	}
	return err
}

// readNow gives the mail names of those on call.
func readNow(body []byte) ([]string, error) {
	var a struct {
		Data *struct{ OnCallRecipients []string }
	}
	if err := roster.Decode(body, &a); err != nil {
		return nil, err
	}
	if a.Data == nil {
		return nil, roster.Fail("shape", "onCallRecipients", "the answer says nobody and not that it is nobody")
	}
	return a.Data.OnCallRecipients, nil
}

// recipient is a person, a team, an escalation, or nobody.
type recipient struct{ Type, Name, Username string }

// readTimeline gives what the final timeline says.
func readTimeline(body []byte) ([]roster.Entry, error) {
	var a struct {
		Data *struct {
			FinalTimeline *struct {
				Rotations []struct {
					Periods []struct {
						StartDate, EndDate  time.Time
						Recipient           *recipient
						FlattenedRecipients []recipient
					}
				}
			}
		}
	}
	if err := roster.Decode(body, &a); err != nil {
		return nil, err
	}
	if a.Data == nil || a.Data.FinalTimeline == nil {
		return nil, roster.Fail("shape", "timeline", "the answer has no timeline")
	}
	var out []roster.Entry
	for _, rotation := range a.Data.FinalTimeline.Rotations {
		for _, p := range rotation.Periods {
			people := p.FlattenedRecipients
			if len(people) == 0 && p.Recipient != nil {
				people = []recipient{*p.Recipient}
			}
			e := roster.Entry{From: p.StartDate, To: p.EndDate}
			for _, one := range people {
				if name := cmp.Or(one.Name, one.Username); name != "" && one.Type != "none" {
					e.Names = append(e.Names, name)
				}
			}
			if len(e.Names) > 0 {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// joined puts who is on now before what the timeline says from its next change on.
func joined(now []string, coming []roster.Entry, at time.Time) []roster.Entry {
	until := at.Add(nowHolds)
	for _, e := range coming {
		for _, edge := range []time.Time{e.From, e.To} {
			if edge.After(at) && edge.Before(until) {
				until = edge
			}
		}
	}
	var out []roster.Entry
	if len(now) > 0 {
		out = append(out, roster.Entry{Names: now, From: at, To: until})
	}
	for _, e := range coming {
		if e.From.Before(until) {
			e.From = until
		}
		if e.From.Before(e.To) {
			out = append(out, e)
		}
	}
	return out
}

// Entries reads a copy.
func (s *Source) Entries(c roster.Copy, from, to time.Time) ([]roster.Entry, error) {
	return roster.Unpack(c.Body, from, to)
}
