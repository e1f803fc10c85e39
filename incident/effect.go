package incident

import "time"

// EffectKind says what the world must be told. Effects point into the timeline, never at rendered messages:
// the pump renders from the state of the moment at which it sends.
type EffectKind string

// The effects.
const (
	OpenRoom EffectKind = "open-room" // make or adopt the room (or the thread) of a realm; the receipt is RoomOpened
	ShowCard EffectKind = "show-card" // keep the one living card of the room equal to the state
	Announce EffectKind = "announce"  // keep the announcement equal to the state
	Post     EffectKind = "post"      // tell the room about entry Seq
	Tell     EffectKind = "tell"      // tell a person privately about entry Seq (duties, asks, offers, what was missed)
	Remind   EffectKind = "remind"    // tell a person privately of what is due: entry Seq, and what became due with it
	Brief    EffectKind = "brief"     // show a person privately where things stand
	Invite   EffectKind = "invite"    // bring a person into the room
	Expel    EffectKind = "expel"     // take a person out of the room who may not see the incident any more
	SetTopic EffectKind = "set-topic" // keep the room's topic equal to the state
	Furnish  EffectKind = "furnish"   // keep at hand in the room what is looked for there: the card, links
	Muster   EffectKind = "muster"    // keep those who lead incidents reachable under one name
	HandIn   EffectKind = "hand-in"   // give the room the report of what is over
	Archive  EffectKind = "archive"   // put the room away, because the incident is over
	Wake     EffectKind = "wake"      // bring the room back, or another one, because it is not
	Page     EffectKind = "page"      // call a person over their ways beside the chat; Seq is Asked
	Outdate  EffectKind = "outdate"   // say in the question that the room, or the Person, was asked last that it is asked no more; Seq is why
	Unsay    EffectKind = "unsay"     // take back what was told of the entries that were erased; Seq is the fact that says so, or of the Person who was
)

// Effect is one thing to be told. One waiting effect of a coalescing kind stands for all changes until it is sent.
type Effect struct {
	Number Number
	Kind   EffectKind
	Realm  string
	Person PersonID // for tell, remind, brief, invite and expel; of unsay who was erased
	Seq    int64    // the entry it speaks of; 0 for those that show the state
	Urgent bool
}

// Question is the kind under which the receipt of what was asked last is kept beside its own, in a room or of a person, where the
// question may pass by itself.
const Question EffectKind = "question"

// Coalesces reports whether a waiting effect of this kind makes another one needless.
func (k EffectKind) Coalesces() bool { return k == ShowCard || k == Announce || k == SetTopic }

// Lane is the order in which effects of one incident and room are sent: a lane is worked head first.
// People have lanes of their own, so that a person who can't be reached holds nobody else up; so have what is told elsewhere
// than in the room, and what stands beside it and is rationed more than words are.
func (e Effect) Lane() string {
	lane := e.Number.String() + "/" + e.Realm
	switch e.Kind {
	case Muster: // one list for all incidents
		return e.Realm + "/" + string(e.Kind)
	case Tell, Brief, Page:
		return lane + "/" + string(e.Person)
	case Outdate: // behind the question
		if e.Person != "" {
			lane += "/" + string(e.Person)
		}
		return lane
	case Remind: // what waits to be told together keeps no call waiting
		return lane + "/" + string(e.Person) + "/" + string(e.Kind)
	case Invite, Expel: // in their order
		return lane + "/invite/" + string(e.Person)
	case Announce:
		return lane + "/announce"
	case SetTopic:
		return lane + "/topic"
	case Furnish, HandIn, Archive, Unsay:
		return lane + "/" + string(e.Kind)
	}
	return lane
}

// Delivery is an effect waiting in the outbox, as the pump claims it. Tries counts the attempts before this one;
// Doubtful is set when one of them may have reached the chat (time-out, crash): look before sending again.
type Delivery struct {
	ID       int64
	Effect   Effect
	Tries    int
	Doubtful bool
	Waiting  time.Time // since when it waits
	Taken    bool      // somebody has it in hand; only of those that were only looked at
	// Behind are those of the same lane that were taken with it: they go after it, in this order, once it has gone.
	Behind []Delivery
}

// Receipt is what came back from a chat: the message that now stands for the effect, as the adapter names it.
type Receipt struct {
	Place Place  `json:"place"`
	Link  string `json:"link,omitempty"`
}
