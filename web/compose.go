package web

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// offered bounds how many people, rooms and incidents are offered at once.
const offered = 12

// completePart advises on a command line: text as typed, at the cursor, in the channel whose incident is meant.
func (s *Server) completePart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	typed := bot.Typing{Text: r.FormValue("text"), At: -1, Viewer: rd.Viewer, Lang: rd.Lang}
	if at, err := strconv.Atoi(r.FormValue("at")); err == nil {
		typed.At = at
	}
	if channel := r.FormValue("channel"); channel != "" {
		if _, err := s.Console.Open(r.Context(), rd.Viewer, channel); err != nil {
			return err
		}
		typed.Place = incident.Place{Realm: console.Realm, Room: channel, Thread: r.FormValue("thread")}
		if typed.Place.Thread == "0" {
			typed.Place.Thread = ""
		}
	}
	advice, err := s.Bot.Complete(r.Context(), typed)
	if err != nil {
		return err
	}
	return answerJSON(w, advice)
}

// mentionPart offers people for @ and rooms and incidents for #, by what was typed behind the sign.
func (s *Server) mentionPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	var items []bot.Completion
	var err error
	typed := named(r.FormValue("text"))
	if r.FormValue("sign") == "#" {
		items, err = s.mentionedRooms(r, rd, typed)
	} else {
		items, err = s.mentionedPeople(r.Context(), rd, r.FormValue("channel"), typed)
	}
	if err != nil {
		return err
	}
	if items == nil {
		items = []bot.Completion{}
	}
	return answerJSON(w, map[string]any{"items": items})
}

// mentionedPeople finds people by any part of their name or the beginning of their address; who is in the room goes first.
func (s *Server) mentionedPeople(ctx context.Context, rd *reader, channel, typed string) ([]bot.Completion, error) {
	people, err := s.Store.People(ctx)
	if err != nil {
		return nil, err
	}
	var here []incident.PersonID
	if _, err := s.Console.Open(ctx, rd.Viewer, channel); err == nil {
		if here, err = s.Console.Store.Members(ctx, channel); err != nil {
			return nil, err
		}
	}
	shared := map[string]int{}
	for _, p := range people {
		shared[named(p.Name)]++
	}
	type found struct {
		bot.Completion
		rank int
	}
	var list []found
	for _, p := range people {
		rank, ok := answers(typed, p)
		if !ok || p.Erased || p.Name == "" {
			continue
		}
		f := found{bot.Completion{Text: "@" + p.Name, Label: p.Email, Group: rd.T("compose.people_all")}, rank + 10}
		if shared[named(p.Name)] > 1 { // a name alone would ping nobody
			f.Text, f.Label = "<@"+string(p.ID)+">", strings.TrimSpace(p.Name+" "+p.Email)
		}
		if slices.Contains(here, p.ID) {
			f.rank, f.Group = rank, rd.T("compose.people_here")
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b found) int { return cmp.Compare(a.rank, b.rank) })
	var out []bot.Completion
	for _, f := range list[:min(len(list), offered)] {
		out = append(out, f.Completion)
	}
	return out, nil
}

// answers tells how well a person answers to what was typed, 0 best.
func answers(typed string, p incident.Person) (rank int, ok bool) {
	name, email := named(p.Name), named(p.Email)
	switch {
	case strings.HasPrefix(name, typed):
		return 0, true
	case strings.HasPrefix(email, typed), strings.HasPrefix(strings.ReplaceAll(name, " ", ""), typed):
		return 1, true
	case strings.Contains(name, typed):
		return 2, true
	}
	return 0, false
}

// mentionedRooms finds channels by their name and open incidents by number and title. What is written leads there:
// a number to the incident, a channel's name to the channel.
func (s *Server) mentionedRooms(r *http.Request, rd *reader, typed string) ([]bot.Completion, error) {
	channels, rooms, err := s.side(r, rd)
	if err != nil {
		return nil, err
	}
	var out []bot.Completion
	for _, row := range rooms {
		if n := row.Row.Number.String(); strings.Contains(named(n+" "+row.Row.Title), typed) && len(out) < offered {
			out = append(out, bot.Completion{Text: n, Label: rd.Plain(row.Row.Title), Group: rd.T("compose.incidents")})
		}
	}
	for _, c := range channels {
		if !c.Direct && c.Number == 0 && strings.Contains(named(c.ID), typed) && len(out) < 2*offered {
			out = append(out, bot.Completion{Text: "#" + c.ID, Label: rd.Plain(c.Topic), Group: rd.T("compose.rooms")})
		}
	}
	return out, nil
}

// named evens out full-width forms and case, as names are compared.
func named(s string) string { return strings.ToLower(strings.TrimSpace(lang.Fold(s))) }

// composeWords are the texts that the script of the composer shows, as a JSON object; {name} and the like are filled in
// there.
func (rd *reader) composeWords() string {
	words := map[string]any{}
	for _, id := range []string{
		"compose.attached", "compose.cancel_file", "compose.close", "compose.copied", "compose.discard", "compose.discard_sure", "compose.drop",
		"compose.edit_again", "compose.emoji_failed", "compose.emoji_loading", "compose.emoji_none", "compose.emoji_recent", "compose.emoji_search",
		"compose.emoji_tone", "compose.emoji", "compose.example", "compose.file_again", "compose.file_big", "compose.file_empty", "compose.file_failed", "compose.file_many",
		"compose.file_ready", "compose.file_sending", "compose.file_waits", "compose.found", "compose.kept", "compose.refused", "compose.remove_file",
		"compose.retry", "compose.sending", "compose.unsent", "compose.unsent_wait",
	} {
		words[strings.TrimPrefix(id, "compose.")] = rd.T(id)
	}
	var groups []string
	for _, g := range []string{"0", "1", "3", "4", "5", "6", "7", "8", "9"} {
		groups = append(groups, g+"="+rd.T("compose.emoji_group_"+g))
	}
	words["groups"] = groups
	return encoded(words)
}

// composePart gives those texts to pages without a composer, whose forms are kept too.
func (s *Server) composePart(w http.ResponseWriter, _ *http.Request, rd *reader) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err := io.WriteString(w, rd.composeWords())
	return err //nolint:wrapcheck // the reader has gone
}

func (s *Server) composeRoutes() map[string]answer {
	return map[string]answer{
		"GET /part/compose":  s.composePart,
		"GET /part/complete": s.completePart,
		"GET /part/mention":  s.mentionPart,
	}
}
