package incident

import "slices"

// Clocked is the deadline that a reminder or a miss speaks of; "" for all other facts.
func Clocked(f Fact) ClockKind {
	switch f := f.(type) {
	case *Reminded:
		return f.Clock
	case *TargetMissed:
		return f.Clock
	}
	return ""
}

// ofFurther reports whether a fact speaks of a further clock alone.
func ofFurther(f Fact) bool {
	switch f.(type) {
	case *FurtherBegan, *FurtherCorrected, *FurtherFiled, *FurtherExcused, *FurtherResumed:
		return true
	}
	return Clocked(f).Further()
}

// audience is whom a reminder is told in private. A further clock that nobody minds, on an incident that is over perhaps, goes to
// whoever is on call and to the first of the managers: it must not run out unseen.
func (t *teller) audience(e Event) []PersonID {
	out := t.after.Audience(e.Fact, e.At)
	if k := Clocked(e.Fact); k.Further() && len(t.after.MustAct(k)) == 0 {
		if p := t.answers(); p != "" {
			out = append(out, p)
		}
		out = append(out, t.p.Managers[:min(1, len(t.p.Managers))]...)
	}
	return out
}

// hears reports whether somebody is told of an entry in private: who may see the incident, and of a further clock also those whom its
// rule names. They read no more than its number, and what is due.
func (t *teller) hears(e Event, person PersonID) bool {
	if MaySee(t.after, Viewer{Person: person}) {
		return true
	}
	switch f := e.Fact.(type) {
	case *FurtherBegan:
		return slices.Contains(f.Terms.People, person)
	case *FurtherCorrected:
		return slices.Contains(f.Terms.People, person)
	}
	further, _ := t.after.FurtherStage(Clocked(e.Fact))
	return further != nil && slices.Contains(further.People, person)
}

// further tells who must act that a clock has begun or was moved, but for those who said so.
func (t *teller) further(e Event, terms FurtherTerms) {
	f := t.after.FurtherOf(terms.Rule)
	if f == nil || len(f.Stages) == 0 {
		return
	}
	for _, person := range t.after.mindFurther(f.Clock(&f.Stages[0])) {
		if person != e.By && person != e.hand() && t.hears(e, person) {
			t.add(Effect{Kind: Tell, Realm: t.home(), Person: person, Seq: e.Seq, Urgent: true})
		}
	}
}

// away reports whether a room was put away before an entry about a further clock: nobody reads there any more.
func (t *teller) away(e Event, realm string) bool {
	room, ok := t.after.Room(realm)
	return ok && ofFurther(e.Fact) && t.before.Over() && t.after.Over() && t.keeps(room)
}
