package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/roster"
	"matoi/storage"
	"matoi/web"
)

// AppOptions is what an App is made of.
type AppOptions struct {
	Config Config
	// File is the configuration's, read again by Reload; empty: matoi.yaml if there is one.
	File string
	Env  Env
	Now  func() time.Time // where nil, the database's time once it is open (storage.Storage.Now)
	Log  *slog.Logger     // discarded where nil
	// Machine is what this machine's clock says, time.Now where nil.
	Machine func() time.Time
	// Override lays the command line over a configuration that was read; may be nil.
	Override func(*Config)
	// Mute leaves the network alone: the test talks to Handler.
	Mute bool
	// ByHand starts no loop: whoever made the App drives pump, worker and clock themselves (settle), in a time of their own.
	ByHand bool
	// Wrap puts something between the pump and each chat, for tests and measurements; nil puts nothing there.
	Wrap func(bot.Chat) bot.Chat
	// Reached stands in the place of what reaches people beside the chats, so that nobody is reached; nil leaves it.
	Reached func(bot.Pager) bot.Pager
	// Tapped sees what the pump takes out of the outbox; nil leaves the store itself.
	Tapped func(*storage.Storage) Outbox
	// Told says that silences of heartbeats are told, for a replay of what is stored: none is noticed.
	Told bool
}

// Outbox is what the pump works off.
type Outbox interface {
	bot.Outbox
	bot.Receipts
}

// App is the whole server. It owns every goroutine: all have ended when Stop returns.
type App struct {
	AppOptions
	ownTime  bool // Now was given
	live     *Live
	store    *storage.Storage
	figures  *web.Figures
	chat     *console.Console
	slack    slack.Workspaces // none where Slack is not used
	site     *web.Server
	desk     *incident.Desk
	pagers   *bot.Pagers
	outside  *roster.Keeper // of shifts from elsewhere
	client   *roster.Client
	pump     *bot.Pump
	worker   *alert.Worker
	standing *standing // what people set about alerts
	quiet    *silences
	handler  http.Handler
	server   *http.Server
	listen   net.Listener
	renew    chan struct{}
	cancel   context.CancelFunc
	loops    sync.WaitGroup
	failed   chan error
	reload   sync.Mutex
	stopped  sync.Once
	ended    error
}

// ErrExposed refuses an address that others reach while nobody has to prove who they are.
var ErrExposed = errors.New("this address can be reached from other machines, but no authentication is configured")

// NewApp makes an App; nothing is opened yet.
func NewApp(o AppOptions) *App {
	own := o.Now != nil
	if !own {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &App{AppOptions: o, ownTime: own, live: &Live{}, renew: make(chan struct{}, 1), failed: make(chan error, 1)}
}

// Start opens the database, listens and starts the loops. Where it fails nothing is left running.
func (a *App) Start(ctx context.Context) (err error) {
	if a.Config.Exposed() {
		return ErrExposed
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
		}
	}()
	if !a.Mute { // before the database: a port that is taken is the commoner mistake
		if a.listen, err = (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Listen); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	open := storage.Options{
		Path: a.Config.Data, Postgres: a.Config.Database.Postgres.Reveal(), Zone: a.Config.zone(), Machine: a.Machine, Log: a.Log,
		InboxBound: int64(a.Config.InboxBound),
	}
	if a.ownTime {
		open.Now = a.Now
	}
	if a.store, err = storage.Open(ctx, open); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if !a.ownTime {
		a.Now = a.store.Now
	}
	if err := a.live.Take(ctx, a.Now(), a.Config, a.store); err != nil {
		return err
	}
	a.Config.catalogued(a.Log)
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	if err := a.inform(ctx, running); err != nil {
		return err
	}
	if err := a.wire(running); err != nil {
		return err
	}
	a.loops.Go(func() { a.heed(running) })
	a.loop(running, "years", a.years)
	if !a.Mute {
		a.serve()
	}
	if a.Config.BaseURL == "" && !Loopback(a.Config.Listen) {
		a.Log.Warn("base_url is not set: links in messages lead nowhere for people on other machines", "links", a.URL())
	}
	return nil
}

// serve answers requests. Slow clients are cut: a header must come within seconds, a body within half a minute.
func (a *App) serve() {
	a.server = &http.Server{
		Handler: a.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
	a.server.RegisterOnShutdown(a.site.Close)
	a.loops.Go(func() {
		if err := a.server.Serve(a.listen); !errors.Is(err, http.ErrServerClosed) {
			select {
			case a.failed <- fmt.Errorf("serve: %w", err):
			default:
			}
		}
	})
}

// heed passes on what the database can't get over: a new process may.
func (a *App) heed(ctx context.Context) {
	select {
	case <-ctx.Done():
	case err := <-a.store.Failed():
		select {
		case a.failed <- fmt.Errorf("keep the database: %w", err):
		default:
		}
	}
}

// Failed tells of an error after which the App can't go on.
func (a *App) Failed() <-chan error { return a.failed }

// Handler answers requests without the network.
func (a *App) Handler() http.Handler { return a.handler }

// Addr is the address listened on, with the port that was found where 0 was asked for.
func (a *App) Addr() string {
	if a.listen == nil {
		return a.Config.Listen
	}
	return a.listen.Addr().String()
}

// URL is how people reach the server.
func (a *App) URL() string {
	if a.Config.BaseURL != "" {
		return a.Config.BaseURL
	}
	host, port, err := net.SplitHostPort(a.Addr())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() { // every address is none that could be opened
		return "http://" + net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + a.Addr()
}

// loop runs a part until the context ends. What breaks or panics is logged and started anew after a pause: a part that
// fails must not take the others down.
func (a *App) loop(ctx context.Context, name string, run func(context.Context) error) {
	a.loops.Go(func() {
		for pause := time.Second; ctx.Err() == nil; pause = min(2*pause, 30*time.Second) {
			err := guarded(ctx, run)
			if ctx.Err() != nil {
				return
			}
			a.Log.Error("a part broke and is started anew", "part", name, "pause", pause, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	})
}

// guarded turns a panic into an error.
func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run(ctx)
}

// Stop ends everything within the context's time: first no more requests, then the loops, then the database. What was
// accepted is committed; what was not told yet waits in the outbox for the next start. Stopping twice is stopping once.
func (a *App) Stop(ctx context.Context) error {
	a.stopped.Do(func() { a.ended = a.stop(ctx) })
	return a.ended
}

func (a *App) stop(ctx context.Context) error {
	err := a.endRequests(ctx)
	if a.site != nil {
		a.site.Close()
	}
	if a.cancel != nil {
		a.cancel()
	}
	ended := make(chan error, 1)
	go func() {
		a.loops.Wait()
		if a.pagers != nil {
			a.pagers.Close()
		}
		if a.store != nil {
			ended <- a.store.Close()
			return
		}
		ended <- nil
	}()
	select {
	case closed := <-ended:
		return errors.Join(err, closed)
	case <-ctx.Done(): // a database that hangs; what was answered is committed
		return errors.Join(err, fmt.Errorf("end the work under way: %w", ctx.Err()))
	}
}

// endRequests lets requests end in half of the time there is, and cuts those that do not: a sender that dawdles must not
// take the time in which the rest has to end. Cutting is no error, for nothing was promised to it.
func (a *App) endRequests(ctx context.Context) error {
	if a.server == nil {
		if a.listen != nil {
			return a.listen.Close()
		}
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	err := a.server.Shutdown(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	a.Log.Warn("cut the requests that did not end")
	return a.server.Close()
}

// Reload takes a changed configuration. A broken one changes nothing, and the error says why; keys that need a restart keep
// their value and are logged.
func (a *App) Reload(ctx context.Context) (err error) {
	a.reload.Lock()
	defer a.reload.Unlock()
	defer func() { a.figures.Reloaded(err) }()
	c, err := LoadConfig(a.File, a.Env)
	if err != nil {
		return err
	}
	before := a.live.now.Load().config
	if a.Override != nil {
		a.Override(&c)
	}
	if keys := fixed(before, c); len(keys) > 0 {
		a.Log.Warn("changed, but needs a restart", "keys", strings.Join(keys, ", "))
	}
	c = keep(before, c)
	if c.Exposed() {
		return ErrExposed
	}
	if c.Local() != before.Local() { // pages and console are wired for one or the other
		return errors.New("going from a local server to one with tokens, or back, needs a restart")
	}
	if err := a.take(ctx, c); err != nil {
		return err
	}
	c.catalogued(a.Log)
	a.Log.Info("configuration taken")
	return nil
}
