package incident

import "time"

// Settlement says what became of a delivery that was claimed.
type Settlement string

// The settlements.
const (
	Delivered Settlement = "delivered" // it stands in the chat, or there was nothing left to say
	PutOff    Settlement = "put-off"   // it comes again
	GivenUp   Settlement = "given-up"  // it never will; its row stays for a while with the reason
)

// Settled is a delivery with what became of it.
type Settled struct {
	ID int64
	As Settlement
	// Where it stands now (the zero Receipt keeps what was known). One that was put off is then in doubt no more.
	Receipt Receipt
	// Asks says that it stands for a Question, too.
	Asks bool
	// Of what was delivered: the incident's version that was shown. One that waits behind it to show the same state, or an older
	// one, is needless then; 0 keeps those.
	Version int64
	// Of what was put off: when it comes again; whether the chat was called at all; whether it may have been told.
	At       time.Time
	Untried  bool
	Doubtful bool
	// Why it was put off or given up, in one line.
	Why string
}
