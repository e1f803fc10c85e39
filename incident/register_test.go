package incident_test

import (
	"reflect"
	"slices"
	"testing"

	"matoi/incident"
)

// TestTheRegisterIsReadAsItWasStored keeps the stored form of its facts, which no incident may hold.
func TestTheRegisterIsReadAsItWasStored(t *testing.T) {
	number := incident.NumberOf(start(), tokyo(), 7)
	for kind, x := range map[string]struct {
		stored string
		want   incident.Fact
	}{
		"person_erased": {`{"by":"p2","fact":{"person":"p7","reason":"asked for"}}`, &incident.PersonErased{Person: "p7", Reason: "asked for"}},
		"hold_set":      {`{"by":"p2","fact":{"number":"` + number.String() + `","reason":"case 12"}}`, &incident.HoldSet{Number: number, Reason: "case 12"}},
		"hold_lifted":   {`{"by":"p2","fact":{"reason":"over"}}`, &incident.HoldLifted{Reason: "over"}},
		"alert_rule_set": {
			`{"by":"p2","fact":{"rule":3,"deed":"moved","before":1,"reason":"first"}}`, &incident.AlertRuleSet{Rule: 3, Deed: "moved", Before: 1, Reason: "first"},
		},
		"request_dropped": {
			`{"by":"p2","fact":{"request":7,"source":"generic","reason":"a test"}}`, &incident.RequestDropped{Request: 7, Source: "generic", Reason: "a test"},
		},
	} {
		var e incident.Event
		if err := incident.Decode(&e, kind, []byte(x.stored)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(e.Fact, x.want) {
			t.Errorf("%s: %+v", kind, e.Fact)
		}
		b, err := incident.Encode(e)
		if err != nil || string(b) != x.stored {
			t.Errorf("%s is stored as %s: %v", kind, b, err)
		}
		if err := incident.Decode(&incident.Event{Number: number}, kind, []byte(x.stored)); err == nil {
			t.Errorf("an incident holds %s", kind)
		}
	}
}

func TestHoldsStandUntilTheyAreLifted(t *testing.T) {
	set := func(n incident.Number) incident.Event { return incident.Event{Fact: &incident.HoldSet{Number: n}} }
	lift := func(n incident.Number) incident.Event { return incident.Event{Fact: &incident.HoldLifted{Number: n}} }
	h := incident.HoldsOf([]incident.Event{set(1), set(2), set(0), lift(2), lift(0), set(1)})
	if !slices.Equal(h, incident.Holds{1}) || h.All() || !h.Holds(1) || h.Holds(2) {
		t.Errorf("holds: %v", h)
	}
	if h := incident.HoldsOf([]incident.Event{set(0)}); !h.All() || !h.Holds(2) {
		t.Errorf("all: %v", h)
	}
}
