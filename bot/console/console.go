package console

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Realm is the built-in chat's name in places.
const Realm = "console"

// The channels that exist from the start. Announcements stand in Incidents, with the desk's threads below.
const (
	General   = "general"
	Incidents = "incidents"
)

// Store keeps the chat's rows. Unknown channels, messages and people are incident.ErrNotFound.
type Store interface {
	// Channels lists the channels that v may read (read.go has the rule), in the order of their names.
	Channels(ctx context.Context, v incident.Viewer) ([]Channel, error)
	// Common lists those of them in which no incident is worked.
	Common(ctx context.Context, v incident.Viewer) ([]Channel, error)
	// Rooms gives the channels in which the incidents are worked, of those that v may read.
	Rooms(ctx context.Context, v incident.Viewer, numbers []incident.Number) (map[incident.Number]string, error)
	// Channel finds one by its name.
	Channel(ctx context.Context, id string) (Channel, error)
	// SaveChannel makes the channel, or sets topic and privacy of the present one; made tells which.
	SaveChannel(ctx context.Context, c Channel) (made bool, err error)
	// Members lists a channel's members.
	Members(ctx context.Context, channel string) ([]incident.PersonID, error)
	// AddMember adds one; added is false for a member.
	AddMember(ctx context.Context, channel string, person incident.PersonID) (added bool, err error)
	// RemoveMember takes one away; removed is false for somebody who is none.
	RemoveMember(ctx context.Context, channel string, person incident.PersonID) (removed bool, err error)
	// AddMessage stores a message with a new ID and Rev; where its Key is present already that message is returned.
	AddMessage(ctx context.Context, m Message) (Message, error)
	// EditMessage changes a message under a lock and gives it a new Rev; an error of change is returned as it is and
	// nothing is written.
	EditMessage(ctx context.Context, id int64, change func(m *Message) error) (Message, error)
	// PutMessages adds and edits several of Matoi's own in one go and in their order, each as AddMessage and EditMessage do,
	// with an answer for each. After an error some may be there and others not.
	PutMessages(ctx context.Context, list []Put) ([]Done, error)
	// Message finds one.
	Message(ctx context.Context, id int64) (Message, error)
	// Messages lists a thread (0: the top level) of a channel before an id (0: the newest), newest last.
	Messages(ctx context.Context, channel string, thread, before int64, limit int) ([]Message, error)
	// Since lists what changed above rev in the order of Rev. A Rev is shown only when no lower one can appear any more.
	Since(ctx context.Context, rev int64, limit int) ([]Message, error)
	// Rev is the highest one.
	Rev(ctx context.Context) (int64, error)
	// After lists a thread (0: the top level) of a channel behind an id, oldest first.
	After(ctx context.Context, channel string, thread, after int64, limit int) ([]Message, error)
	// Search lists what q asks for and its viewer may see, the newest first.
	Search(ctx context.Context, q Query) ([]Message, error)
	// Load gives an incident, for the question of who may see its room.
	Load(ctx context.Context, n incident.Number) (*incident.Incident, error)
	// Person finds a person; People lists all of them, for mentions by name.
	Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
	People(ctx context.Context) ([]incident.Person, error)
	Files
	Marks
}

// Files keeps uploads in pieces, so that a large one never holds up what others write.
type Files interface {
	// BeginUpload makes room for a file that nobody sees yet.
	BeginUpload(ctx context.Context, u Upload) error
	// AddPiece adds the piece at pos (counted from 0). bound is how many bytes its author may have waiting unsent, with
	// this one: above it nothing is written and the error is ErrCrowded.
	AddPiece(ctx context.Context, id string, pos int, body []byte, bound int64) error
	// EndUpload makes the file complete and keeps what was found out about it (Type, Size, Width, Height).
	EndUpload(ctx context.Context, u Upload) error
	// DropUpload takes a file away that was not sent; an unknown one is no error.
	DropUpload(ctx context.Context, id string) error
	// DropUnsent takes away what was not sent and is older, and tells how many.
	DropUnsent(ctx context.Context, before time.Time) (int, error)
	// Upload finds a complete one.
	Upload(ctx context.Context, id string) (Upload, error)
	// Piece reads the piece at pos.
	Piece(ctx context.Context, id string, pos int) ([]byte, error)
	// Exhibited reports whether the file came into the record of an incident that v may see.
	Exhibited(ctx context.Context, id string, v incident.Viewer) (bool, error)
}

// Marks keeps up to where people have read.
type Marks interface {
	// MoveMark moves a person's mark of a channel forward, never back, and not behind the newest message there is. Those of
	// the channels in others that have no mark yet get one at their end.
	MoveMark(ctx context.Context, person incident.PersonID, channel string, upto int64, others ...string) error
	// StartMarks gives a person marks at the end of the channels in which they have none.
	StartMarks(ctx context.Context, person incident.PersonID, channels ...string) error
	// SetMark puts a person's mark of a channel where they want it, back as well as forward.
	SetMark(ctx context.Context, person incident.PersonID, channel string, at int64) error
	// Unread counts what v has not read in the channels they may see and are a member of, and in the open ones; a channel
	// with nothing unread is left out. open are channels that everybody has: without a mark nothing in them is unread.
	Unread(ctx context.Context, v incident.Viewer, open ...string) ([]Unread, error)
	// Mark is up to where a person has read a channel, 0 if nothing.
	Mark(ctx context.Context, person incident.PersonID, channel string) (int64, error)
}

// Handler is the bot behind the chat.
type Handler interface {
	// Handle works a request off. Refusals stand in the reply; an error is a breakage.
	Handle(ctx context.Context, r bot.Request) (bot.Reply, error)
}

// Options are what a Console is made of.
type Options struct {
	Store   Store
	Handler Handler
	Now     func() time.Time
	Log     *slog.Logger
	Name    string   // the command, "/incident" when empty
	Aliases []string // further ones, e.g. "/inc"
	// UploadBound is how many bytes a file may have, 20 MiB when 0; UnsentBound how many a person may have waiting that no
	// message was sent with, 200 MiB when 0.
	UploadBound, UnsentBound int64
}

// Console is the built-in chat.
type Console struct {
	Options
}

var (
	_ bot.Near  = (*Console)(nil)
	_ bot.Paced = (*Console)(nil)
)

// New makes the chat; Start must run before it is used.
func New(o Options) *Console {
	if o.Name == "" {
		o.Name = "/incident"
	}
	if o.UploadBound == 0 {
		o.UploadBound = 20 << 20
	}
	if o.UnsentBound == 0 {
		o.UnsentBound = 200 << 20
	}
	return &Console{Options: o}
}

// Start makes the channels that exist from the start.
func (c *Console) Start(ctx context.Context) error {
	for _, id := range []string{General, Incidents} {
		if err := c.ensure(ctx, Channel{ID: id}); err != nil {
			return fmt.Errorf("make channel %s: %w", id, err)
		}
	}
	return nil
}

// Pace lets each card change four times a second: faster than that nobody reads, and every change is sent to all who look on.
func (c *Console) Pace() (least time.Duration, each bool) { return 250 * time.Millisecond, true }

// Realm is "console".
func (c *Console) Realm() string { return Realm }

// now is the clock at the store's precision.
func (c *Console) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }

// command splits a typed text that begins with the command's name or an alias, as keyboards write it
// (／incident, " /INC"), and gives what follows as it was typed.
func (c *Console) command(text string) (rest string, ok bool) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\u3000", " "))
	word, rest, _ := strings.Cut(text, " ")
	if line, more, cut := strings.Cut(word, "\n"); cut {
		word, rest = line, more+" "+rest
	}
	word = strings.ToLower(lang.Fold(word))
	for _, name := range append([]string{c.Name}, c.Aliases...) {
		if word == strings.ToLower(name) {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// Commands lists the command's name and its aliases, for completion.
func (c *Console) Commands() []string { return append([]string{c.Name}, c.Aliases...) }

// Link is the address of a message, or of a channel when id is 0, below the site's root.
func Link(channel string, id int64) string {
	link := "/chat/" + url.PathEscape(channel)
	if id == 0 {
		return link
	}
	return fmt.Sprintf("%s#m%d", link, id)
}
