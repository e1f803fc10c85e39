package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
)

// listed incidents a page shows at most.
const perList = 200

// listView is what the list shows: what is not over, or everything page by page.
type listView struct {
	All     bool
	Rows    []incident.Row
	Next    string // address of the next page
	Live    string
	Command string
}

func (s *Server) listPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	before, _ := incident.ParseNumber(r.FormValue("before"))
	v, err := s.list(r.Context(), rd, r.FormValue("all") != "", before)
	if err != nil {
		return err
	}
	if before == 0 {
		v.Live = "/live/list"
		if v.All {
			v.Live = "/live/list?all=1"
		}
	}
	return render(w, r, listScreen(rd, v))
}

func (s *Server) list(ctx context.Context, rd *reader, all bool, before incident.Number) (listView, error) {
	v := listView{All: all, Command: s.Console.Commands()[0]}
	f := incident.Filter{Viewer: rd.Viewer, Before: before, Limit: perList + 1}
	if !all {
		f.Statuses = unfinished()
	}
	var err error
	if v.Rows, err = s.Store.Find(ctx, f); err != nil {
		return v, err
	}
	if len(v.Rows) > perList {
		v.Rows = v.Rows[:perList]
		v.Next = "/incidents?before=" + v.Rows[perList-1].Number.String()
		if all {
			v.Next += "&all=1"
		}
	}
	if !all {
		slices.SortStableFunc(v.Rows, pressing)
	}
	return v, nil
}

func (s *Server) liveList(w http.ResponseWriter, r *http.Request, rd *reader) error {
	all, sent := r.FormValue("all") != "", changed{}
	return s.follow(w, r, "incident", calm, func(ctx context.Context, st *stream) (time.Duration, error) {
		now := s.fresh(rd)
		v, err := s.list(ctx, now, all, 0)
		if err != nil {
			return 0, err
		}
		return look, st.sendChanged(ctx, sent, "incidents", incidentList(now, v))
	})
}

func overRow(r incident.Row) bool { return !slices.Contains(unfinished(), r.Status) }

// wantsManager is what burns in a list: somebody should lead, and nobody does.
func wantsManager(r incident.Row) bool {
	return !overRow(r) && r.Status != incident.StatusResolved && r.Priority != 0 && r.Priority <= incident.P3
}

func listed(rd *reader, words []string) string { return strings.Join(words, rd.T("web.comma")) }

func number64(n int64) string { return strconv.FormatInt(n, 10) }

func (s *Server) boardRoutes() map[string]answer {
	return map[string]answer{
		"GET /{$}":       s.listPage,
		"GET /incidents": s.listPage,
	}
}
