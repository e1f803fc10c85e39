package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// commandBody is what a person would type, where, and who they are.
type commandBody struct {
	As      string `json:"as"`
	Channel string `json:"channel"`
	Text    string `json:"text"`
}

// commandAnswer is what was done: the reply as the person would have seen it, and the incident it is about.
type commandAnswer struct {
	Reply    string        `json:"reply"`
	Incident *incidentJSON `json:"incident,omitempty"`
	Card     *bot.Card     `json:"card,omitempty"`
	Document string        `json:"document,omitempty"`
}

// longestKey bounds Idempotency-Key, and longestName a person's name, in characters.
const (
	longestKey  = 255
	longestName = 80
)

// command does what a person would type. Its 2xx stands after the commit, so the next GET reads it.
func (a *api) command(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	var body commandBody
	if p := readJSON(w, r, a.BodyBound, &body); p != nil {
		return p
	}
	by, p := a.actor(r, c, body.As)
	if p != nil {
		return p
	}
	cause, p := causeOf(r, c, by, body)
	if p != nil {
		return p
	}
	place, p := a.place(r, c, by, body.Channel)
	if p != nil {
		return p
	}
	reply, err := a.Bot.Handle(r.Context(), bot.Request{
		Kind: bot.Typed, Cause: cause, By: by, Place: place, Text: body.Text, Lang: a.language(r), NoForms: true,
	})
	if err != nil {
		a.count(reply.Verb, "broken")
		return breakage(a.Log, r, err)
	}
	if reply.Refused != nil {
		a.count(reply.Verb, "refused")
		return refused(reply.Refused, reply.Text, reply.Errors)
	}
	a.count(reply.Verb, "done")
	return a.answer(w, r, by, c, reply)
}

// answer gives what was done. An incident that the person may not see keeps only its number.
func (a *api) answer(w http.ResponseWriter, r *http.Request, by incident.PersonID, c Caller, reply bot.Reply) *Problem {
	out := commandAnswer{Reply: reply.Text, Card: reply.Card, Document: reply.Document}
	if reply.Number != 0 {
		out.Incident = &incidentJSON{Number: reply.Number.String()}
		i, sees, p := a.left(r, by, c, reply)
		if p != nil {
			return p
		}
		if sees {
			row := rowJSON(i.AsRow())
			out.Incident = &row
		}
	}
	writeJSON(w, http.StatusOK, "application/json", out)
	return nil
}

// left is the incident as the command left it, and whether the person may see it.
func (a *api) left(r *http.Request, by incident.PersonID, c Caller, reply bot.Reply) (i *incident.Incident, sees bool, p *Problem) {
	if i = reply.Incident; i == nil {
		var err error
		if i, err = a.Store.Load(r.Context(), reply.Number); errors.Is(err, incident.ErrNotFound) {
			return nil, false, nil
		} else if err != nil {
			return nil, false, breakage(a.Log, r, err)
		}
	}
	if !i.Private {
		return i, true, nil
	}
	viewer, p := a.eyes(r, by, c.Admin)
	return i, p == nil && incident.MaySee(i, viewer), p
}

// causeOf names the request, if it has an Idempotency-Key: a retry with the same one changes nothing. It is a retry when the token, the
// person and the words are the same too: a key used twice neither swallows another command nor shows one person
// what was answered to another.
func causeOf(r *http.Request, c Caller, by incident.PersonID, body commandBody) (string, *Problem) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return "", nil
	}
	key = lang.Clean(key)
	if utf8.RuneCountInString(key) > longestKey {
		return "", problem(http.StatusBadRequest, "key_long", map[string]any{"N": longestKey})
	}
	words := sha256.Sum256([]byte(string(by) + "\x00" + body.Channel + "\x00" + body.Text))
	return "api:" + c.Token + ":" + key + ":" + hex.EncodeToString(words[:8]), nil
}

// actor finds who acts: the token's person, else the one named. In local mode an unknown name becomes a person.
func (a *api) actor(r *http.Request, c Caller, as string) (incident.PersonID, *Problem) {
	name := personName(as)
	if name == "" {
		if c.Person != "" {
			return c.Person, nil
		}
		return "", problem(http.StatusUnprocessableEntity, "as_missing", nil)
	}
	if utf8.RuneCountInString(name) > longestName {
		return "", problem(http.StatusUnprocessableEntity, "as_long", map[string]any{"N": longestName})
	}
	found, err := a.People.Named(r.Context(), name)
	switch {
	case err != nil:
		return "", breakage(a.Log, r, err)
	case len(found) > 1:
		return "", problem(http.StatusUnprocessableEntity, "as_ambiguous", map[string]any{"Name": name})
	case len(found) == 1 && c.Person != "" && found[0].ID != c.Person:
		return "", problem(http.StatusForbidden, "as_bound", map[string]any{"Name": name})
	case len(found) == 1:
		return found[0].ID, nil
	case !c.Local:
		return "", problem(http.StatusUnprocessableEntity, "as_unknown", map[string]any{"Name": name})
	}
	p, err := a.People.Meet(r.Context(), incident.Identity{Realm: "console", ID: name}, name, "")
	if err != nil {
		return "", breakage(a.Log, r, err)
	}
	return p.ID, nil
}

// place is the channel of the built-in chat that the command is typed in: #general where none is named.
func (a *api) place(r *http.Request, c Caller, by incident.PersonID, channel string) (incident.Place, *Problem) {
	name := strings.TrimPrefix(strings.TrimSpace(lang.Fold(lang.Clean(channel))), "#")
	if name == "" {
		return incident.Place{Realm: "console", Room: "general"}, nil
	}
	viewer, p := a.eyes(r, by, c.Admin)
	if p != nil {
		return incident.Place{}, p
	}
	err := a.Enter(r.Context(), viewer, name)
	switch {
	case errors.Is(err, incident.ErrNotFound):
		return incident.Place{}, problem(http.StatusNotFound, "channel_unknown", map[string]any{"Channel": clip(name, 80)})
	case err != nil:
		return incident.Place{}, breakage(a.Log, r, err)
	}
	return incident.Place{Realm: "console", Room: name}, nil
}

// personName takes the @ off and evens white space out.
func personName(as string) string {
	return strings.Join(strings.Fields(strings.TrimLeft(strings.TrimSpace(lang.Clean(as)), "@＠")), " ")
}

func (a *api) count(verb, result string) {
	if a.Count != nil {
		a.Count(cmp.Or(verb, "none"), result)
	}
}

// readJSON reads a bounded body that holds one JSON object.
func readJSON(w http.ResponseWriter, r *http.Request, bound int64, to any) *Problem {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bound))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return problem(http.StatusRequestEntityTooLarge, "body_large", map[string]any{"N": bound})
	}
	if err != nil {
		return problem(http.StatusBadRequest, "body_cut", nil)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return problem(http.StatusBadRequest, "body_json", map[string]any{"Detail": clip(lang.Clean(err.Error()), 200)})
	}
	return nil
}
