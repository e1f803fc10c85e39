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
	// Message finds one.
	Message(ctx context.Context, id int64) (Message, error)
	// Messages lists a thread (0: the top level) of a channel before an id (0: the newest), newest last.
	Messages(ctx context.Context, channel string, thread, before int64, limit int) ([]Message, error)
	// Since lists what changed above rev in the order of Rev. A Rev is shown only when no lower one can appear any more.
	Since(ctx context.Context, rev int64, limit int) ([]Message, error)
	// Rev is the highest one.
	Rev(ctx context.Context) (int64, error)
	// Load gives an incident, for the question of who may see its room.
	Load(ctx context.Context, n incident.Number) (*incident.Incident, error)
	// Person finds a person; People lists all of them, for mentions by name.
	Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
	People(ctx context.Context) ([]incident.Person, error)
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
}

// Console is the built-in chat.
type Console struct {
	Options
}

var _ bot.Chat = (*Console)(nil)

// New makes the chat; Start must run before it is used.
func New(o Options) *Console {
	if o.Name == "" {
		o.Name = "/incident"
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
