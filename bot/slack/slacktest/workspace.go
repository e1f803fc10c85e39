package slacktest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// T is what a workspace needs of a test; *testing.T has it.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(f func())
}

// Options says what kind of workspace it is. The zero value is a paid workspace with the clock of the system, in which the
// app has every scope and event an incident bot asks for.
type Options struct {
	Team       string                                           // the id, else T0000000001
	Domain     string                                           // of permalinks, else "example"
	Enterprise string                                           // the id of the organisation, or "" outside Enterprise Grid
	OrgInstall bool                                             // the app was installed for the whole organisation
	Free       bool                                             // a free plan: no user groups, no second canvas, message_limit_exceeded as 429 without Retry-After
	Now        func() time.Time                                 // else time.Now
	Sleep      func(ctx context.Context, d time.Duration) error // waits for retries and delays; else a timer
	Unlimited  bool                                             // no rate limits
	Scopes     []string                                         // of the bot token; nil: BotScopes
	Events     []string                                         // subscribed; nil: BotEvents
	Commands   []string                                         // registered slash commands; nil: /incident
	Functions  map[string][]string                              // custom steps by callback id, with their input names
	Unfurls    []string                                         // domains of unfurl_domains
	Escape     bool                                             // should_escape of the commands
	Shuffled   bool                                             // events go out side by side, in no order
	Paths      Paths                                            // of the app
	Limits     map[string]int                                   // calls per minute of a method, over the published tier
	Log        func(format string, args ...any)                 // what happens, for reading a failed test
	Policies   map[string]bool                                  // workspace policies that forbid: "archive", "usergroups", "create", "canvas", "invite"
	HomeTab    *bool                                            // home_tab_enabled, true when nil
}

// Paths are the app's request URLs below the base of Connect.
type Paths struct{ Commands, Events, Interactions, Options string }

// Workspace is one Slack workspace with one app in it. All methods may be called from many goroutines.
type Workspace struct {
	Options
	t             T
	BotToken      string
	AppToken      string
	SigningSecret string
	AppID         string
	BotUser       string // the app's user, U…
	BotID         string // the app's bot, B…

	mu         sync.Mutex
	serial     int64
	lastStamp  int64
	users      map[string]*User
	order      []string // of users
	channels   map[string]*channel
	channelsBy []string
	groups     map[string]*group
	views      map[string]*view
	stacks     map[string][]string // user -> ids of open modals, the last on top
	homes      map[string]*view
	triggers   map[string]*trigger
	responses  map[string]*response
	files      map[string]*file
	canvases   map[string]*canvas
	steps      map[string]*Step
	entities   []object
	ephemerals map[string][]*Message
	shared     map[string]*unfurl
	tickets    map[string]bool
	sockets    []*socket
	through    *Workspace // whose connections are used
	turn       int
	calls      []*Call
	counts     map[string]int
	faults     []*Fault
	down       bool
	buckets    map[string]*bucket
	troubles   []string
	events     queue
	sent       []*Delivery
	app        *app
	url        string
	listeners  []net.Listener
	server     *http.Server
	moves      chan struct{} // closed when something moved
	pipes      chan net.Conn
	life       context.Context //nolint:containedctx // the workspace's own: ends in Close
	end        context.CancelFunc
	work       sync.WaitGroup
	closed     bool // nothing begins any more: see enter
}

// New makes a workspace with #general and the app's bot, not yet listening. It is closed at the end of the test.
func New(t T, o Options) *Workspace {
	t.Helper()
	o = o.filled()
	w := &Workspace{
		Options: o, t: t, AppID: "A0000000001", SigningSecret: "8f742231b10e8888abcd99yyyzzz85a5" + o.Team,
		users: map[string]*User{}, channels: map[string]*channel{}, groups: map[string]*group{}, views: map[string]*view{},
		stacks: map[string][]string{}, homes: map[string]*view{}, triggers: map[string]*trigger{}, responses: map[string]*response{},
		files: map[string]*file{}, canvases: map[string]*canvas{}, steps: map[string]*Step{}, ephemerals: map[string][]*Message{},
		shared: map[string]*unfurl{}, tickets: map[string]bool{}, counts: map[string]int{}, buckets: map[string]*bucket{},
		pipes: make(chan net.Conn), url: "http://slack.test",
	}
	w.BotToken = "xoxb-" + o.Team + "-1"
	w.AppToken = "xapp-1-" + w.AppID + "-" + o.Team
	w.life, w.end = context.WithCancel(context.Background())
	w.events.ready = make(chan struct{}, 1)
	bot := w.meet(User{Name: "matoi", Real: "Matoi", bot: true})
	w.BotUser, w.BotID = bot.ID, w.id("B")
	w.channelOf("general", bot.ID, false).general = true
	w.work.Go(w.pump)
	t.Cleanup(func() {
		w.Close()
		w.keepCalls()
	})
	return w
}

func (o Options) filled() Options {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&o.Team, "T0000000001")
	set(&o.Domain, "example")
	set(&o.Paths.Commands, "/slack/commands")
	set(&o.Paths.Events, "/slack/events")
	set(&o.Paths.Interactions, "/slack/interactions")
	set(&o.Paths.Options, "/slack/options")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Scopes == nil {
		o.Scopes = BotScopes()
	}
	if o.Events == nil {
		o.Events = BotEvents()
	}
	if o.Commands == nil {
		o.Commands = []string{"/incident"}
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Start listens on a free port of 127.0.0.1 and gives the base URL, without a slash at the end.
func (w *Workspace) Start() string {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatalf("listen: %v", err)
		return ""
	}
	w.mu.Lock()
	w.url = "http://" + l.Addr().String()
	w.mu.Unlock()
	w.serve(l)
	return w.url
}

// APIURL is the base of the Web API, with the slash that Slack libraries want.
func (w *Workspace) APIURL() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.url + "/api/"
}

// serve answers on a listener until Close.
func (w *Workspace) serve(l net.Listener) {
	w.mu.Lock()
	if w.server == nil {
		w.server = &http.Server{Handler: w} //nolint:gosec // a test server: its only callers are the test's own
	}
	w.listeners = append(w.listeners, l)
	server := w.server
	w.mu.Unlock()
	w.work.Go(func() { _ = server.Serve(l) })
}

// enter counts what others begin here, which Close waits for, until work.Done; false once it does.
func (w *Workspace) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.work.Add(1)
	}
	return !w.closed
}

// Close stops everything that the workspace started and waits for it.
func (w *Workspace) Close() {
	w.end()
	w.mu.Lock()
	w.closed = true
	server, sockets := w.server, w.sockets
	w.mu.Unlock()
	for _, s := range sockets {
		s.cut()
	}
	if server != nil {
		_ = server.Close()
	}
	w.work.Wait()
}

// id makes an id in Slack's form. Callers hold mu or are alone.
func (w *Workspace) id(prefix string) string {
	w.serial++
	return prefix + fmt.Sprintf("%010s", strings.ToUpper(strconv.FormatInt(w.serial+46656, 36)))
}

// stamp makes the next ts: seconds, a point and six digits, never the same twice.
func (w *Workspace) stamp() string {
	now := w.Now().UnixMicro()
	w.lastStamp = max(now, w.lastStamp+1)
	return stampOf(w.lastStamp)
}

func stampOf(micros int64) string { return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6) }

// trouble keeps what people would have seen as an error.
func (w *Workspace) trouble(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.troubles = append(w.troubles, text)
	w.Log("trouble: %s", text)
	return text
}

// Troubles tells what the app did that Slack shows to people as an error or drops without a word.
func (w *Workspace) Troubles() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.troubles...)
}
