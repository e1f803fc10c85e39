package incident

import "slices"

// Viewer is who looks. All is for auditors and for the machine itself.
type Viewer struct {
	Person PersonID
	All    bool
}

// MaySee decides who may see an incident: everybody a public one; a private one its opener, role holders, owners of tasks
// and measures, people asked or offered a role, and members. Its twin in SQL stands in storage/access.go; a contract test holds them together.
func MaySee(i *Incident, v Viewer) bool {
	if !i.Private || v.All {
		return true
	}
	return v.Person != "" && slices.Contains(i.Insiders(), v.Person)
}

// Insiders lists who may see the incident while it is private, each once, without those taken out of it;
// storage keeps them as rows.
func (i *Incident) Insiders() []PersonID {
	out := append([]PersonID{}, i.Members...)
	out = append(out, i.Opener, i.Acting, i.Assignee)
	for _, h := range i.Holders {
		out = append(out, h.Person)
	}
	for _, r := range i.People {
		out = append(out, r.Person)
	}
	for _, t := range i.Tasks {
		out = append(out, t.Owner)
	}
	for _, o := range i.Offers {
		out = append(out, o.To)
	}
	for _, m := range i.Measures {
		out = append(out, m.Person)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(p PersonID) bool { return p == "" || slices.Contains(i.Recused, p) })
}
