package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// bodyLimit bounds what a page may post: the longest message in the widest encoding, twice.
const bodyLimit = 512 << 10

// known answers for people who said who they are; the others are asked.
func (s *Server) known(f func(w http.ResponseWriter, r *http.Request, rd *reader) error) http.Handler {
	return s.anyone(func(w http.ResponseWriter, r *http.Request, rd *reader) error {
		if rd.Person.ID != "" {
			return f(w, r, rd)
		}
		if r.Method != http.MethodGet || fragment(r) {
			w.WriteHeader(http.StatusUnauthorized)
			return render(w, r, notice(rd, true, rd.T("web.who_are_you_first")))
		}
		if s.Local {
			return s.whoPage(w, r, rd)
		}
		return s.loginPage(w, r, rd)
	})
}

// anyone answers everybody. Errors end here: they are worded for the reader, and logged when they are breakages.
func (s *Server) anyone(f func(w http.ResponseWriter, r *http.Request, rd *reader) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, s.bodyBound(r))
		w.Header().Set("Cache-Control", "no-store")
		rd, err := s.read(w, r)
		if err != nil {
			s.fail(w, r, &reader{Lang: lang.Choose(r.Header.Get("Accept-Language"), s.Lang), server: s}, err)
			return
		}
		if r.Method == http.MethodPost {
			if err := r.ParseForm(); err != nil {
				s.problem(w, r, rd, http.StatusRequestEntityTooLarge, rd.T("web.too_large"))
				return
			}
		}
		if err := f(w, r, rd); err != nil {
			s.fail(w, r, rd, err)
		}
	})
}

// fail words an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, rd *reader, err error) {
	var refusal *incident.Refusal
	switch {
	case errors.Is(err, incident.ErrNotFound):
		s.problem(w, r, rd, http.StatusNotFound, rd.T("web.not_found"))
	case errors.As(err, &refusal):
		s.problem(w, r, rd, http.StatusUnprocessableEntity, worded(refusal, rd.Lang))
	case r.Context().Err() != nil: // the reader has gone
	default:
		ref := reference()
		s.Log.Error("request broke", "reference", ref, "method", r.Method, "path", r.URL.Path, "error", err)
		if errors.Is(err, incident.ErrUnavailable) {
			w.Header().Set("Retry-After", "5")
			s.problem(w, r, s.blank(r, rd.Lang), http.StatusServiceUnavailable, lang.Text(rd.Lang, "web.unavailable", lang.Args{"Reference": ref}))
			return
		}
		s.broken(w, r, rd.Lang, ref)
	}
}

// worded is a refusal in the reader's words.
func worded(refusal *incident.Refusal, l lang.Lang) string {
	return lang.Text(l, "refusal."+refusal.Code, refusal.Args)
}

// broken says that it is our fault, with the reference under which the log knows more.
func (s *Server) broken(w http.ResponseWriter, r *http.Request, l lang.Lang, ref string) {
	rd := s.blank(r, l)
	s.problem(w, r, rd, http.StatusInternalServerError, rd.T("web.broken", "Reference", ref))
}

// blank is a reader of whom nothing is known but the language.
func (s *Server) blank(r *http.Request, l lang.Lang) *reader {
	return &reader{Lang: l, Zone: s.Zone, Now: s.now(), server: s, path: r.URL.RequestURI()}
}

// problem answers with a page, or with a notice where a piece of a page was asked for.
func (s *Server) problem(w http.ResponseWriter, r *http.Request, rd *reader, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	c := problemPage(rd, status, text, whatNow(rd, status))
	if fragment(r) {
		c = notice(rd, true, text)
	}
	if err := c.Render(r.Context(), w); err != nil {
		s.Log.Debug("answer was not read", "path", pathOf(r), "error", err)
	}
}

// problemTitle names what happened in a few words.
func problemTitle(rd *reader, status int) string {
	switch status {
	case http.StatusNotFound:
		return rd.T("problem.not_found")
	case http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		return rd.T("problem.refused")
	case http.StatusServiceUnavailable:
		return rd.T("problem.unavailable")
	}
	return rd.T("problem.broken")
}

// whatNow says what somebody can do about it; empty where the text says it already.
func whatNow(rd *reader, status int) string {
	switch status {
	case http.StatusNotFound:
		return rd.T("problem.not_found_now")
	case http.StatusInternalServerError:
		return rd.T("problem.broken_now")
	}
	return ""
}

// retry is the address to ask again where that may help: only of what was read, never of a deed.
func retry(rd *reader, status int) string {
	if status < http.StatusInternalServerError || strings.HasPrefix(rd.path, "/do/") {
		return ""
	}
	return rd.path
}

// fragment reports whether a piece of a page was asked for by the script.
func fragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" || r.Header.Get("Accept") == "text/event-stream" ||
		r.Header.Get("Accept") == "application/json"
}

// render writes a component as the answer.
func render(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return c.Render(r.Context(), w)
}

// refusedText is what a reply says when it was not done.
func refusedText(reply bot.Reply, l lang.Lang) string {
	if reply.Text != "" || reply.Refused == nil {
		return reply.Text
	}
	return worded(reply.Refused, l)
}
