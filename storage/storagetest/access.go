package storagetest

import (
	"testing"

	"pgregory.net/rapid"

	"matoi/incident"
)

// maySee holds incident.MaySee and its twin in SQL together: over random incidents, random changes of them
// and every viewer.
func maySee(t *testing.T, h *house) {
	who := func(r *rapid.T) incident.PersonID {
		return incident.PersonID(rapid.SampledFrom([]string{"", "p1", "p2", "p3", "p4"}).Draw(r, "person"))
	}
	fact := func(r *rapid.T) incident.Fact {
		switch rapid.IntRange(0, 6).Draw(r, "fact") {
		case 0:
			return &incident.AccessSet{Private: true, Members: []incident.PersonID{who(r)}}
		case 1:
			return &incident.AccessSet{Private: false}
		case 2:
			return &incident.RoleTaken{Role: incident.Manager, Person: who(r)}
		case 3:
			return &incident.RoleLeft{Role: incident.Manager, Person: who(r)}
		case 4:
			return &incident.Assigned{Person: who(r)}
		case 5:
			return &incident.Asked{Person: who(r), Why: "help"}
		default:
			return &incident.ActingBegan{Person: who(r)}
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		n, err := h.record(0, incident.Change{}, &incident.Opened{Title: "x", Private: rapid.Bool().Draw(r, "private")})
		if err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(0, 4).Draw(r, "changes") {
			if _, err := h.record(n, incident.Change{}, fact(r)); err != nil {
				r.Fatal(err)
			}
		}
		i, err := h.Load(ctx(t), n)
		if err != nil {
			r.Fatal(err)
		}
		for _, v := range []incident.Viewer{{}, {All: true}, {Person: "p1"}, {Person: "p2"}, {Person: "p3"}, {Person: "p4"}, {Person: "p4", All: true}} {
			rows, err := h.Find(ctx(t), incident.Filter{Viewer: v, Limit: 1, Before: n + 1})
			if err != nil {
				r.Fatal(err)
			}
			shown := len(rows) == 1 && rows[0].Number == n
			if may := incident.MaySee(i, v); may != shown {
				r.Fatalf("%+v: MaySee says %v, SQL says %v; private %v, insiders %v", v, may, shown, i.Private, i.Insiders())
			}
		}
	})
}
