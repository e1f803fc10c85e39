package web

import (
	"cmp"
	"context"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// The window of the inbox: how far back it looks, and how much of that a page shows.
const (
	mostIdle  = 1000
	perAlerts = 100
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
		a.Show = min(max(n, perAlerts), mostIdle)
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

func (a inboxAsk) filtered() bool { return a.Text+a.Source+a.Why+a.Status != "" }

// lets decides whether an alert is shown.
func (a inboxAsk) lets(x Alert) bool {
	if a.Source != "" && x.Source != a.Source || a.Why != "" && whyOf(x) != a.Why || a.Status != "" && x.Status != a.Status {
		return false
	}
	whole := strings.ToLower(norm.NFKC.String(strings.Join([]string{x.Title, x.Service, x.Host, x.Source, x.Severity, x.Rule}, " ")))
	for word := range strings.FieldsSeq(strings.ToLower(norm.NFKC.String(a.Text))) {
		if !strings.Contains(whole, word) {
			return false
		}
	}
	return true
}

// whys are the kinds of reasons why an alert opened nothing.
func whys() []string {
	return []string{"ignored", "rule", "harmless", "unknown", "nothing_open", "refused", "other"}
}

// whyOf sorts an alert by its reason.
func whyOf(a Alert) string {
	switch {
	case a.Outcome == "ignore":
		return "ignored"
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
	Found        int
	Idle, Broken int // in each of the tabs
	Sources      []string
	Kinds        []string
	More         string
	Have         string
	Bounded      bool // there may be older ones than the page looks at
}

func (s *Server) alertsPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v := inboxView{Asked: inboxAskOf(r.URL.Query())}
	idle, broken, err := s.inbox.read(r.Context(), s, rd.Lang, 0)
	if err != nil {
		return err
	}
	v.Idle, v.Broken, v.Have = len(idle), len(broken), inboxState(idle, broken)
	list := idle
	if v.Asked.Broken {
		list = broken
	}
	v.Bounded = len(list) == mostIdle
	for _, a := range list {
		if !slices.Contains(v.Sources, a.Source) {
			v.Sources = append(v.Sources, a.Source)
		}
		if why := whyOf(a); !slices.Contains(v.Kinds, why) {
			v.Kinds = append(v.Kinds, why)
		}
		if !v.Asked.lets(a) {
			continue
		}
		if v.Found++; len(v.List) < v.Asked.Show {
			v.List = append(v.List, a)
		}
	}
	slices.Sort(v.Sources)
	slices.SortFunc(v.Kinds, func(a, b string) int { return cmp.Compare(slices.Index(whys(), a), slices.Index(whys(), b)) })
	if v.Found > len(v.List) {
		next := v.Asked
		next.Show += perAlerts
		v.More = next.URL()
	}
	return render(w, r, alertsScreen(rd, v))
}

// inboxCache keeps the inbox for a moment, so that many pages that follow it ask the store once.
type inboxCache struct {
	mu   sync.Mutex
	kept map[lang.Lang]inboxRead
}

type inboxRead struct {
	at           time.Time
	idle, broken []Alert
}

// read gives what opened nothing, and requests of which nothing could be made, at most so old.
func (c *inboxCache) read(ctx context.Context, s *Server, l lang.Lang, old time.Duration) (idle, broken []Alert, err error) {
	if s.Alerts == nil {
		return nil, nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := s.now()
	if k, ok := c.kept[l]; ok && old > 0 && now.Sub(k.at) < old {
		return k.idle, k.broken, nil
	}
	k := inboxRead{at: now}
	if k.idle, err = s.Alerts.Idle(ctx, l, mostIdle); err != nil {
		return nil, nil, err
	}
	if k.broken, err = s.Alerts.Undecoded(ctx, l, mostIdle); err != nil {
		return nil, nil, err
	}
	if c.kept == nil {
		c.kept = map[lang.Lang]inboxRead{}
	}
	c.kept[l] = k
	return k.idle, k.broken, nil
}

// inboxState names what the inbox holds.
func inboxState(idle, broken []Alert) string {
	h := fnv.New64a()
	for _, a := range slices.Concat(idle[:min(len(idle), 50)], broken[:min(len(broken), 50)]) {
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
		idle, broken, err := s.inbox.read(ctx, s, rd.Lang, 2*time.Second)
		if err != nil {
			return 0, err
		}
		if told = inboxState(idle, broken) != have; !told {
			return 2 * look, nil
		}
		text, err := rendered(ctx, inboxNews(rd, true))
		if err != nil {
			return 0, err
		}
		return time.Hour, st.send("part", piece{ID: "inbox-news", HTML: text})
	})
}

// openFrom is the button that opens an incident from an alert, its form filled with title and service.
func openFrom(rd *reader, a Alert) bot.Button {
	command := "open"
	if a.Service != "" {
		command += " --service " + quotedWord(a.Service)
	}
	if a.Title != "" {
		command += " --title " + quotedWord(a.Title)
	}
	if about := alertSummary(rd, a); about != "" {
		command += " --summary " + quotedWord(about)
	}
	return bot.Button{Label: rd.T("web.open_incident"), Command: command, Form: true}
}

// doNote asks for the incident into whose timeline an alert is to be written; sending the form goes through the one door.
// Those of the alert's service stand first.
func (s *Server) doNote(w http.ResponseWriter, r *http.Request, rd *reader) error {
	at, err := s.board.fresh(r.Context())
	if err != nil {
		return err
	}
	v, err := s.board.view(r.Context(), at, asked{}, rd.Viewer, rd.Now)
	if err != nil {
		return err
	}
	service := r.PostFormValue("service")
	rows := slices.Clone(v.Groups[0].Rows)
	slices.SortStableFunc(rows, func(a, b incident.Row) int {
		x, y := asked{Service: service}.lets(&a, rd.Now), asked{Service: service}.lets(&b, rd.Now)
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	if len(rows) == 0 {
		return render(w, r, notice(rd, true, rd.T("inbox.nothing_open")))
	}
	in := bot.Input{Name: "in", Kind: "select", Label: lang.Text(rd.Lang, "form.in", nil), Required: true}
	for _, row := range rows {
		in.Options = append(in.Options, bot.Option{Value: row.Number.String(), Label: row.Number.String() + " " + clip(rd.Plain(row.Title), 60)})
	}
	in.Value = in.Options[0].Value
	text := bot.Input{Name: "text", Kind: "area", Label: lang.Text(rd.Lang, "form.text", nil), Required: true, Max: 4000, Value: clip(r.PostFormValue("text"), 2000)}
	return render(w, r, dialog(rd, bot.Form{
		Title: rd.T("inbox.note"), Submit: lang.Text(rd.Lang, "form.submit", nil), Command: "log --kind finding", Inputs: []bot.Input{in, text},
	}, formPlace{}, nil, ""))
}

// alertSummary is where an alert comes from and where more of it is.
func alertSummary(rd *reader, a Alert) string {
	parts := []string{rd.T("inbox.from", "Source", a.Source)}
	for _, p := range []string{a.Severity, a.Host, a.Link} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " · ")
}

// quotedWord is a value of a command, whatever stands in it.
func quotedWord(s string) string {
	return `"` + strings.NewReplacer(`"`, "'", "“", "'", "”", "'", "\n", " ").Replace(s) + `"`
}

func alertPlace(rd *reader, a Alert) string {
	parts := slices.DeleteFunc([]string{a.Severity, a.Service, a.Host}, func(p string) bool { return p == "" })
	return strings.Join(parts, " · ")
}

func (s *Server) alertRoutes() map[string]answer {
	return map[string]answer{
		"GET /alerts":      s.alertsPage,
		"GET /live/alerts": s.liveAlerts,
		"POST /do/note":    s.doNote,
	}
}
