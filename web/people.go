package web

import (
	"net/http"
	"slices"
	"strings"

	"matoi/incident"
)

func (s *Server) peoplePage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	list, err := s.everybody(r)
	if err != nil {
		return err
	}
	return render(w, r, peopleScreen(rd, list))
}

func (s *Server) everybody(r *http.Request) ([]incident.Person, error) {
	list, err := s.Store.People(r.Context())
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(p incident.Person) bool { return p.Erased || p.Name == "" })
	slices.SortStableFunc(list, func(a, b incident.Person) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func (s *Server) peopleRoutes() map[string]answer {
	return map[string]answer{
		"GET /people": s.peoplePage,
	}
}
