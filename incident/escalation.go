package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Escalation is a policy of who is called, in which order, until somebody answers. Of those that fit an incident the first that
// has a trigger begins by it; all can be chosen by name.
type Escalation struct {
	ID       string
	JA, EN   string
	For      Scope
	Triggers []Trigger
	Steps    []Step
	Repeat   int    // how often all steps are taken again at their pace; afterwards, or Then, at that of reminders, which doubles: never silence
	Then     string // the escalation whose steps follow the last round, by its ID
}

// Scope says which incidents a policy is for. What is empty fits all.
type Scope struct {
	From       Priority `json:",omitempty"` // the highest, P1 where it is 0
	To         Priority `json:",omitempty"` // the lowest, P5 where it is 0
	Services   []string `json:",omitempty"` // any of them
	Categories []string `json:",omitempty"`
	Teams      []string `json:",omitempty"`
}

// TriggerKind says what begins an escalation.
type TriggerKind string

// The triggers.
const (
	OnUnacknowledged TriggerKind = "unacknowledged" // nobody of ours has answered
	OnUnanswered     TriggerKind = "unanswered"     // nobody above has answered who was asked by a person, or as a major incident
	OnVacant         TriggerKind = "vacant"         // nobody holds Role
	OnSilent         TriggerKind = "silent"         // who leads does nothing, or has left the room
	OnShare          TriggerKind = "share"          // Share percent of Clock have passed
	OnMissed         TriggerKind = "missed"         // the target of Clock is missed
	OnRaised         TriggerKind = "raised"         // the priority was raised to To or above
	OnNoUpdate       TriggerKind = "no_update"      // the next update is overdue
	OnCommand        TriggerKind = "command"        // somebody asked for it by name
)

// TriggerKinds lists those that a policy may name.
func TriggerKinds() []TriggerKind {
	return []TriggerKind{OnUnacknowledged, OnUnanswered, OnVacant, OnSilent, OnShare, OnMissed, OnRaised, OnNoUpdate}
}

// Trigger begins an escalation, once for each time it comes true, and ends it when it is so no more.
type Trigger struct {
	On    TriggerKind
	After time.Duration // for how long it must have been so
	Role  RoleID        `json:",omitempty"`
	Clock ClockKind     `json:",omitempty"`
	Share int           `json:",omitempty"`
	To    Priority      `json:",omitempty"`
}

// Key names a trigger among those of all policies, whatever its After is: "share:response:80".
func (t Trigger) Key() string {
	switch t.On {
	case OnVacant:
		return string(t.On) + ":" + string(t.Role)
	case OnShare:
		return string(t.On) + ":" + string(t.Clock) + ":" + strconv.Itoa(t.Share)
	case OnMissed:
		return string(t.On) + ":" + string(t.Clock)
	case OnRaised:
		return string(t.On) + ":" + t.To.String()
	}
	return string(t.On)
}

// Word names a trigger with all that bears on when it fires first, so that one that was changed counts as new: the escalation, the
// key, and a short hash of the rest.
func (e *Escalation) Word(t Trigger) string {
	text, err := json.Marshal(struct {
		After time.Duration
		For   Scope
	}{t.After, e.For})
	if err != nil { // can't happen: plain values only
		return e.ID + "/" + t.Key()
	}
	sum := sha256.Sum256(text)
	return e.ID + "/" + t.Key() + "/" + hex.EncodeToString(sum[:4])
}

// Triggers are the Words of all triggers of a policy.
func (p Policy) Triggers() []string {
	var out []string
	for n := range p.Escalations {
		for _, t := range p.Escalations[n].Triggers {
			out = append(out, p.Escalations[n].Word(t))
		}
	}
	return out
}

// ParseTrigger reads a Key back, without what it waits for.
func ParseTrigger(key string) Trigger {
	parts := append(strings.Split(key, ":"), "", "")
	t := Trigger{On: TriggerKind(parts[0])}
	switch t.On {
	case OnVacant:
		t.Role = RoleID(parts[1])
	case OnShare:
		t.Clock = ClockKind(parts[1])
		t.Share, _ = strconv.Atoi(parts[2]) // zero says that it is none
	case OnMissed:
		t.Clock = ClockKind(parts[1])
	case OnRaised:
		t.To, _ = ParsePriority(parts[1])
	}
	return t
}

// Step is what is done at once.
type Step struct {
	Wait    time.Duration // for an answer, before the next step
	Targets []Target
	Line    string `json:",omitempty"` // functional goes up the lines of support, hierarchical or "" does not
}

// TargetKind says how a target is resolved at the moment of its step.
type TargetKind string

// The targets.
const (
	ToNext     TargetKind = "next"     // whoever is next: on duty, then the managers, then those who take turns
	ToPerson   TargetKind = "person"   // People, one of them
	ToGroup    TargetKind = "group"    // all People of it
	ToRole     TargetKind = "role"     // whoever holds Name
	ToOnCall   TargetKind = "on_call"  // whoever is on call by the schedule Name; without one the next of those on duty
	ToManagers TargetKind = "managers" // the next of them
	ToRoom     TargetKind = "room"     // it is said in the room
	ToVendor   TargetKind = "vendor"   // it is said in the room that Name is to be called
)

// TargetKinds lists all of them.
func TargetKinds() []TargetKind {
	return []TargetKind{ToNext, ToPerson, ToGroup, ToRole, ToOnCall, ToManagers, ToRoom, ToVendor}
}

// Target is to whom a step goes.
type Target struct {
	Kind   TargetKind
	Name   string     `json:",omitempty"` // of the schedule, role or group; the words of a vendor
	People []PersonID `json:",omitempty"`
}

// word is the target for the record: its kind and name.
func (t Target) word() string {
	if t.Kind == ToPerson && len(t.People) > 0 {
		return string(t.Kind) + ":" + string(t.People[0])
	}
	return strings.TrimSuffix(string(t.Kind)+":"+t.Name, ":")
}

// ShippedEscalations are those that follow an organisation's own: a P1 nobody acknowledges goes on every askAfter for an hour. What
// goes to managers is taken that often for a quarter of an hour; below P2 only as often as reminders come. Then all slow down.
func ShippedEscalations(askAfter, remindEvery time.Duration) []Escalation {
	if askAfter <= 0 {
		return nil
	}
	const rounds, above = 11, 3 // beside the first: with 5 minutes between them an hour, and a quarter of one
	slow := max(askAfter, remindEvery)
	managers := []Target{{Kind: ToManagers}}
	return []Escalation{
		{
			ID: "unacknowledged", JA: "応答がない", EN: "nobody answers", For: Scope{To: P1},
			Triggers: []Trigger{{On: OnUnacknowledged, After: askAfter}}, Steps: []Step{{Wait: askAfter, Targets: []Target{{Kind: ToNext}}}}, Repeat: rounds,
		},
		{
			ID: "management", JA: "管理者", EN: "management", For: Scope{To: P2},
			Triggers: []Trigger{{On: OnUnanswered, After: askAfter}}, Steps: []Step{{Wait: askAfter, Targets: managers, Line: "hierarchical"}}, Repeat: above,
		},
		{
			ID: "management-later", JA: "管理者（通常）", EN: "management, later", For: Scope{From: P3},
			Triggers: []Trigger{{On: OnUnanswered, After: slow}}, Steps: []Step{{Wait: slow, Targets: managers, Line: "hierarchical"}}, Repeat: above,
		},
	}
}

// WithEscalations is the policy with an organisation's own escalations before the shipped ones. One of the same ID replaces the
// shipped one.
func (p Policy) WithEscalations(own []Escalation) Policy {
	p.Escalations = slices.Clone(own)
	for _, e := range ShippedEscalations(p.AskAfter, p.RemindEvery) {
		if !slices.ContainsFunc(own, func(o Escalation) bool { return o.ID == e.ID }) {
			p.Escalations = append(p.Escalations, e)
		}
	}
	return p
}

// Escalation finds one by its ID or a name in either language.
func (p Policy) Escalation(name string) (*Escalation, bool) {
	for n := range p.Escalations {
		e := &p.Escalations[n]
		if strings.EqualFold(e.ID, name) || e.JA != "" && e.JA == name || e.EN != "" && strings.EqualFold(e.EN, name) {
			return e, true
		}
	}
	return nil, false
}

// fits reports whether an incident is of those a policy is for.
func (s *Scope) fits(i *Incident) bool {
	from, to := max(s.From, P1), s.To
	if to == 0 {
		to = P5
	}
	among := func(list []string, word string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, word) })
	}
	switch {
	case i.Priority == 0 && (s.From != 0 || s.To != 0), i.Priority != 0 && (i.Priority < from || i.Priority > to):
		return false
	case len(s.Categories) > 0 && !among(s.Categories, i.Category), len(s.Teams) > 0 && !among(s.Teams, i.Team):
		return false
	}
	return len(s.Services) == 0 || slices.ContainsFunc(i.Services, func(name string) bool { return among(s.Services, name) })
}

// place is where an escalation stands after so many steps: whose step comes, in which round, both from 0. slow says that all
// rounds are over, and late how many rounds ago that was.
type place struct {
	of          *Escalation
	round, step int
	slow        bool
	late        int
}

// place finds the step that comes after taken ones. An escalation that hands on to one that was there before, which a
// configuration is refused for, stays where it is.
func (p Policy) place(e *Escalation, taken int) place {
	for range p.Escalations {
		n := len(e.Steps)
		if rounds := max(e.Repeat, 0) + 1; taken < rounds*n {
			return place{of: e, round: taken / n, step: taken % n}
		} else if next, ok := p.Escalation(e.Then); ok && e.Then != "" && len(next.Steps) > 0 {
			taken, e = taken-rounds*n, next
			continue
		}
		break
	}
	n := max(len(e.Steps), 1)
	return place{e, taken / n, taken % n, true, max(taken/n-max(e.Repeat, 0)-1, 0)}
}

// cycle is how many steps there are until one comes again.
func (p Policy) cycle(e *Escalation) int {
	n := 0
	for range p.Escalations {
		n += len(e.Steps)
		next, ok := p.Escalation(e.Then)
		if e.Then == "" || !ok {
			break
		}
		e = next
	}
	return n
}

// LeastWait is the shortest time for which a step waits for an answer, so that calls do not chase each other. A policy in seconds is one
// for a drill; people need minutes.
const LeastWait = 5 * time.Second

// slowest are the longest pauses between calls once all rounds are over: a day, as for reminders; two hours while nobody at all
// has answered.
const (
	slowest           = 24 * time.Hour
	slowestUnanswered = 2 * time.Hour
)

// wait is how long a step waits for an answer. Once all rounds are over that is as long as between reminders, and twice as long each
// round: nobody is nagged, and nothing is forgotten.
func (p Policy) wait(at place, on TriggerKind) time.Duration {
	if len(at.of.Steps) == 0 {
		return max(p.RemindEvery, time.Minute)
	}
	wait := max(at.of.Steps[at.step].Wait, LeastWait)
	if !at.slow {
		return wait
	}
	most := slowest
	if on == OnUnacknowledged {
		most = slowestUnanswered
	}
	slow := p.RemindEvery
	for range at.late {
		slow = min(2*slow, most)
	}
	return max(wait, slow)
}
