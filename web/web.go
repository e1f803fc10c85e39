package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// Store is what pages read. Find leaves out what the filter's viewer may not see; Load and Timeline do not, so pages
// ask incident.MaySee. Unknown incidents and people are incident.ErrNotFound.
type Store interface {
	Load(ctx context.Context, n incident.Number) (*incident.Incident, error)
	Timeline(ctx context.Context, n incident.Number, after int64, limit int) ([]incident.Event, error)
	Find(ctx context.Context, f incident.Filter) ([]incident.Row, error)
	Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
	People(ctx context.Context) ([]incident.Person, error)
	Named(ctx context.Context, name string) ([]incident.Person, error)
	Meet(ctx context.Context, id incident.Identity, name, email string) (incident.Person, error)
	// Identities lists as whom the chats know a person.
	Identities(ctx context.Context, id incident.PersonID) ([]incident.Identity, error)
	// Preference is what a person chose under a name, "" for what was never set; SetPreference keeps it.
	Preference(ctx context.Context, id incident.PersonID, name string) (string, error)
	SetPreference(ctx context.Context, id incident.PersonID, name, value string) error
	// Watch gives a signal after commits that touched the topic ("console", "incident"). Signals are hints: streams
	// look by themselves now and then.
	Watch(topic string) (signal <-chan struct{}, cancel func())
}

// Bot is what pages need of the conversation beside the one door, which the console goes through.
type Bot interface {
	// View is what cards are shown with, in the reader's language and zone.
	View(ctx context.Context, l lang.Lang, zone *time.Location) bot.View
	// Complete proposes how a command line goes on, and tells what it is made of.
	Complete(ctx context.Context, typed bot.Typing) (bot.Advice, error)
	// Grammar is the table of verbs: a page offers those that make sense on it.
	Grammar() *bot.Grammar
	// ServicesNow gives services with what is going on, as far as the viewer may see it: those named, or all.
	ServicesNow(ctx context.Context, v incident.Viewer, names ...string) ([]bot.ServiceNow, error)
	// DigestAtOf is when somebody's message of the morning comes, HH:MM in their own zone; empty is never.
	DigestAtOf(ctx context.Context, who incident.PersonID) (string, error)
	// LooseDeeds gives the buttons of alerts that opened nothing, of each what this person may do with it; Handle and Service are enough.
	LooseDeeds(ctx context.Context, l lang.Lang, me incident.Person, list []bot.LooseAlert) ([]bot.LooseDeeds, error)
}

// Alert is an alert as pages show it.
type Alert struct {
	Source, Title, Severity, Service, Host, Link string
	Status                                       string // firing or resolved
	Count                                        int64
	First, Last                                  time.Time
	Number                                       incident.Number
	Reason                                       string    // why it opened nothing, worded for the reader
	Why                                          string    // the id of that reason
	Rule                                         string    // the rule that decided, "" for none
	Outcome                                      string    // what was decided: inbox, ignore, …
	Key                                          string    // tells it from others of its source
	Due                                          time.Time // when it is judged again; zero for never
	Ended                                        time.Time // when it was over, as the sender says or else as it was heard; zero while it fires
}

// IdleAsk says what is looked for among the alerts that opened nothing.
type IdleAsk struct {
	Source string           // "" for all
	Lets   func(Alert) bool // nil for all
	Limit  int
}

// IdleFound is what waits of that, the newest first.
type IdleFound struct {
	List    []Alert
	Found   int      // how many there are
	More    bool     // not all were looked through: there may be more than Found
	Waiting int      // how many opened nothing, whatever was asked for
	Sources []string // of all these
}

// Alerts shows what monitoring said.
type Alerts interface {
	// Idle finds alerts that opened nothing, newest first, with the reason.
	Idle(ctx context.Context, l lang.Lang, ask IdleAsk) (IdleFound, error)
	// CountUndecoded counts the requests of which nothing could be made.
	CountUndecoded(ctx context.Context) (int, error)
	// Undecoded lists requests of which nothing could be made, newest first: the beginning of the body as Title.
	Undecoded(ctx context.Context, l lang.Lang, limit int) ([]Alert, error)
	// Of lists the alerts of an incident, newest first.
	Of(ctx context.Context, n incident.Number, l lang.Lang, limit int) ([]Alert, error)
}

// Reporter writes the report of an incident; who may see it was asked before.
type Reporter interface {
	Markdown(ctx context.Context, n incident.Number, l lang.Lang) (string, error)
	// HTML is the same as an article without style and script, every text in it escaped (report.Report.HTML).
	HTML(ctx context.Context, n incident.Number, l lang.Lang) (string, error)
}

// Auth says whom a token belongs to. It is nil in local mode, where people say who they are.
type Auth interface {
	// Login gives the owner of a token, incident.ErrNotFound for a wrong one. It compares in constant time.
	Login(ctx context.Context, token string) (incident.PersonID, error)
}

// Options is what a Server is made of. Alerts, Reporter, Auth, API, Hooks and Ops may be nil.
type Options struct {
	Console  *console.Console
	Bot      Bot
	Store    Store
	Alerts   Alerts
	Inbox    bot.Inbox // the rules for alerts; may be nil
	Reporter Reporter
	Auth     Auth

	Local  bool // loopback, nothing configured: anybody may say who they are, only loopback names are answered
	Secure bool // the site is reached by https: cookies say so
	Name   string
	// BaseURL is where the bot's links lead; those to this site are made relative.
	BaseURL string
	Lang    lang.Lang      // the organisation's
	Zone    *time.Location // the organisation's
	Secret  func() []byte  // signs sessions, as of the moment; with none they end with the process
	Now     func() time.Time
	Log     *slog.Logger

	Answers Answers    // behind the links of mails and text messages; may be nil
	Ways    Ways       // how people are reached; may be nil
	Pulses  bot.Pulses // what is to give signs of life; may be nil
	// Silences are the orders to keep alerts quiet; may be nil.
	Silences Silences

	API   http.Handler // mounted at /api/
	Hooks http.Handler // mounted at /hooks/
	Ops   http.Handler // mounted at /healthz, /readyz and /metrics
}

// Server answers browsers.
type Server struct {
	Options
	assets   *assets
	traces   traces
	board    *boardRows
	inbox    inboxCache
	invented inventedRoles
	guesses  guesses
	stop     chan struct{}
	once     sync.Once

	live     *hub         // of the chat's streams
	parts    *sharedParts // of the other ones
	presence *presence
	typists  typists
}

// New makes a Server.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lang == "" {
		o.Lang = lang.JA
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Name == "" {
		o.Name = "Matoi"
	}
	if o.Secret == nil {
		secret := freshSecret()
		o.Secret = func() []byte { return secret }
	}
	s := &Server{Options: o, assets: loadAssets(), board: newBoardRows(o), stop: make(chan struct{}), parts: newSharedParts(sharedBytes)}
	s.live = newHub(s)
	s.presence = newPresence(s.live.cameAndWent)
	return s
}

// Close ends the open streams, so that a graceful shutdown need not wait for them. Register it with
// http.Server.RegisterOnShutdown.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.stop)
		s.presence.end()
		s.board.close()
	})
}

// Handler is the whole site.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", s.assets)
	s.mount(mux)
	for _, routes := range []map[string]answer{
		s.boardRoutes(), s.incidentRoutes(), s.chatRoutes(), s.composeRoutes(), s.fileRoutes(), s.deedRoutes(), s.liveRoutes(), s.mineRoutes(),
		s.peopleRoutes(), s.oncallRoutes(), s.alertRoutes(), s.serviceRoutes(), s.silenceRoutes(), s.wayRoutes(), s.digestRoutes(), s.helpRoutes(),
	} {
		for pattern, f := range routes {
			mux.Handle(pattern, s.known(f))
		}
	}
	for pattern, f := range s.whoRoutes() {
		mux.Handle(pattern, s.anyone(f))
	}
	mux.Handle("GET /oncall/{file}", s.anyone(s.oncallFeed))
	s.answerRoutes(mux)
	mux.Handle("/", s.anyone(func(http.ResponseWriter, *http.Request, *reader) error { return incident.ErrNotFound }))
	return s.guard(zipped(mux))
}

// answer answers one address for a reader. Every noun's file names its own addresses in a map of its own.
type answer = func(w http.ResponseWriter, r *http.Request, rd *reader) error

// mount adds what others answer.
func (s *Server) mount(mux *http.ServeMux) {
	if s.API != nil {
		mux.Handle("/api/", s.API)
	}
	if s.Hooks != nil {
		mux.Handle("/hooks/", s.Hooks)
	}
	if s.Ops != nil {
		mux.Handle("/healthz", s.Ops)
		mux.Handle("/readyz", s.Ops)
		mux.Handle("/metrics", s.Ops)
	}
}

// now is the clock at the store's precision.
func (s *Server) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }
