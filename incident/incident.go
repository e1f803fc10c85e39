package incident

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// Status is where an incident stands in its life (drawn in doc.go).
type Status string

// The statuses. OnHold is shown while Hold is set; Incident.Status keeps the one it returns to.
const (
	New             Status = "new"
	Triaged         Status = "triaged"
	Investigating   Status = "investigating"
	Identified      Status = "identified"
	Mitigated       Status = "mitigated"
	StatusResolved  Status = "resolved"
	StatusClosed    Status = "closed"
	OnHold          Status = "on_hold"
	StatusCancelled Status = "cancelled"
	StatusMerged    Status = "merged"
)

// Statuses lists all of them in the order of a life.
func Statuses() []Status {
	return []Status{New, Triaged, Investigating, Identified, Mitigated, OnHold, StatusResolved, StatusClosed, StatusCancelled, StatusMerged}
}

// FoldVersion counts changes of what Apply computes and of what rows keep of it; a row folded by an older one is refolded,
// not distrusted.
const FoldVersion = 11

// Incident is the fold of its facts: what is true now. It is never edited but by Apply.
type Incident struct {
	Number  Number `json:"number"`
	Version int64  `json:"version"` // seq of the last fact
	Head    []byte `json:"head"`    // hash of the last fact

	Title       string     `json:"title"`
	Summary     string     `json:"summary,omitempty"`
	Status      Status     `json:"status"`
	Impact      string     `json:"impact"`
	Urgency     string     `json:"urgency"`
	Priority    Priority   `json:"priority"`
	Provisional bool       `json:"provisional,omitempty"`
	Override    string     `json:"override,omitempty"` // why the priority differs from the matrix
	Category    string     `json:"category,omitempty"`
	Services    []string   `json:"services,omitempty"`
	Team        string     `json:"team,omitempty"`
	Assignee    PersonID   `json:"assignee,omitempty"`
	Line        int        `json:"line,omitempty"` // 1, 2 or 3 once escalated functionally
	Lang        string     `json:"lang,omitempty"` // of the room; empty is the organisation's
	Private     bool       `json:"private,omitempty"`
	Members     []PersonID `json:"members,omitempty"` // who else may see a private incident
	Recused     []PersonID `json:"recused,omitempty"` // who was taken out of it, whatever they did here before
	Channel     string     `json:"channel,omitempty"` // channel of receipt: chat, alert, api, web, phone, email
	Realm       string     `json:"realm,omitempty"`   // the chat in which it was asked for

	Opener    PersonID   `json:"opener,omitempty"` // empty when alert-born
	Reporters []Reporter `json:"reporters,omitempty"`
	Source    *Message   `json:"source,omitempty"`

	Opened   time.Time `json:"opened"`
	Occurred Moment    `json:"occurred,omitzero"`
	Detected time.Time `json:"detected,omitzero"`
	Reported time.Time `json:"reported,omitzero"`
	Restored Moment    `json:"restored,omitzero"`
	Resolved time.Time `json:"resolved,omitzero"`
	Closed   time.Time `json:"closed,omitzero"`
	Changed  time.Time `json:"changed"`         // when the last fact was recorded
	Downs    []Span    `json:"downs,omitempty"` // earlier intervals of downtime that ended and broke again

	Cause      Causes    `json:"cause,omitzero"`
	ImpactText string    `json:"impact_text,omitempty"` // systems, customers, users, in words
	Workaround string    `json:"workaround,omitempty"`
	Fix        string    `json:"fix,omitempty"`
	FixFailed  bool      `json:"fix_failed,omitempty"` // it broke again, or never worked, since
	Measures   []Measure `json:"measures,omitempty"`

	Hold      *Hold                   `json:"hold,omitempty"`
	Holds     []Held                  `json:"holds,omitempty"`
	Custom    []Role                  `json:"custom,omitempty"` // roles invented here
	Holders   []Holder                `json:"holders,omitempty"`
	Acting    PersonID                `json:"acting,omitempty"` // acts as manager until someone takes the role
	Offers    []Offer                 `json:"offers,omitempty"`
	People    []Responder             `json:"people,omitempty"`
	Tasks     []Task                  `json:"tasks,omitempty"`
	Deeds     []Deed                  `json:"deeds,omitempty"` // announced on production and not yet closed
	Clocks    []Clock                 `json:"clocks,omitempty"`
	Targets   Targets                 `json:"targets"`           // their hours are Counted
	Hours     []*calendar.Hours       `json:"hours,omitempty"`   // those that clocks are counted in, each once
	Counted   int                     `json:"counted,omitempty"` // which of Hours new clocks are counted in, from 1; 0 is around the clock
	Updates   int                     `json:"updates,omitempty"` // published so far
	Last      *Update                 `json:"last,omitempty"`
	Told      []Told                  `json:"told,omitempty"` // by audience
	Alerts    AlertTally              `json:"alerts,omitzero"`
	Rooms     []Room                  `json:"rooms,omitempty"`
	Announced []Room                  `json:"announced,omitempty"`
	Links     []Link                  `json:"links,omitempty"`
	Into      Number                  `json:"into,omitempty"` // merged into
	Merged    []Number                `json:"merged,omitempty"`
	Pins      map[string]Pin          `json:"pins,omitempty"` // by PinKey of the chat message
	Report    Issue                   `json:"report,omitzero"`
	Before    *Before                 `json:"before,omitempty"` // what undo goes back to
	Nudged    map[ClockKind]time.Time `json:"nudged,omitempty"` // last reminder of what is no clock
	Raised    time.Time               `json:"raised,omitzero"`  // since when the priority is what it is
	Touched   time.Time               `json:"touched,omitzero"` // the last entry by a person
	Judged    time.Time               `json:"judged,omitzero"`  // when a person set the priority last, or undid that
	Aimed     time.Time               `json:"aimed,omitzero"`   // when a fact may last have put a deadline into the past
	Doubts    []string                `json:"doubts,omitempty"` // deliveries given up on, newest last
	Calls     []Call                  `json:"calls,omitempty"`  // escalations that have begun
	Further   []Further               `json:"further,omitempty"`
	Snoozes   []Respite               `json:"snoozes,omitempty"`
}

// Moment is a time that may be approximate (頃). Said marks one that a person stated.
type Moment struct {
	At     time.Time `json:"at"`
	Approx bool      `json:"approx,omitempty"`
}

// IsZero reports whether the moment is unknown.
func (m Moment) IsZero() bool { return m.At.IsZero() }

// Span is an interval of downtime.
type Span struct{ From, To time.Time }

// Reporter is somebody who told us and wants to know when it is fixed.
type Reporter struct {
	Person  PersonID  `json:"person,omitempty"`
	Contact string    `json:"contact,omitempty" erase:"text"`
	Answer  string    `json:"answer,omitempty"` // fixed, not_fixed; empty until asked and answered
	At      time.Time `json:"at,omitzero"`
	Via     Number    `json:"via,omitempty"` // the merged incident that brought them along
}

// Causes keeps direct and root cause apart, as the report does.
type Causes struct {
	Direct string `json:"direct,omitempty"`
	Root   string `json:"root,omitempty"`
}

// Hold says why work waits, for whom, and when that is looked at again.
type Hold struct {
	For      string    `json:"for"` // user, vendor, part, change, other
	Reason   string    `json:"reason" erase:"text"`
	Since    time.Time `json:"since"`
	Review   time.Time `json:"review"`
	Stops    bool      `json:"stops,omitempty"` // stops the restoration clock
	Ticket   string    `json:"ticket,omitempty" erase:"text"`
	Contact  string    `json:"contact,omitempty" erase:"text"`
	Promised time.Time `json:"promised,omitzero"`
}

// Held is a hold that has ended; SLA reports list it.
type Held struct {
	Hold
	Until time.Time `json:"until"`
}

// Holder is somebody holding a role; Stream tells two tech leads apart.
type Holder struct {
	Role   RoleID    `json:"role"`
	Person PersonID  `json:"person"`
	Stream string    `json:"stream,omitempty"`
	Since  time.Time `json:"since"`
}

// Offer is a hand-over that waits for an answer; the old holder keeps the role until then.
type Offer struct {
	Seq   int64     `json:"seq"`
	Role  RoleID    `json:"role"`
	From  PersonID  `json:"from"`
	To    PersonID  `json:"to"`
	Until time.Time `json:"until"`
	At    time.Time `json:"at,omitzero"` // when it was made
}

// Responder is one row of the responder board.
type Responder struct {
	Person PersonID  `json:"person"`
	State  string    `json:"state"` // asked, acknowledged, joined, declined, left
	Why    string    `json:"why,omitempty"`
	At     time.Time `json:"at"`
	ETA    time.Time `json:"eta,omitzero"`
	Joined time.Time `json:"joined,omitzero"` // in the room since
	Asks   int       `json:"asks,omitempty"`  // calls since the last answer
	Heard  time.Time `json:"heard,omitzero"`  // acknowledged, whoever called them anew since; zero again once they can't or have left
}

// Task is who does what now; the checklist's items are tasks too.
type Task struct {
	ID        int       `json:"id"`
	Text      string    `json:"text"` // a text id task.<x> for the shipped checklist
	Checklist bool      `json:"checklist,omitempty"`
	Owner     PersonID  `json:"owner,omitempty"`
	State     string    `json:"state"` // open, claimed, done, dropped
	Result    string    `json:"result,omitempty"`
	At        time.Time `json:"at"`
}

// Deed is an announced deed on production (作業宣言) that has not been closed with its result.
type Deed struct {
	Seq    int64     `json:"seq"`
	Person PersonID  `json:"person"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}

// Targets are the resolved numbers of a priority, carried by facts so that Apply never reads Policy. Zero means none.
type Targets struct {
	Policy         string          `json:"policy"` // version of the policy that set them
	Response       Length          `json:"response"`
	Restore        Length          `json:"restore"`
	FirstNotice    Length          `json:"first_notice"`
	CustomerNotice Length          `json:"customer_notice"`
	Update         Length          `json:"update"`
	AfterRestored  Length          `json:"after_restored"`  // update cadence one priority lower
	Hours          *calendar.Hours `json:"hours,omitempty"` // in which they are counted; nil is around the clock
}

// Update is the last published update.
type Update struct {
	Seq      int64     `json:"seq"`
	Kind     string    `json:"kind"` // first, update, restored, final
	Audience string    `json:"audience"`
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
	Next     time.Time `json:"next,omitzero"`
	Promised bool      `json:"promised,omitempty"` // Next was said by a person: only another update moves it
}

// AlertTally counts the alerts of an incident; the alerts are rows of their own.
type AlertTally struct {
	Source string    `json:"source,omitempty"`
	Group  string    `json:"group,omitempty"` // grouping key of the alert that opened it
	Storm  bool      `json:"storm,omitempty"`
	Total  int64     `json:"total,omitempty"`
	Firing int64     `json:"firing,omitempty"`
	Quiet  time.Time `json:"quiet,omitzero"` // since when none fires
	Asked  time.Time `json:"asked,omitzero"` // when one fired anew after the end, and whether to reopen was asked
	Last   time.Time `json:"last,omitzero"`  // when one joined or fired anew
	Ending Ending    `json:"ending,omitzero"`
	Alone  bool      `json:"alone,omitempty"` // nothing merges it but people
	// Hushed says that alerts fire again, but under a silence alone: the room believes that all are over.
	Hushed bool `json:"hushed,omitempty"`
}

// calm reports whether the room believes that all alerts are over.
func (a AlertTally) calm() bool { return !a.Quiet.IsZero() || a.Hushed }

// Pin remembers which entry a chat message became, and by whose reaction.
type Pin struct {
	Seq int64    `json:"seq"`
	By  PersonID `json:"by"`
}

// PinKey names a chat message across chats.
func PinKey(p Place) string { return p.Realm + "/" + p.Room + "/" + p.Message }

// Link points to another incident or to a page.
type Link struct {
	Kind  string `json:"kind"` // related, previous, next, runbook, dashboard, call, page
	To    Number `json:"to,omitempty"`
	URL   string `json:"url,omitempty" erase:"text"`
	Title string `json:"title,omitempty" erase:"text"`
}

// Issue tells when the report was first issued and how often since.
type Issue struct {
	First   time.Time `json:"first,omitzero"`
	By      PersonID  `json:"by,omitempty"`
	Version int       `json:"version,omitempty"`
}

// Before is what undo returns to: the state before the last deed that can be taken back. Undo puts back what
// that deed changed and leaves alone what others did since.
type Before struct {
	Seq         int64     `json:"seq"`
	At          time.Time `json:"at"` // when the deed was done
	Kind        string    `json:"kind"`
	Status      Status    `json:"status"`
	Title       string    `json:"title" erase:"text"`
	Impact      string    `json:"impact"`
	Urgency     string    `json:"urgency"`
	Priority    Priority  `json:"priority"`
	Provisional bool      `json:"provisional"`
	Override    string    `json:"override" erase:"text"`
	Category    string    `json:"category"`
	Team        string    `json:"team,omitempty"`
	Services    []string  `json:"services"`
	Restored    Moment    `json:"restored,omitzero"`
	Resolved    time.Time `json:"resolved,omitzero"`
	Closed      time.Time `json:"closed,omitzero"`
	Into        Number    `json:"into,omitempty"`
	Clocks      []Clock   `json:"clocks,omitempty"`
}

// Shown is the status people see: on hold while a hold stands and the work is not over.
func (i *Incident) Shown() Status {
	if i.Hold != nil && i.Open() {
		return OnHold
	}
	return i.Status
}

// Over reports whether the fire is out for good: closed, cancelled or merged.
func (i *Incident) Over() bool {
	return i.Status == StatusClosed || i.Status == StatusCancelled || i.Status == StatusMerged
}

// Open reports whether somebody still works on it: neither over nor resolved.
func (i *Incident) Open() bool { return !i.Over() && i.Status != StatusResolved }

// Holding returns who holds role, in the order in which they took it.
func (i *Incident) Holding(role RoleID) []Holder {
	var out []Holder
	for _, h := range i.Holders {
		if h.Role == role {
			out = append(out, h)
		}
	}
	return out
}

// Manager returns who holds the incident manager's role, "" when nobody does.
func (i *Incident) Manager() PersonID {
	if h := i.Holding(Manager); len(h) > 0 {
		return h[0].Person
	}
	return ""
}

// Leads returns the manager, else who acts as one, else "".
func (i *Incident) Leads() PersonID {
	if m := i.Manager(); m != "" {
		return m
	}
	return i.Acting
}

// Role finds a role by its id among the shipped and the invented ones.
func (i *Incident) Role(id RoleID) (Role, bool) {
	for _, r := range slices.Concat(Roles(), i.Custom) {
		if r.ID == id {
			return r, true
		}
	}
	return Role{}, false
}

// Has reports whether person holds role.
func (i *Incident) Has(person PersonID, role RoleID) bool {
	for _, h := range i.Holders {
		if h.Person == person && h.Role == role {
			return true
		}
	}
	return false
}

// Responder finds a person on the responder board.
func (i *Incident) Responder(p PersonID) (Responder, bool) {
	for _, r := range i.People {
		if r.Person == p {
			return r, true
		}
	}
	return Responder{}, false
}

// Clock returns the clock of that kind, nil when it never started.
func (i *Incident) Clock(k ClockKind) *Clock {
	for n := range i.Clocks {
		if i.Clocks[n].Kind == k {
			return &i.Clocks[n]
		}
	}
	return nil
}

// Room returns the incident's room in a realm.
func (i *Incident) Room(realm string) (Room, bool) {
	for _, r := range i.Rooms {
		if r.Realm == realm {
			return r, true
		}
	}
	return Room{}, false
}
