package incident

import (
	"slices"
	"strings"
	"time"

	"matoi/incident/calendar"
)

// FurtherRule is a dated rule of the organisation's about a clock beside the targets: a duty to notify an authority, persons or
// partners within a time. It is configuration, never law written into the program. Several with one ID and different From are
// versions; the one in force on the day on which the clock starts is used. A clock that has begun keeps the rule it began with.
type FurtherRule struct {
	ID        string
	JA, EN    string // its name
	Legal     bool   `json:",omitempty"`
	Authority string `json:",omitempty"` // to whom it is owed, in words
	NoteJA    string `json:",omitempty"` // what is to be remembered: "confirm with your counsel"
	NoteEN    string `json:",omitempty"`
	From      calendar.Date
	Start     Start
	For       FurtherScope
	Stages    []FurtherStage
	Zone      string          // in which days begin and end, as the IANA names it
	Hours     *calendar.Hours `json:",omitempty"` // whose business days are counted
	DayOne    bool            `json:",omitempty"` // the day of the start is itself the first day
	Tell      []Target        `json:",omitempty"` // who is reminded besides: roles, persons, groups
}

// Start says what starts a clock.
type Start string

// The starts. The first two wait for a person who says so; the others begin by themselves when the fact is recorded.
const (
	StartAware    Start = "aware"   // somebody judged that we are aware of it, since when, and on what facts
	StartCommand  Start = "command" // somebody says so
	StartOpened   Start = "opened"
	StartReported Start = "reported" // or opened, where it was never reported by anybody else
	StartDetected Start = "detected" // or opened, where nothing tells when it was
	StartOccurred Start = "occurred"
	StartRestored Start = "restored"
	StartResolved Start = "resolved"
)

// Starts lists them.
func Starts() []Start {
	return []Start{StartAware, StartCommand, StartOpened, StartReported, StartDetected, StartOccurred, StartRestored, StartResolved}
}

// FurtherScope says for which incidents a rule is meant; what is empty fits all. A rule that a person starts is only offered by it.
type FurtherScope struct {
	Priorities []Priority `json:",omitempty"`
	Categories []string   `json:",omitempty"`
	Services   []string   `json:",omitempty"` // any of them
	Private    *bool      `json:",omitempty"`
}

// FurtherStage is one deadline of a rule: a first report, a final one.
type FurtherStage struct {
	ID     string
	JA, EN string
	After  Period
	Roll   bool `json:",omitempty"` // a last day that is no business day of Hours gives way to the next one that is
	Warn   []Warning
}

// Further is a clock by such a rule on one incident. Nothing ends, stops or moves it but what people say of it itself: filed, not
// required, or since when they are aware. It is kept apart from Clocks, which end with the incident.
type Further struct {
	FurtherTerms
	Seq     int64     `json:"seq"` // of the entry that began it or moved it last
	At      time.Time `json:"at"`  // of that entry
	By      PersonID  `json:"by,omitempty"`
	Grounds string    `json:"grounds,omitempty" erase:"text"`
	Stages  []Stage   `json:"state"`
}

// Stage is where a deadline of a further clock stands.
type Stage struct {
	StageTerms
	Filings []Filing  `json:"filings,omitempty"` // the first ends it; phases may follow
	Dropped time.Time `json:"dropped,omitzero"`  // not required
	By      PersonID  `json:"by,omitempty"`      // who said so
	Why     string    `json:"why,omitempty" erase:"text"`
	Told    time.Time `json:"told,omitzero"`   // last reminder
	Missed  time.Time `json:"missed,omitzero"` // recorded as missed
}

// Filing is what was handed in.
type Filing struct {
	At      time.Time `json:"at"` // when it was handed in
	By      PersonID  `json:"by,omitempty"`
	Receipt string    `json:"receipt" erase:"text"`
	Link    string    `json:"link,omitempty" erase:"text"`   // to a copy
	Reason  string    `json:"reason,omitempty" erase:"text"` // why it was late
	Seq     int64     `json:"seq"`
}

// Open reports whether the stage still waits: neither filed nor not required.
func (s *Stage) Open() bool { return len(s.Filings) == 0 && s.Dropped.IsZero() }

// Late is by how much the first filing came after the deadline; zero where it did not, or there is none.
func (s *Stage) Late() time.Duration {
	if len(s.Filings) == 0 || !s.Filings[0].At.After(s.Due) {
		return 0
	}
	return s.Filings[0].At.Sub(s.Due)
}

// Clock names the stage among all deadlines: "further/gdpr33/report".
func (f *Further) Clock(s *Stage) ClockKind { return ClockKind(furtherClock + f.Rule + "/" + s.ID) }

const furtherClock = "further/"

// Further reports whether the deadline is one of a further clock.
func (k ClockKind) Further() bool { return strings.HasPrefix(string(k), furtherClock) }

// FurtherOf finds the further clock of a rule; nil where there is none.
func (i *Incident) FurtherOf(rule string) *Further {
	for n := range i.Further {
		if i.Further[n].Rule == rule {
			return &i.Further[n]
		}
	}
	return nil
}

// FurtherStage finds the stage that a deadline is; nil, nil where it is none.
func (i *Incident) FurtherStage(k ClockKind) (*Further, *Stage) {
	for n := range i.Further {
		f := &i.Further[n]
		for s := range f.Stages {
			if f.Clock(&f.Stages[s]) == k {
				return f, &f.Stages[s]
			}
		}
	}
	return nil, nil
}

// Stage finds a stage by its id; nil where there is none.
func (f *Further) Stage(id string) *Stage {
	for n := range f.Stages {
		if f.Stages[n].ID == id {
			return &f.Stages[n]
		}
	}
	return nil
}

// Waiting lists the stages that are neither filed nor not required.
func (f *Further) Waiting() (out []*Stage) {
	for n := range f.Stages {
		if f.Stages[n].Open() {
			out = append(out, &f.Stages[n])
		}
	}
	return out
}

// owedByLaw is a legal clock of which a stage is neither filed nor not required, nil where there is none: until then nothing closes
// the incident.
func (i *Incident) owedByLaw() *Further {
	for n := range i.Further {
		if f := &i.Further[n]; f.Legal && len(f.Waiting()) > 0 {
			return f
		}
	}
	return nil
}

// fits reports whether a rule is meant for an incident.
func (s FurtherScope) fits(p Policy, i *Incident) bool {
	category := len(s.Categories) == 0 || slices.ContainsFunc(s.Categories, func(id string) bool {
		return strings.EqualFold(id, i.Category) || slices.ContainsFunc(p.Categories, func(c Category) bool { return c.ID == id && c.is(i.Category) })
	})
	service := len(s.Services) == 0 || slices.ContainsFunc(i.Services, func(name string) bool {
		return slices.ContainsFunc(s.Services, func(of string) bool { return strings.EqualFold(of, name) })
	})
	return category && service && (len(s.Priorities) == 0 || slices.Contains(s.Priorities, i.Priority)) && (s.Private == nil || *s.Private == i.Private)
}

// FurtherRule chooses the version of a rule that is in force on the day of an instant, in the rule's own zone; false where none is.
func (p Policy) FurtherRule(id string, since time.Time) (FurtherRule, bool) {
	var best FurtherRule
	found := false
	for _, r := range p.Further {
		if r.ID == id && r.From <= calendar.DateOf(since.In(r.zone())) && (!found || r.From > best.From) {
			best, found = r, true
		}
	}
	return best, found
}

// FurtherRules lists the rules that are in force at an instant, each once, those that are meant for the incident first.
func (p Policy) FurtherRules(i *Incident, now time.Time) (meant, others []FurtherRule) {
	var seen []string
	for _, r := range p.Further {
		if slices.Contains(seen, r.ID) {
			continue
		}
		seen = append(seen, r.ID)
		r, ok := p.FurtherRule(r.ID, now)
		switch {
		case !ok:
		case r.For.fits(p, i):
			meant = append(meant, r)
		default:
			others = append(others, r)
		}
	}
	return meant, others
}
