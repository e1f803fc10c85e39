package incident

import "time"

// PersonID names a person inside Matoi. Facts carry it instead of a name, so that a name can be erased
// while the record and its hashes stand. The empty ID is Matoi itself.
type PersonID string

// Person is one human being with many chat identities, joined by e-mail address.
type Person struct {
	ID      PersonID `json:"id"`
	Name    string   `json:"name"`
	Email   string   `json:"email,omitempty"`
	Lang    string   `json:"lang,omitempty"` // ja or en; empty means the organisation's
	Zone    string   `json:"zone,omitempty"` // IANA name; empty means the organisation's
	Manager bool     `json:"manager,omitempty"`
	Auditor bool     `json:"auditor,omitempty"` // may read private incidents
	Erased  bool     `json:"erased,omitempty"`
}

// Identity is a person as one chat knows them: Realm is the chat ("console", "slack:T024…"), ID its own id.
type Identity struct {
	Realm string `json:"realm"`
	ID    string `json:"id"`
}

// Place is where in a chat something happened. Thread and Message are empty where they do not apply.
type Place struct {
	Realm   string `json:"realm,omitempty"`
	Room    string `json:"room,omitempty"`
	Thread  string `json:"thread,omitempty"`
	Message string `json:"message,omitempty"`
}

// Room is a place in which an incident is worked: a channel, or a thread of a desk's channel.
type Room struct {
	Realm  string `json:"realm"`
	ID     string `json:"id"`
	Thread string `json:"thread,omitempty"`
	Name   string `json:"name"`
	Link   string `json:"link,omitempty"`
	// Private says that only its members read it, in a chat where a room is one or the other for good.
	Private bool `json:"private,omitempty"`
}

// Message is a chat message that became part of the record: its own time, author, text, link, files and place.
type Message struct {
	Place      Place     `json:"place"`
	Author     PersonID  `json:"author,omitempty"`
	AuthorName string    `json:"author_name,omitempty" erase:"text"` // for authors who are no person of ours
	At         time.Time `json:"at"`
	Text       string    `json:"text" erase:"text"`
	Link       string    `json:"link,omitempty" erase:"text"`
	Files      []File    `json:"files,omitempty"`
}

// File is a file attached to a message, kept by reference. Width and Height are an image's, in pixels.
type File struct {
	Name   string `json:"name" erase:"text"`
	Link   string `json:"link" erase:"text"`
	Type   string `json:"type,omitempty"` // MIME type
	Size   int64  `json:"size,omitempty"` // bytes
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// By is who does a deed. Recorder is set when somebody else writes it down (log --by); Person is empty for Matoi.
type By struct {
	Person   PersonID
	Recorder PersonID
}

// hand is who is at the keyboard. What may be done or seen is judged by that person: a recorder does not borrow
// the authority of the one whose deed is written down.
func (b By) hand() PersonID {
	if b.Recorder != "" {
		return b.Recorder
	}
	return b.Person
}
