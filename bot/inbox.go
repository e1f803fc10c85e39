package bot

import (
	"context"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// LooseAlert is an alert of a monitoring system as people work on it: mostly one that opened nothing.
type LooseAlert struct {
	Handle               string // its short name
	Source, Key          string
	Title, Severity      string
	Service, Host, Link  string
	Firing               bool
	Count                int64
	First, Last          time.Time
	Due                  time.Time       // when it is judged again; zero for never
	Incident             incident.Number // that has it by now; 0 for none
	Reason, Why          string          // why it opened nothing: in the reader's words, and the id of that text
	Outcome, Rule        string
	Labels               map[string]string
	Start                time.Time // zero where its sender gave none
	Description, Runbook string
}

// LooseAsk says what is looked for among the alerts that opened nothing.
type LooseAsk struct {
	From  func(source string) bool // nil: of every source
	Lets  func(LooseAlert) bool    // nil: all of them; labels and what the sender wrote beside the title are not there
	Limit int
}

// LooseFound is what waits of that: the newest, and how many there are.
type LooseFound struct {
	Alerts []LooseAlert
	Found  int
	More   bool // not all were looked through: there may be more than Found
	Unread int  // requests of which nothing could be made, whatever was asked for
}

// UnreadRequest is a request of which nothing could be made, or not of all that it holds.
type UnreadRequest struct {
	ID     int64
	Source string
	Start  string // of its body
	Reason string // in the reader's words
	At     time.Time
}

// AlertRule is a rule for alerts: one that a person made, or of the configuration (Number 0).
type AlertRule struct {
	Number    int64
	Name      string
	Source    string
	Match     map[string][]string // patterns by field
	Do        string              // open, attach, ignore, inbox or wait
	Priority  string
	Wait      time.Duration // of wait
	Count     int           // of wait, where so many within Within do what Then says: open, or attach
	Within    time.Duration
	Then      string
	By        incident.PersonID
	At        time.Time
	Why       string
	Matched   int64
	MatchedAt time.Time
	YAML      string // as the configuration writes it
}

// Foreseen says what a rule would have meant for the alerts that came last.
type Foreseen struct {
	Of, Fits, Acted, Unsure int // looked at; matched; of those with an incident; of which too little is kept to tell
}

// Adoption gives alerts to an incident: to the one named, or to a new one that Open opens.
type Adoption struct {
	Alerts []LooseAlert
	Into   incident.Number
	Open   incident.Open
	By     incident.PersonID
	Cause  string // "" where the platform gave none
	Again  bool   // it was seen before: the first answer is wanted
}

// Adopted is what became of it: Alerts are new to the incident, Taken belong to another one by now.
type Adopted struct {
	incident.Result
	Alerts, Taken int
}

// Inbox is what monitoring said and nothing was opened for, with the rules that decide it. Refusals are *incident.Refusal; what is not
// there is incident.ErrNotFound.
type Inbox interface {
	// Loose finds alerts that opened nothing, newest first.
	Loose(ctx context.Context, l lang.Lang, ask LooseAsk) (LooseFound, error)
	// Unread lists the requests of which nothing could be made, newest first.
	Unread(ctx context.Context, l lang.Lang, limit int) ([]UnreadRequest, error)
	// ByHandle finds an alert by its short name; several only where two have the same one.
	ByHandle(ctx context.Context, l lang.Lang, handle string) ([]LooseAlert, error)
	// Adopt opens an incident for alerts or attaches them, in one transaction.
	Adopt(ctx context.Context, a Adoption) (Adopted, error)
	// Rules lists the rules in the order in which they are asked.
	Rules(ctx context.Context) ([]AlertRule, error)
	// Foresee tries a rule on the alerts that came last.
	Foresee(ctx context.Context, l lang.Lang, r AlertRule) (Foreseen, error)
	// MakeRule puts a rule in force, before all others. A cause seen before makes nothing and gives what it made.
	MakeRule(ctx context.Context, l lang.Lang, cause string, r AlertRule) (AlertRule, error)
	// RemoveRule takes out a rule that a person made; MoveRule lets it be asked later by so many places, earlier below 0.
	RemoveRule(ctx context.Context, cause string, number int64, by incident.PersonID, why string) (AlertRule, error)
	MoveRule(ctx context.Context, cause string, number int64, by incident.PersonID, places int) (AlertRule, error)
	// WorkAgain puts a request of which nothing could be made back into the queue; Drop takes it away for good.
	WorkAgain(ctx context.Context, cause string, id int64) error
	Drop(ctx context.Context, cause string, id int64, by incident.PersonID, why string) error
}
