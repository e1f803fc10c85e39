package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// Ways lists how a person is reached (bot.Pagers).
type Ways interface {
	List(ctx context.Context, who incident.Person) (list []bot.WayView, own bool, err error)
}

// The verb behind the list's buttons, and what a page is told when it changed something.
const (
	waysVerb    = "ways"
	waysChanged = "ways-changed"
)

// waysView is how the reader is reached.
type waysView struct {
	List []bot.WayView
	Own  bool // they chose it themselves
}

// waysOf is shown to the person alone: addresses and numbers are nobody else's business.
func (s *Server) waysOf(ctx context.Context, rd *reader, p incident.Person) (*waysView, error) {
	if s.Ways == nil || p.ID != rd.Person.ID {
		return nil, nil //nolint:nilnil // none is an answer
	}
	list, own, err := s.Ways.List(ctx, p)
	if err != nil {
		return nil, err
	}
	return &waysView{list, own}, nil
}

// waysPart is the list by itself, after it changed.
func (s *Server) waysPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v, err := s.waysOf(r.Context(), rd, rd.Person)
	if err != nil {
		return err
	}
	if v == nil {
		return incident.ErrNotFound
	}
	return render(w, r, waysPanel(rd, *v))
}

// wayPress is what a button of the list sends: the verb that one would type.
func wayPress(command string, form bool) string {
	return vals("place", "page", "command", command, "form", form)
}

func wayCommand(deed string, n int) string { return waysVerb + " " + deed + " " + strconv.Itoa(n+1) }

// wayAddress is what stands beside a way's name.
func wayAddress(v bot.WayView) string {
	if v.Realm == bot.ChatRealm {
		return ""
	}
	return v.Address
}

func wayState(rd *reader, v bot.WayView) string {
	if !v.Usable {
		return rd.T("way.closed")
	}
	return bot.WayState(v, rd.Lang, rd.Exact(v.Last.At.Truncate(time.Second)))
}

func (s *Server) wayRoutes() map[string]answer {
	return map[string]answer{"GET /part/ways": s.waysPart}
}
