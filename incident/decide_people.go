package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// decidePeople decides roles, hand-overs and answers to being asked.
func (p Policy) decidePeople(i *Incident, cmd Command, by By, now time.Time) (out []Entry, r *Refusal, known bool) {
	switch cmd.(type) {
	case Acknowledge, Decline, GiveETA:
		if by.Person == "" {
			return nil, refuse("person_needed"), true
		}
	}
	switch c := cmd.(type) {
	case InventRole:
		out, r = i.inventRole(c)
	case TakeRole:
		out, r = p.takeRole(i, c, by, now)
	case LeaveRole:
		out, r = p.leaveRole(i, c, by)
	case OfferHandover:
		out, r = p.offer(i, c, by, now)
	case AnswerHandover:
		out, r = i.answer(c, by)
	case TakeOver:
		out, r = p.takeOver(i, c, by)
	case Ask:
		if c.Person == "" {
			return nil, refuse("person_needed"), true
		}
		if c.Why == "" {
			c.Why = "help"
		}
		out, r = just(&Asked{Person: c.Person, Why: c.Why, Text: c.Text})
	case Acknowledge:
		out, r = p.acknowledge(i, by)
	case Decline:
		out, r = p.decline(i, c, by, now)
	case Snooze:
		out, r = i.snooze(c, by, now)
	case GiveETA:
		if c.ETA.Before(now) {
			return nil, refuse("past", "At", c.ETA), true
		}
		out, r = just(&ETAGiven{Person: by.Person, ETA: c.ETA})
	case Enter:
		if s, ok := i.Responder(by.Person); by.Person == "" || ok && !s.Joined.IsZero() {
			return nil, nil, true
		}
		out, r = just(&Joined{Person: by.Person, Realm: c.Realm})
	case Leave:
		if s, ok := i.Responder(by.Person); !ok || s.Joined.IsZero() {
			return nil, nil, true
		}
		out, r = just(&Left{Person: by.Person, Realm: c.Realm})
	case Speak:
		out = p.speak(i, by, now)
	default:
		return nil, nil, false
	}
	return out, r, true
}

// speak: a reporter's word ends the hold that waits for the user; the first word of another of ours is a response.
func (p Policy) speak(i *Incident, by By, now time.Time) []Entry {
	switch {
	case !i.Hears(by.Person) && !p.Listens(i, by.Person, now):
		return nil
	case i.awaits(by.Person):
		return []Entry{{Fact: &Resumed{Why: "answered"}}}
	}
	return []Entry{{Fact: &Spoke{Person: by.Person}}}
}

// Hears reports whether an ordinary message of p in the room makes a difference, so that Speak need not be asked for
// each: it is the first of another than a reporter, the first of who was named manager, or what a hold waits for.
func (i *Incident) Hears(p PersonID) bool {
	return p != "" && (i.awaits(p) || i.named(p) || i.expected(p) || i.Clock(Response).Running() && !i.isReporter(p))
}

// awaits reports whether a hold waits for the answer of p.
func (i *Incident) awaits(p PersonID) bool {
	return i.Open() && i.Hold != nil && i.Hold.For == "user" && i.isReporter(p)
}

func (i *Incident) inventRole(c InventRole) ([]Entry, *Refusal) {
	name := strings.TrimSpace(c.Name)
	if name == "" {
		return no("text_needed")
	}
	for _, r := range slices.Concat(Roles(), i.Custom) {
		if strings.EqualFold(r.Name, name) || strings.EqualFold(string(r.ID), name) || slices.ContainsFunc(r.Aliases, func(a string) bool { return strings.EqualFold(a, name) }) {
			return no("role_exists", "Role", name)
		}
	}
	return just(&RoleInvented{Role: Role{ID: RoleID(fmt.Sprintf("own-%d", len(i.Custom)+1)), Name: name, Duty: c.Duty, Several: true, Core: true}})
}

func (p Policy) takeRole(i *Incident, c TakeRole, by By, now time.Time) ([]Entry, *Refusal) {
	role, ok := i.Role(c.Role)
	switch {
	case !ok:
		return no("role_unknown", "Role", string(c.Role))
	case c.Person == "":
		return no("person_needed")
	case i.Status == StatusClosed && c.Role != ProblemManager || i.Status == StatusCancelled: // the review comes after closing
		return no("over", "Status", string(i.Status))
	case i.Has(c.Person, c.Role):
		return no("already_so")
	}
	held := i.Holding(c.Role)
	if len(held) == 0 || role.Several {
		return just(&RoleTaken{Role: c.Role, Person: c.Person, Stream: c.Stream})
	}
	holder := held[0].Person
	if c.Role == Manager || by.Person != i.Leads() && by.Person != holder {
		if by.Person == holder {
			return p.offer(i, OfferHandover{Role: c.Role, To: c.Person}, by, now)
		}
		return no("role_held", "Role", string(c.Role), "Holder", holder)
	}
	return just(&RoleTaken{Role: c.Role, Person: c.Person, Stream: c.Stream, From: holder})
}

// leaveRole gives a role back; when that leaves nobody in command, the next person is asked.
func (p Policy) leaveRole(i *Incident, c LeaveRole, by By) ([]Entry, *Refusal) {
	if c.Person == "" {
		c.Person = by.Person
	}
	if !i.Has(c.Person, c.Role) {
		return no("not_holding", "Role", string(c.Role))
	}
	if c.Person != by.Person && by.Person != i.Leads() {
		return no("only_holder", "Role", string(c.Role), "Holder", c.Person)
	}
	out := []Entry{{Fact: &RoleLeft{Role: c.Role, Person: c.Person}}}
	if next := p.next(i, "manager", c.Person); c.Role == Manager && next != "" && i.Open() && p.wantsManager(i) {
		out = append(out, Entry{Fact: &Asked{Person: next, Why: "manager", Role: Manager}, By: matoi})
	}
	return out, nil
}

// wantsManager: from the priority that gets a room of its own somebody has to lead.
func (p Policy) wantsManager(i *Incident) bool { return i.Priority != 0 && i.Priority <= p.RoomsFrom }

func (p Policy) offer(i *Incident, c OfferHandover, by By, now time.Time) ([]Entry, *Refusal) {
	if c.Role == "" {
		for _, h := range i.Holders {
			if h.Person == by.Person {
				c.Role = h.Role
				break
			}
		}
	}
	if c.Role == "" && i.Acting == by.Person {
		c.Role = Manager
	}
	from := by.Person
	switch {
	case c.Role == "":
		return no("nothing_to_hand_over")
	case c.To == "":
		return no("person_needed")
	case i.Over():
		return no("over", "Status", string(i.Status))
	case c.To == from:
		return no("handover_self")
	}
	if !i.Has(from, c.Role) && !(c.Role == Manager && i.Acting == from) {
		return no("not_holding", "Role", string(c.Role))
	}
	if i.Has(c.To, c.Role) {
		return no("already_so")
	}
	var out []Entry
	for _, o := range i.Offers {
		if o.Role == c.Role && o.From == from {
			out = append(out, Entry{Fact: &HandoverAnswered{Offer: o.Seq, Role: o.Role, From: o.From, To: o.To, Answer: "withdrawn"}})
		}
	}
	return append(out, Entry{Fact: &HandoverOffered{Role: c.Role, From: from, To: c.To, Until: now.Add(p.OfferFor)}}), nil
}

func (i *Incident) answer(c AnswerHandover, by By) ([]Entry, *Refusal) {
	if !slices.Contains([]string{"accepted", "declined", "withdrawn"}, c.Answer) {
		return no("unknown_command")
	}
	for _, o := range slices.Backward(i.Offers) {
		mine := o.To == by.Person
		if c.Answer == "withdrawn" {
			mine = o.From == by.Person
		}
		if mine && (c.Offer == 0 || c.Offer == o.Seq) {
			return just(&HandoverAnswered{Offer: o.Seq, Role: o.Role, From: o.From, To: o.To, Answer: c.Answer})
		}
	}
	return no("no_offer")
}

func (p Policy) takeOver(i *Incident, c TakeOver, by By) ([]Entry, *Refusal) {
	if c.Role == "" {
		c.Role = Manager
	}
	held := i.Holding(c.Role)
	_, known := i.Role(c.Role)
	switch {
	case !known:
		return no("role_unknown", "Role", string(c.Role))
	case by.Person == "":
		return no("person_needed")
	case i.Over():
		return no("over", "Status", string(i.Status))
	case len(held) == 0:
		return just(&RoleTaken{Role: c.Role, Person: by.Person})
	case i.Has(by.Person, c.Role):
		return no("already_so")
	case !p.senior(by.hand()):
		return no("only_senior")
	case strings.TrimSpace(c.Reason) == "":
		return no("reason_needed")
	}
	return just(&TakenOver{Role: c.Role, From: held[0].Person, To: by.Person, Reason: c.Reason})
}

// acknowledge: the first one acts as manager while nobody holds the role.
// What lives in a thread has an assignee, and wants no manager.
func (p Policy) acknowledge(i *Incident, by By) ([]Entry, *Refusal) {
	if !i.Open() {
		return i.notOpen()
	}
	acts := i.Leads() == "" && p.wantsManager(i)
	if r, ok := i.Responder(by.Person); ok && r.State == "acknowledged" && r.onTheWay().IsZero() && !acts && !i.asksAnybody() {
		return no("already_so")
	}
	out := []Entry{{Fact: &Acknowledged{Person: by.Person}}}
	if acts {
		out = append(out, Entry{Fact: &ActingBegan{Person: by.Person}, By: matoi})
	}
	return out, nil
}

// decline goes on to the next person at once when an asked one can't, or the one who acts as manager. A role that
// somebody else gave is vacant again.
func (p Policy) decline(i *Incident, c Decline, by By, now time.Time) ([]Entry, *Refusal) {
	asked, known := i.Responder(by.Person)
	if known && asked.State == "declined" {
		return no("already_so")
	}
	out := []Entry{{Fact: &Declined{Person: by.Person, Reason: c.Reason}}}
	waits := known && asked.State == "asked"
	if waits && asked.Why == "role" {
		for _, h := range i.Holders {
			if h.Person == by.Person {
				out = append(out, Entry{Fact: &RoleLeft{Role: h.Role, Person: h.Person}})
			}
		}
	}
	if !i.Open() || !waits && i.Acting != by.Person && !i.isCalled(by.Person) {
		return out, nil
	}
	after := i.Clone()
	for k, e := range out {
		after.Apply(Event{Number: i.Number, Seq: i.Version + int64(k) + 1, At: now, By: by.Person, Fact: e.Fact})
	}
	if next := p.onward(after, now); len(next) > 0 || i.isCalled(by.Person) {
		return append(out, next...), nil
	}
	if waits && asked.Why == "escalation" {
		if next := p.next(after, "escalation", after.Leads()); next != "" {
			out = append(out, Entry{Fact: &Asked{Person: next, Why: "escalation"}, By: matoi})
		}
	} else if after.Leads() == "" && !(waits && asked.Why == "help") {
		if next := p.next(after, "manager", ""); next != "" {
			out = append(out, Entry{Fact: &Asked{Person: next, Why: "manager", Role: Manager}, By: matoi})
		}
	}
	return out, nil
}

// next is who is asked now: the first of the list who was not asked yet, then the one asked longest ago. Those who
// declined or were taken out, and the one to skip, are left out. Escalations go up the managers, everything else
// through the on-call list first, and where nobody of either is left to those whose turn it is not.
func (p Policy) next(i *Incident, why string, skip PersonID) PersonID {
	if why == "escalation" {
		return i.unasked(p.Managers, skip)
	}
	if who := i.unasked(slices.Concat(p.OnCall, p.Managers), skip); who != "" {
		return who
	}
	return i.unasked(p.rotation(), skip)
}

// unasked is who of a list is asked next.
func (i *Incident) unasked(list []PersonID, skip PersonID) PersonID {
	var oldest PersonID
	var at time.Time
	for _, person := range list {
		r, known := i.Responder(person)
		switch {
		case person == skip || slices.Contains(i.Recused, person):
		case !known:
			return person
		case r.State == "asked" && (oldest == "" || r.At.Before(at)):
			oldest, at = person, r.At
		}
	}
	return oldest
}
