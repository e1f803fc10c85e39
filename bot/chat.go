package bot

import (
	"context"
	"errors"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Chat is a chat platform as the pump uses it. Every adapter meets the same contract (bot/chattest).
// All calls may be repeated: they must be idempotent by the message's Key or the room's Name.
// Errors: a *Permanent is never retried; a *Wait is retried after its time; everything else is retried with
// backoff, and marks the delivery as doubtful when the call may have reached the platform.
type Chat interface {
	// Realm names the chat in places, e.g. "console".
	Realm() string
	// OpenRoom makes the room of spec, or adopts the one that is already ours.
	OpenRoom(ctx context.Context, spec RoomSpec) (incident.Room, error)
	// Invite brings people into a room; one who can't be brought is an error of that person only.
	Invite(ctx context.Context, room incident.Room, people []incident.PersonID) error
	// SetTopic sets the room's topic.
	SetTopic(ctx context.Context, room incident.Room, topic string) error
	// Post sends a message to a room, a thread or the announcement channel and returns where it stands. With
	// doubtful set it first looks for a message with the same Key.
	Post(ctx context.Context, to incident.Place, m Message, doubtful bool) (incident.Receipt, error)
	// Edit replaces a message that Post returned.
	Edit(ctx context.Context, at incident.Place, m Message) error
	// Withdraw takes back what Post wrote into a thread, because its incident became private: what people wrote there
	// and the message that starts it stay. Done again it changes nothing.
	Withdraw(ctx context.Context, thread incident.Place) error
	// Tell sends a private message to a person.
	Tell(ctx context.Context, person incident.PersonID, m Message, doubtful bool) (incident.Receipt, error)
	// Announcements is the place of announcements and of the desk's threads.
	Announcements(ctx context.Context) (incident.Place, error)
}

// Near is a chat that is part of this process: it has no limit and no network, so that what waits for all its rooms is written
// in one go.
type Near interface {
	Chat
	// Write posts and edits what the list says, in its order, and tells for each what became of it. A Key is posted once,
	// whatever happened before. After an error of the whole list some of it may have been written.
	Write(ctx context.Context, list []Writing) ([]Written, error)
}

// Writing is a message to be posted at a place, or, with Edit, to replace the one there.
type Writing struct {
	At      incident.Place
	Message Message
	Edit    bool
}

// Written is what became of a Writing: where it stands, or the error that Post or Edit would have returned.
type Written struct {
	Receipt incident.Receipt
	Err     error
}

// RoomSpec is the room wanted. Name is safe on every platform (lower case ASCII, at most 60 characters);
// Thread asks for a thread of the announcement channel instead of a room.
type RoomSpec struct {
	Number  incident.Number
	Name    string
	Title   string
	Private bool
	Thread  bool
	First   Message // what starts the thread
}

// Message is what is posted: a text in the small Markdown chats share (escape.go), or a card. People stand in all
// texts, titles and topics as mention tokens <@p17>, which the adapter shows as names. Key marks it so that a
// doubtful post can be found again; Pings lists the people whom it may ping, all other mentions stay silent.
type Message struct {
	Key   string
	Text  string
	Card  *Card
	Pings []incident.PersonID
	Lang  lang.Lang
	Link  string // where all of it is read, for a chat that has to shorten it; a path of the pages or an address
	Tells Tells
	Asks  bool // one person is asked something: the first button is the answer that is hoped for
	// Passes says that what it asks may pass by itself: where it stands is kept, so that it can be said there.
	Passes bool
	Due    []Ref // the entries that one message reminds of, where it is about what is due
}

// Ref is an entry of an incident.
type Ref struct {
	Number incident.Number
	Seq    int64
}

// Card is a closed little form of content that every platform can show in its own manner.
type Card struct {
	Title   string   `json:"title"` // plain text, no markup
	Link    string   `json:"link,omitempty"`
	Tone    Tone     `json:"tone,omitempty"`
	Text    string   `json:"text,omitempty"`  // Markdown
	Alarm   string   `json:"alarm,omitempty"` // what burns now, shown in vermilion
	Fields  []Field  `json:"fields,omitempty"`
	Items   []Item   `json:"items,omitempty"`   // checklist and tasks
	Buttons []Button `json:"buttons,omitempty"` // the first is the primary one
	Selects []Select `json:"selects,omitempty"`
	Foot    string   `json:"foot,omitempty"`
	// Question says that the buttons are the answers to one question: once one was pressed, the others have had their time.
	Question bool `json:"question,omitempty"`
}

// Tone colours a card, never alone: the text says the same.
type Tone string

// The tones: what burns now, what is about to, calm, and over.
const (
	Burning Tone = "burning"
	Warning Tone = "warning"
	Calm    Tone = "calm"
	Done    Tone = "done"
)

// Field is a named value on a card.
type Field struct {
	Name  string    `json:"name"`
	Value string    `json:"value"` // Markdown
	Wide  bool      `json:"wide,omitempty"`
	Tone  Tone      `json:"tone,omitempty"`
	Time  time.Time `json:"time,omitzero"` // shown relative, with the exact one on hover
}

// Item is a line that can be done, with its own buttons.
type Item struct {
	Text    string   `json:"text"`
	Done    bool     `json:"done,omitempty"`
	Who     string   `json:"who,omitempty"`
	Buttons []Button `json:"buttons,omitempty"`
}

// Button runs a verb of the grammar: Command is what a person would type instead (without the command name), so
// every button has a typed equal. Form asks first: the verb's form is shown. URL is a plain link instead.
type Button struct {
	Label   string `json:"label"`
	Command string `json:"command,omitempty"`
	Form    bool   `json:"form,omitempty"`
	URL     string `json:"url,omitempty"`
	Style   string `json:"style,omitempty"` // primary, danger, or empty
	Confirm string `json:"confirm,omitempty"`
}

// Select runs Command with the chosen value behind it.
type Select struct {
	Label   string   `json:"label"`
	Command string   `json:"command"`
	Options []Option `json:"options"`
	Value   string   `json:"value,omitempty"`
}

// Option is one choice.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Form is a dialog: Command is run with the inputs as flags when it is sent.
type Form struct {
	Title   string  `json:"title"`
	Command string  `json:"command"` // verb with what is already known, e.g. "open" or "update --in INC-…"
	Text    string  `json:"text,omitempty"`
	Inputs  []Input `json:"inputs"`
	Submit  string  `json:"submit"`
	// Buttons lead to what Text speaks of, for a chat that can show it without losing what was filled in; others leave them out.
	Buttons []Button `json:"buttons,omitempty"`
	Seen    int64    `json:"seen,omitempty"` // the incident's version the form was made from; comes back in Request.Seen
}

// Input is one field of a form. Kind is text, area, select, multi, person, check or time.
type Input struct {
	Name     string   `json:"name"` // the flag it becomes
	Label    string   `json:"label"`
	Kind     string   `json:"kind"`
	Value    string   `json:"value,omitempty"`
	Options  []Option `json:"options,omitempty"`
	Hint     string   `json:"hint,omitempty"`
	Required bool     `json:"required,omitempty"`
	Max      int      `json:"max,omitempty"` // characters
	// Search says that there may be more choices than Options lists: Bot.Suggest finds them by what is typed.
	Search bool `json:"search,omitempty"`
	// Live says that the form is wanted again, with Fields, when this was filled in: the rest of it depends on it.
	Live bool `json:"live,omitempty"`
}

// RequestKind tells what a person did.
type RequestKind string

// What people do in a chat.
const (
	Typed     RequestKind = "typed"     // a slash command, or a button's typed equal
	WantForm  RequestKind = "want_form" // a button that asks first
	Sent      RequestKind = "sent"      // a form with Fields
	Reacted   RequestKind = "reacted"
	Unreacted RequestKind = "unreacted"
	FromMenu  RequestKind = "from_menu" // Text is "log" or "open": the message menu
	Said      RequestKind = "said"      // an ordinary message in a room
	Edited    RequestKind = "edited"
	Deleted   RequestKind = "deleted"
	Entered   RequestKind = "entered"
	Gone      RequestKind = "gone"
	Renamed   RequestKind = "renamed" // the room: Text is its name now; By is empty
	Lost      RequestKind = "lost"    // the room can't be written into any more: Text is a Why; By is empty
)

// Request is what an adapter decoded. Cause is the platform's own id of the delivery, unique with the realm.
type Request struct {
	Kind    RequestKind
	Cause   string
	By      incident.PersonID
	Place   incident.Place
	Text    string            // the command without the command's name
	Fields  map[string]string // of a form
	Seen    int64             // of a form
	Message *incident.Message // the message concerned
	Emoji   string
	Lang    lang.Lang // the reader's, as the platform or the browser says; the person's own choice goes first
	NoForms bool      // no form can be shown here (API, CLI): a title alone opens at once
}

// Reply is shown to the one who asked by the adapter that received the request; what must survive goes
// through the outbox instead.
type Reply struct {
	Text     string
	Card     *Card
	Form     *Form
	Errors   map[string]string  // per input of the form that was sent
	Refused  *incident.Refusal  // set when it was not done
	Number   incident.Number    // the incident it is about
	Incident *incident.Incident // that one as the request left it; nil where the request did not read it
	Verb     string             // of what was typed; empty where it was not understood
	Document string             // a long text to show on a page of its own (report), Markdown
	Silence  int64              // the number of the silence it is about
	Rule     int64              // the number of the rule for alerts that was made
	Changed  bool               // something was recorded
	Heard    bool               // the room in which it was asked is told the same: no need to say it twice
}

// Permanent marks an error that no retry will mend.
type Permanent struct{ Err error }

// Error words the cause.
func (p *Permanent) Error() string { return p.Err.Error() }

// Unwrap gives the cause.
func (p *Permanent) Unwrap() error { return p.Err }

// Wait asks to come back After this time: a rate limit, of the channel that was called (all openings of rooms count as one),
// of the Whole chat, or of what was wanted alone (Own): then everything else may still be sent into the channel.
type Wait struct {
	After time.Duration
	Whole bool
	Own   bool
}

// Error says so.
func (w *Wait) Error() string { return "asked to wait " + w.After.String() }

// ErrGone is returned (inside a Permanent) when a room or message no longer exists.
var ErrGone = errors.New("gone")

// ErrStranger is returned (inside a Permanent) for a person whom the chat does not know, or knows no more. They are told in
// another chat where there is one.
var ErrStranger = errors.New("a stranger here")
