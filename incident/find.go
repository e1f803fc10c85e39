package incident

import (
	"strings"
	"time"
)

// Row is an incident as lists show it; its columns are kept beside the fold for plain SQL.
type Row struct {
	Number      Number    `json:"number"`
	Title       string    `json:"title"`
	Status      Status    `json:"status"` // as shown: on_hold while a hold stands
	Priority    Priority  `json:"priority"`
	Provisional bool      `json:"provisional,omitempty"`
	Private     bool      `json:"private,omitempty"`
	Category    string    `json:"category,omitempty"`
	Services    []string  `json:"services,omitempty"`
	Manager     PersonID  `json:"manager,omitempty"`
	Assignee    PersonID  `json:"assignee,omitempty"`
	Opened      time.Time `json:"opened"`
	Changed     time.Time `json:"changed"`
	Acting      bool      `json:"acting,omitempty"`   // Manager only acts as one until somebody takes the role
	Holders     []Holder  `json:"holders,omitempty"`  // who holds which role, the manager's included
	Due         time.Time `json:"due,omitzero"`       // next target that a person must meet, not a mere wake-up
	DueKind     ClockKind `json:"due_kind,omitempty"` // what is due then
	Firing      int64     `json:"firing,omitempty"`
	Version     int64     `json:"version"`
}

// Filter chooses rows. Zero values choose everything that Viewer may see.
type Filter struct {
	Viewer   Viewer
	Statuses []Status
	Open     bool   // neither over nor resolved
	Text     []Term // all must occur in the title, the summary, the services or the number
	Service  string
	Category string
	Priority Priority
	Vacant   RoleID    // nobody holds this role; who only acts as manager does not hold it
	Mine     PersonID  // has part in it (Parts): a role, the assignment, the opening, a task, an offer, a place on the board
	As       RoleID    // with Mine: has part in it in this way
	Overdue  time.Time // a target people see was due before this
	Private  bool      // private ones only
	Before   Number    // rows opened before this one (paging)
	Limit    int       // 0 means 100
}

// Term is something that a search looks for: a token, or with Prefix every token that begins with it. Package
// knowledge makes them of what somebody types.
type Term struct {
	Token  string
	Prefix bool
}

// Matches reports whether a token is what the term looks for.
func (t Term) Matches(token string) bool {
	return token == t.Token || t.Prefix && strings.HasPrefix(token, t.Token)
}

// NextTarget is the earliest running target that people see (response, restoration, notices, updates, reviews).
func (i *Incident) NextTarget() *Clock {
	var best *Clock
	for n := range i.Clocks {
		c := &i.Clocks[n]
		switch c.Kind {
		case AskNext, Delegate, Relief, Confirmation:
			continue
		}
		if c.Running() && (best == nil || c.Due.Before(best.Due)) {
			best = c
		}
	}
	return best
}

// AsRow gives the columns of the fold.
func (i *Incident) AsRow() Row {
	r := Row{
		Number: i.Number, Title: i.Title, Status: i.Shown(), Priority: i.Priority, Provisional: i.Provisional, Private: i.Private,
		Category: i.Category, Services: i.Services, Manager: i.Leads(), Assignee: i.Assignee, Opened: i.Opened, Changed: i.Changed,
		Firing: i.Alerts.Firing, Version: i.Version,
	}
	if c := i.NextTarget(); c != nil && i.Open() {
		r.Due, r.DueKind = c.Due, c.Kind
	}
	r.Acting = i.Manager() == "" && i.Acting != ""
	if len(i.Holders) > 0 {
		r.Holders = i.Holders
	}
	return r
}
