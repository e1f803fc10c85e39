package web

import "net/http"

// completePart proposes how a command line goes on; text is the line as typed.
func (s *Server) completePart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	list, err := s.Bot.Complete(r.Context(), r.FormValue("text"), rd.Viewer, rd.Lang)
	if err != nil {
		return err
	}
	return answerJSON(w, map[string]any{"items": list})
}

func (s *Server) composeRoutes() map[string]answer {
	return map[string]answer{
		"GET /part/complete": s.completePart,
	}
}
