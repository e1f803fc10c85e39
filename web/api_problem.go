package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Problem is an error as the API gives it (RFC 9457). Code is stable and for programs; Title and Detail are for people, in
// their language.
type Problem struct {
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Status    int               `json:"status"`
	Detail    string            `json:"detail,omitempty"`
	Code      string            `json:"code"`
	Reason    string            `json:"reason,omitempty"`    // of not_ready: what is wrong with the database, in a word
	Errors    map[string]string `json:"errors,omitempty"`    // per field
	Reference string            `json:"reference,omitempty"` // the log has the same

	args map[string]any
}

// problem makes one; its text is api.problem_<code>.
func problem(status int, code string, args map[string]any) *Problem {
	return &Problem{Type: "about:blank", Status: status, Code: code, args: args}
}

// breakage is what people see of an error that is not theirs: a reference, under which the log has the rest. Where the
// database can't be used just now they are told so, and to come again. That somebody has gone, and what was done for them with
// them, is nothing that broke.
func breakage(log *slog.Logger, r *http.Request, err error) *Problem {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	p := problem(http.StatusInternalServerError, "broken", nil)
	if errors.Is(err, incident.ErrUnavailable) {
		p = problem(http.StatusServiceUnavailable, "unavailable", nil)
	}
	p.Reference = hex.EncodeToString(b)
	p.args = map[string]any{"Reference": p.Reference}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return p
	}
	log.Error("request broke", "reference", p.Reference, "method", r.Method, "path", r.URL.Path, "error", err)
	return p
}

// send writes the problem in a language.
func (p *Problem) send(w http.ResponseWriter, l lang.Lang) {
	p.Title = http.StatusText(p.Status)
	if p.Detail == "" {
		p.Detail = lang.Text(l, "api.problem_"+p.Code, lang.Args(p.args))
	}
	switch p.Status {
	case http.StatusUnauthorized:
		if w.Header().Get("WWW-Authenticate") == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="matoi"`)
		}
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Content-Language", string(l))
	writeJSON(w, p.Status, "application/problem+json", p)
}

// writeJSON answers with JSON that no browser takes for anything else and no cache keeps.
func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	body, err := json.Marshal(v)
	if err != nil { // can't happen: the shapes are our own
		status, body = http.StatusInternalServerError, []byte(`{"type":"about:blank","title":"Internal Server Error","status":500,"code":"broken"}`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// refused turns a refusal into a problem. The text is the bot's own, worded for whoever asked, without the signs that keep chats from
// reading markup.
func refused(r *incident.Refusal, text string, errors map[string]string) *Problem {
	p := problem(refusalStatus(r.Code), r.Code, nil)
	p.Detail = bot.Unescape(text)
	for input, what := range errors {
		if p.Errors == nil {
			p.Errors = map[string]string{}
		}
		p.Errors[input] = bot.Unescape(what)
	}
	return p
}

// refusalStatus is the HTTP status of a refusal: 404 where nothing is there, 403 where somebody else would have to do it,
// 422 where the words were not understood, and 409 where the incident is not in a state for it.
func refusalStatus(code string) int {
	switch code {
	case "not_found", "entry_unknown", "task_unknown", "no_deed", "no_offer", "silence_number":
		return http.StatusNotFound
	case "only_manager", "only_senior", "only_holder", "only_opener", "not_reporter", "message_not_yours":
		return http.StatusForbidden
	case "audience_unknown", "category_needed", "category_unknown", "channel_unknown", "entry_needed", "escalation_unknown", "escalation_policy_unknown", "flag_value", "future", "hold_for", "handover_self", "impact_unknown", "inbox_rule_after", "inbox_rule_match", "inbox_rule_then", "inbox_rule_wrong", "inbox_which", "lang_unknown", "link_kind", "link_self", "link_target", "measure_incomplete", "measure_vague", "merge_self",
		"message_empty", "message_too_long", "more_needed", "number", "override_reason", "past", "person_crowd", "person_ambiguous", "person_needed", "person_unknown",
		"priority_needed", "priority_unknown", "reason_needed", "role_ambiguous", "role_needed", "role_unknown", "service_needed", "silence_long", "silence_past", "silence_pattern", "silence_time", "silence_weekly", "silence_what", "silence_word", "sort_unknown", "status_unknown", "task_number", "text_long",
		"text_needed", "time_needed", "time_to_come_unknown", "time_unknown", "title_long", "title_needed", "unknown_command", "unknown_flag", "unknown_verb", "urgency_unknown", "verb_missing",
		"which_incident", "zone_unknown":
		return http.StatusUnprocessableEntity
	}
	return http.StatusConflict
}
