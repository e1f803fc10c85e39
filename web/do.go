package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
)

// outcome answers a deed: a dialog where a form was asked for, a notice where the answer is not read in the chat,
// nothing otherwise.
func (s *Server) outcome(w http.ResponseWriter, r *http.Request, rd *reader, out console.Outcome, at formPlace) error {
	reply := out.Reply
	if reply.Verb == waysVerb && reply.Changed { // the list on one's own page asks to be drawn anew
		w.Header().Set("HX-Trigger", waysChanged)
	}
	if (reply.Verb == inboxVerb || reply.Verb == silenceVerb) && reply.Changed {
		w.Header().Add("HX-Trigger", inboxChanged)
	}
	if reply.Silence != 0 {
		w.Header().Add("HX-Trigger", silencesChanged)
	}
	if reply.Verb == digestVerb {
		w.Header().Set("HX-Trigger", digestChanged)
	}
	if reply.Form != nil {
		return render(w, r, dialog(rd, *reply.Form, at, reply.Errors, refusedText(reply, rd.Lang)))
	}
	if (out.Whispered || reply.Heard) && inChat(r) {
		return nothing(w)
	}
	if reply.Document != "" && reply.Number != 0 {
		return render(w, r, documentNotice(rd, reply.Number, reply.Text))
	}
	if reply.Card != nil && reply.Rule+reply.Silence != 0 {
		return render(w, r, deedNotice(rd, *reply.Card))
	}
	if reply.Card != nil {
		return render(w, r, cardDialog(rd, *reply.Card, press{Number: reply.Number}))
	}
	if text := refusedText(reply, rd.Lang); text != "" {
		return render(w, r, notice(rd, reply.Refused != nil, text))
	}
	return nothing(w)
}

// nothing is an empty answer: it takes the place of the dialog that asked.
func nothing(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	return nil
}

// inChat reports whether the page that asks shows the chat, where whispers appear by themselves.
func inChat(r *http.Request) bool {
	at := r.Header.Get("HX-Current-URL")
	return strings.Contains(at, "/chat/") || r.FormValue("channel") != ""
}

func (s *Server) doSay(w http.ResponseWriter, r *http.Request, rd *reader) error {
	channel := r.PostFormValue("channel")
	thread, _ := strconv.ParseInt(r.PostFormValue("thread"), 10, 64)
	out, err := s.Console.Say(r.Context(), rd.deed(r), channel, thread, r.PostFormValue("text"), attached(r)...)
	if err != nil {
		return err
	}
	if !fragment(r) && out.Reply.Form == nil {
		http.Redirect(w, r, console.Link(channel, 0), http.StatusSeeOther)
		return nil
	}
	return s.outcome(w, r, rd, out, formPlace{Channel: channel, Thread: thread})
}

func messageID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PostFormValue("message"), 10, 64)
	if err != nil {
		return 0, incident.ErrNotFound
	}
	return id, nil
}

// doReact gives a reaction, or takes the person's own back: on says which. Without it the one that stands is turned round,
// which is not to be sent again: what was done, but not answered, would be undone.
func (s *Server) doReact(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := messageID(r)
	if err != nil {
		return err
	}
	m, err := s.Console.Message(r.Context(), rd.Viewer, id)
	if err != nil {
		return err
	}
	emoji, on := r.PostFormValue("emoji"), r.PostFormValue("on")
	stands := slices.ContainsFunc(m.Reactions, func(have console.Reaction) bool {
		return have.Emoji == emoji && slices.Contains(have.People, rd.Person.ID)
	})
	do := s.Console.React
	if on == "0" || on == "" && stands {
		do = s.Console.Unreact
	}
	out, err := do(r.Context(), rd.deed(r), id, emoji)
	if err != nil {
		return err
	}
	return s.outcome(w, r, rd, out, formPlace{Channel: m.Channel, Thread: m.Thread, Message: id})
}

func (s *Server) doEdit(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := messageID(r)
	if err != nil {
		return err
	}
	out, err := s.Console.Rewrite(r.Context(), rd.deed(r), id, r.PostFormValue("text"))
	if err != nil {
		return err
	}
	return s.outcome(w, r, rd, out, formPlace{})
}

func (s *Server) doDelete(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := messageID(r)
	if err != nil {
		return err
	}
	out, err := s.Console.Delete(r.Context(), rd.deed(r), id)
	if err != nil {
		return err
	}
	return s.outcome(w, r, rd, out, formPlace{})
}

func (s *Server) doMenu(w http.ResponseWriter, r *http.Request, rd *reader) error {
	id, err := messageID(r)
	if err != nil {
		return err
	}
	what := r.PostFormValue("what")
	if what != "log" && what != "open" {
		return incident.ErrNotFound
	}
	out, err := s.Console.Menu(r.Context(), rd.deed(r), id, what)
	if err != nil {
		return err
	}
	return s.outcome(w, r, rd, out, formPlace{Message: id})
}

// doPress runs a button or a select: on a message through the console, on a page straight through the one door.
func (s *Server) doPress(w http.ResponseWriter, r *http.Request, rd *reader) error {
	command, form := r.PostFormValue("command"), r.PostFormValue("form") == "true"
	if r.PostForm.Has("value") {
		value := strings.TrimSpace(r.PostFormValue("value"))
		if value == "" {
			return nothing(w)
		}
		command += " " + value
	}
	if n, ok := incident.ParseNumber(r.PostFormValue("number")); ok || r.PostFormValue("place") == "page" {
		return s.pressPage(w, r, rd, n, command, form)
	}
	id, err := messageID(r)
	if err != nil {
		return err
	}
	thread, _ := strconv.ParseInt(r.PostFormValue("thread"), 10, 64)
	out, err := s.Console.Press(r.Context(), rd.deed(r), console.Push{Message: id, Command: command, Form: form, Thread: thread})
	if err != nil {
		return err
	}
	m, err := s.Console.Message(r.Context(), rd.Viewer, id)
	if err != nil {
		return err
	}
	return s.outcome(w, r, rd, out, formPlace{Channel: m.Channel, Thread: m.Thread})
}

func (s *Server) pressPage(w http.ResponseWriter, r *http.Request, rd *reader, n incident.Number, command string, form bool) error {
	if n != 0 {
		i, err := s.see(r, rd, n)
		if err != nil {
			return err
		}
		if f, ok := s.plainForm(rd, i, command); form && ok {
			return render(w, r, dialog(rd, f, formPlace{}, nil, ""))
		}
		if !strings.Contains(command, "--in ") {
			command += " --in " + n.String()
		}
	}
	kind := bot.Typed
	if form {
		kind = bot.WantForm
	}
	reply, err := s.Console.Handle(r.Context(), rd.deed(r), bot.Request{Kind: kind, Place: incident.Place{Realm: console.Realm}, Text: command})
	if err != nil {
		return err
	}
	if reply.Number == 0 {
		reply.Number = n
	}
	if !fragment(r) && reply.Form == nil && reply.Number != 0 { // a page without script
		if reply.Refused != nil {
			return reply.Refused
		}
		http.Redirect(w, r, string(incidentURL(reply.Number)), http.StatusSeeOther)
		return nil
	}
	return s.outcome(w, r, rd, console.Outcome{Reply: reply}, formPlace{})
}

// doSubmit sends a form; with mistakes it comes back as it was filled in.
func (s *Server) doSubmit(w http.ResponseWriter, r *http.Request, rd *reader) error {
	sh := sheet(r)
	out, err := s.Console.Submit(r.Context(), rd.deed(r), sh)
	var refusal *incident.Refusal
	if errors.As(err, &refusal) {
		out.Reply, err = bot.Reply{Refused: refusal}, nil
	}
	if err != nil {
		return err
	}
	reply := out.Reply
	at := formPlace{Channel: sh.Channel, Thread: sh.Thread, Message: sh.Message}
	if reply.Form == nil && (reply.Refused != nil || len(reply.Errors) > 0) {
		if f, ok := again(r, sh); ok {
			return render(w, r, dialog(rd, f, at, reply.Errors, refusedText(reply, rd.Lang)))
		}
	}
	return s.outcome(w, r, rd, out, at)
}

type membership func(ctx context.Context, d console.Deed, channel string) (console.Outcome, error)

func (s *Server) doJoin(w http.ResponseWriter, r *http.Request, rd *reader) error {
	return s.come(w, r, s.Console.Join, rd)
}

func (s *Server) doLeave(w http.ResponseWriter, r *http.Request, rd *reader) error {
	return s.come(w, r, s.Console.Leave, rd)
}

func (s *Server) come(w http.ResponseWriter, r *http.Request, do membership, rd *reader) error {
	channel := r.PostFormValue("channel")
	if _, err := do(r.Context(), rd.deed(r), channel); err != nil {
		return err
	}
	return follow(w, r, console.Link(channel, 0))
}

func (s *Server) doChannel(w http.ResponseWriter, r *http.Request, rd *reader) error {
	ch, err := s.Console.Make(r.Context(), rd.deed(r), r.PostFormValue("name"))
	if err != nil {
		return err
	}
	return follow(w, r, console.Link(ch.ID, 0))
}

// follow leads the browser to a page, whoever asked: the script or the browser itself.
func follow(w http.ResponseWriter, r *http.Request, to string) error {
	if fragment(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (s *Server) deedRoutes() map[string]answer {
	return map[string]answer{
		"POST /do/say":     s.doSay,
		"POST /do/react":   s.doReact,
		"POST /do/edit":    s.doEdit,
		"POST /do/delete":  s.doDelete,
		"POST /do/menu":    s.doMenu,
		"POST /do/press":   s.doPress,
		"POST /do/submit":  s.doSubmit,
		"POST /do/join":    s.doJoin,
		"POST /do/leave":   s.doLeave,
		"POST /do/channel": s.doChannel,
	}
}
