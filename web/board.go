package web

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"matoi/bot"
	"matoi/incident"
	"matoi/incident/knowledge"
	"matoi/lang"
)

func (s *Server) boardPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	a := askedOf(r.URL.Query(), r.URL.Path == "/incidents")
	if n, ok := jump(lang.Fold(a.Text), rd.Now.In(s.Zone)); ok {
		if _, err := s.see(r, rd, n); err == nil {
			http.Redirect(w, r, string(incidentURL(n)), http.StatusSeeOther)
			return nil
		}
	}
	v, err := s.boardOf(r.Context(), rd, a)
	if err != nil {
		return err
	}
	return render(w, r, boardScreen(rd, s.boardHead(r.Context(), rd, v)))
}

// boardOf gives what is asked for as it stands now.
func (s *Server) boardOf(ctx context.Context, rd *reader, a asked) (*boardView, error) {
	if a.All {
		return s.archive(ctx, rd, a)
	}
	at, err := s.board.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return s.board.view(ctx, at, a, rd.Viewer, rd.Now)
}

// archive is a page of all incidents, also of those that are over, newest first.
func (s *Server) archive(ctx context.Context, rd *reader, a asked) (*boardView, error) {
	f := incident.Filter{
		Viewer: rd.Viewer, Service: a.Service, Category: a.Category, Priority: a.Priority, Private: a.Private, Before: a.Before, Limit: perList + 1,
	}
	if a.Text != "" {
		f.Text = knowledge.Query(lang.Fold(a.Text))
	}
	if a.Status != "" {
		f.Statuses = []incident.Status{a.Status}
	}
	if a.Mine {
		f.Mine = rd.Person.ID
	}
	rows, err := s.Store.Find(ctx, f)
	if err != nil {
		return nil, err
	}
	v := &boardView{Asked: a}
	if len(rows) > perList {
		rows = rows[:perList]
		next := a
		next.Before = rows[perList-1].Number
		v.More = next.URL()
	}
	for _, r := range rows {
		v.note(&r)
	}
	slices.Sort(v.services)
	slices.Sort(v.categories)
	v.Found, v.Total, v.Groups = len(rows), len(rows), []boardGroup{{Rows: rows, Count: len(rows)}}
	v.name()
	return v, nil
}

// boardHead is what stands around the rows: what may be filtered by, in the reader's words.
type boardHead struct {
	*boardView
	Policy  incident.Policy
	Command string // how an incident is opened in the chat
}

func (s *Server) boardHead(ctx context.Context, rd *reader, v *boardView) boardHead {
	return boardHead{boardView: v, Policy: s.Bot.View(ctx, rd.Lang, rd.Zone).Policy, Command: s.Console.Commands()[0]}
}

// Live is the stream that the page follows; what is over does not move.
func (v boardHead) Live() string {
	if v.Asked.All {
		return ""
	}
	q := v.Asked.values()
	q.Set("have", v.Have)
	return withQuery("/live/list", q)
}

// option is one choice of a filter.
type option struct{ Value, Text string }

func (v boardHead) priorities(rd *reader) []option {
	var out []option
	for p := incident.P1; p <= incident.P5; p++ {
		out = append(out, option{p.String(), bot.PriorityName(p, rd.Lang)})
	}
	return out
}

func (v boardHead) statuses(rd *reader) []option {
	list := unfinished()
	if v.Asked.All {
		list = incident.Statuses()
	}
	var out []option
	for _, st := range list {
		out = append(out, option{string(st), rd.Status(st)})
	}
	return out
}

func (v boardHead) serviceOptions() []option {
	list := slices.Clone(v.services)
	for _, s := range v.Policy.Services {
		list = append(list, s.Name)
	}
	if v.Asked.Service != "" {
		list = append(list, v.Asked.Service)
	}
	slices.Sort(list)
	var out []option
	for _, name := range slices.Compact(list) {
		out = append(out, option{name, name})
	}
	return out
}

func (v boardHead) categoryOptions(rd *reader) []option {
	var list []string
	for _, c := range v.Policy.Categories {
		list = append(list, c.ID)
	}
	for _, c := range append(slices.Clone(v.categories), v.Asked.Category) {
		if c != "" && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	var out []option
	for _, id := range list {
		out = append(out, option{id, bot.CategoryName(v.Policy, id, rd.Lang)})
	}
	return out
}

func (v boardHead) roleOptions(rd *reader) []option {
	var out []option
	for _, r := range incident.Roles() {
		out = append(out, option{string(r.ID), bot.RoleName(nil, r.ID, rd.Lang)})
	}
	return out
}

// chips are the filters that are set, in words.
func (v boardHead) chips(rd *reader) []chip {
	var out []chip
	a := v.Asked
	for _, name := range a.chosen() {
		c := chip{Without: a.without(name)}
		switch name {
		case "q":
			c.Name, c.Value = rd.T("board.search"), a.Text
		case "priority":
			c.Name, c.Value = rd.T("web.priority"), bot.PriorityName(a.Priority, rd.Lang)
		case "status":
			c.Name, c.Value = rd.T("web.status"), rd.Status(a.Status)
		case "service":
			c.Name, c.Value = rd.T("board.service"), a.Service
		case "category":
			c.Name, c.Value = rd.T("board.category"), bot.CategoryName(v.Policy, a.Category, rd.Lang)
		case "vacant":
			c.Name, c.Value = rd.T("board.vacant"), bot.RoleName(nil, a.Vacant, rd.Lang)
		case "mine":
			c.Value = rd.T("board.mine")
		case "overdue":
			c.Value = rd.T("board.overdue")
		case "private":
			c.Value = rd.T("web.private")
		}
		out = append(out, c)
	}
	return out
}

// count words how much is shown of how much.
func (v *boardView) count(rd *reader) string {
	switch {
	case v.Asked.All && (v.More != "" || v.Asked.Before != 0):
		return rd.T("board.count_page", "N", v.Found)
	case v.Asked.All:
		return rd.T("board.count", "N", v.Found)
	case v.Asked.filtered():
		return rd.T("board.count_of", "N", v.Found, "Total", v.Total)
	}
	if v.Resolved > 0 {
		return rd.T("board.count_resolved", "N", v.Found-v.Resolved, "Resolved", v.Resolved)
	}
	return rd.T("board.count_open", "N", v.Found)
}

// more words the link to what follows a list.
func (v *boardView) more(rd *reader) string {
	switch {
	case v.More == "":
		return ""
	case v.Asked.All:
		return rd.T("web.older_incidents")
	}
	g := v.Groups[0]
	return rd.T("board.more", "N", min(perList, g.Count-len(g.Rows)), "Left", g.Count-len(g.Rows))
}

// rest words what a column does not show.
func (g boardGroup) rest(rd *reader) string {
	if left := g.Count - len(g.Rows); left > 0 {
		return rd.T("board.more_in_column", "N", left)
	}
	return ""
}

func overRow(r incident.Row) bool { return over(r.Status) }

// wantsManager is what burns in a list: somebody should lead, and nobody does.
func wantsManager(r incident.Row) bool {
	return working(r) && r.Priority != 0 && r.Priority <= incident.P3
}

func listed(rd *reader, words []string) string { return strings.Join(words, rd.T("web.comma")) }

func number64(n int64) string { return strconv.FormatInt(n, 10) }

// crewOf lists who holds what beside the manager, in the order of the roles, one line for each person and role.
func (rd *reader) crewOf(r incident.Row) []incident.Holder {
	out := slices.DeleteFunc(slices.Clone(r.Holders), func(h incident.Holder) bool { return h.Role == incident.Manager && h.Person == r.Manager })
	if len(out) > 1 {
		slices.SortStableFunc(out, func(a, b incident.Holder) int { return rd.rank(a.Role) - rd.rank(b.Role) })
	}
	return out
}

// rank is where a role stands among all: an organisation's own come last.
func (rd *reader) rank(role incident.RoleID) int {
	if rd.ranks == nil {
		rd.ranks = map[incident.RoleID]int{}
		for n, r := range incident.Roles() {
			rd.ranks[r.ID] = n + 1
		}
	}
	if n := rd.ranks[role]; n > 0 {
		return n
	}
	return math.MaxInt32
}

func (s *Server) boardRoutes() map[string]answer {
	return map[string]answer{
		"GET /{$}":        s.boardPage,
		"GET /incidents":  s.boardPage,
		"GET /wall":       s.wallPage,
		"GET /live/wall":  s.liveWall,
		"POST /wall/stay": s.wallStay,
	}
}

// row is an incident.Row for the templates.
type row = incident.Row

// Category is a category in the organisation's words.
func (rd *reader) Category(id string) string {
	if rd.policy == nil {
		p := rd.server.Bot.View(context.Background(), rd.Lang, rd.Zone).Policy
		rd.policy = &p
	}
	return bot.CategoryName(*rd.policy, id, rd.Lang)
}
