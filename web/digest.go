package web

import (
	"context"
	"net/http"

	"matoi/bot"
	"matoi/incident"
)

// The verb behind the panel's buttons, and what a page is told when it was said.
const (
	digestVerb    = "digest"
	digestChanged = "digest-changed"
)

// digestView is when the reader's own message of the morning comes, HH:MM; empty is never.
type digestView struct{ At string }

// digestOf is shown to the person alone.
func (s *Server) digestOf(ctx context.Context, rd *reader, p incident.Person) (*digestView, error) {
	if p.ID != rd.Person.ID {
		return nil, nil //nolint:nilnil // none is an answer
	}
	at, err := s.Bot.DigestAtOf(ctx, p.ID)
	return &digestView{at}, err
}

// digestPart is the panel by itself, after it changed.
func (s *Server) digestPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v, err := s.digestOf(r.Context(), rd, rd.Person)
	if err != nil {
		return err
	}
	return render(w, r, digestPanel(rd, *v))
}

func (s *Server) digestRoutes() map[string]answer {
	return map[string]answer{"GET /part/digest": s.digestPart}
}

// digestSwitch is what the panel's second button types.
func (v digestView) digestSwitch() string {
	if v.At == "" {
		return digestVerb + " " + bot.DigestOn
	}
	return digestVerb + " " + bot.DigestOff
}
