package console

import (
	"time"

	"matoi/bot"
	"matoi/incident"
)

// Channel is a channel or a room of the built-in chat. Direct messages are channels named @a,b. ID is its
// name: names are unique and never reused.
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
}

// Reaction is an emoji with who gave it, in the order given.
type Reaction struct {
	Emoji  string
	People []incident.PersonID
}
