package bot

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Store is what the conversation reads of storage. Load returns ErrNotFound for an unknown number; InRoom
// returns 0 where no incident is worked; Find and Alike show only what the viewer may see.
type Store interface {
	Load(ctx context.Context, n incident.Number) (*incident.Incident, error)
	Timeline(ctx context.Context, n incident.Number, after int64, limit int) ([]incident.Event, error)
	Find(ctx context.Context, f incident.Filter) ([]incident.Row, error)
	Alike(ctx context.Context, tokens []string, v incident.Viewer, limit int) ([]incident.Row, error)
	InRoom(ctx context.Context, p incident.Place) (incident.Number, error)
	// Knows reports whether a cause was seen before.
	Knows(ctx context.Context, cause string) (bool, error)
}

// Directory knows people. Person returns ErrNotFound for an unknown id; Named matches a whole name (folded),
// else an e-mail address, else a chat's own id; Meet finds or makes a person and may be repeated.
type Directory interface {
	Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
	People(ctx context.Context) ([]incident.Person, error)
	Named(ctx context.Context, name string) ([]incident.Person, error)
	Meet(ctx context.Context, id incident.Identity, name, email string) (incident.Person, error)
	SavePerson(ctx context.Context, p incident.Person) error
}

// Reporter writes an incident's report as Markdown.
type Reporter interface {
	Markdown(ctx context.Context, number incident.Number, l lang.Lang) (string, error)
}

// Options is what a Bot is made of.
type Options struct {
	Desk     *incident.Desk
	Store    Store
	People   Directory
	Policy   func() incident.Policy
	Reporter Reporter      // nil: the report verb says that there is none
	Shifts   Shifts        // nil: who is on call can't be changed by people
	Inbox    Inbox         // nil: nothing is known of alerts
	Silences Silences      // nil: nothing can be silenced
	Pulses   Pulses        // nil: nothing gives signs of life
	Choices  Choices       // nil: people choose nothing for themselves
	DigestAt func() string // when the house sends digests, HH:MM by the clock of each person; "" is not at all
	Pagers   *Pagers       // nil: people are reached by chat alone
	Now      func() time.Time
	Log      *slog.Logger
	Name     string    // "/incident"
	Aliases  []string  // other names of the command
	BaseURL  string    // where the pages stand, without a trailing slash; "" gives no links
	Lang     lang.Lang // the organisation's
	Local    bool      // an unknown @name becomes a person at first use
	Pins     []string  // emoji that write a message into the timeline; nil means 📌
}

// Bot is the conversation: requests in, replies out, and messages for the pump.
type Bot struct {
	Options
	grammar *Grammar
	pins    map[string]bool
	lags    *lags
}

// New makes a Bot.
func New(o Options) *Bot {
	if o.Name == "" {
		o.Name = "/incident"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lang == "" {
		o.Lang = lang.JA
	}
	if len(o.Pins) == 0 {
		o.Pins = []string{"📌", "pushpin", "round_pushpin", "📍"}
	}
	b := &Bot{Options: o, grammar: NewGrammar(append([]string{o.Name}, o.Aliases...)...), pins: map[string]bool{}, lags: &lags{since: since{}}}
	for _, p := range o.Pins {
		b.pins[emoji(p)] = true
	}
	return b
}

// Grammar gives the table of verbs.
func (b *Bot) Grammar() *Grammar { return b.grammar }

// Names turns a person's id into what is shown for them.
type Names func(incident.PersonID) string

// names looks people up once each; somebody unknown or erased has a neutral name.
func (b *Bot) names(ctx context.Context, l lang.Lang) Names {
	var mu sync.Mutex
	known := map[incident.PersonID]string{}
	return func(id incident.PersonID) string {
		if id == "" {
			return lang.Text(l, "bot.matoi", nil)
		}
		mu.Lock()
		defer mu.Unlock()
		if n, ok := known[id]; ok {
			return n
		}
		p, err := b.People.Person(ctx, id)
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			b.Log.Warn("look up a person", "person", id, "error", err)
		}
		known[id] = p.Name
		if p.Name == "" || p.Erased {
			known[id] = lang.Text(l, "bot.someone", nil)
		}
		return known[id]
	}
}

// mention shows a person as a token that the chat turns into a name; a name can then still be erased.
func mention(id incident.PersonID) string {
	if id == "" {
		return ""
	}
	return "<@" + string(id) + ">"
}
