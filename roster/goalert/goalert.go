package goalert

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"matoi/roster"
)

// The time that is asked for: within a month, which GoAlert computes in one go.
const (
	back  = 24 * time.Hour
	ahead = 29 * 24 * time.Hour
)

// question asks for shifts by the id of a schedule.
const question = `query($id: ID!, $start: ISOTimestamp!, $end: ISOTimestamp!) {
  schedule(id: $id) { shifts(start: $start, end: $end) { userID start end truncated user { name email } } }
}`

// Options is what a Source is made of.
type Options struct {
	Schedule string // ours
	ID       string // theirs
	Key      string // a secret
	URL      string // of the server
	Client   *roster.Client
	Now      func() time.Time
}

// Source is a schedule of GoAlert.
type Source struct{ o Options }

var _ roster.Source = (*Source)(nil)

// New makes a Source.
func New(o Options) *Source { return &Source{o} }

// Name is the schedule.
func (s *Source) Name() string { return s.o.Schedule }

// Origin is of the server and the schedule there.
func (s *Source) Origin() string { return roster.Key("goalert", s.o.URL, s.o.ID) }

// Fetch asks for the shifts.
func (s *Source) Fetch(ctx context.Context, since roster.Copy) (roster.Copy, error) {
	now := s.o.Now().UTC().Truncate(time.Second)
	body, err := json.Marshal(map[string]any{"query": question, "variables": map[string]string{
		"id": s.o.ID, "start": now.Add(-back).Format(time.RFC3339), "end": now.Add(ahead).Format(time.RFC3339),
	}})
	if err != nil {
		return since, fmt.Errorf("word the question: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(s.o.URL, "/")+"/api/graphql", bytes.NewReader(body))
	if err != nil {
		return since, roster.Fail("address", "", "the address can't be asked")
	}
	r.Header.Set("Authorization", "Bearer "+s.o.Key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := s.o.Client.Do(ctx, r, s.o.Now())
	if err != nil {
		return since, err
	}
	entries, err := read(answer.Body)
	if err != nil {
		return since, err
	}
	packed, err := roster.Pack(entries)
	return roster.Copy{Body: packed}, err
}

// read reads the answer. A shift that is cut at the edge of the window is taken as long as it is shown.
func read(body []byte) ([]roster.Entry, error) {
	var a struct {
		Errors []struct{ Message string }
		Data   struct {
			Schedule *struct {
				Shifts []struct {
					UserID     string
					Start, End time.Time
					User       *struct{ Name, Email string }
				}
			}
		}
	}
	if err := roster.Decode(body, &a); err != nil {
		return nil, err
	}
	if len(a.Errors) > 0 { // GraphQL says what is wrong under 200
		says := fmt.Sprintf("%.120s", strings.Join(strings.Fields(a.Errors[0].Message), " "))
		return nil, roster.Fail("says", says, "the server says: "+says)
	}
	if a.Data.Schedule == nil {
		return nil, &roster.Fault{Code: "gone", Detail: "200", Err: roster.ErrGone}
	}
	var out []roster.Entry
	for _, s := range a.Data.Schedule.Shifts {
		name := s.UserID
		if s.User != nil {
			name = cmp.Or(s.User.Email, s.User.Name, s.UserID)
		}
		out = append(out, roster.Entry{Names: []string{name}, From: s.Start, To: s.End})
	}
	return out, nil
}

// Entries reads a copy.
func (s *Source) Entries(c roster.Copy, from, to time.Time) ([]roster.Entry, error) {
	return roster.Unpack(c.Body, from, to)
}
