package roster

import (
	"context"
	"slices"
	"strings"
	"time"

	"matoi/incident/oncall"
)

// Source is one place that says who is on call.
type Source interface {
	// Name is the schedule that it is for; it tells sources apart.
	Name() string
	// Origin changes when the source becomes another one: what the one said is no copy of what the other says.
	Origin() string
	// Fetch asks for what is there now. Where nothing changed since a copy it gives that one, with the time of the answer. Its errors
	// hold no secret; a *Later says when to come back.
	Fetch(ctx context.Context, since Copy) (Copy, error)
	// Entries reads a copy: who is on call between two instants.
	Entries(c Copy, from, to time.Time) ([]Entry, error)
}

// Copy is the last good answer of a source.
type Copy struct {
	Source    string // its name
	Origin    string
	Body      []byte
	ETag      string // of the answer, as RFC 9110 has it
	Modified  string // Last-Modified, likewise
	FetchedAt time.Time
	Error     string // why asking again failed, as an oncall.Trouble; "" where it did not
}

// Entry is a time in which people are on call, as the source calls them.
type Entry struct {
	// Names are those on call: e-mail addresses where the source has them, else whatever it writes.
	Names    []string
	From, To time.Time // To is not in it
}

// Later is a source that asked to be left alone for a while.
type Later struct {
	After time.Duration
	Err   error
}

// Error is that of the answer.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap gives the error of the answer.
func (l *Later) Unwrap() error { return l.Err }

// Shifts makes shifts of entries, in order of time; those of one person that overlap or follow upon each other become one. who gives the
// person whom a name means. Names that mean nobody are listed once, in order of time, and have no shift.
func Shifts(entries []Entry, who func(name string) (person string, known bool)) (shifts []oncall.Shift, unknown []string) {
	slices.SortStableFunc(entries, func(a, b Entry) int { return a.From.Compare(b.From) })
	last, strange := map[string]int{}, map[string]bool{}
	for _, e := range entries {
		if !e.From.Before(e.To) {
			continue
		}
		for _, name := range e.Names {
			person, known := who(name)
			if !known {
				if !strange[name] {
					strange[name] = true
					unknown = append(unknown, name)
				}
				continue
			}
			if k, ok := last[person]; ok && !shifts[k].To.Before(e.From) {
				if e.To.After(shifts[k].To) {
					shifts[k].To = e.To.UTC()
				}
				continue
			}
			last[person] = len(shifts)
			shifts = append(shifts, oncall.Shift{Person: person, From: e.From.UTC(), To: e.To.UTC(), Why: oncall.ByFeed, Layer: -1})
		}
	}
	return shifts, unknown
}

// Person is somebody whom a source may mean.
type Person struct{ ID, Name, Email string }

// Match finds whom a name of a source means: as alias says (from names in small letters to ids), the person of that address or name, or the
// only one whose whole name or address stands in it as words of its own, as in "On call: Hanako Sato". Two that fit are nobody: a guess would call the wrong one.
func Match(name string, people []Person, alias map[string]string) (id string, known bool) {
	text := plain(name)
	if text == "" {
		return "", false
	}
	if id, known := alias[text]; known {
		return id, true
	}
	for _, p := range people {
		if text == plain(p.Email) || text == plain(p.Name) {
			return p.ID, true
		}
	}
	for _, p := range people {
		if within(text, plain(p.Name)) || within(text, plain(p.Email)) {
			if id != "" && id != p.ID {
				return "", false
			}
			id = p.ID
		}
	}
	return id, id != ""
}

// Plain is a name as aliases are looked up by.
func Plain(name string) string { return plain(name) }

func plain(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
