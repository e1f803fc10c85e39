package main

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/bot/gateway"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/incident/report"
	"matoi/lang"
	"matoi/storage"
	"matoi/web"
)

var (
	_ incident.Store = (*storage.Storage)(nil)
	_ bot.Store      = (*storage.Storage)(nil)
	_ bot.Directory  = (*storage.Storage)(nil)
	_ console.Store  = (*storage.Storage)(nil)
	_ alert.RawInbox = (*storage.Storage)(nil)
	_ alert.Queue    = (*storage.Storage)(nil)
	_ web.Store      = (*storage.Storage)(nil)
	_ DueStore       = (*storage.Storage)(nil)
)

// wire makes the parts, introduces them to each other and starts the loops.
func (a *App) wire(ctx context.Context) error {
	c, l := a.Config, lang.Lang(a.Config.Lang)
	desk := &incident.Desk{Store: a.store, Policy: a.live.Policy, Now: a.Now}
	reports := &reporter{store: a.store, live: a.live, now: a.Now}
	agreed := &shifts{Storage: a.store, live: a.live, now: a.Now, log: a.Log}
	if err := agreed.refresh(ctx); err != nil {
		return err
	}
	if err := a.keepStanding(ctx); err != nil {
		return err
	}
	box, err := a.keepInbox(ctx, desk)
	if err != nil {
		return err
	}
	a.pagers = a.reach()
	b := bot.New(bot.Options{
		Desk: desk, Store: a.store, People: a.store, Policy: a.live.Policy, Reporter: reports, Pagers: a.pagers, Shifts: agreed, Silences: a.quiet, Inbox: box, Choices: a.store, Pulses: a.pulses(), DigestAt: a.digestAt, Now: a.Now, Log: a.Log,
		Name: c.Command.Name, Aliases: c.Command.Aliases, BaseURL: a.URL(), Lang: l, Local: c.Local(), Pins: c.Timeline.Reactions,
	})
	reports.names = b.View
	a.chat = console.New(console.Options{
		Store: a.store, Handler: b, Now: a.Now, Log: a.Log, Name: c.Command.Name, Aliases: c.Command.Aliases, UploadBound: int64(c.UploadBound),
	})
	if err := a.chat.Start(ctx); err != nil {
		return err
	}
	for _, one := range c.Slack.On() {
		a.slack = append(a.slack, slack.New(slack.Options{
			Realm: one.Realm(), Config: one, Handler: b, People: a.store, Rooms: a.store, Memory: a.store, Now: a.Now, Log: a.Log, Lang: l,
			Name: c.Command.Name, Aliases: c.Command.Aliases, BaseURL: a.URL(),
		}))
	}
	a.figures = web.NewFigures(a.store, version(), a.Log)
	a.figures.Oldest(a.store.Oldest, a.Now, a.Log)
	for _, f := range a.slack.Figures() {
		a.figures.Measure(f.Name, f.Help, f.Labels, f.Read)
	}
	a.figures.MeasureEach("matoi_roster_age_seconds", "How long ago a schedule's source outside gave a good answer.", "source", a.ages)
	a.figures.MeasureEach("matoi_heartbeat_age_seconds", "How long ago a heartbeat was last heard.", "heartbeat", a.pulses().figures(a.Now, a.Log))
	a.figures.MeasureEach("matoi_heartbeat_up", "Whether a heartbeat is well: 1, or 0 where it is silent or failed.", "heartbeat", a.pulses().well(a.Log))
	a.figures.MeasureEach("matoi_inbox_bytes", "Bytes of raw requests that wait to be worked off, as this process counts them.", "source", a.store.InboxBySource)
	a.pages(b, reports)
	a.desk = desk
	chats := []bot.Chat{a.chat}
	for _, one := range a.slack {
		chats = append(chats, one)
	}
	for i := range chats {
		if a.Wrap != nil {
			chats[i] = a.Wrap(chats[i])
		}
	}
	var outbox Outbox = a.store
	if a.Tapped != nil {
		outbox = a.Tapped(a.store)
	}
	a.pump = bot.NewPump(outbox, b, chats, a.Now, a.Log)
	a.worker = alert.NewWorker(alert.WorkerOptions{Queue: a.store, Config: func() alert.Config { return *a.live.Alerts() }, Desk: desk, Lang: l, Log: a.Log, Told: a.Told})
	a.figures.Measure("matoi_requests_repeated_total", "Requests of monitoring systems that came again, by their own numbers, which this process worked off.", nil,
		func() float64 { return float64(a.worker.Repeated()) })
	if a.ByHand {
		return nil
	}
	clock := &Clock{Store: a.store, Desk: desk, Policy: a.live.Policy, Now: a.Now, Log: a.Log, Swept: a.figures.Swept, Renew: a.renew}
	a.loop(ctx, "pump", a.pump.Run)
	a.loop(ctx, "alerts", a.worker.Run)
	a.loop(ctx, "clock", clock.Run)
	a.loop(ctx, "files", a.chat.Tidy)
	if len(a.slack) > 0 {
		a.loop(ctx, "slack", a.slack.Run)
	}
	a.loop(ctx, "retention", a.prune)
	a.loop(ctx, "shifts", agreed.run)
	a.loop(ctx, "standing", a.standing.run)
	a.loop(ctx, "rosters", a.outside.Run)
	a.loop(ctx, "digests", a.morning().Run)
	return nil
}

// pages puts the site together: API, hooks and the operator's addresses stand before the pages.
func (a *App) pages(b *bot.Bot, reports *reporter) {
	c, l := a.Config, lang.Lang(a.Config.Lang)
	gate := web.Gate{Access: a.live.Access}
	site := web.Options{
		Console: a.chat, Bot: b, Store: a.store, Alerts: &shown{store: a.store}, Reporter: reports, Local: c.Local(), BaseURL: a.URL(), Lang: l, Zone: c.zone(),
		Secure: strings.HasPrefix(c.BaseURL, "https://"), Now: a.Now, Log: a.Log,
	}
	site.Answers, site.Ways, site.Pulses, site.Silences = b, a.pagers, a.pulses(), a.quiet
	site.Inbox = b.Inbox
	if !c.Local() {
		site.Auth, site.Secret = &login{live: a.live}, a.live.sessionSecret
	}
	a.site = web.New(site)
	api := web.NewAPI(web.APIOptions{
		Gate: gate, Bot: b, Store: a.store, People: a.store, BodyBound: min(int64(c.BodyBound), apiBody), Lang: l, Log: a.Log,
		Enter: func(ctx context.Context, v incident.Viewer, channel string) error {
			_, err := a.chat.Open(ctx, v, channel)
			return err
		},
		Word: func(ctx context.Context, i *incident.Incident, e incident.Event, l lang.Lang) string {
			v := b.View(ctx, l, nil)
			return bot.Say(e, i, v.Names, l, v.Zone)
		},
		Name: func(ctx context.Context, id incident.PersonID, l lang.Lang) string {
			return b.View(ctx, l, nil).Names(id)
		},
		Why: func(ctx context.Context, i *incident.Incident, c *incident.Clock, l lang.Lang) string {
			return b.View(ctx, l, nil).WhyDue(i, c)
		},
		Inbox: b.Inbox, Services: b.ServicesNow, Pulses: a.pulses(), Silences: a.quiet, Now: a.Now,
		Report: reports.write,
		Count:  a.figures.Command,
	})
	hooks := web.NewHooks(web.HooksOptions{
		Gate: gate, Sources: a.live.Alerts, Inbox: a.store, BodyBound: int64(c.BodyBound), Count: a.figures.Hook, Now: a.Now, Lang: l, Log: a.Log,
	})
	ops := web.NewOps(a.store, a.figures, gate, a.Log)
	mux := http.NewServeMux()
	mux.Handle("/api/", api)
	mux.Handle("/openapi.yaml", api)
	mux.Handle("/openapi.json", api)
	mux.Handle("/hooks/", hooks)
	mux.Handle(gateway.Path, gateway.NewHook(gateway.HookOptions{Gateways: a.gateways, Store: a.store, Now: a.Now, Log: a.Log}))
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, ops)
	}
	if len(a.slack) > 0 {
		mux.Handle("/slack/", a.slack.Routes())
	}
	mux.Handle("/", a.site.Handler())
	a.handler = a.figures.Timed(patient(mux))
}

// apiBody is the largest body that the API takes, whatever may come from monitoring systems: what people and their programs say
// fits many times.
const apiBody = 1 << 20

// patient lets live streams last: the time in which a request must have come would otherwise end them. What is no stream
// must have been read within a minute.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn := http.NewResponseController(w)
		if strings.HasPrefix(r.URL.Path, "/live/") {
			_ = conn.SetReadDeadline(time.Time{}) // a recorder in a test has no deadlines
			_ = conn.SetWriteDeadline(time.Time{})
		} else {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Minute))
		}
		next.ServeHTTP(w, r)
	})
}

// reporter writes reports as they stand now.
type reporter struct {
	store *storage.Storage
	live  *Live
	now   func() time.Time
	names func(ctx context.Context, l lang.Lang, zone *time.Location) bot.View
}

func (r *reporter) build(ctx context.Context, n incident.Number, l lang.Lang) (report.Report, error) {
	i, err := r.store.Load(ctx, n)
	if err != nil {
		return report.Report{}, err
	}
	entries, err := r.store.Timeline(ctx, n, 0, 1<<20)
	if err != nil {
		return report.Report{}, err
	}
	p := r.live.Policy()
	return report.Build(report.Source{Incident: i, Entries: entries, Names: r.names(ctx, l, nil).Names, Zone: p.Zone, Policy: p}, l, r.now()), nil
}

// Markdown writes the report for chats and pages.
func (r *reporter) Markdown(ctx context.Context, n incident.Number, l lang.Lang) (string, error) {
	made, err := r.build(ctx, n, l)
	if err != nil {
		return "", err
	}
	return made.Markdown(), nil
}

// Picture draws the course for chats.
func (r *reporter) Picture(ctx context.Context, n incident.Number, l lang.Lang) (string, error) {
	i, err := r.store.Load(ctx, n)
	if err != nil {
		return "", err
	}
	entries, err := r.store.Timeline(ctx, n, 0, 1<<20)
	if err != nil {
		return "", err
	}
	return web.Drawing(ctx, r.names(ctx, l, nil), i, entries)
}

// HTML writes the report for pages.
func (r *reporter) HTML(ctx context.Context, n incident.Number, l lang.Lang) (string, error) {
	made, err := r.build(ctx, n, l)
	if err != nil {
		return "", err
	}
	return made.HTML(), nil
}

// write writes it for the API.
func (r *reporter) write(ctx context.Context, n incident.Number, l lang.Lang, html bool) ([]byte, error) {
	made, err := r.build(ctx, n, l)
	switch {
	case err != nil:
		return nil, err
	case html:
		return []byte(made.Document("")), nil
	}
	return []byte(made.Markdown()), nil
}

// shown gives alerts to pages.
type shown struct{ store *storage.Storage }

// Idle finds alerts that opened nothing.
func (s *shown) Idle(ctx context.Context, l lang.Lang, ask web.IdleAsk) (out web.IdleFound, err error) {
	w := wordsIn(l)
	asked := alert.LooseAsk{Limit: ask.Limit}
	if ask.Source != "" {
		asked.From = func(source string) bool { return source == ask.Source }
	}
	if ask.Lets != nil {
		asked.Lets = func(r alert.Row) bool { return ask.Lets(shownAlert(r, w)) }
	}
	found, err := s.store.LooseAlerts(ctx, asked)
	return web.IdleFound{List: alerts(found.Rows, l), Found: found.Found, More: found.More, Waiting: found.Waiting, Sources: found.Sources}, err
}

// CountUndecoded counts the requests of which nothing could be made.
func (s *shown) CountUndecoded(ctx context.Context) (int, error) { return s.store.CountUndecoded(ctx) }

// Undecoded lists the requests of which nothing could be made.
func (s *shown) Undecoded(ctx context.Context, l lang.Lang, limit int) ([]web.Alert, error) {
	rows, err := s.store.UndecodedRows(ctx, limit)
	return alerts(rows, l), err
}

// Of lists the alerts of an incident.
func (s *shown) Of(ctx context.Context, n incident.Number, l lang.Lang, limit int) ([]web.Alert, error) {
	rows, err := s.store.Alerts(ctx, n, limit)
	return alerts(rows, l), err
}

func alerts(rows []alert.Row, l lang.Lang) []web.Alert {
	w := wordsIn(l)
	out := make([]web.Alert, len(rows))
	for i, r := range rows {
		out[i] = shownAlert(r, w)
	}
	return out
}

func shownAlert(r alert.Row, w *wordsOf) web.Alert {
	out := web.Alert{
		Source: r.Source, Title: r.Title, Severity: r.Severity, Service: r.Service, Host: r.Host, Link: r.Link, Status: r.Status,
		Count: r.Count, First: r.FirstSeen, Last: r.LastSeen, Number: r.Incident, Rule: r.Rule, Outcome: r.Outcome, Key: r.Key, Due: r.Due, Ended: r.ResolvedAt,
	}
	out.Reason, out.Why = w.of(r.Reason)
	return out
}

// login lets the owner of a token into the pages.
type login struct{ live *Live }

// Login compares with every token, so that the time tells nothing. A token that is bound to nobody opens no page: pages
// need to know who acts.
func (g *login) Login(_ context.Context, token string) (incident.PersonID, error) {
	var found incident.PersonID
	for _, t := range g.live.Access().Tokens {
		if t.Secret.Equal(token) && t.Person != "" {
			found = t.Person
		}
	}
	if found == "" {
		return "", incident.ErrNotFound
	}
	return found, nil
}

// sessionSecret signs the sessions of browsers. It comes from the tokens, so that sessions outlive a restart and
// end when tokens are changed.
func sessionSecret(tokens []Token) []byte {
	h := sha256.New()
	h.Write([]byte("matoi sessions"))
	for _, t := range tokens {
		sum := sha256.Sum256([]byte(t.Token.Reveal()))
		h.Write(sum[:])
	}
	return h.Sum(nil)
}
