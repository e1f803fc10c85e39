package incident

import "time"

// HoldExtended moves the time at which a hold is looked at again; why it waits stays.
type HoldExtended struct {
	Review time.Time `json:"review"`
}

// ExtendHold sets when a hold is looked at again.
type ExtendHold struct{ Review time.Time }

func (ExtendHold) command() {}

func (i *Incident) extendHold(c ExtendHold, by By, now time.Time) ([]Entry, *Refusal) {
	switch {
	case !i.Open():
		return i.notOpen()
	case i.Hold == nil:
		return no("not_on_hold")
	case !i.commands(by):
		return nil, i.onlyManager()
	case !c.Review.After(now):
		return no("past", "At", c.Review)
	case c.Review.Equal(i.Hold.Review):
		return no("already_so")
	}
	return just(&HoldExtended{Review: c.Review})
}

// extend folds it: what was asked about the time before is answered by that.
func (i *Incident) extend(e Event, f *HoldExtended) {
	if i.Hold == nil {
		return
	}
	i.forget("prioritised", "restored")
	h := *i.Hold
	h.Review = f.Review
	i.Hold = &h
	i.start(HoldReview, e.At, f.Review)
}
