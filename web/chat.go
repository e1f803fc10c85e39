package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"matoi/bot/console"
	"matoi/incident"
)

// perPage is how many messages are shown at once; others are fetched when they come into sight.
const perPage = 60

// chatView is what the chat's screen shows.
type chatView struct {
	Title    string
	Channel  console.Channel // ID is empty where none was chosen
	Member   bool
	Members  []incident.PersonID
	Window   stretch
	Thread   *threadView     // open beside the channel
	Other    templ.Component // what stands in the room's place: search, all channels
	Channels []console.Channel
	Rooms    []roomRow
	Rev      int64
	Live     string
	Command  string
}

// stretch is the messages of a channel that are shown, out of all there are.
type stretch struct {
	List         []console.Message
	Older, Newer bool
	At           int64 // the message one came for
	Fresh        int64 // the first that is new to the reader
}

// newChatView begins a screen of the chat.
func (s *Server) newChatView(r *http.Request, rd *reader) (chatView, error) {
	v := chatView{Title: rd.T("web.chat"), Live: "/live/chat", Command: s.Console.Commands()[0]}
	var err error
	v.Rev, err = s.Console.Rev(r.Context()) // before the messages: what changes in between comes again
	return v, err
}

func (s *Server) chatPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v, err := s.newChatView(r, rd)
	if err != nil {
		return err
	}
	if id := r.PathValue("channel"); id != "" {
		if err := s.headOf(r.Context(), rd, &v, id); err != nil {
			return err
		}
		v.Live = "/live/chat?channel=" + urlQuery(id)
		if err := s.show(r, rd, &v); err != nil {
			return err
		}
	} else if err := s.other(r, rd, &v); err != nil {
		return err
	}
	return s.chatScreen(w, r, rd, v)
}

// chatScreen adds the side bar and answers with the whole screen.
func (s *Server) chatScreen(w http.ResponseWriter, r *http.Request, rd *reader, v chatView) error {
	var err error
	if v.Channels, v.Rooms, err = s.side(r, rd); err != nil {
		return err
	}
	return render(w, r, chatScreen(rd, v))
}

// show fills in the messages that the address asks for: the newest, those around ?at=, before ?before= or after
// ?after=; and beside them the thread of ?thread=, or of the reply that ?at= names.
func (s *Server) show(r *http.Request, rd *reader, v *chatView) error {
	ctx := r.Context()
	thread, _ := strconv.ParseInt(r.FormValue("thread"), 10, 64)
	if err := s.window(r, rd, v); err != nil {
		return err
	}
	if at := v.Window.At; at != 0 {
		m, err := s.Console.Message(ctx, rd.Viewer, at)
		if err != nil {
			return err
		}
		if m.Thread != 0 {
			thread = at
		}
	}
	if thread == 0 {
		return nil
	}
	t, err := s.thread(ctx, rd, thread, r.FormValue("upto"))
	if err != nil {
		return err
	}
	v.Thread = &t
	return nil
}

// window reads the messages of v.Channel that the address asks for.
func (s *Server) window(r *http.Request, rd *reader, v *chatView) error {
	ctx, id, win := r.Context(), v.Channel.ID, &v.Window
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(r.FormValue(name), 10, 64)
		return n
	}
	at, before, after := number("at"), number("before"), number("after")
	var err error
	switch {
	case at > 0:
		win.At = at
		win.List, win.Older, win.Newer, err = s.Console.Around(ctx, rd.Viewer, id, at, perPage)
	case after > 0:
		win.Older = true
		win.List, win.Newer, err = s.Console.Newer(ctx, rd.Viewer, id, 0, after, perPage)
	default:
		win.Newer = before > 0
		win.List, win.Older, err = s.Console.Messages(ctx, rd.Viewer, id, 0, before, perPage)
	}
	if err != nil {
		return err
	}
	marks, err := s.Console.Unread(ctx, rd.Viewer)
	if err != nil {
		return err
	}
	for _, u := range marks {
		if u.Channel == id {
			win.Fresh = u.First
		}
	}
	return nil
}

// windowPart are the messages around one, or the newest, in the place of those that are shown.
func (s *Server) windowPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v := chatView{Command: s.Console.Commands()[0]}
	if err := s.headOf(r.Context(), rd, &v, r.FormValue("channel")); err != nil {
		return err
	}
	if err := s.show(r, rd, &v); err != nil {
		return err
	}
	if v.Thread != nil {
		w.Header().Set("Matoi-Thread", strconv.FormatInt(v.Window.At, 10))
	}
	return render(w, r, windowLines(rd, v))
}

// headOf fills in what the head of a channel shows.
func (s *Server) headOf(ctx context.Context, rd *reader, v *chatView, id string) error {
	var err error
	if v.Channel, err = s.Console.Open(ctx, rd.Viewer, id); err != nil {
		return err
	}
	if v.Members, err = s.Console.Store.Members(ctx, id); err != nil {
		return err
	}
	v.Title, v.Member = channelTitle(rd, v.Channel), slices.Contains(v.Members, rd.Person.ID)
	return nil
}

func answerJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

func doneWord(rd *reader, done bool) string {
	if done {
		return rd.T("web.done")
	}
	return rd.T("web.open_item")
}

// formPlace is where a form was asked for; it comes back with the form.
type formPlace struct {
	Channel string
	Thread  int64
	Message int64
}

// Own makes an address of this site relative, so that it works under whatever name the site is reached.
func (rd *reader) Own(to string) string {
	if base := strings.TrimRight(rd.server.BaseURL, "/"); base != "" {
		if rest, ok := strings.CutPrefix(to, base); ok && strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//") {
			return rest
		}
	}
	return to
}

func (s *Server) chatRoutes() map[string]answer {
	return map[string]answer{
		"GET /chat":           s.chatPage,
		"GET /chat/search":    s.searchPage,
		"GET /chat/{channel}": s.chatPage,
		"GET /part/window":    s.windowPart,
		"GET /part/thread":    s.threadPart,
		"GET /part/older":     s.olderPart,
		"GET /part/newer":     s.newerPart,
		"GET /part/unread":    s.unreadPart,
		"GET /part/source":    s.sourcePart,
		"GET /part/jump":      s.jumpPart,
		"GET /part/person":    s.personPart,
		"POST /do/read":       s.doRead,
		"POST /do/keep":       s.doKeep,
		"POST /do/direct":     s.doDirect,
	}
}
