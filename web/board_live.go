package web

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"matoi/incident"
)

// boardChange is what a board's stream sends: which rows stand where, those that are new or changed, and the counts.
// The script puts them in without moving what somebody is about to press.
type boardChange struct {
	Have  string              `json:"have"`
	Order map[string][]string `json:"order"`          // numbers by group
	Rows  map[string]string   `json:"rows,omitempty"` // HTML by number
	Texts map[string]string   `json:"texts"`          // by the id of an element; "" hides it
}

// liveList follows what the address asks for. ?have= names what the page shows already: while that is still true
// nothing is sent, so that a thousand readers who come back after a restart cost next to nothing.
func (s *Server) liveList(w http.ResponseWriter, r *http.Request, rd *reader) error {
	a := askedOf(r.URL.Query(), false)
	have, known := r.FormValue("have"), map[incident.Number]int64{}
	first := true
	return s.followBoard(w, r, func(ctx context.Context, st *stream) error {
		now := s.fresh(rd)
		now.policy = nil // it may be another one by now
		at, err := s.board.at(ctx)
		if err != nil {
			return err
		}
		v, err := s.board.view(ctx, at, a, now.Viewer, now.Now)
		if err != nil {
			return err
		}
		switch {
		case v.Have == have && first:
			known = v.versions()
		case v.Have != have:
			if err := s.sendBoard(ctx, st, now, v, known); err != nil {
				return err
			}
			have, known = v.Have, v.versions()
		}
		first = false
		return nil
	})
}

// followBoard keeps a stream open and calls step at every change of the board, and now and then for what changes with
// the time alone. Unlike follow it waits for what boardRows has read, so that nobody reads for themself.
func (s *Server) followBoard(w http.ResponseWriter, r *http.Request, step func(ctx context.Context, st *stream) error) error {
	defer s.board.watch(s)()
	if _, err := s.board.fresh(r.Context()); err != nil { // what came between the page and the stream
		return err
	}
	return s.keep(w, r, s.board.next, calm/2, func(ctx context.Context, st *stream) (time.Duration, error) {
		return look, step(ctx, st)
	})
}

func (v *boardView) versions() map[incident.Number]int64 {
	out := map[incident.Number]int64{}
	for _, g := range v.Groups {
		for _, r := range g.Rows {
			out[r.Number] = r.Version
		}
	}
	return out
}

func (s *Server) sendBoard(ctx context.Context, st *stream, rd *reader, v *boardView, known map[incident.Number]int64) error {
	c := boardChange{Have: v.Have, Order: map[string][]string{}, Rows: map[string]string{}, Texts: map[string]string{"board-count": v.count(rd)}}
	for _, g := range v.Groups {
		order := make([]string, len(g.Rows))
		for n, r := range g.Rows {
			order[n] = r.Number.String()
			if version, ok := known[r.Number]; ok && version == r.Version {
				continue
			}
			text, err := s.boardLine(ctx, rd, r, v.Asked.Columns)
			if err != nil {
				return err
			}
			c.Rows[order[n]] = text
		}
		c.Order[g.Key()] = order
		if v.Asked.Columns {
			c.Texts["n-"+g.Key()], c.Texts["rest-"+g.Key()] = number64(int64(g.Count)), g.rest(rd)
		}
	}
	if !v.Asked.Columns {
		c.Texts["board-more"] = v.more(rd)
	}
	return st.sendJSON("board", c)
}

// sendJSON sends what is no piece.
func (st *stream) sendJSON(event string, what any) error {
	b, err := encodeEvent(event, what)
	if err != nil {
		return err
	}
	return st.put(b)
}

// boardLine is a row as HTML, rendered once for each language and zone, however many see it. Times in it are set right by
// the script as it is put in.
func (s *Server) boardLine(ctx context.Context, rd *reader, r incident.Row, columns bool) (string, error) {
	key := "row/" + string(rd.Lang) + "/" + rd.Zone.String() + "/" + r.Number.String()
	if columns {
		key = "ticket/" + key
	}
	return s.shared(ctx, key, r.Version, func(context.Context) (templ.Component, error) {
		if columns {
			return ticket(rd, r), nil
		}
		return incidentRow(rd, r), nil
	})
}
