package storagetest

import (
	"maps"
	"slices"
	"testing"

	"matoi/bot/console"
	"matoi/incident"
)

// roomsSeen holds the lists of a side bar to the rule by which a single channel opens.
func roomsSeen(t *testing.T, h *house) {
	public := h.recorded(0, incident.Change{}, &incident.Opened{Title: "x"})
	hidden := h.recorded(0, incident.Change{}, &incident.Opened{Title: "x", Private: true}, &incident.Asked{Person: "p3", Why: "help"})
	shut := h.recorded(0, incident.Change{}, &incident.Opened{Title: "x"})
	all := []console.Channel{
		{ID: "general"},
		{ID: "closed", Private: true},
		{ID: "@p1,p2", Private: true, Direct: true},
		{ID: "room-public", Number: public},
		{ID: "room-hidden", Number: hidden, Private: true},
		{ID: "room-shut", Number: shut, Private: true}, // of an incident that is not private
	}
	for _, c := range all {
		h.channel(c)
	}
	for _, c := range []string{"closed", "@p1,p2", "room-hidden", "room-shut"} {
		equal(t, "added", ok[bool](t)(h.AddMember(ctx(t), c, "p2")), true)
	}
	asked := []incident.Number{0, public, hidden, shut, shut + 1}
	for n := range 3000 { // more than one query holds
		asked = append(asked, incident.Number(n+1))
	}
	type sees struct {
		v      incident.Viewer
		common []string
		rooms  []string
	}
	check := func(when string, list ...sees) {
		t.Helper()
		for _, x := range list {
			var common []string
			for _, c := range ok[[]console.Channel](t)(h.Common(ctx(t), x.v)) {
				common = append(common, c.ID)
			}
			if !slices.Equal(common, x.common) {
				t.Errorf("%s %+v is listed the channels %v, want %v", when, x.v, common, x.common)
			}
			found := ok[map[incident.Number]string](t)(h.Rooms(ctx(t), x.v, asked))
			if rooms := slices.Sorted(maps.Values(found)); !slices.Equal(rooms, x.rooms) {
				t.Errorf("%s %+v is listed the rooms %v, want %v", when, x.v, rooms, x.rooms)
			}
			for _, c := range all {
				listed := slices.Contains(common, c.ID) || c.Number != 0 && found[c.Number] == c.ID
				if may := ok[bool](t)(h.MayEnter(ctx(t), c.ID, x.v)); may != listed {
					t.Errorf("%s %+v may enter %s: %v, and is it listed: %v", when, x.v, c.ID, may, listed)
				}
			}
		}
	}
	check("at first",
		sees{incident.Viewer{}, []string{"general"}, []string{"room-public"}},
		sees{incident.Viewer{Person: "p1"}, []string{"general"}, []string{"room-hidden", "room-public"}}, // opened it
		sees{incident.Viewer{Person: "p2"}, []string{"@p1,p2", "closed", "general"}, []string{"room-public", "room-shut"}},
		sees{incident.Viewer{Person: "p3"}, []string{"general"}, []string{"room-hidden", "room-public"}}, // was asked for help
		sees{incident.Viewer{All: true}, []string{"closed", "general"}, []string{"room-hidden", "room-public", "room-shut"}},
	)
	equal(t, "rooms of no incidents", len(ok[map[incident.Number]string](t)(h.Rooms(ctx(t), incident.Viewer{All: true}, nil))), 0)
	equal(t, "removed", ok[bool](t)(h.RemoveMember(ctx(t), "room-shut", "p2")), true)
	h.recorded(hidden, incident.Change{}, &incident.AccessSet{Private: true, Members: []incident.PersonID{"p2"}})
	h.recorded(public, incident.Change{}, &incident.AccessSet{Private: true, Members: []incident.PersonID{"p4"}})
	check("after a change of who may see",
		sees{incident.Viewer{}, []string{"general"}, nil},
		sees{incident.Viewer{Person: "p2"}, []string{"@p1,p2", "closed", "general"}, []string{"room-hidden"}},
		sees{incident.Viewer{Person: "p4"}, []string{"general"}, []string{"room-public"}},
	)
}
