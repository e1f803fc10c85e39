package incident

import (
	"cmp"
	"slices"
)

// The ways in which a person has part in an incident beside holding a role. The sign before the word never stands in the
// id of a role.
const (
	AsOpener    RoleID = "=opener"
	AsAssignee  RoleID = "=assignee"
	AsActing    RoleID = "=acting"    // as manager, until somebody takes the role
	AsOffered   RoleID = "=offered"   // a hand-over waits for their answer
	AsOwner     RoleID = "=owner"     // of a task that is not finished
	AsMeasure   RoleID = "=measure"   // owner of a measure that is neither done nor dropped
	AsLegal     RoleID = "=legal"     // who sees to a further clock that waits to be filed
	AsResponder RoleID = "=responder" // on the board, and neither gone nor unable to come
)

// Part is one way in which a person has part in an incident: the role they hold, or one of the ways above.
type Part struct {
	Role   RoleID
	Person PersonID
}

// Parts lists who has part in the incident and how, each once, in the order of roles and people. Storage keeps them as
// rows, for Filter.Mine and Filter.Vacant.
func (i *Incident) Parts() []Part {
	out := []Part{{AsOpener, i.Opener}, {AsAssignee, i.Assignee}, {AsActing, i.Acting}}
	for _, h := range i.Holders {
		out = append(out, Part{h.Role, h.Person})
	}
	for _, o := range i.Offers {
		out = append(out, Part{AsOffered, o.To})
	}
	for _, t := range i.Tasks {
		if t.State == "open" || t.State == "claimed" {
			out = append(out, Part{AsOwner, t.Owner})
		}
	}
	for _, m := range i.Measures {
		if m.Waits() {
			out = append(out, Part{AsMeasure, m.Person})
		}
	}
	for n := range i.Further {
		if len(i.Further[n].Waiting()) == 0 {
			continue
		}
		out = append(out, Part{AsLegal, i.Leads()})
		for _, h := range i.Holding(Communications) {
			out = append(out, Part{AsLegal, h.Person})
		}
	}
	for _, r := range i.People {
		if r.State != "declined" && r.State != "left" {
			out = append(out, Part{AsResponder, r.Person})
		}
	}
	out = slices.DeleteFunc(out, func(p Part) bool { return p.Person == "" })
	slices.SortFunc(out, func(a, b Part) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Person, b.Person)) })
	return slices.Compact(out)
}

// Files lists the files that came into the record with the entry.
func (e Event) Files() []File {
	switch f := e.Fact.(type) {
	case *Opened:
		if f.Source != nil {
			return f.Source.Files
		}
	case *Noted:
		if f.Message != nil {
			return f.Message.Files
		}
	}
	return nil
}
