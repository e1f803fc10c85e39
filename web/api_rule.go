package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// apiRule is a rule for alerts as JSON. Number, by and what follows it are only of rules that people made.
type apiRule struct {
	Number    int64               `json:"number,omitempty"`
	Name      string              `json:"name"`
	Source    string              `json:"source,omitempty"`
	Match     map[string][]string `json:"match,omitempty"`
	Do        string              `json:"do"`
	Wait      string              `json:"wait,omitempty"`
	Count     int                 `json:"count,omitempty"` // so many within Within, where the rule waits for that
	Within    string              `json:"within,omitempty"`
	Then      string              `json:"then,omitempty"`
	Priority  string              `json:"priority,omitempty"`
	By        incident.PersonID   `json:"by,omitempty"`
	At        *time.Time          `json:"at,omitempty"`
	Why       string              `json:"why,omitempty"`
	Matched   int64               `json:"matched,omitempty"`
	MatchedAt *time.Time          `json:"matched_at,omitempty"`
	YAML      string              `json:"yaml"`
}

func ruleJSON(r bot.AlertRule) apiRule {
	out := apiRule{
		Number: r.Number, Name: r.Name, Source: r.Source, Match: r.Match, Do: r.Do, Priority: r.Priority, By: r.By, Why: r.Why, Matched: r.Matched, YAML: r.YAML,
		Count: r.Count,
	}
	if r.Do == "wait" {
		out.Then = cmp.Or(r.Then, "open")
	}
	if r.Within > 0 {
		out.Within = r.Within.String()
	}
	if r.Wait > 0 {
		out.Wait = r.Wait.String()
	}
	if !r.At.IsZero() {
		out.At = &r.At
	}
	if !r.MatchedAt.IsZero() {
		out.MatchedAt = &r.MatchedAt
	}
	return out
}

// rules lists the rules for alerts in the order in which they are asked.
func (a *api) rules(w http.ResponseWriter, r *http.Request, _ Caller) *Problem {
	out := []apiRule{}
	if a.Inbox != nil {
		list, err := a.Inbox.Rules(r.Context())
		if err != nil {
			return breakage(a.Log, r, err)
		}
		for _, one := range list {
			out = append(out, ruleJSON(one))
		}
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"rules": out})
	return nil
}

// ruleBody is a rule that somebody makes.
type ruleBody struct {
	As       string              `json:"as"`
	Name     string              `json:"name"`
	Match    map[string][]string `json:"match"`
	Do       string              `json:"do"`
	Wait     string              `json:"wait"`
	Priority string              `json:"priority"`
	Why      string              `json:"why"`
}

// makeRule puts a rule in force, as the command does, before all others.
func (a *api) makeRule(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	var body ruleBody
	if p := readJSON(w, r, a.BodyBound, &body); p != nil {
		return p
	}
	var match []string
	for name, patterns := range body.Match {
		for _, pattern := range patterns {
			match = append(match, strings.ReplaceAll(name+"="+pattern, ",", ",,"))
		}
	}
	slices.Sort(match)
	fields := map[string]string{
		"match": strings.Join(match, ","), "then": body.Do, "rule": body.Name, "after": body.Wait, "priority": body.Priority, "reason": body.Why,
	}
	made, p := a.ruleCommand(r, c, body.As, "inbox rule", fields)
	if p != nil {
		return p
	}
	list, err := a.Inbox.Rules(r.Context())
	if err != nil {
		return breakage(a.Log, r, err)
	}
	for _, one := range list {
		if one.Number == made.Rule {
			writeJSON(w, http.StatusCreated, "application/json", ruleJSON(one))
			return nil
		}
	}
	return problem(http.StatusNotFound, "rule_unknown", map[string]any{"Number": strconv.FormatInt(made.Rule, 10)}) // removed since
}

// removeRule takes a rule out that somebody made.
func (a *api) removeRule(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return problem(http.StatusNotFound, "no_route", nil)
	}
	q := r.URL.Query()
	_, p := a.ruleCommand(r, c, q.Get("as"), "inbox rule remove "+strconv.FormatInt(number, 10), map[string]string{"reason": q.Get("why")})
	if p == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return p
}

// ruleCommand does what the form of the verb inbox does.
func (a *api) ruleCommand(r *http.Request, c Caller, as, command string, fields map[string]string) (reply bot.Reply, p *Problem) {
	if a.Inbox == nil {
		return reply, problem(http.StatusNotFound, "no_route", nil)
	}
	by, p := a.actor(r, c, as)
	if p != nil {
		return reply, p
	}
	text := command
	for _, name := range []string{"match", "then", "rule", "after", "priority", "reason"} {
		text += "\x00" + fields[name]
	}
	cause, p := causeOf(r, c, by, commandBody{Text: text})
	if p != nil {
		return reply, p
	}
	reply, err := a.Bot.Handle(r.Context(), bot.Request{
		Kind: bot.Sent, Cause: cause, By: by, Place: incident.Place{Realm: "console", Room: "general"}, Text: command, Fields: fields, Lang: a.language(r), NoForms: true,
	})
	switch {
	case err != nil:
		a.count(reply.Verb, "broken")
		return reply, breakage(a.Log, r, err)
	case reply.Refused != nil:
		a.count(reply.Verb, "refused")
		if reply.Refused.Code == "inbox_rule_number" {
			return reply, problem(http.StatusNotFound, "rule_unknown", map[string]any{"Number": clip(strings.TrimPrefix(command, "inbox rule remove "), 20)})
		}
		return reply, refused(reply.Refused, reply.Text, reply.Errors)
	}
	a.count(reply.Verb, "done")
	return reply, nil
}
