package incident

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what one fact may carry, in characters. Longer texts are refused, never cut in silence.
const (
	MaxTitle = 300
	MaxText  = 20_000
)

func just(facts ...Fact) ([]Entry, *Refusal) {
	out := make([]Entry, len(facts))
	for k, f := range facts {
		out[k].Fact = f
	}
	return out, nil
}

func no(code string, kv ...any) ([]Entry, *Refusal) { return nil, refuse(code, kv...) }

// Open decides an opening. The reporter defaults to the actor; unknown levels make the priority provisional.
func (p Policy) Open(c Open, by By, now time.Time) ([]Entry, *Refusal) {
	p = p.at(now)
	title := strings.TrimSpace(c.Title)
	switch {
	case title == "":
		return no("title_needed")
	case utf8.RuneCountInString(title) > MaxTitle:
		return no("title_long", "Max", MaxTitle)
	case utf8.RuneCountInString(c.Summary) > MaxText:
		return no("text_long", "Max", MaxText)
	case c.Happened.At.After(now.Add(time.Minute)) && c.Alert == nil:
		return no("future", "At", c.Happened.At)
	}
	if c.Alert != nil && c.Happened.At.After(now) { // a sender's clock that goes wrong loses no alarm
		c.Happened.At = now
	}
	c.Detected, c.Reported = notAfter(c.Detected, now), notAfter(c.Reported, now)
	f := &Opened{
		Title: title, Summary: c.Summary, Category: c.Category, Services: p.canonical(c.Services), Team: c.Team, Reporter: c.Reporter, Channel: c.Channel, Realm: c.Realm,
		Happened: c.Happened, Detected: c.Detected, Reported: c.Reported, Private: c.Private, Source: c.Source,
		Alert: c.Alert, Group: c.Group, Storm: c.Storm, Previous: c.Previous, Links: c.Links, Ending: c.Ending, Alone: c.Alone,
	}
	impact, urgency, priority, provisional, refusal := p.judge(c.Impact, c.Urgency, c.Priority)
	if refusal != nil {
		return nil, refusal
	}
	f.Impact, f.Urgency, f.Priority, f.Provisional = impact, urgency, priority, provisional
	if byMatrix, unsure, _ := p.Matrix.Priority(impact, urgency); !unsure && byMatrix != priority {
		f.Override = strings.TrimSpace(c.Reason)
		f.Provisional = f.Override == "" // at 3 a.m. it opens at once; why is asked for later
	}
	if f.Alert == nil && f.Reporter == (Reporter{}) {
		f.Reporter = Reporter{Person: by.Person}
	}
	if f.Team == "" {
		f.Team = p.teamOf(f.Category, f.Services)
	}
	f.Links = slices.Concat(f.Links, p.linksOf(f.Services))
	f.Targets, f.Restore = p.targets(priority, f.Category, f.Services, now), p.restoreFrom(f.Happened, f.Detected, f.Reported, now)
	if !priority.Higher(p.RoomsFrom) && priority != p.RoomsFrom {
		return p.escalateOpened([]Entry{{Fact: f}}, c.Escalation, by, now), nil
	}
	f.Checklist = p.Checklist
	out := append([]Entry{{Fact: f}}, p.askManager(by)...)
	if f.Priority == P1 {
		out = append(out, p.major(by.Person)...)
	}
	return p.escalateOpened(out, c.Escalation, by, now), nil
}

// distinct drops what is empty or said twice, keeping the order.
func distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

func notAfter(t, now time.Time) time.Time {
	if t.After(now) {
		return now
	}
	return t
}

// askManager asks who opened or raised it, or whoever is on call, to be or name the manager.
func (p Policy) askManager(by By) []Entry {
	who := by.hand()
	if who == "" && len(p.OnCall)+len(p.Duty) > 0 {
		who = p.next(&Incident{}, "manager", "")
	}
	if who == "" {
		return nil
	}
	return []Entry{{Fact: &Asked{Person: who, Why: "manager", Role: Manager}, By: matoi}}
}

var matoi = new(PersonID) // Matoi itself as the actor of an entry

// major takes a major incident up at once to the first manager who does not know of it yet.
func (p Policy) major(not PersonID) []Entry {
	for _, m := range p.Managers {
		if m != not {
			return []Entry{{Fact: &Escalated{How: "hierarchical", Person: m, Reason: "major"}, By: matoi}, {Fact: &Asked{Person: m, Why: "escalation"}, By: matoi}}
		}
	}
	return nil
}

// judge resolves levels and priority; a priority given with an unknown level is provisional.
func (p Policy) judge(impact, urgency string, given Priority) (i, u string, out Priority, provisional bool, refusal *Refusal) {
	i, u = p.Matrix.Level(p.Matrix.Impacts, impact), p.Matrix.Level(p.Matrix.Urgencies, urgency)
	if i == "" {
		return "", "", 0, false, refuse("impact_unknown", "Given", impact, "Known", ids(p.Matrix.Impacts))
	}
	if u == "" {
		return "", "", 0, false, refuse("urgency_unknown", "Given", urgency, "Known", ids(p.Matrix.Urgencies))
	}
	if given < 0 || given > P5 {
		return "", "", 0, false, refuse("priority_needed")
	}
	out, provisional, _ = p.Matrix.Priority(i, u)
	if given != 0 {
		out = given
	}
	return i, u, out, provisional, nil
}

func ids(levels []Level) string {
	var out []string
	for _, l := range levels {
		out = append(out, l.ID)
	}
	return strings.Join(append(out, Unknown), ", ")
}

func (p Policy) restoreFrom(happened Moment, detected, reported, now time.Time) time.Time {
	from := happened.At
	if p.RestoreFrom == "reported" && !reported.IsZero() {
		from = reported
	}
	for _, t := range []time.Time{detected, reported, now} {
		if from.IsZero() {
			from = t
		}
	}
	return from
}

func (p Policy) teamOf(category string, services []string) string {
	for _, c := range p.Categories {
		if c.Team != "" && c.is(category) {
			return c.Team
		}
	}
	for _, name := range services {
		if s, ok := p.service(name); ok && s.Team != "" {
			return s.Team
		}
	}
	return ""
}

// commands says whether by may do what only the incident manager of a P1 or P2 may.
func (i *Incident) commands(by By) bool {
	return i.Priority > P2 || by.hand() != "" && by.hand() == i.Leads()
}

func (i *Incident) onlyManager() *Refusal {
	if i.Leads() == "" {
		return refuse("no_manager_yet", "Priority", i.Priority.String())
	}
	return refuse("only_manager", "Priority", i.Priority.String(), "Manager", i.Leads())
}

// senior says who may take a role over: the on-call and manager lists and who takes turns; everybody where none is kept.
func (p Policy) senior(person PersonID) bool {
	if p.alone() {
		return person != ""
	}
	return slices.Contains(p.OnCall, person) || slices.Contains(p.Managers, person) || slices.Contains(p.rotation(), person)
}

// Decide answers a command on an existing incident with the facts it makes true. No facts and no refusal
// means that it is already so and says nothing new (a second 📌, a tick with nothing due).
func (p Policy) Decide(i *Incident, cmd Command, by By, now time.Time) ([]Entry, *Refusal) {
	p = p.at(now)
	switch cmd.(type) {
	case Tick:
		return p.tick(i, now), nil
	case MeetAlerts, ReceiveRoom, FailDelivery, RecordPage:
		return p.decideMachine(i, cmd)
	}
	if i.Status == StatusMerged {
		switch cmd.(type) {
		case Note, Revise, Undo, Enter, Leave, Speak, AddLink, SetAccess, BeginFurther, FileFurther, ExcuseFurther, ResumeFurther, FinishMeasure, DropMeasure:
		default:
			return no("merged", "Into", i.Into.String())
		}
	}
	if r := tooLong(cmd); r != nil {
		return nil, r
	}
	entries, refusal, known := p.decideLife(i, cmd, by, now)
	if !known {
		entries, refusal, known = p.decidePeople(i, cmd, by, now)
	}
	if !known {
		entries, refusal, known = p.decideWork(i, cmd, by, now)
	}
	if !known {
		entries, refusal, known = p.decideMeasure(i, cmd, now)
	}
	if !known {
		entries, refusal, known = p.decideFurther(i, cmd, now)
	}
	if !known {
		entries, refusal = p.decideSettings(i, cmd, by, now)
	}
	return entries, refusal
}

func (p Policy) decideMachine(i *Incident, cmd Command) ([]Entry, *Refusal) {
	switch c := cmd.(type) {
	case MeetAlerts:
		if len(c.Attached)+len(c.Refired)+len(c.Cleared)+len(c.Flapping)+len(c.Settled)+len(c.Hushed)+len(c.Left) == 0 && c.More == 0 {
			return nil, nil
		}
		return just(&AlertsMet{
			Attached: c.Attached, Refired: c.Refired, Cleared: c.Cleared, More: c.More, Total: c.Total, Firing: c.Firing,
			Flapping: c.Flapping, Settled: c.Settled, Hushed: c.Hushed, Left: c.Left,
		})
	case ReceiveRoom:
		r, ok := i.Room(c.Room.Realm)
		switch {
		case ok && r == c.Room:
			return nil, nil
		case ok && r.ID == c.Room.ID && r.Thread == c.Room.Thread:
			return just(&RoomOpened{Room: c.Room, Was: r.Name})
		}
		return just(&RoomOpened{Room: c.Room})
	case FailDelivery:
		return just(&DeliveryFailed{Effect: c.Effect, Realm: c.Realm, Why: c.Why, Person: c.Person, Alone: c.Alone})
	case RecordPage:
		return just(&c.Page)
	}
	return nil, nil
}
