package oncall_test

import (
	"testing"
	"time"

	"matoi/incident/oncall"
)

// turns has ann and bob on call by turns of a day from 09:00 on, ann first.
func turns(t *testing.T) (s oncall.Schedule, at func(string) time.Time) {
	at = func(text string) time.Time { return in(t, "UTC", "2026-"+text) }
	return oncall.Schedule{Name: "payments", Layers: []oncall.Layer{{
		People: []string{"ann", "bob"}, Start: at("01-05 09:00"), Turn: oncall.Turn{Every: oncall.Day, N: 1},
	}}}, at
}

func TestASwapNeedsBothAndIsThenInForce(t *testing.T) {
	s, at := turns(t)
	now := at("01-05 10:00")
	c, why := s.Swap("ann", "cho", at("01-05 12:00"), at("01-05 15:00"), now)
	if why != "" || c.State != oncall.Offered {
		t.Fatalf("have %v %s", c, why)
	}
	if _, why := c.Answer("bob", true, now); why != oncall.RefusedOther {
		t.Errorf("bob was not asked: %s", why)
	}
	if on := oncall.Lay([]oncall.Schedule{s}, []oncall.Change{c})[0].At(at("01-05 13:00")); on[0] != "ann" {
		t.Errorf("an offer changes nothing: %v", on)
	}
	yes, why := c.Answer("cho", true, at("01-05 13:00"))
	if why != "" || !yes.From.Equal(at("01-05 13:00")) {
		t.Errorf("what is past stays as it was: %v %s", yes, why)
	}
	laid := oncall.Lay([]oncall.Schedule{s}, []oncall.Change{yes})[0]
	same(t, "shifts", said(laid.Shifts(at("01-05 12:00"), at("01-05 16:00")), time.UTC), `
		ann 01-05 12:00 - 01-05 13:00
		cho 01-05 13:00 - 01-05 15:00 override
		ann 01-05 15:00 - 01-05 16:00`)
	if _, why := yes.Answer("cho", false, now); why != oncall.RefusedAnswered {
		t.Errorf("it was answered: %s", why)
	}
	no, _ := c.Answer("cho", false, now)
	if on := oncall.Lay([]oncall.Schedule{s}, []oncall.Change{no})[0].At(at("01-05 13:00")); no.State != oncall.Declined || on[0] != "ann" {
		t.Errorf("declined: %v %v", no, on)
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	s, at := turns(t)
	now := at("01-05 10:00")
	for want, swap := range map[string][4]string{
		"":                  {"ann", "bob", "01-05 12:00", "01-05 15:00"},
		oncall.RefusedEmpty: {"ann", "bob", "01-05 12:00", "01-05 12:00"},
		oncall.RefusedPast:  {"ann", "bob", "01-05 09:00", "01-05 10:00"},
		oncall.RefusedLong:  {"ann", "bob", "01-05 12:00", "04-05 12:00"},
		oncall.RefusedSelf:  {"ann", "ann", "01-05 12:00", "01-05 15:00"},
		oncall.RefusedNotOn: {"bob", "ann", "01-05 12:00", "01-05 15:00"},
	} {
		if _, why := s.Swap(swap[0], swap[1], at(swap[2]), at(swap[3]), now); why != want {
			t.Errorf("%v: have %q, want %q", swap, why, want)
		}
	}
	c, _ := s.Swap("ann", "bob", at("01-05 09:00"), at("01-05 12:00"), now)
	if !c.From.Equal(now) {
		t.Errorf("it begins at %v", c.From)
	}
	if _, why := c.Answer("bob", true, at("01-05 12:00")); why != oncall.RefusedPast {
		t.Errorf("too late: %q", why)
	}
}

func TestWhatIsTakenBackKeepsWhatWentBefore(t *testing.T) {
	s, at := turns(t)
	c, why := s.Order("dan", "eve", at("01-05 12:00"), at("01-05 18:00"), at("01-05 10:00"))
	if why != "" || c.State != oncall.InForce || c.For != "" {
		t.Fatalf("have %v %s", c, why)
	}
	if _, why := c.Cancel("bob", false, at("01-05 13:00")); why != oncall.RefusedNotYours {
		t.Errorf("have %q", why)
	}
	before, why := c.Cancel("eve", false, at("01-05 11:00"))
	if why != "" || before.State != oncall.Ended {
		t.Errorf("before it began: %v %s", before, why)
	}
	half, why := c.Cancel("bob", true, at("01-05 14:00"))
	laid := oncall.Lay([]oncall.Schedule{s}, []oncall.Change{half})[0]
	same(t, "shifts "+why, said(laid.Shifts(at("01-05 11:00"), at("01-05 16:00")), time.UTC), `
		ann 01-05 11:00 - 01-05 12:00
		eve 01-05 12:00 - 01-05 14:00 override
		ann 01-05 14:00 - 01-05 16:00`)
	if _, why := half.Cancel("bob", true, at("01-05 15:00")); why != oncall.RefusedOver {
		t.Errorf("twice: %q", why)
	}
}

func TestTheAgreementOfLastCountsWhereTwoOverlap(t *testing.T) {
	s, at := turns(t)
	first, _ := s.Order("dan", "eve", at("01-05 12:00"), at("01-05 18:00"), at("01-05 10:00"))
	second, _ := s.Order("dan", "fay", at("01-05 12:00"), at("01-05 18:00"), at("01-05 11:00"))
	if on := oncall.Lay([]oncall.Schedule{s}, []oncall.Change{second, first})[0].At(at("01-05 13:00")); on[0] != "fay" {
		t.Errorf("have %v", on)
	}
}
