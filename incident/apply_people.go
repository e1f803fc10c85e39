package incident

import (
	"slices"
	"time"
)

// applyPeople folds roles and the responder board.
func (i *Incident) applyPeople(e Event) bool {
	switch f := e.Fact.(type) {
	case *RoleInvented:
		i.Custom = append(i.Custom, f.Role)
	case *RoleTaken:
		if f.From != "" {
			i.drop(f.Role, f.From)
		}
		i.hold(f.Role, f.Person, f.Stream, e.At)
		if r, known := i.Responder(f.Person); e.By == f.Person {
			i.respondent(f.Person, "acknowledged", "", e.At)
		} else if !known || r.State == "declined" || r.State == "left" {
			i.respondent(f.Person, "asked", "role", e.At)
		}
		if e.By == f.Person {
			i.heeded(f.Person, e.At, time.Time{})
		}
	case *RoleLeft:
		i.drop(f.Role, f.Person)
	case *HandoverOffered:
		i.Offers = append(i.Offers, Offer{Seq: e.Seq, Role: f.Role, From: f.From, To: f.To, Until: f.Until, At: e.At})
		i.admit(f.To)
	case *HandoverAnswered:
		i.Offers = slices.DeleteFunc(i.Offers, func(o Offer) bool { return o.Seq == f.Offer })
		delete(i.Nudged, OfferClock(f.Offer))
		if f.Answer == "accepted" {
			i.pass(e, f.Role, f.From, f.To)
		}
	case *TakenOver:
		i.pass(e, f.Role, f.From, f.To)
	case *ActingBegan:
		i.Acting = f.Person
		i.nudge(deed, e.At)
	case *ReporterAdded:
		i.addReporter(f.Reporter)
	default:
		return i.applyBoard(e)
	}
	return true
}

// applyBoard folds the responder board: asked, acknowledged, joined, can't, left.
func (i *Incident) applyBoard(e Event) bool {
	switch f := e.Fact.(type) {
	case *Asked:
		r, _ := i.Responder(f.Person)
		if r.State != "acknowledged" || f.Why == "escalation" || f.Why == "unacknowledged" {
			i.respondent(f.Person, "asked", f.Why, e.At).Asks++
		}
		if f.Why == "escalation" && f.Call == "" {
			i.wentUp(e)
		}
		if f.Why == "unacknowledged" {
			i.nudge(AskNext, e.At)
		}
	case *Acknowledged:
		r, _ := i.Responder(f.Person)
		i.respondent(f.Person, "acknowledged", r.Why, e.At).ETA = time.Time{} // why they were asked stays: it tells what was answered
		i.heeded(f.Person, e.At, time.Time{})
	case *Declined:
		i.respondent(f.Person, "declined", f.Reason, e.At)
		if i.Acting == f.Person {
			i.Acting = ""
			i.nudge(vacant+ClockKind(Manager), e.At)
		}
		i.cannot(f.Person)
	case *ETAGiven:
		r, _ := i.Responder(f.Person)
		coming := i.respondent(f.Person, "acknowledged", r.Why, e.At)
		coming.ETA, coming.Heard = f.ETA, time.Time{} // it is a promise; the answer is that they come
		i.heeded(f.Person, e.At, f.ETA.Add(comeWithin))
	case *Joined:
		r, known := i.Responder(f.Person)
		if !known || r.State == "left" || r.State == "asked" && r.Why == "role" {
			i.respondent(f.Person, "joined", "", e.At)
		}
		for k := range i.People {
			if i.People[k].Person == f.Person {
				if !i.People[k].onTheWay().IsZero() {
					i.People[k].Heard = e.At
					i.heeded(f.Person, e.At, time.Time{})
				}
				i.People[k].Joined = e.At
			}
		}
	case *Left:
		r, _ := i.Responder(f.Person)
		if r.State == "asked" || r.State == "declined" { // going is no answer
			i.respondent(f.Person, r.State, r.Why, r.At).Joined = time.Time{}
		} else {
			i.respondent(f.Person, "left", "", e.At).Joined = time.Time{}
		}
	default:
		return false
	}
	return true
}

// hold gives a role; what was offered of a role that one person holds is settled by it.
func (i *Incident) hold(role RoleID, p PersonID, stream string, at time.Time) {
	if !i.Has(p, role) {
		i.Holders = append(i.Holders, Holder{Role: role, Person: p, Stream: stream, Since: at})
		i.awake(p)
	}
	if r, _ := i.Role(role); !r.Several {
		i.Offers = slices.DeleteFunc(i.Offers, func(o Offer) bool { return o.Role == role })
	}
	if role == Manager {
		i.Acting = ""
		i.nudge(deed, at)
	}
	i.admit(p)
}

// pass moves a role with its stream from one person to another.
func (i *Incident) pass(e Event, role RoleID, from, to PersonID) {
	stream := ""
	for _, h := range i.Holders {
		if h.Role == role && h.Person == from {
			stream = h.Stream
		}
	}
	i.drop(role, from)
	i.hold(role, to, stream, e.At)
	i.respondent(to, "acknowledged", "", e.At)
	i.heeded(to, e.At, time.Time{})
}

// drop takes a role from a person, with what they offered of it.
func (i *Incident) drop(role RoleID, p PersonID) {
	if i.Has(p, role) {
		i.awake(p)
	}
	i.Holders = slices.DeleteFunc(i.Holders, func(h Holder) bool { return h.Role == role && h.Person == p })
	i.Offers = slices.DeleteFunc(i.Offers, func(o Offer) bool { return o.Role == role && o.From == p })
	if role == Manager && i.Acting == p {
		i.Acting = ""
	}
	if len(i.Holding(role)) == 0 {
		i.nudge(vacant+ClockKind(role), i.Changed)
	}
}

func (i *Incident) respondent(p PersonID, state, why string, at time.Time) *Responder {
	i.admit(p)
	for k := range i.People {
		if i.People[k].Person == p {
			i.People[k].State, i.People[k].Why, i.People[k].At = state, why, at
			i.People[k].turn(at)
			return &i.People[k]
		}
	}
	i.People = append(i.People, Responder{Person: p, State: state, Why: why, At: at})
	last := &i.People[len(i.People)-1]
	last.turn(at)
	return last
}

// turn keeps what a new state of a responder says of the calls before it.
func (r *Responder) turn(at time.Time) {
	switch r.State {
	case "asked":
		return
	case "acknowledged":
		r.Heard = at
	case "declined", "left":
		r.Heard = time.Time{}
	}
	r.Asks = 0
}

// grant changes who may see it. Whoever is taken out leaves the board too.
func (i *Incident) grant(f *AccessSet) {
	i.Private, i.Members = f.Private, slices.Clone(f.Members)
	out := func(p PersonID) bool { return slices.Contains(f.Removed, p) }
	i.People = slices.DeleteFunc(i.People, func(r Responder) bool { return out(r.Person) })
	i.Offers = slices.DeleteFunc(i.Offers, func(o Offer) bool { return out(o.To) })
	if out(i.Assignee) {
		i.Assignee = ""
	}
	for _, p := range f.Members {
		i.admit(p)
	}
	for _, p := range f.Removed {
		i.cannot(p)
		if !slices.Contains(i.Recused, p) {
			i.Recused = append(i.Recused, p)
		}
	}
}

// admit lets a person in again who was taken out: somebody inside asked for them.
func (i *Incident) admit(p PersonID) {
	i.Recused = slices.DeleteFunc(i.Recused, func(r PersonID) bool { return r == p })
}
