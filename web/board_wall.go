package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"matoi/incident"
)

// mostOnWall is how many incidents a wall turns its pages through; the rest are counted.
const mostOnWall = 60

// wallView is the board as a screen on the wall shows it: what somebody still works on, by urgency. Whoever passes by
// reads it, so private incidents are a number there and nothing more.
type wallView struct {
	Rows                             []incident.Row
	Open, Overdue, Headless, Private int
	Since                            time.Time // nothing burns since then; zero when that is not known
	Have                             string
}

func (s *Server) wallPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	at, err := s.board.fresh(r.Context())
	if err != nil {
		return err
	}
	v, err := s.wallOf(r.Context(), at, rd)
	if err != nil {
		return err
	}
	return render(w, r, wallScreen(rd, v))
}

func (s *Server) wallOf(ctx context.Context, at *sight, rd *reader) (wallView, error) {
	var v wallView
	may, err := s.board.visible(ctx, at, rd.Viewer)
	if err != nil {
		return v, err
	}
	for _, r := range at.rows {
		switch {
		case !working(r):
			continue
		case r.Private && (rd.Viewer.All || may[r.Number]):
			v.Private++
			continue
		case r.Private:
			continue
		}
		v.Open++
		if !r.Due.IsZero() && !r.Due.After(rd.Now) {
			v.Overdue++
		}
		if r.Manager == "" && wantsManager(r) {
			v.Headless++
		}
		if len(v.Rows) < mostOnWall {
			v.Rows = append(v.Rows, r)
		}
	}
	if v.Open == 0 {
		if v.Since, err = s.calmSince(ctx, at); err != nil {
			return v, err
		}
	}
	list := boardView{Found: v.Overdue, Total: v.Private, Groups: []boardGroup{{Rows: v.Rows, Count: v.Open}}}
	list.name()
	v.Have = list.Have + "-" + strconv.FormatInt(v.Since.Unix(), 36)
	return v, nil
}

// calmSince is when the last fire was put out, among those that everybody may know of.
func (s *Server) calmSince(ctx context.Context, at *sight) (time.Time, error) {
	at.mu.Lock()
	known := at.calm
	at.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	rows, err := s.Store.Find(ctx, incident.Filter{Limit: 30})
	if err != nil {
		return time.Time{}, err
	}
	for _, r := range at.rows {
		if !r.Private && r.Status == incident.StatusResolved && len(rows) < 100 {
			rows = append(rows, r)
		}
	}
	var last time.Time
	for _, r := range rows {
		i, err := s.Store.Load(ctx, r.Number)
		if err != nil {
			return time.Time{}, err
		}
		if i.Private {
			continue
		}
		end := i.Resolved
		if end.IsZero() { // cancelled or merged
			end = i.Changed
		}
		if end.After(last) {
			last = end
		}
	}
	at.mu.Lock()
	at.calm = &last
	at.mu.Unlock()
	return last, nil
}

// wallChange is what a wall's stream sends.
type wallChange struct {
	Have string `json:"have"`
	HTML string `json:"html"`
}

// liveWall keeps a screen on the wall true for weeks; the script loads the page anew when the stream's greeting says that
// there is a newer one.
func (s *Server) liveWall(w http.ResponseWriter, r *http.Request, rd *reader) error {
	have := r.FormValue("have")
	return s.followBoard(w, r, func(ctx context.Context, st *stream) error {
		now := s.fresh(rd)
		at, err := s.board.at(ctx)
		if err != nil {
			return err
		}
		v, err := s.wallOf(ctx, at, now)
		if err != nil || v.Have == have {
			return err
		}
		have = v.Have
		text, err := rendered(ctx, wall(now, v))
		if err != nil {
			return err
		}
		return st.sendJSON("wall", wallChange{Have: v.Have, HTML: text})
	})
}

// wallStay keeps the session of a screen on the wall, which nobody logs in again. It ends when the operator changes the
// tokens, as every session does.
func (s *Server) wallStay(w http.ResponseWriter, _ *http.Request, rd *reader) error {
	s.remember(w, rd.Person.ID)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
