package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"matoi/bot"
	"matoi/incident"
)

// The scopes of a token. Admin implies the others.
const (
	ScopeRead    = "read"
	ScopeCommand = "command"
	ScopeHooks   = "hooks"
	ScopeAdmin   = "admin"
)

// Token lets its bearer in. It never reaches a log: Secret prints as "…".
type Token struct {
	Name   string
	Secret bot.Secret
	Scopes []string
	Person incident.PersonID // the holder speaks as this person only; empty: for anybody
}

// Access is who may come in. Local is for loopback with nothing configured: nobody proves who they are, and instead only
// requests that a browser cannot have been tricked into are taken.
type Access struct {
	Local  bool
	Tokens []Token
}

// Gate decides who may use the API, the hooks and the figures. It asks Access anew for every request, so that a reloaded
// configuration counts at once.
type Gate struct {
	Access func() Access
}

// Caller is who came through the gate.
type Caller struct {
	Token  string            // its name; "local" in local mode
	Person incident.PersonID // whom the token is bound to, if anybody
	Local  bool              // an unknown name becomes a person
	Admin  bool              // sees private incidents
}

// Admit lets a request in, or says with a problem why not: 401 without a token, 403 with a wrong one, without the scope,
// or for a request from another site.
func (g Gate) Admit(r *http.Request, scope string) (Caller, *Problem) {
	access := g.Access()
	if access.Local {
		if p := sameMachine(r); p != nil {
			return Caller{}, p
		}
		return Caller{Token: "local", Local: true}, nil
	}
	scheme, presented, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if presented = strings.TrimSpace(presented); !strings.EqualFold(scheme, "Bearer") || presented == "" {
		return Caller{}, problem(http.StatusUnauthorized, "token_missing", nil)
	}
	var found *Token
	for i := range access.Tokens { // all of them, so that the time tells nothing
		if access.Tokens[i].Secret.Equal(presented) {
			found = &access.Tokens[i]
		}
	}
	if found == nil {
		return Caller{}, problem(http.StatusForbidden, "token_wrong", nil)
	}
	admin := slices.Contains(found.Scopes, ScopeAdmin)
	if !admin && !slices.Contains(found.Scopes, scope) {
		return Caller{}, problem(http.StatusForbidden, "scope_missing", map[string]any{"Scope": scope})
	}
	return Caller{Token: found.Name, Person: found.Person, Admin: admin}, nil
}

// sameMachine refuses what a web page elsewhere could have a browser on this machine send: a foreign Host (the page's name
// rebound to 127.0.0.1) or a request across sites.
func sameMachine(r *http.Request) *Problem {
	if !loopback(r.Host) {
		return problem(http.StatusForbidden, "host_foreign", map[string]any{"Host": clip(r.Host, 100)})
	}
	if CrossSite(r) {
		return problem(http.StatusForbidden, "cross_site", nil)
	}
	return nil
}

// CrossSite reports whether a browser says that another site made it send the request. Programs that are no browsers say
// nothing, and are let through.
func CrossSite(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// clip bounds what is shown of a text from outside.
func clip(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes]) + "…"
	}
	return s
}
