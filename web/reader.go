package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// reader is who looks at a page, and how they read.
type reader struct {
	Person incident.Person // ID is empty for nobody
	Viewer incident.Viewer
	Lang   lang.Lang
	Zone   *time.Location
	Now    time.Time

	server   *Server
	path     string
	names    map[incident.PersonID]string
	channels map[string]bool // asked already: whether everybody may read a channel of that name
	people   func(incident.PersonID) (incident.Person, error)
	policy   *incident.Policy // once it was asked for
	ranks    map[incident.RoleID]int
}

// read finds out who asks.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (*reader, error) {
	rd := &reader{Now: s.now(), Zone: s.Zone, server: s, path: r.URL.RequestURI(), names: map[incident.PersonID]string{}}
	ctx := context.WithoutCancel(r.Context()) // names are asked for while a page is written
	rd.people = func(id incident.PersonID) (incident.Person, error) { return s.Store.Person(ctx, id) }
	id := s.session(r)
	if id != "" {
		p, err := s.Store.Person(r.Context(), id)
		switch {
		case errors.Is(err, incident.ErrNotFound):
		case err != nil:
			return nil, err
		case !p.Erased:
			rd.Person, rd.Viewer = p, incident.Viewer{Person: p.ID, All: p.Auditor}
		}
	}
	if z, err := time.LoadLocation(rd.Person.Zone); err == nil && rd.Person.Zone != "" {
		rd.Zone = z
	}
	rd.Lang = s.language(w, r, rd.Person)
	return rd, nil
}

// language is what ?lang= says, else the person's own, else what a cookie keeps of an earlier choice, else the browser's.
func (s *Server) language(w http.ResponseWriter, r *http.Request, p incident.Person) lang.Lang {
	if l, ok := lang.Parse(r.URL.Query().Get("lang")); ok {
		if !strings.HasSuffix(r.URL.Path, "/report") { // there it is the document's
			s.keepLanguage(w, l)
			return l
		}
	}
	if l, ok := lang.Parse(p.Lang); ok {
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		if l, ok := lang.Parse(c.Value); ok {
			return l
		}
	}
	return lang.Choose(r.Header.Get("Accept-Language"), s.Lang)
}

func (s *Server) keepLanguage(w http.ResponseWriter, l lang.Lang) {
	http.SetCookie(w, s.cookie(langCookie, string(l), 365*24*time.Hour))
}

// T is a text in the reader's language; kv are its arguments by name.
func (rd *reader) T(id string, kv ...any) string {
	args := lang.Args{}
	for k := 0; k+1 < len(kv); k += 2 {
		args[kv[k].(string)] = kv[k+1]
	}
	return lang.Text(rd.Lang, id, args)
}

// Name is what a person is called; an erased or unknown one has a neutral name, nobody is Matoi.
func (rd *reader) Name(id incident.PersonID) string {
	if id == "" {
		return rd.T("web.matoi")
	}
	if n, ok := rd.names[id]; ok {
		return n
	}
	p, err := rd.people(id)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		rd.server.Log.Warn("look up a person", "person", id, "error", err)
	}
	n := p.Name
	if n == "" || p.Erased {
		n = rd.T("web.someone")
	}
	rd.names[id] = n
	return n
}

// Status and Priority are their words.
func (rd *reader) Status(st incident.Status) string { return bot.StatusName(st, rd.Lang) }

func isMissing(err error) bool { return errors.Is(err, incident.ErrNotFound) }

// deed is what the reader does with this request. The browser names it, so that sending it again is harmless.
func (rd *reader) deed(r *http.Request) console.Deed {
	id := r.FormValue("deed")
	if id == "" || len(id) > 64 {
		id = reference() + reference() + reference()
	}
	return console.Deed{By: rd.Person.ID, Viewer: rd.Viewer, ID: id, Lang: rd.Lang}
}
