package incident

import "time"

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
	Due         time.Time `json:"due,omitzero"` // next target that a person must meet, not a mere wake-up
	Firing      int64     `json:"firing,omitempty"`
	Version     int64     `json:"version"`
}

// Filter chooses rows. Zero values choose everything that Viewer may see.
type Filter struct {
	Viewer   Viewer
	Statuses []Status
	Open     bool     // neither over nor resolved
	Text     []string // search tokens: all must occur
	Service  string
	Priority Priority
	Before   Number // rows opened before this one (paging)
	Limit    int    // 0 means 100
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
		r.Due = c.Due
	}
	return r
}
