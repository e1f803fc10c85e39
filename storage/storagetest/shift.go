package storagetest

import (
	"errors"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
)

func shiftChanges(t *testing.T, h *house) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	offer := oncall.Change{
		Schedule: "payments", Person: "p2", For: "p1", From: at, To: at.Add(9 * time.Hour), State: oncall.Offered, By: "p1", At: at.Add(-time.Hour),
	}
	tell := []incident.Effect{{Kind: incident.Tell, Realm: "console", Person: "p2"}}
	begin := func(oncall.Change) (oncall.Change, []incident.Effect, error) { return offer, tell, nil }
	for range 2 { // the second time nothing is made and nobody is told again
		c, err := h.ChangeShift(t.Context(), incident.Cause{ID: "console:1"}, 0, begin)
		if err != nil || c.Number != 1 || !c.To.Equal(offer.To) || c.For != "p1" || c.State != oncall.Offered {
			t.Fatalf("have %+v, %v", c, err)
		}
	}
	if known, err := h.Knows(t.Context(), "console:1"); err != nil || !known {
		t.Errorf("the cause is not known: %v", err)
	}
	_, err := h.ChangeShift(t.Context(), incident.Cause{ID: "console:2"}, 1, func(c oncall.Change) (oncall.Change, []incident.Effect, error) {
		return c, nil, incident.Refuse("oncall_other")
	})
	if r, refused := errors.AsType[*incident.Refusal](err); !refused || r.Code != "oncall_other" {
		t.Errorf("a refusal comes back as %v", err)
	}
	c, err := h.ChangeShift(t.Context(), incident.Cause{ID: "console:2"}, 1, func(c oncall.Change) (oncall.Change, []incident.Effect, error) {
		c, why := c.Answer("p2", true, at.Add(time.Hour))
		if why != "" {
			t.Error(why)
		}
		return c, nil, nil
	})
	if err != nil || c.State != oncall.InForce || !c.From.Equal(at.Add(time.Hour)) || c.Answerer != "p2" {
		t.Errorf("have %+v, %v", c, err)
	}
	if read, err := h.ShiftChange(t.Context(), 1); err != nil || read != c {
		t.Errorf("read %+v, %v, want %+v", read, err, c)
	}
	for since, want := range map[time.Time]int{at: 1, offer.To.Add(-time.Microsecond): 1, offer.To: 0} {
		if list, err := h.ShiftChanges(t.Context(), since); err != nil || len(list) != want {
			t.Errorf("since %v: %v, %v", since, list, err)
		}
	}
	if _, err := h.ShiftChange(t.Context(), 7); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	waiting, err := h.Claim(t.Context(), h.now(), lease, 10)
	if err != nil || len(waiting) != 1 || waiting[0].Effect.Seq != 1 || waiting[0].Effect.Number != 0 || waiting[0].Effect.Person != "p2" {
		t.Errorf("to be told: %+v, %v", waiting, err)
	}
}

func shiftsAskedTwice(t *testing.T, h *house) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	number := int64(0)
	ask := func(person string, change func(*oncall.Change)) int64 {
		t.Helper()
		number++
		c := oncall.Change{Schedule: "payments", Person: person, For: "p1", From: at, To: at.Add(9 * time.Hour), State: oncall.Offered, By: "p1", At: at.Add(-time.Hour)}
		change(&c)
		done := ok[oncall.Change](t)(h.ChangeShift(ctx(t), incident.Cause{ID: "c" + string(rune('a'+number))}, 0, func(oncall.Change) (oncall.Change, []incident.Effect, error) {
			return c, []incident.Effect{{Kind: incident.Tell, Realm: "console", Person: incident.PersonID(person)}}, nil
		}))
		return done.Number
	}
	same := func(*oncall.Change) {}
	order := func(c *oncall.Change) { c.For, c.State = "", oncall.InForce }
	first := ask("p2", same)
	equal(t, "the same again", ask("p2", same), first)
	equal(t, "somebody else", ask("p3", same) == first, false)
	equal(t, "another time", ask("p2", func(c *oncall.Change) { c.To = at.Add(time.Hour) }) == first, false)
	began := func(c *oncall.Change) { c.From, c.At = at.Add(time.Hour), at.Add(time.Hour) }
	equal(t, "of what has begun the rest", ask("p2", began), first)
	if waiting := ok[[]incident.Delivery](t)(h.Claim(ctx(t), h.now(), lease, 10)); len(waiting) != 3 && len(waiting) != 2 { // lanes are of persons
		t.Errorf("told %d times", len(waiting))
	}
	ordered := ask("p4", order)
	equal(t, "an order, too", ask("p4", order), ordered)
	over := ask("p5", order)
	equal(t, "unless another came over it", ask("p4", order) > over, true)
}
