package incident

import "time"

// ClockKind names a deadline.
type ClockKind string

// The clocks. All but the first five are not targets: missing them is a reminder, not a miss.
const (
	Response       ClockKind = "response"
	Restoration    ClockKind = "restoration"
	FirstNotice    ClockKind = "first_notice"
	CustomerNotice ClockKind = "customer_notice"
	NextUpdate     ClockKind = "next_update"
	HoldReview     ClockKind = "hold_review"
	VendorPromise  ClockKind = "vendor_promise"
	AskNext        ClockKind = "ask_next"     // an unacknowledged P1 goes to the next person
	Delegate       ClockKind = "delegate"     // one person still holds everything
	Relief         ClockKind = "relief"       // fatigue
	Confirmation   ClockKind = "confirmation" // silence closes
)

// Clock is one running or ended deadline. Every one stores the policy version that set it.
type Clock struct {
	Kind   ClockKind `json:"kind"`
	Start  time.Time `json:"start"`
	Due    time.Time `json:"due"`
	Met    time.Time `json:"met,omitzero"`    // ended in time or late
	Missed time.Time `json:"missed,omitzero"` // recorded as missed
	Paused time.Time `json:"paused,omitzero"` // stands still since
	Step   int       `json:"step,omitempty"`  // last reminder given: share in percent, above 100 after the miss
	Policy string    `json:"policy"`
}

// Running reports whether the clock still counts.
func (c *Clock) Running() bool { return c != nil && c.Met.IsZero() && c.Paused.IsZero() }
