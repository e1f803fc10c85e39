package web

import (
	"net/http"
	"slices"
	"strings"

	"matoi/bot/console"
	"matoi/incident"
)

// other shows what stands in the place of a room: all channels (?all), or the choice of people to write to (?new).
func (s *Server) other(r *http.Request, rd *reader, v *chatView) error {
	switch {
	case r.FormValue("all") != "":
		list, err := s.allChannels(r, rd)
		if err != nil {
			return err
		}
		v.Title, v.Other = rd.T("room.browse"), browseChannels(rd, list)
	case r.FormValue("new") != "":
		people, err := s.reachable(r, rd)
		if err != nil {
			return err
		}
		v.Title, v.Other = rd.T("room.new_message"), newMessage(rd, people)
	}
	return nil
}

// browsed is a channel in the list of all of them.
type browsed struct {
	Channel console.Channel
	Members int
	Member  bool
}

func (s *Server) allChannels(r *http.Request, rd *reader) ([]browsed, error) {
	channels, err := s.Console.List(r.Context(), rd.Viewer)
	if err != nil {
		return nil, err
	}
	var list []browsed
	for _, c := range channels {
		if c.Direct {
			continue
		}
		members, err := s.Console.Store.Members(r.Context(), c.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, browsed{Channel: c, Members: len(members), Member: slices.Contains(members, rd.Person.ID)})
	}
	return list, nil
}

// reachable are the people one can write to, by name.
func (s *Server) reachable(r *http.Request, rd *reader) ([]incident.Person, error) {
	people, err := s.Store.People(r.Context())
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(p incident.Person) bool { return p.Erased || p.ID == rd.Person.ID })
	slices.SortStableFunc(people, func(a, b incident.Person) int { return strings.Compare(a.Name, b.Name) })
	return people, nil
}

// doDirect opens the channel in which the reader talks with the chosen people.
func (s *Server) doDirect(w http.ResponseWriter, r *http.Request, rd *reader) error {
	var with []incident.PersonID
	for _, p := range r.PostForm["person"] {
		with = append(with, incident.PersonID(p))
	}
	ch, err := s.Console.Direct(r.Context(), rd.deed(r), with...)
	if err != nil {
		return err
	}
	return follow(w, r, console.Link(ch.ID, 0))
}
