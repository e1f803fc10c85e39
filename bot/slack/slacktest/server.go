package slacktest

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// refusal is an answer with ok false.
type refusal struct {
	code string
	more object
}

// Error gives the code, and what it says more.
func (r *refusal) Error() string {
	if said, is := r.more["errors"].([]string); is {
		return r.code + ": " + strings.Join(said, "; ")
	}
	return r.code
}

func no(code string) error { return &refusal{code: code} }

// because refuses with what Slack writes into response_metadata.messages.
func because(code string, messages []string) error {
	return &refusal{code: code, more: object{"response_metadata": object{"messages": messages}, "errors": messages}}
}

// method is one of the Web API: how often, with which scope of the bot (one of them is enough), and what it does. A scope
// may depend on the conversation: those say so themselves.
type method struct {
	tier  int
	scope string // words apart by "|"
	do    func(*Workspace, *call) (object, error)
}

// ServeHTTP is Slack: the Web API, upload and response URLs, and the WebSocket of Socket Mode.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !w.enter() {
		panic(http.ErrAbortHandler)
	}
	defer w.work.Done()
	w.mu.Lock()
	down := w.down
	w.mu.Unlock()
	if down {
		panic(http.ErrAbortHandler) // the connection breaks, as when nobody is there
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		w.serveAPI(rw, r)
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		w.serveUpload(rw, r)
	case strings.HasPrefix(r.URL.Path, "/hooks/"):
		w.serveResponse(rw, r)
	case strings.HasPrefix(r.URL.Path, "/link/"):
		w.serveSocket(rw, r)
	default:
		http.NotFound(rw, r)
	}
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	c, err := w.read(r)
	fault := w.fault(c)
	if fault != nil {
		if fault.Delay > 0 && w.Sleep(r.Context(), fault.Delay) != nil {
			panic(http.ErrAbortHandler)
		}
		if fault.answered() {
			w.finish(rw, c, fault.write(rw))
			return
		}
	}
	if err != nil {
		w.write(rw, c, answerOf(nil, err), err)
		return
	}
	m, known := methods()[c.Method]
	if !known {
		err = no("unknown_method")
		w.write(rw, c, answerOf(nil, err), err)
		return
	}
	w.mu.Lock()
	out, err := w.carryOut(m, c)
	a := answerOf(out, err) // written while nobody changes what it tells of
	w.mu.Unlock()
	if fault != nil && fault.Lost {
		w.mu.Lock()
		c.Lost = true
		w.moved()
		w.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	w.write(rw, c, a, err)
}

// carryOut asks for the token, the pace and the scope, in Slack's order, and does it. Callers hold mu.
func (w *Workspace) carryOut(m method, c *call) (object, error) {
	if err := w.authorized(c); err != nil {
		return nil, err
	}
	if wait := w.pace(m.tier, c); wait > 0 {
		return nil, &limited{after: wait, blind: w.Free && m.tier == posting}
	}
	if m.scope != "" {
		if err := w.needs(strings.Split(m.scope, "|")...); err != nil {
			return nil, err
		}
	}
	return m.do(w, c)
}

// authorized checks the token. apps.connections.open takes the app's token, and from the header only
// (docs.slack.dev/apis/events-api/using-socket-mode); all others take the bot's, from the header or the form. A custom
// step may also use the token that came with its event.
func (w *Workspace) authorized(c *call) error {
	token := c.token
	switch {
	case token == "":
		return no("not_authed")
	case c.Method == "apps.connections.open":
		if token == w.BotToken {
			return no("not_allowed_token_type")
		}
		if token != w.AppToken {
			return no("invalid_auth")
		}
		return nil
	case token == w.AppToken:
		return no("not_allowed_token_type")
	case token == w.BotToken:
		if w.users[w.BotUser].Deleted {
			return no("account_inactive")
		}
		return nil
	}
	for _, s := range w.steps {
		if s.token == token {
			return nil
		}
	}
	return no("invalid_auth")
}

// has tells whether the bot was granted a scope.
func (w *Workspace) has(scope string) bool { return slices.Contains(w.Scopes, scope) }

// needs refuses when none of the scopes was granted.
func (w *Workspace) needs(scopes ...string) error {
	if slices.ContainsFunc(scopes, w.has) {
		return nil
	}
	return &refusal{code: "missing_scope", more: object{"needed": strings.Join(scopes, ","), "provided": strings.Join(w.Scopes, ",")}}
}

// needTeam refuses an org-wide token without team_id, where a method can't know the workspace
// (api.slack.com/enterprise/apps).
func (w *Workspace) needTeam(c *call) error {
	if w.OrgInstall && c.str("team_id") != w.Team {
		return because("missing_argument", []string{"[ERROR] missing required field: team_id"})
	}
	return nil
}

// answer is the JSON that a call is answered with.
type answer struct {
	body []byte
	code string // Slack's, "" when it was done
}

// answerOf writes what came of a call as JSON.
func answerOf(out object, err error) (a answer) {
	if out == nil {
		out = object{}
	}
	var r *refusal
	var l *limited
	switch {
	case errors.As(err, &l):
		out, a.code = object{}, "ratelimited"
		if l.blind {
			a.code = "message_limit_exceeded"
		}
	case errors.As(err, &r):
		maps.Copy(out, r.more)
		a.code = r.code
	}
	out["ok"] = err == nil
	if a.code != "" {
		out["error"] = a.code
	}
	a.body, _ = json.Marshal(out)
	return a
}

// write answers a call.
func (w *Workspace) write(rw http.ResponseWriter, c *call, a answer, err error) {
	status := http.StatusOK
	var l *limited
	if errors.As(err, &l) {
		status = http.StatusTooManyRequests
		if !l.blind {
			rw.Header().Set("Retry-After", strconv.Itoa(l.seconds()))
		}
	}
	if c.Method == "auth.test" || err != nil {
		rw.Header().Set("X-OAuth-Scopes", strings.Join(w.Scopes, ","))
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("X-Slack-Req-Id", strconv.FormatInt(c.serial, 36))
	rw.Header().Set("Date", w.Now().UTC().Format(http.TimeFormat))
	rw.WriteHeader(status)
	_, _ = rw.Write(a.body)
	w.finish(rw, c, outcome{status: status, code: a.code})
}

// outcome is how a call ended, for the record.
type outcome struct {
	status int
	code   string
}

func (w *Workspace) finish(_ http.ResponseWriter, c *call, o outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.Status, c.Error = o.status, o.code
	w.moved()
	w.Log("%s %s -> %d %s", c.Method, c.short(), o.status, o.code)
}

// reachable gives the address under which a path of this server is reached.
func (w *Workspace) reachable(path string) string { return w.url + path }

// domain gives the part of a link that unfurling goes by.
func domain(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
