package slack

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Realm is Slack's name in places, where the configuration gives a workspace no name of its own.
const Realm = "slack"

// RealmOf is the name in places of the workspace that the configuration calls so. Each is an installation of the app: a
// workspace, or an organisation of them, whose ids of channels and people are unique within it.
func RealmOf(name string) string {
	if name == "" {
		return Realm
	}
	return Realm + ":" + name
}

// Handler is the bot behind the chat.
type Handler interface {
	// Handle works a request off. Refusals stand in the reply; an error is a breakage.
	Handle(ctx context.Context, r bot.Request) (bot.Reply, error)
	// Logs reports whether an emoji below a message writes it into the timeline.
	Logs(emoji string) bool
	// Suggest gives at most so many choices for an input of a form, of those that fit what was typed.
	Suggest(ctx context.Context, who incident.PersonID, l lang.Lang, input, typed string, most int) ([]bot.Option, error)
	// Home is what somebody sees of their own work.
	Home(ctx context.Context, who incident.PersonID, l lang.Lang) ([]bot.Card, error)
	// Glance is an incident as whoever reads a place may see it; nil where there is none, or none for them.
	Glance(ctx context.Context, n incident.Number, at incident.Place) (*bot.Glance, error)
}

// Directory knows people, and as whom the chats know them.
type Directory interface {
	Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
	Meet(ctx context.Context, id incident.Identity, name, email string) (incident.Person, error)
	SavePerson(ctx context.Context, p incident.Person) error
	Identities(ctx context.Context, id incident.PersonID) ([]incident.Identity, error)
}

// Rooms tells which incident is worked at a place, 0 for none.
type Rooms interface {
	InRoom(ctx context.Context, p incident.Place) (incident.Number, error)
}

// Options are what an Adapter is made of.
type Options struct {
	Realm   string // the workspace's name in places, Realm where empty
	Config  Config
	Handler Handler
	People  Directory
	Rooms   Rooms
	Memory  Memory // of the workspace; nil remembers nothing
	Now     func() time.Time
	Log     *slog.Logger
	Lang    lang.Lang // the organisation's
	Name    string    // the command, "/incident" where empty
	Aliases []string
	BaseURL string       // of the pages, for links
	HTTP    *http.Client // the way to Slack; nil takes one with a limit of time
}

// Adapter is Slack behind bot.Chat, and the inbox of what comes from there.
type Adapter struct {
	Options
	web    *slackgo.Client
	budget *budget
	people people
	homes  homes
	forms  forms

	asking chan struct{} // full while somebody asks Slack who we are

	mu            sync.Mutex
	self          identity
	announcements string          // the channel's id, once it was found
	others        map[string]bool // channels that we did not make

	answered atomic.Int64 // when Slack answered last, in microseconds
	heard    atomic.Int64 // when the last event came
	figures  figures
	works    works // what goes on after Slack was answered
}

// figures are counted for /metrics.
type figures struct {
	limited, received, refused atomic.Uint64
	sockets                    atomic.Int64
	denied                     atomic.Bool // the token is not taken any more
}

var _ bot.Chat = (*Adapter)(nil)

// New makes an Adapter; it calls nobody yet.
func New(o Options) *Adapter {
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 2 * callTime}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Realm == "" {
		o.Realm = Realm
	}
	if o.Name == "" {
		o.Name = "/incident"
	}
	if o.Config.Announcements == "" {
		o.Config.Announcements = "incidents"
	}
	a := &Adapter{Options: o, budget: newBudget(), others: map[string]bool{}, asking: make(chan struct{}, 1)}
	a.people.known = map[string]known{}
	a.web = slackgo.New(
		o.Config.BotToken.Reveal(), slackgo.OptionAPIURL(o.Config.apiURL()), slackgo.OptionHTTPClient(o.HTTP),
		slackgo.OptionAppLevelToken(o.Config.AppToken.Reveal()),
	)
	return a
}

// Realm names the workspace in places.
func (a *Adapter) Realm() string { return a.Options.Realm }

// Run is Run of one workspace alone.
func (a *Adapter) Run(ctx context.Context) error { return Workspaces{a}.Run(ctx) }

// arrive introduces us to Slack. Slack may be away: then it is tried again, and what waits for it waits in the outbox. It is
// false where ctx ended before.
func (a *Adapter) arrive(ctx context.Context) bool {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		me, err := a.introduce(ctx)
		if err == nil {
			a.Log.Info("Slack knows us", "workspace", place(me.home(a.Realm(), a.Now())), "user", me.user, "realm", a.Realm())
			return true
		}
		if lost, is := errors.AsType[*astray](err); is {
			pause = max(pause, awayFor)
			a.Log.Error("Nothing is sent to Slack or taken from it: put the token of the record's workspace back, or name the new one in slack.workspace to move there",
				"token of", lost.now, "record in", lost.was, "realm", a.Realm())
		} else {
			a.Log.Warn("Slack does not know us yet", "error", err, "again", pause, "realm", a.Realm())
		}
		if !rest(ctx, pause) {
			return false
		}
	}
}

// rest waits; false when ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// link is where a message, or a channel when ts is "", is read.
func (s self) link(channel, ts, thread string) string {
	if s.site == "" {
		return ""
	}
	link := s.site + "archives/" + channel
	if ts == "" {
		return link
	}
	link += "/p" + strings.ReplaceAll(ts, ".", "")
	if thread != "" && thread != ts {
		link += "?thread_ts=" + thread + "&cid=" + channel
	}
	return link
}
