package slack_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/storage"
)

// floor is a whole house over a workspace: storage, rules, conversation, pump and adapter, as cmd wires them.
type floor struct {
	*testing.T
	w        *slacktest.Workspace
	store    *storage.Storage
	bot      *bot.Bot
	a        *slack.Adapter
	ann, bob *slacktest.User
	policy   atomic.Pointer[incident.Policy]
	between  between
	socket   bool   // by Socket Mode, over a real connection
	moves    string // slack.workspace
	stop     func() // the pump and the adapter
}

// between stands between adapter and bot: a test may hold requests up there.
type between struct {
	mu     sync.Mutex
	handle func(ctx context.Context, r bot.Request) (bot.Reply, error)
	seen   []bot.Request
}

// passing is a process's way through it: what Slack still sends to the one before finds that one's bot.
type passing struct {
	slack.Handler
	*between
}

func (p passing) Handle(ctx context.Context, r bot.Request) (bot.Reply, error) {
	b := p.between
	b.mu.Lock()
	b.seen = append(b.seen, r)
	handle := b.handle
	b.mu.Unlock()
	if handle != nil {
		return handle(ctx, r)
	}
	return p.Handler.Handle(ctx, r)
}

func (b *between) instead(handle func(ctx context.Context, r bot.Request) (bot.Reply, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handle = handle
}

func (b *between) requests() []bot.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}

const pages = "https://matoi.example.com"

func newFloor(t *testing.T, o slacktest.Options) *floor {
	t.Helper()
	return newFloorBy(t, o, false)
}

func newFloorBy(t *testing.T, o slacktest.Options, socket bool) *floor {
	t.Helper()
	t.Parallel()
	f := floorOf(t, o, socket)
	f.start()
	return f
}

// floorOf is a house that is not open yet.
func floorOf(t *testing.T, o slacktest.Options, socket bool) *floor {
	t.Helper()
	f := &floor{T: t, socket: socket, store: open(t)}
	policy := incident.DefaultPolicy(time.UTC)
	policy.Realms = []string{slack.Realm}
	policy.Services = []incident.ServiceOf{{Name: "checkout"}, {Name: "search"}}
	f.policy.Store(&policy)
	o.Escape = true // as the manifest says
	f.w = slacktest.New(t, o)
	if socket {
		f.w.Start()
	}
	f.ann = f.w.Person(slacktest.User{Name: "ann", Real: "Ann", Email: "ann@example.com"})
	f.bob = f.w.Person(slacktest.User{Name: "bob", Real: "Bob"})
	return f
}

// start wires the house and opens it; again after stop it is another process over the same records.
func (f *floor) start() {
	f.Helper()
	policy := func() incident.Policy { return *f.policy.Load() }
	desk := &incident.Desk{Store: f.store, Policy: policy, Now: time.Now}
	f.bot = bot.New(bot.Options{Desk: desk, Store: f.store, People: f.store, Policy: policy, Now: time.Now, Lang: "en", BaseURL: pages})
	o := slack.Options{
		Config: slack.Config{
			BotToken: bot.NewSecret(f.w.BotToken), SigningSecret: bot.NewSecret(f.w.SigningSecret), APIURL: f.w.APIURL(),
			Workspace: f.moves,
		},
		Handler: passing{f.bot, &f.between}, People: f.store, Rooms: f.store, Memory: f.store, Now: time.Now, Log: slog.New(slog.NewTextHandler(f.Output(), nil)), Lang: "en",
		BaseURL: pages, HTTP: f.w.HTTP(),
	}
	if f.socket {
		o.Config.AppToken, o.HTTP = bot.NewSecret(f.w.AppToken), nil
	}
	f.a = slack.New(o)
	if !f.socket {
		f.w.Connect("http://matoi.test", slacktest.InMemory(f.a.Routes()))
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	pump := bot.NewPump(f.store, f.bot, []bot.Chat{f.a}, time.Now, nil)
	all.Go(func() { _ = pump.Run(ctx) })
	all.Go(func() { _ = f.a.Run(ctx) })
	stop := sync.OnceFunc(func() {
		cancel()
		all.Wait()
	})
	f.stop = stop
	f.Cleanup(stop)
	f.w.Until("we are known", func() bool { return len(f.w.Calls("auth.test")) > 0 && (!f.socket || f.w.Sockets() == 2) })
}

// clean fails where people saw an error, or Slack dropped something.
func (f *floor) clean() {
	f.Helper()
	for _, trouble := range f.w.Troubles() {
		f.Error(trouble)
	}
}

// settle waits for the events that are under way.
func (f *floor) settle() {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), 20*time.Second)
	defer cancel()
	if err := f.w.Settle(ctx); err != nil {
		f.Fatal(err)
	}
}

// open opens an incident by the form, and gives it with its room, once that is ready to be worked in.
func (f *floor) open(title string) (*incident.Incident, string) {
	f.Helper()
	f.w.Command(f.ann.ID, "general", "/incident", "open")
	views := f.w.Views(f.ann.ID)
	if len(views) != 1 {
		f.Fatalf("%d forms are open", len(views))
	}
	if got := f.w.Submit(f.ann.ID, views[0], map[string]any{"title": title, "impact": "large", "urgency": "high"}); len(got.Errors) > 0 || got.Failure != "" {
		f.Fatalf("the form: %v %s", got.Errors, got.Failure)
	}
	var i *incident.Incident
	f.w.Until("a room with a card and Ann in it", func() bool {
		for _, row := range f.rows() {
			if row.Title == title {
				i = f.load(row.Number)
			}
		}
		if i == nil {
			return false
		}
		room, ok := i.Room(slack.Realm)
		return ok && len(f.w.Posts(room.ID)) > 0 && slices.Contains(f.w.Members(room.ID), f.ann.ID)
	})
	room, _ := i.Room(slack.Realm)
	return i, room.ID
}

func (f *floor) rows() []incident.Row {
	f.Helper()
	rows, err := f.store.Find(f.Context(), incident.Filter{Viewer: incident.Viewer{All: true}})
	if err != nil {
		f.Fatal(err)
	}
	return rows
}

func (f *floor) load(n incident.Number) *incident.Incident {
	f.Helper()
	i, err := f.store.Load(f.Context(), n)
	if err != nil {
		f.Fatal(err)
	}
	return i
}

// facts are the entries of one kind.
func (f *floor) facts(n incident.Number, kind string) (out []incident.Event) {
	f.Helper()
	events, err := f.store.Timeline(f.Context(), n, 0, 1000)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range events {
		if e.Fact.Kind() == kind {
			out = append(out, e)
		}
	}
	return out
}

// person is as whom the house knows somebody.
func (f *floor) person(u *slacktest.User) incident.PersonID {
	f.Helper()
	p, err := f.store.Meet(f.Context(), incident.Identity{Realm: slack.Realm, ID: u.ID}, u.Name, "")
	if err != nil {
		f.Fatal(err)
	}
	return p.ID
}

// saw is what one person alone was told.
func (f *floor) saw(u *slacktest.User, part string) bool {
	for _, m := range append(f.w.Ephemerals(u.ID), f.w.DMs(u.ID)...) {
		if strings.Contains(m.Shown()+m.Text, part) {
			return true
		}
	}
	return false
}

// last is the latest delivery of a kind, as it went over the wire.
func (f *floor) last(kind string) slacktest.Delivery {
	f.Helper()
	all := f.w.Deliveries(kind)
	if len(all) == 0 || len(all[len(all)-1].Tries) == 0 {
		f.Fatalf("no %s was delivered", kind)
	}
	return all[len(all)-1]
}
