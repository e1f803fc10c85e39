package console

import (
	"time"

	"matoi/bot"
	"matoi/incident"
)

// Channel is a channel or a room of the built-in chat. Direct messages are channels named by their people: @a is what
// Matoi says to a, @a,b is between two of them. ID is its name: names are unique and never reused.
type Channel struct {
	ID      string
	Topic   string
	Private bool
	Direct  bool
	Number  incident.Number // the incident worked here, 0 for an ordinary channel
	Created time.Time
}

// Message is a chat message. Rev grows with every change of any message: a reader who has seen everything up to
// a Rev misses nothing by asking for what is above it. Author empty is Matoi itself.
type Message struct {
	ID        int64
	Rev       int64
	Channel   string
	Thread    int64 // id of the message that starts the thread, 0 at top level
	Author    incident.PersonID
	Only      incident.PersonID // shown to this person alone (ephemeral reply)
	Text      string            // as typed; empty once deleted
	Card      *bot.Card
	Key       string // the sender's marker, unique where set
	At        time.Time
	Edited    time.Time
	Deleted   time.Time
	Reactions []Reaction
	Files     []incident.File
	Replies   int
	// Repliers are the last few who replied in the thread that the message began, the latest first, and Replied is when;
	// both are found out when it is read.
	Repliers []incident.PersonID
	Replied  time.Time
	// Pings lists whom a new message of Matoi's mentions in earnest; its other mentions are silent. It is not read back.
	Pings []incident.PersonID
}

// Put is a message to be added, or, where Change is set, a change of the one with this ID: it may run more than once, and an
// error of it leaves the message as it was.
type Put struct {
	Message Message
	Change  func(m *Message) error
}

// Done is what became of a Put: the message as it stands, or why not.
type Done struct {
	Message Message
	Err     error
}

// Reaction is an emoji with who gave it, in the order given.
type Reaction struct {
	Emoji  string
	People []incident.PersonID
}

// Upload is a file that somebody put into a channel. It is its author's alone until a message with it is Sent.
type Upload struct {
	ID            string // 32 hex digits, unguessable
	Name          string // without a path, at most 200 bytes
	Type          string // MIME type, as the content shows it
	Size          int64  // bytes
	Width, Height int    // pixels; 0 for what is no image
	Channel       string
	Author        incident.PersonID
	At            time.Time
	Sent          bool
}

// Unread tells how much of a channel somebody has not read. Count and Mentions stop at MostUnread; First is the first
// message not read, 0 where only mentions in threads are left.
type Unread struct {
	Channel  string
	Count    int
	Mentions int
	First    int64
}

// Mark is up to which message a person has read a channel. Rev grows with every change of any mark, apart from the Rev of
// messages.
type Mark struct {
	Person  incident.PersonID
	Channel string
	Message int64
	Rev     int64
}

// Query asks for messages that a viewer may see, the newest first. Zero values choose everything.
type Query struct {
	Viewer    incident.Viewer
	Text      string // all of its words must occur; one without any finds nothing
	Channel   string
	Author    incident.PersonID
	Mentioned incident.PersonID // only those that mention this person
	Before    int64             // only messages with an id below
	Limit     int
}
