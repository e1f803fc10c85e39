package incident

import (
	"time"

	"matoi/incident/calendar"
	"matoi/incident/oncall"
)

// Policy holds what an organisation decided: matrix, targets, reminders, who is on call. It is a value handed
// in; the rules never look anything up while they run on the single writer.
type Policy struct {
	Version string         // changes when a number below does; stored on every deadline
	Zone    *time.Location // the organisation's

	Matrix    Matrix
	Targets   map[Priority]Targets
	RoomsFrom Priority // P1 … this get a room of their own, lower ones a thread of the desk's channel
	TellFrom  Priority // P1 … this are announced
	Realms    []string // chats in which rooms are opened, e.g. "console"
	Kept      []string `json:",omitempty"` // those of them whose rooms are furnished, and put away when the incident is over
	Own       []string `json:",omitempty"` // those of them that have to do only with what was opened there

	RemindAt    []int           // shares of a target, in percent
	RemindEvery time.Duration   // after the miss
	AskAfter    time.Duration   // an unacknowledged P1 goes to the next person
	OfferFor    time.Duration   // a hand-over expires
	DelegateAt  time.Duration   // one person still holds everything in a P1
	ReliefAt    time.Duration   // fatigue in a P1
	ConfirmFor  time.Duration   // silence after resolve closes
	ReopenFor   time.Duration   // after closing; later a linked new one opens
	ReviewHold  time.Duration   // default review time of a hold
	HoldStops   map[string]bool // which holds stop the restoration clock

	RestoreFrom string          // occurred or reported: where the restoration clock starts
	Duty        []string        `json:",omitempty"` // names of the Schedules whose people are asked first
	OnCall      []PersonID      // asked after those, in this order
	Managers    []PersonID      // hierarchical escalation, in this order
	Escalations []Escalation    `json:",omitempty"` // own ones first, then the shipped ones
	QuietFrom   Priority        `json:",omitempty"` // from P3, say: calls wait for CallHours
	CallHours   *calendar.Hours `json:",omitempty"` // at which people are called for what is not pressing; nil is always
	Paging      bool            `json:"-"`          // people can be reached outside the chats

	// Awake are the hours in which people may be called from QuietFrom on, for those who live in other zones than the rest, whose hours
	// are AwakeElse; nil is always.
	Awake     map[PersonID]*calendar.Hours `json:",omitempty"`
	AwakeElse *calendar.Hours              `json:",omitempty"`

	// InForce is since when triggers of Escalations are in force, by their Words; one that is not there always was.
	InForce    map[string]time.Time `json:"-"`
	Further    []FurtherRule        `json:",omitempty"` // dated rules of clocks beside the targets
	Checklist  []string             // text ids of the first ten minutes
	Categories []Category
	Services   []ServiceOf

	DayNames calendar.Names `json:"-"` // what closed days are called: they explain deadlines, and none depends on them
	Chase    Chase          // how people are asked about what is left lying

	Schedules []oncall.Schedule `json:"-"` // who is on call when, by the ids of people; of deadlines only ShiftEnds depends on whose turn it is
}

// Category leads to a support team's queue.
type Category struct {
	ID   string `json:"id" yaml:"id"`
	JA   string `json:"ja" yaml:"ja"`
	EN   string `json:"en" yaml:"en"`
	Team string `json:"team" yaml:"team"`

	Targets map[Priority]Override `json:"targets,omitempty" yaml:"-"`
}

// DefaultPolicy is the shipped one (domain: priorities, targets, reminders), but for the hours in which P3 to P5 are counted:
// those have holidays, which package calendar/holiday knows and the configuration brings along. Without hours a business day is
// 24 hours.
func DefaultPolicy(zone *time.Location) Policy {
	const day = 24 * time.Hour
	t := func(response, restore, first, customers, update, after Length) Targets {
		return Targets{
			Policy: "default", Response: response, Restore: restore, FirstNotice: first, CustomerNotice: customers,
			Update: update, AfterRestored: after,
		}
	}
	return Policy{
		Chase:       DefaultChase(),
		Escalations: ShippedEscalations(5*time.Minute, 30*time.Minute),
		Version:     "default", Zone: zone, Matrix: FivePriorities(),
		Targets: map[Priority]Targets{
			P1: t(In(15*time.Minute), In(4*time.Hour), In(10*time.Minute), In(30*time.Minute), In(30*time.Minute), In(time.Hour)),
			P2: t(In(30*time.Minute), In(8*time.Hour), In(30*time.Minute), Length{}, In(time.Hour), In(day)),
			P3: t(In(3*time.Hour), In(day), In(3*time.Hour), Length{}, InDays(1), Length{}),
			P4: t(InDays(1), InDays(3), Length{}, Length{}, Length{}, Length{}),
			P5: t(InDays(2), InDays(10), Length{}, Length{}, Length{}, Length{}),
		},
		RoomsFrom: P3, TellFrom: P3, Realms: []string{"console"},
		RemindAt: []int{50, 80}, RemindEvery: 30 * time.Minute,
		AskAfter: 5 * time.Minute, OfferFor: 10 * time.Minute, DelegateAt: 10 * time.Minute, ReliefAt: 4 * time.Hour,
		ConfirmFor: 3 * day, ReopenFor: 5 * day, ReviewHold: day,
		HoldStops: map[string]bool{"user": true}, RestoreFrom: "occurred",
		Checklist: []string{"extent", "servers", "network", "logs", "backup", "stakeholders"},
		Categories: []Category{
			{ID: "hardware", JA: "ハードウェア", EN: "hardware"},
			{ID: "software", JA: "ソフトウェア", EN: "software"},
			{ID: "network", JA: "ネットワーク", EN: "network"},
			{ID: "security", JA: "セキュリティ", EN: "security"},
			{ID: "how-to", JA: "使い方", EN: "how-to"},
		},
	}
}
