package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"matoi/bot/console"
	"matoi/incident"
)

// perPage is how many messages are shown at once; older ones are fetched by hand.
const perPage = 60

// chatView is what the chat's screen shows.
type chatView struct {
	Title    string
	Channel  console.Channel // ID is empty where none was chosen
	Member   bool
	Members  []incident.PersonID
	Messages []console.Message
	More     bool
	Channels []console.Channel
	Rooms    []roomRow
	Rev      int64
	Live     string
	Command  string
}

// roomRow is an incident that is not over, with its room here.
type roomRow struct {
	Row     incident.Row
	Channel string
}

func (s *Server) chatPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	ctx := r.Context()
	v := chatView{Title: rd.T("web.chat"), Live: "/live/chat", Command: s.Console.Commands()[0]}
	var err error
	if v.Rev, err = s.Console.Rev(ctx); err != nil { // before the messages: what changes in between comes again
		return err
	}
	if id := r.PathValue("channel"); id != "" {
		if err := s.headOf(ctx, rd, &v, id); err != nil {
			return err
		}
		v.Live = "/live/chat?channel=" + urlQuery(id)
		if v.Messages, v.More, err = s.Console.Messages(ctx, rd.Viewer, id, 0, 0, perPage); err != nil {
			return err
		}
	}
	if v.Channels, v.Rooms, err = s.side(r, rd); err != nil {
		return err
	}
	return render(w, r, chatScreen(rd, v))
}

// headOf fills in what the head of a channel shows.
func (s *Server) headOf(ctx context.Context, rd *reader, v *chatView, id string) error {
	var err error
	if v.Channel, err = s.Console.Open(ctx, rd.Viewer, id); err != nil {
		return err
	}
	if v.Members, err = s.Console.Store.Members(ctx, id); err != nil {
		return err
	}
	v.Title, v.Member = channelTitle(rd, v.Channel), slices.Contains(v.Members, rd.Person.ID)
	return nil
}

// side is what the side bar lists: the rooms of incidents that are not over, and the other channels.
func (s *Server) side(r *http.Request, rd *reader) ([]console.Channel, []roomRow, error) {
	channels, rooms, err := s.Console.List(r.Context(), rd.Viewer)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.Store.Find(r.Context(), incident.Filter{Viewer: rd.Viewer, Statuses: unfinished(), Limit: 200})
	if err != nil {
		return nil, nil, err
	}
	var list []roomRow
	for _, row := range rows {
		if id := rooms[row.Number]; id != "" {
			list = append(list, roomRow{Row: row, Channel: id})
		}
	}
	slices.SortStableFunc(list, func(a, b roomRow) int { return pressing(a.Row, b.Row) })
	return channels, list, nil
}

// unfinished are the statuses of incidents that are not over.
func unfinished() []incident.Status {
	return slices.DeleteFunc(incident.Statuses(), func(st incident.Status) bool {
		return st == incident.StatusClosed || st == incident.StatusCancelled || st == incident.StatusMerged
	})
}

// pressing orders by priority, the unknown one last, then the newest first.
func pressing(a, b incident.Row) int {
	if a.Priority != b.Priority {
		if a.Priority.Higher(b.Priority) {
			return -1
		}
		return 1
	}
	return int(min(max(b.Number-a.Number, -1), 1))
}

func (s *Server) threadPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := strconv.ParseInt(r.FormValue("message"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	first, err := s.Console.Message(r.Context(), rd.Viewer, id)
	if err == nil && first.Thread != 0 {
		first, err = s.Console.Message(r.Context(), rd.Viewer, first.Thread)
	}
	if err != nil {
		return err
	}
	ch, err := s.Console.Open(r.Context(), rd.Viewer, first.Channel)
	if err != nil {
		return err
	}
	replies, _, err := s.Console.Messages(r.Context(), rd.Viewer, first.Channel, first.ID, 0, 500)
	if err != nil {
		return err
	}
	return render(w, r, threadPanel(rd, ch, first, replies))
}

func (s *Server) olderPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	before, err := strconv.ParseInt(r.FormValue("before"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	channel := r.FormValue("channel")
	list, more, err := s.Console.Messages(r.Context(), rd.Viewer, channel, 0, before, perPage)
	if err != nil {
		return err
	}
	if more && len(list) > 0 {
		if err := render(w, r, older(rd, channel, list[0].ID)); err != nil {
			return err
		}
	}
	for i, m := range list {
		if err := render(w, r, message(rd, m, i > 0 && follows(list[i-1], m))); err != nil {
			return err
		}
	}
	return nil
}

// unreadPart names the channels in which somebody else said something above a Rev.
func (s *Server) unreadPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	list, upto, _, err := s.Console.Feed(r.Context(), rd.Viewer, after, 500)
	if err != nil {
		return err
	}
	channels := []string{}
	for _, m := range list {
		if m.Author != rd.Person.ID && m.Only == "" && m.ID > after && !slices.Contains(channels, m.Channel) {
			channels = append(channels, m.Channel)
		}
	}
	return answerJSON(w, map[string]any{"channels": channels, "rev": upto})
}

func answerJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

// What the templates ask for.

type file = incident.File

// press is where a button stands: on a message, or on an incident's page.
type press struct {
	Message int64
	Thread  int64
	Number  incident.Number
}

func (p press) vals(command string, form bool) string {
	v := map[string]any{"command": command, "form": form}
	if p.Message != 0 {
		v["message"], v["thread"] = p.Message, p.Thread
	}
	if p.Number != 0 {
		v["number"] = p.Number.String()
	}
	return encoded(v)
}

// vals is a JSON object for hx-vals out of name, value pairs.
func vals(kv ...any) string {
	v := map[string]any{}
	for i := 0; i+1 < len(kv); i += 2 {
		v[kv[i].(string)] = kv[i+1]
	}
	return encoded(v)
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(b)
}

// follows reports whether a message continues the one above, so that name and face are left out.
func follows(above, m console.Message) bool {
	return above.Author == m.Author && above.Only == m.Only && m.Author != "" && m.At.Sub(above.At) < 5*time.Minute &&
		above.Deleted.IsZero() && m.Deleted.IsZero()
}

func quickReactions() []string { return []string{"📌", "👀", "✅", "🙏"} }

func reactionTitle(rd *reader, emoji string) string {
	if emoji == "📌" {
		return rd.T("web.pin")
	}
	return rd.T("web.react_with", "Emoji", emoji)
}

func joined(people []incident.PersonID) string {
	var out []string
	for _, p := range people {
		out = append(out, string(p))
	}
	return strings.Join(out, " ")
}

func nameList(rd *reader, people []incident.PersonID) string {
	var out []string
	for _, p := range people {
		out = append(out, rd.Name(p))
	}
	return strings.Join(out, rd.T("web.comma"))
}

func channelName(rd *reader, c console.Channel) string {
	if c.Direct {
		return rd.T("web.matoi")
	}
	return c.ID
}

func channelTitle(rd *reader, c console.Channel) string {
	if c.Direct {
		return rd.T("web.matoi")
	}
	return "#" + c.ID
}

// shortNumber is what tells numbers of these days apart: 1121-001.
func shortNumber(n incident.Number) string {
	text := n.String()
	if len(text) < 12 {
		return text
	}
	return text[8:]
}

func incidentURL(n incident.Number) templ.SafeURL { return templ.SafeURL("/incidents/" + n.String()) }

func urlQuery(s string) string { return url.QueryEscape(s) }

func doneWord(rd *reader, done bool) string {
	if done {
		return rd.T("web.done")
	}
	return rd.T("web.open_item")
}

// formPlace is where a form was asked for; it comes back with the form.
type formPlace struct {
	Channel string
	Thread  int64
	Message int64
}

// Own makes an address of this site relative, so that it works under whatever name the site is reached.
func (rd *reader) Own(to string) string {
	if base := strings.TrimRight(rd.server.BaseURL, "/"); base != "" {
		if rest, ok := strings.CutPrefix(to, base); ok && strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//") {
			return rest
		}
	}
	return to
}

func (s *Server) chatRoutes() map[string]answer {
	return map[string]answer{
		"GET /chat":           s.chatPage,
		"GET /chat/{channel}": s.chatPage,
		"GET /part/thread":    s.threadPart,
		"GET /part/older":     s.olderPart,
		"GET /part/unread":    s.unreadPart,
	}
}
