package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// whoPage asks in local mode who sits here.
func (s *Server) whoPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if !s.Local {
		return incident.ErrNotFound
	}
	return s.askWho(w, r, rd, "")
}

func (s *Server) askWho(w http.ResponseWriter, r *http.Request, rd *reader, problem string) error {
	list, err := s.everybody(r)
	if err != nil {
		return err
	}
	return render(w, r, whoScreen(rd, list, next(r), problem))
}

// next is where the reader wanted to go; only paths of this site count.
func next(r *http.Request) string {
	to := r.FormValue("next")
	if to == "" && r.Method == http.MethodGet && r.URL.Path != "/who" && r.URL.Path != "/login" {
		to = r.URL.RequestURI()
	}
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return "/"
	}
	return to
}

// doWho lets the browser be somebody: one of the people there are, or a new one by name.
func (s *Server) doWho(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if !s.Local {
		return incident.ErrNotFound
	}
	p, problem, err := s.named(r, rd)
	if err != nil {
		return err
	}
	if problem != "" {
		return s.askWho(w, r, rd, problem)
	}
	to, chosen := withoutLanguage(next(r))
	if chosen == "" && p.Lang == "" { // nothing was chosen yet: what the page was read in will do
		chosen = rd.Lang
	}
	if chosen != "" && string(chosen) != p.Lang {
		if err := s.speak(r, rd, p.ID, chosen); err != nil {
			return err
		}
	}
	if err := s.Console.Enter(r.Context(), p.ID); err != nil {
		return err
	}
	s.remember(w, p.ID)
	return follow(w, r, to)
}

// withoutLanguage takes ?lang= off an address and gives the language that was chosen by it.
func withoutLanguage(to string) (string, lang.Lang) {
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("lang") == "" {
		return to, ""
	}
	q := u.Query()
	l, _ := lang.Parse(q.Get("lang"))
	q.Del("lang")
	u.RawQuery = q.Encode()
	return u.String(), l
}

// speak makes a language the person's own, so that what Matoi tells them alone is in it too.
func (s *Server) speak(r *http.Request, rd *reader, by incident.PersonID, l lang.Lang) error {
	d := rd.deed(r)
	d.By, d.Viewer, d.ID = by, incident.Viewer{Person: by}, d.ID+":lang"
	_, err := s.Console.Handle(r.Context(), d, bot.Request{Kind: bot.Typed, Place: incident.Place{Realm: console.Realm}, Text: "lang " + string(l)})
	return err
}

func (s *Server) named(r *http.Request, rd *reader) (incident.Person, string, error) {
	if id := r.PostFormValue("person"); id != "" {
		p, err := s.Store.Person(r.Context(), incident.PersonID(id))
		return p, "", err
	}
	name := strings.TrimLeft(strings.Join(strings.Fields(lang.Clean(r.PostFormValue("name"))), " "), "@＠")
	if name == "" || utf8.RuneCountInString(name) > 80 {
		return incident.Person{}, rd.T("web.name_needed"), nil
	}
	found, err := s.Store.Named(r.Context(), name)
	if err != nil {
		return incident.Person{}, "", err
	}
	switch len(found) {
	case 0:
		p, err := s.Store.Meet(r.Context(), incident.Identity{Realm: console.Realm, ID: name}, name, "")
		return p, "", err
	case 1:
		return found[0], "", nil
	}
	return incident.Person{}, rd.T("web.name_shared", "Name", name), nil
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if s.Local {
		return incident.ErrNotFound
	}
	return render(w, r, loginScreen(rd, next(r), ""))
}

// doLogin opens a session for the owner of a token.
func (s *Server) doLogin(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if s.Local || s.Auth == nil {
		return incident.ErrNotFound
	}
	id, err := s.Auth.Login(r.Context(), strings.TrimSpace(r.PostFormValue("token")))
	if isMissing(err) {
		w.WriteHeader(http.StatusUnauthorized)
		return render(w, r, loginScreen(rd, next(r), rd.T("web.token_wrong")))
	}
	if err != nil {
		return err
	}
	if err := s.Console.Enter(r.Context(), id); err != nil {
		return err
	}
	s.remember(w, id)
	return follow(w, r, next(r))
}

func (s *Server) doLogout(w http.ResponseWriter, r *http.Request, _ *reader) error {
	s.forget(w)
	return follow(w, r, "/")
}

// doLang keeps the language chosen on a page: as the person's own, and in the browser for when nobody is known.
func (s *Server) doLang(w http.ResponseWriter, r *http.Request, rd *reader) error {
	l, ok := lang.Parse(r.PostFormValue("lang"))
	if !ok {
		return incident.ErrNotFound
	}
	s.keepLanguage(w, l)
	if rd.Person.ID != "" {
		if err := s.speak(r, rd, rd.Person.ID, l); err != nil {
			return err
		}
	}
	return follow(w, r, next(r))
}

// langURL is the same page in another language.
func langURL(to string, l lang.Lang) templ.SafeURL {
	u, err := url.Parse(to)
	if err != nil {
		return "/"
	}
	q := u.Query()
	q.Set("lang", string(l))
	u.RawQuery = q.Encode()
	return templ.SafeURL(u.String())
}

func (s *Server) whoRoutes() map[string]answer {
	return map[string]answer{
		"GET /who":        s.whoPage,
		"POST /do/who":    s.doWho,
		"POST /do/lang":   s.doLang,
		"GET /login":      s.loginPage,
		"POST /do/login":  s.doLogin,
		"POST /do/logout": s.doLogout,
	}
}
