package web

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"matoi/lang"
)

// policy is strict: nothing from elsewhere, nothing inline.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard stands before everything: security headers, the name we are called by, requests from other sites, and a
// panic that must not take the process down.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, lang.Text(s.spoken(r), "api.problem_cross_site", nil), http.StatusForbidden)
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		seen := &seenWriter{ResponseWriter: w}
		defer s.recover(seen, r)
		if s.Local && !loopback(r.Host) {
			http.Error(seen, lang.Text(s.spoken(r), "api.problem_host_foreign", lang.Args{"Host": clip(r.Host, 100)}), http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(seen, r)
	})
}

// recover turns a panic into a page with a reference that stands in the log too.
func (s *Server) recover(w *seenWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // the value is compared as net/http does
		panic(p)
	}
	ref := reference()
	s.Log.Error("request panicked", "reference", ref, "method", r.Method, "path", pathOf(r), "panic", p, "stack", string(debug.Stack()))
	if w.wrote {
		panic(http.ErrAbortHandler) // a half-sent page must not look whole
	}
	s.broken(w, r, s.spoken(r), ref)
}

// pathOf is a path as it may stand in a log: the token of an answer may not, whoever reads it may answer.
func pathOf(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/a/") {
		return "/a/…"
	}
	return r.URL.Path
}

// spoken is the language of a request of which nothing else is known yet.
func (s *Server) spoken(r *http.Request) lang.Lang {
	return lang.Choose(r.Header.Get("Accept-Language"), s.Lang)
}

// seenWriter knows whether an answer has begun.
type seenWriter struct {
	http.ResponseWriter
	wrote bool
}

// WriteHeader begins the answer.
func (w *seenWriter) WriteHeader(code int) {
	w.wrote = true
	w.ResponseWriter.WriteHeader(code)
}

// Write begins the answer too.
func (w *seenWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *seenWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// loopback reports whether a Host header names this machine. Others may be a name that was made to point here, to
// let a foreign page talk to us (DNS rebinding).
func loopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.IsLoopback()
}

// reference is a short word that people read out and operators search for.
func reference() string { return strings.ToLower(rand.Text()[:6]) }
