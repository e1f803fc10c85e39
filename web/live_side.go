package web

import (
	"net/http"

	"github.com/a-h/templ"

	"matoi/bot/console"
)

// sideOf renders what stands around the messages of a channel: the side bar, and the head where one is open.
func (s *Server) sideOf(r *http.Request, rd *reader, channel string) ([]painted, error) {
	ctx := r.Context()
	rev, err := s.Console.Rev(ctx)
	if err != nil {
		return nil, err
	}
	v := chatView{Channel: console.Channel{ID: channel}}
	if v.Channels, v.Rooms, err = s.side(r, rd); err != nil {
		return nil, err
	}
	if channel != "" {
		if err := s.headOf(ctx, rd, &v, channel); err != nil {
			return nil, err
		}
	}
	parts := []painted{{id: "channels", rev: rev}, {id: "room-head"}}
	for i, c := range []templ.Component{sidebar(rd, v), roomHead(rd, v)} {
		if parts[i].text, err = rendered(ctx, c); err != nil {
			return nil, err
		}
	}
	if channel == "" {
		parts = parts[:1]
	}
	return parts, nil
}
