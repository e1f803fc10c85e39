package bot

import (
	"context"
	"errors"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Pager reaches a person outside the room: by mail, through a gateway for text messages and calls, or in a chat in private.
//
// Errors are those of Chat: a *Permanent will never work for this address, a *Wait comes again after its time, and a *Doubt
// may have reached the person. Everything else did not, and may be tried again. The same Page again, by its Key, is harmless:
// it is one mail to most clients, and one call to a gateway that keeps to its word.
type Pager interface {
	// Realm names what reaches people, in ways and states: "chat", "mail" or "gateway:<name>".
	Realm() string
	// Page hands a page over for an address; ref is what the other side calls it, where it says so. That it was handed over
	// does not mean that it arrived: a gateway may tell later (PageState).
	Page(ctx context.Context, to string, p Page) (ref string, err error)
}

// The realms that every Pager's name is, or begins with.
const (
	ChatRealm    = "chat"
	MailRealm    = "mail"
	GatewayRealm = "gateway:" // with the gateway's name behind it
)

// Page is what somebody is told who has to come. Its texts are plain and have the names of people in them.
type Page struct {
	// Key is the same when the page is sent again: at most 120 printable ASCII characters without spaces, because it stands in
	// headers.
	Key    string
	Lang   lang.Lang
	Number incident.Number // the pages of one incident stand together; 0 for a test
	Person string          // their name
	Title  string          // what burns, in a line
	Text   string
	Link   string // where all of it is read
	Sent   time.Time
	// Answers are links that need no login; the person answers with one of them, once.
	Answers []Answer
	Urgent  bool
}

// Answer is one way to answer a page. Kind is ack, cant or eta.
type Answer struct {
	Kind  string `json:"kind"`
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Doubt marks an error after which the page may have arrived: the connection broke while the answer was awaited.
type Doubt struct{ Err error }

// Error words the cause.
func (d *Doubt) Error() string { return "may have been sent: " + d.Err.Error() }

// Unwrap gives the cause.
func (d *Doubt) Unwrap() error { return d.Err }

// The states of a page, in the order in which they come.
const (
	PageTrying    = "trying"    // begun, or to be tried again
	PageSent      = "sent"      // handed over
	PageFailed    = "failed"    // will not arrive this way
	PageDelivered = "delivered" // arrived, as the gateway says
)

// PageState is what is known of a page by now.
type PageState struct {
	Key     string
	Realm   string
	Address string // as it was when it was sent
	Person  incident.PersonID
	Number  incident.Number // 0 for a test
	State   string
	Ref     string // what the other side calls it
	Why     string // of a failure, as the other side says it
	At      time.Time
}

// After merges what is learnt into what was known. States only move forward: a gateway's word of what became of it may
// overtake its answer that it took the page.
func (s PageState) After(known PageState) PageState {
	if rankOfState(s.State) < rankOfState(known.State) {
		if known.Ref == "" {
			known.Ref = s.Ref
		}
		return known
	}
	if s.Ref == "" {
		s.Ref = known.Ref
	}
	if s.Address == "" {
		s.Address = known.Address
	}
	if s.Person == "" {
		s.Person, s.Number, s.Realm = known.Person, known.Number, known.Realm
	}
	return s
}

func rankOfState(state string) int {
	switch state {
	case PageTrying:
		return 1
	case PageSent:
		return 2
	case PageFailed:
		return 3
	case PageDelivered:
		return 4
	}
	return 0
}

// Fared is the state after a try that ended with err.
func (s PageState) Fared(ref string, err error, now time.Time) PageState {
	s.State, s.Ref, s.Why, s.At = PageSent, ref, "", now
	if err == nil {
		return s
	}
	s.State, s.Why = PageTrying, cutRunes(lang.Clean(err.Error()), reasonSize)
	if _, permanent := errors.AsType[*Permanent](err); permanent {
		s.State = PageFailed
	}
	return s
}

// ErrPageKey is returned (inside a Permanent) for a Key that no header can hold.
var ErrPageKey = errors.New("the key of a page must be short, of ASCII letters, digits and signs, without spaces")

// Sound reports a Key that headers can't hold.
func (p Page) Sound() error {
	if p.Key == "" || len(p.Key) > 120 {
		return &Permanent{ErrPageKey}
	}
	for _, c := range []byte(p.Key) {
		if c <= ' ' || c > '~' {
			return &Permanent{ErrPageKey}
		}
	}
	return nil
}
