package incident

import (
	"slices"
	"testing"
)

func TestEveryoneWithPartIsListedOnceAndNobodyWhoIsOut(t *testing.T) {
	i := &Incident{
		Opener: "p1", Acting: "p2", Assignee: "",
		Holders: []Holder{{Role: TechLead, Person: "p3"}, {Role: TechLead, Person: "p3", Stream: "db"}, {Role: Scribe, Person: "p1"}},
		Offers:  []Offer{{To: "p4"}},
		Tasks:   []Task{{Owner: "p5", State: "claimed"}, {Owner: "p6", State: "done"}, {Owner: "p6", State: "dropped"}, {State: "open"}},
		People:  []Responder{{Person: "p7", State: "asked"}, {Person: "p8", State: "declined"}, {Person: "p9", State: "left"}},
	}
	want := []Part{
		{AsActing, "p2"}, {AsOffered, "p4"}, {AsOpener, "p1"}, {AsOwner, "p5"}, {AsResponder, "p7"}, {Scribe, "p1"}, {TechLead, "p3"},
	}
	if got := i.Parts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestARowSaysWhatIsDueAndWhetherTheManagerOnlyActs(t *testing.T) {
	i := &Incident{Acting: "p2"}
	if r := i.AsRow(); !r.Acting || r.Manager != "p2" || r.Holders != nil {
		t.Errorf("acting: %+v", r)
	}
	i.Holders = []Holder{{Role: Manager, Person: "p3"}}
	if r := i.AsRow(); r.Acting || r.Manager != "p3" || len(r.Holders) != 1 {
		t.Errorf("holding: %+v", r)
	}
}
