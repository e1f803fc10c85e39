package web

import (
	"context"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// What a page of the inbox shows.
const (
	mostAlerts = 1000 // also how many unreadable requests are looked through
	perAlerts  = 100
)

// inboxHead is how many of the newest tell whether something new has come.
const inboxHead = 50

// inboxVerb is the verb of all that is done on this page; inboxChanged asks it to be drawn anew.
const (
	inboxVerb    = "inbox"
	inboxChanged = "inbox-changed"
)

// inboxAsk is what a reader wants to see of the alerts that opened nothing; it lives in the address.
type inboxAsk struct {
	Broken bool // requests of which nothing could be made
	Text   string
	Source string
	Why    string
	Status string
	Show   int
}

func inboxAskOf(q url.Values) inboxAsk {
	a := inboxAsk{
		Broken: q.Get("tab") == "undecoded", Text: strings.Join(strings.Fields(clip(q.Get("q"), 100)), " "), Source: clip(q.Get("source"), 100),
		Why: q.Get("why"), Status: q.Get("status"), Show: perAlerts,
	}
	if n, err := strconv.Atoi(q.Get("show")); err == nil {
		a.Show = min(max(n, perAlerts), mostAlerts)
	}
	if !slices.Contains(whys(), a.Why) {
		a.Why = ""
	}
	if a.Status != "firing" && a.Status != "resolved" {
		a.Status = ""
	}
	if a.Broken {
		a.Why, a.Status = "", ""
	}
	return a
}

func (a inboxAsk) URL() string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	if a.Broken {
		set("tab", "undecoded")
	}
	set("q", a.Text)
	set("source", a.Source)
	set("why", a.Why)
	set("status", a.Status)
	if a.Show > perAlerts {
		set("show", strconv.Itoa(a.Show))
	}
	return withQuery("/alerts", q)
}

// tab is the page's place among those of alerts.
func (a inboxAsk) tab() string { return inboxAsk{Broken: a.Broken}.URL() }

func (a inboxAsk) filtered() bool { return a.Text+a.Source+a.Why+a.Status != "" }

// lets gives what decides whether an alert is shown, nil where all are; its source aside. A service is found by any of its names.
func (a inboxAsk) lets(p incident.Policy) func(Alert) bool {
	if a.Text+a.Why+a.Status == "" {
		return nil
	}
	words, names := strings.Fields(strings.ToLower(norm.NFKC.String(a.Text))), bot.ServiceNames(p)
	return func(x Alert) bool {
		if a.Why != "" && whyOf(x) != a.Why || a.Status != "" && x.Status != a.Status {
			return false
		}
		if len(words) == 0 {
			return true
		}
		whole := strings.ToLower(norm.NFKC.String(strings.Join(append([]string{x.Title, x.Host, x.Source, x.Severity, x.Rule}, names(x.Service)...), " ")))
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(whole, w) })
	}
}

// whys are the kinds of reasons why an alert opened nothing.
func whys() []string {
	return []string{"waits", "silenced", "flapping", "ignored", "rule", "harmless", "unknown", "nothing_open", "refused", "other"}
}

// whyOf sorts an alert by its reason.
func whyOf(a Alert) string {
	switch {
	case a.Outcome == alert.Ignore:
		return "ignored"
	case a.Outcome == alert.Wait:
		return "waits"
	case a.Outcome == alert.Silenced:
		return "silenced"
	case a.Outcome == alert.Damped:
		return "flapping"
	case strings.HasSuffix(a.Why, ".reason_harmless"):
		return "harmless"
	case strings.HasSuffix(a.Why, ".reason_unknown"):
		return "unknown"
	case strings.HasSuffix(a.Why, ".reason_nothing_open"):
		return "nothing_open"
	case strings.HasSuffix(a.Why, ".reason_refused"):
		return "refused"
	case strings.HasSuffix(a.Why, ".reason_rule"):
		return "rule"
	}
	return "other"
}

// whyName words a kind of reason; whyExplained says how such an alert is decided.
func whyWord(rd *reader, why string) string { return rd.T("inbox.why_" + why) }

func whyExplained(rd *reader, why string) string { return rd.T("inbox.how_" + why) }

// inboxView is the inbox as it was asked for.
type inboxView struct {
	Asked        inboxAsk
	List         []Alert
	Deeds        []bot.LooseDeeds // of each of List that opened nothing
	Found        int
	Least        bool // there may be more than were found
	Idle, Broken int  // in each of the tabs
	Sources      []string
	More         string
	Have         string
	Bounded      bool // there are more than the page shows
}

func (s *Server) alertsPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v := inboxView{Asked: inboxAskOf(r.URL.Query())}
	head, err := s.inbox.read(r.Context(), s, rd.Lang, 0)
	if err != nil {
		return err
	}
	v.Idle, v.Broken, v.Have = head.idle.Waiting, head.requests, head.state()
	switch {
	case s.Alerts == nil:
	case v.Asked.Broken:
		err = s.brokenOf(r.Context(), rd, &v)
	default:
		var found IdleFound
		found, err = s.Alerts.Idle(r.Context(), rd.Lang, IdleAsk{Source: v.Asked.Source, Lets: v.Asked.lets(s.Bot.View(r.Context(), rd.Lang, rd.Zone).Policy), Limit: v.Asked.Show})
		v.List, v.Found, v.Least, v.Sources = found.List, found.Found, found.More, found.Sources
		v.Bounded = found.More || found.Found > mostAlerts
		if err == nil {
			v.Deeds, err = s.deedsOf(r.Context(), rd, v.List)
		}
	}
	if err != nil {
		return err
	}
	if v.Found > len(v.List) && v.Asked.Show < mostAlerts {
		next := v.Asked
		next.Show += perAlerts
		v.More = next.URL()
	}
	return render(w, r, alertsScreen(rd, v))
}

// deedsOf gives the buttons of each alert.
func (s *Server) deedsOf(ctx context.Context, rd *reader, list []Alert) ([]bot.LooseDeeds, error) {
	named := make([]bot.LooseAlert, len(list))
	for k, a := range list {
		named[k] = bot.LooseAlert{Handle: handleOf(a), Service: a.Service}
	}
	return s.Bot.LooseDeeds(ctx, rd.Lang, rd.Person, named)
}

// likelyTitle is the title of the incident that a button adds an alert to.
func likelyTitle(d bot.LooseDeeds, b bot.Button) string {
	if d.Likely.Number == 0 || !strings.HasSuffix(b.Command, d.Likely.Number.String()) {
		return ""
	}
	return d.Likely.Title
}

// brokenOf finds requests of which nothing could be made, among the newest.
func (s *Server) brokenOf(ctx context.Context, rd *reader, v *inboxView) error {
	list, err := s.Alerts.Undecoded(ctx, rd.Lang, mostAlerts)
	if err != nil {
		return err
	}
	lets := v.Asked.lets(s.Bot.View(ctx, rd.Lang, rd.Zone).Policy)
	v.Bounded = v.Broken > len(list)
	v.Least = v.Bounded && v.Asked.filtered()
	for _, a := range list {
		if !slices.Contains(v.Sources, a.Source) {
			v.Sources = append(v.Sources, a.Source)
		}
		if v.Asked.Source != "" && a.Source != v.Asked.Source || lets != nil && !lets(a) {
			continue
		}
		if v.Found++; len(v.List) < v.Asked.Show {
			v.List = append(v.List, a)
		}
	}
	slices.Sort(v.Sources)
	return nil
}

// inboxCache keeps the newest of the inbox for a moment, so that many pages that follow it ask the store once.
type inboxCache struct {
	mu   sync.Mutex
	kept map[lang.Lang]inboxRead
}

type inboxRead struct {
	at       time.Time
	idle     IdleFound
	broken   []Alert
	requests int // of which nothing could be made
}

// read gives the newest of what opened nothing, and of the requests of which nothing could be made, at most so old.
func (c *inboxCache) read(ctx context.Context, s *Server, l lang.Lang, old time.Duration) (k inboxRead, err error) {
	if s.Alerts == nil {
		return k, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := s.now()
	if k, ok := c.kept[l]; ok && old > 0 && now.Sub(k.at) < old {
		return k, nil
	}
	k.at = now
	if k.idle, err = s.Alerts.Idle(ctx, l, IdleAsk{Limit: inboxHead}); err != nil {
		return k, err
	}
	if k.broken, err = s.Alerts.Undecoded(ctx, l, inboxHead); err != nil {
		return k, err
	}
	if k.requests, err = s.Alerts.CountUndecoded(ctx); err != nil {
		return k, err
	}
	if c.kept == nil {
		c.kept = map[lang.Lang]inboxRead{}
	}
	c.kept[l] = k
	return k, nil
}

// state names what the inbox holds.
func (k inboxRead) state() string {
	h := fnv.New64a()
	for _, a := range slices.Concat(k.idle.List, k.broken) {
		h.Write([]byte(a.Source + "\x00" + a.Key + "\x00" + strconv.FormatInt(a.First.UnixMicro(), 36) + "\x00"))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// liveAlerts tells that something new has come; the page does not move until somebody asks to see it.
func (s *Server) liveAlerts(w http.ResponseWriter, r *http.Request, rd *reader) error {
	have, told := r.FormValue("have"), false
	return s.follow(w, r, "inbox", 8*calm, func(ctx context.Context, st *stream) (time.Duration, error) {
		if told {
			return time.Hour, nil
		}
		head, err := s.inbox.read(ctx, s, rd.Lang, 2*time.Second)
		if err != nil {
			return 0, err
		}
		if told = head.state() != have; !told {
			return 2 * look, nil
		}
		text, err := rendered(ctx, inboxNews(rd, true))
		if err != nil {
			return 0, err
		}
		return time.Hour, st.send("part", piece{ID: "inbox-news", HTML: text})
	})
}

// pagePress is what a button of the conversation sends from a page.
func pagePress(b bot.Button) string {
	return vals("command", b.Command, "form", b.Form, "place", "page")
}

// handleOf is the short name of an alert.
func handleOf(a Alert) string { return alert.Handle(a.Source, a.Key) }

// doInbox does something with the alerts that were picked; sending the form that it asks for goes through the one door.
func (s *Server) doInbox(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if err := r.ParseForm(); err != nil {
		return incident.ErrNotFound
	}
	var handles []string
	for _, h := range r.PostForm["pick"] {
		if alert.IsHandle(h) {
			handles = append(handles, h)
		}
	}
	return s.pressPage(w, r, rd, 0, "inbox "+r.PostFormValue("what")+" "+strings.Join(handles, " "), true)
}

// doForesee says again what a rule would have meant, while its form is filled in.
func (s *Server) doForesee(w http.ResponseWriter, r *http.Request, rd *reader) error {
	sh := sheet(r)
	reply, err := s.Console.Handle(r.Context(), rd.deed(r), bot.Request{
		Kind: bot.WantForm, Place: incident.Place{Realm: console.Realm}, Text: sh.Command, Fields: sh.Fields,
	})
	if err != nil {
		return err
	}
	text := refusedText(reply, rd.Lang)
	if reply.Form != nil {
		text = reply.Form.Text
	}
	return render(w, r, formText(rd, text))
}

// foresees reports whether a form's text depends on what is filled in.
func foresees(f bot.Form) bool {
	return strings.HasPrefix(f.Command, inboxVerb+" rule") && slices.ContainsFunc(f.Inputs, func(in bot.Input) bool { return in.Live })
}

// rulesView are the rules for alerts in the order in which they are asked.
type rulesView struct {
	Stored, Configured []bot.AlertRule
}

func (s *Server) rulesPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	var v rulesView
	if s.Inbox != nil {
		list, err := s.Inbox.Rules(r.Context())
		if err != nil {
			return err
		}
		for _, one := range list {
			if one.Number != 0 {
				v.Stored = append(v.Stored, one)
			} else {
				v.Configured = append(v.Configured, one)
			}
		}
	}
	return render(w, r, rulesScreen(rd, v))
}

func ruleMatches(a bot.AlertRule) (out []string) {
	if a.Source != "" {
		out = append(out, "source = "+a.Source)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Match)) {
		out = append(out, name+" = "+strings.Join(a.Match[name], " | "))
	}
	return out
}

func alertPlace(rd *reader, a Alert) string {
	parts := slices.DeleteFunc([]string{a.Severity, a.Service, a.Host}, func(p string) bool { return p == "" })
	return strings.Join(parts, " · ")
}

func (s *Server) alertRoutes() map[string]answer {
	return map[string]answer{
		"GET /alerts":       s.alertsPage,
		"GET /live/alerts":  s.liveAlerts,
		"GET /alerts/rules": s.rulesPage,
		"POST /do/inbox":    s.doInbox,
		"POST /do/foresee":  s.doForesee,
	}
}

// ruleDeed is a button that does something with a rule.
func ruleDeed(deed string, r bot.AlertRule) string {
	return vals("command", "inbox rule "+deed+" "+strconv.FormatInt(r.Number, 10), "place", "page")
}

// mayOrder says whether the reader does what only managers do: everybody where nobody is named.
func (rd *reader) mayOrder() bool {
	p := rd.server.Bot.View(context.Background(), rd.Lang, rd.Zone).Policy
	return rd.Person.Manager || len(p.Managers) == 0 || slices.Contains(p.Managers, rd.Person.ID)
}
