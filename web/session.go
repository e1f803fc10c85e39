package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
)

// The cookies. In local mode who is a plain person id: anybody on this machine may be anybody. With Auth it is a
// signed session.
const (
	whoCookie  = "matoi_who"
	langCookie = "matoi_lang"
)

// sessionFor is how long a signed session lasts: a working day, with room for a night.
const sessionFor = 16 * time.Hour

func (s *Server) cookie(name, value string, keep time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(keep / time.Second), HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteStrictMode,
	}
}

// session is who the request says it comes from, "" for nobody.
func (s *Server) session(r *http.Request) incident.PersonID {
	c, err := r.Cookie(whoCookie)
	if err != nil {
		return ""
	}
	if s.Local {
		return incident.PersonID(c.Value)
	}
	return s.opened(c.Value)
}

// remember lets the browser be person from now on.
func (s *Server) remember(w http.ResponseWriter, person incident.PersonID) {
	if s.Local {
		http.SetCookie(w, s.cookie(whoCookie, string(person), 365*24*time.Hour))
		return
	}
	http.SetCookie(w, s.cookie(whoCookie, s.sealed(person, s.now().Add(sessionFor)), sessionFor))
}

func (s *Server) forget(w http.ResponseWriter) {
	http.SetCookie(w, s.cookie(whoCookie, "", -time.Second))
}

// sealed is person.until.signature.
func (s *Server) sealed(person incident.PersonID, until time.Time) string {
	body := base64.RawURLEncoding.EncodeToString([]byte(person)) + "." + strconv.FormatInt(until.Unix(), 10)
	return body + "." + base64.RawURLEncoding.EncodeToString(s.sign(body))
}

func (s *Server) opened(value string) incident.PersonID {
	cut := strings.LastIndexByte(value, '.')
	if cut < 0 {
		return ""
	}
	signature, err := base64.RawURLEncoding.DecodeString(value[cut+1:])
	if err != nil || !hmac.Equal(signature, s.sign(value[:cut])) {
		return ""
	}
	name, end, _ := strings.Cut(value[:cut], ".")
	until, err := strconv.ParseInt(end, 10, 64)
	person, bad := base64.RawURLEncoding.DecodeString(name)
	if err != nil || bad != nil || s.now().Unix() >= until {
		return ""
	}
	return incident.PersonID(person)
}

func (s *Server) sign(body string) []byte {
	m := hmac.New(sha256.New, s.Secret())
	m.Write([]byte("matoi session " + body))
	return m.Sum(nil)
}

func freshSecret() []byte { return []byte(rand.Text()) }
