package web

import (
	"net/http"
	"slices"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

// duty is a role that somebody holds in an incident that is not over.
type duty struct {
	Row   incident.Row
	Roles []string
}

// personCard is what a small card tells of a person.
type personCard struct {
	Person incident.Person
	Duties []duty
	Reach  []string // where they can be reached, as chats name it
	Local  string   // the time of day where they are, empty if it is the reader's
	Self   bool
}

// personPart is the small card of a person.
func (s *Server) personPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	const clock = "15:04"
	id := incident.PersonID(r.FormValue("id"))
	p, err := s.Store.Person(r.Context(), id)
	if err != nil || p.Erased {
		return incident.ErrNotFound
	}
	c := personCard{Person: p, Self: id == rd.Person.ID}
	if c.Duties, err = s.duties(r, rd, id); err != nil {
		return err
	}
	identities, err := s.Store.Identities(r.Context(), id)
	if err != nil {
		return err
	}
	for _, i := range identities {
		if chat := chatName(rd, i.Realm); i.Realm != console.Realm && !slices.Contains(c.Reach, chat) {
			c.Reach = append(c.Reach, chat)
		}
	}
	if zone, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" && rd.Now.In(zone).Format(clock) != rd.Now.In(rd.Zone).Format(clock) {
		c.Local = rd.Now.In(zone).Format(clock)
	}
	return render(w, r, personBox(rd, c))
}

// duties are the roles of a person in incidents that the reader may see and that are not over.
func (s *Server) duties(r *http.Request, rd *reader, id incident.PersonID) ([]duty, error) {
	rows, err := s.Store.Find(r.Context(), incident.Filter{Viewer: rd.Viewer, Statuses: unfinished(), Mine: id, Limit: 50})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, pressing)
	var list []duty
	for _, row := range rows {
		d := duty{Row: row}
		for _, h := range row.Holders {
			if h.Person == id {
				d.Roles = append(d.Roles, rd.Role(row.Number, h.Role))
			}
		}
		if len(d.Roles) > 0 {
			list = append(list, d)
		}
	}
	return list, nil
}
