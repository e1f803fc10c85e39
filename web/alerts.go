package web

import (
	"net/http"
	"slices"
	"strings"
)

func (s *Server) alertsPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	var list []Alert
	if s.Alerts != nil {
		var err error
		if list, err = s.Alerts.Idle(r.Context(), rd.Lang, 200); err != nil {
			return err
		}
	}
	return render(w, r, alertsScreen(rd, list))
}

func alertPlace(rd *reader, a Alert) string {
	parts := slices.DeleteFunc([]string{a.Severity, a.Service, a.Host}, func(p string) bool { return p == "" })
	return strings.Join(parts, " · ")
}

func (s *Server) alertRoutes() map[string]answer {
	return map[string]answer{
		"GET /alerts": s.alertsPage,
	}
}
