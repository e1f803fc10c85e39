package web

import (
	"context"
	"net/http"
	"strconv"

	"matoi/bot/console"
	"matoi/incident"
)

// perThread is how many replies of a thread are shown at once.
const perThread = 100

// threadView is a thread beside its channel.
type threadView struct {
	Channel console.Channel
	First   console.Message
	Replies []console.Message
	More    bool // there are earlier ones
	At      int64
}

// thread reads the thread that a message began or stands in: its newest replies and, for a reply, all from that one on.
// before is the id of the reply above which one wants to go on, as it stands in an address.
func (s *Server) thread(ctx context.Context, rd *reader, id int64, before string) (threadView, error) {
	upto, _ := strconv.ParseInt(before, 10, 64)
	var v threadView
	var err error
	if v.First, err = s.Console.Message(ctx, rd.Viewer, id); err == nil && v.First.Thread != 0 {
		v.At = id
		v.First, err = s.Console.Message(ctx, rd.Viewer, v.First.Thread)
	}
	if err != nil {
		return v, err
	}
	if v.Channel, err = s.Console.Open(ctx, rd.Viewer, v.First.Channel); err != nil {
		return v, err
	}
	v.Replies, v.More, err = s.Console.Messages(ctx, rd.Viewer, v.First.Channel, v.First.ID, upto, perThread)
	for err == nil && v.At != 0 && v.More && len(v.Replies) > 0 && v.Replies[0].ID > v.At { // as far up as the reply one came for
		var above []console.Message
		above, v.More, err = s.Console.Messages(ctx, rd.Viewer, v.First.Channel, v.First.ID, v.Replies[0].ID, perThread)
		v.Replies = append(above, v.Replies...)
	}
	return v, err
}

func (s *Server) threadPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := strconv.ParseInt(r.FormValue("message"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	v, err := s.thread(r.Context(), rd, id, r.FormValue("upto"))
	if err != nil {
		return err
	}
	return render(w, r, threadPanel(rd, v))
}

// olderPart are the messages before one, in a channel or a thread, with the link to those before them.
func (s *Server) olderPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	before, err := strconv.ParseInt(r.FormValue("before"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	thread, _ := strconv.ParseInt(r.FormValue("thread"), 10, 64)
	v := chatView{Command: s.Console.Commands()[0]}
	if err := s.headOf(r.Context(), rd, &v, r.FormValue("channel")); err != nil {
		return err
	}
	list, more, err := s.Console.Messages(r.Context(), rd.Viewer, v.Channel.ID, thread, before, perPage)
	if err != nil {
		return err
	}
	return render(w, r, olderLines(rd, v, thread, list, more))
}

// newerPart are the messages behind one, oldest first, with the link to those behind them.
func (s *Server) newerPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	channel := r.FormValue("channel")
	list, more, err := s.Console.Newer(r.Context(), rd.Viewer, channel, 0, after, perPage)
	if err != nil {
		return err
	}
	return render(w, r, newerLines(rd, channel, list, more))
}

// sourcePart is the text of a message as its author edits it: mentions as they are typed.
func (s *Server) sourcePart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := strconv.ParseInt(r.FormValue("message"), 10, 64)
	if err != nil {
		return incident.ErrNotFound
	}
	m, err := s.Console.Message(r.Context(), rd.Viewer, id)
	if err != nil {
		return err
	}
	var broken error
	text := mentionToken.ReplaceAllStringFunc(m.Text, func(token string) string {
		name := rd.Name(incident.PersonID(token[2 : len(token)-1]))
		named, err := s.Store.Named(r.Context(), name)
		if err != nil {
			broken = err
		}
		if len(named) != 1 { // typed like that it would mean nobody, or somebody else
			return token
		}
		return "@" + name
	})
	if broken != nil {
		return broken
	}
	return answerJSON(w, map[string]any{"text": text})
}
