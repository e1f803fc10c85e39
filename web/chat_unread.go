package web

import (
	"net/http"
	"strconv"

	"matoi/incident"
)

// unreadMark is what the script is told of a channel with something unread.
type unreadMark struct {
	Channel  string `json:"channel"`
	Count    int    `json:"count"`
	Mentions int    `json:"mentions"`
	First    int64  `json:"first"`
}

// unreadPart tells what the reader has not read yet, channel by channel.
func (s *Server) unreadPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	list, err := s.Console.Unread(r.Context(), rd.Viewer)
	if err != nil {
		return err
	}
	marks := []unreadMark{}
	for _, u := range list {
		marks = append(marks, unreadMark{u.Channel, u.Count, u.Mentions, u.First})
	}
	return answerJSON(w, map[string]any{"channels": marks})
}

// doRead says that the reader has seen a channel up to a message.
func (s *Server) doRead(w http.ResponseWriter, r *http.Request, rd *reader) error {
	upto, err := strconv.ParseInt(r.PostFormValue("upto"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	if err := s.Console.Read(r.Context(), rd.Viewer, r.PostFormValue("channel"), upto); err != nil {
		return err
	}
	s.live.readElsewhere(rd.Person.ID, r.PostFormValue("channel"), upto)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// doKeep leaves a message and what follows it for later: unread again.
func (s *Server) doKeep(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := messageID(r)
	if err != nil {
		return err
	}
	m, err := s.Console.Message(r.Context(), rd.Viewer, id)
	if err != nil {
		return err
	}
	if m.Thread != 0 {
		id = m.Thread
	}
	if err := s.Console.Keep(r.Context(), rd.Viewer, m.Channel, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
