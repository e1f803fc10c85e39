package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Answers is what the page behind an answer's link needs (bot.Bot). A token that is none is incident.ErrNotFound.
type Answers interface {
	// AnswerLink shows a link, and does nothing.
	AnswerLink(ctx context.Context, token string) (bot.Answering, error)
	// Answer answers through it, once: all calls that the page tells of, or only that of one incident.
	Answer(ctx context.Context, token, answer string, only incident.Number) (bot.Answering, error)
}

// answerPage shows what burns and three buttons. It needs no login, no script and no cookie, and looking at it does nothing:
// programs that examine mail look at every link.
func (s *Server) answerPage(w http.ResponseWriter, r *http.Request) {
	s.answering(w, r, func(ctx context.Context, token string) (bot.Answering, error) {
		return s.Answers.AnswerLink(ctx, token)
	})
}

// doAnswer answers. What became of it is shown under the same address, so that a page loaded again asks nothing again.
func (s *Server) doAnswer(w http.ResponseWriter, r *http.Request) {
	const most = 4 << 10
	r.Body = http.MaxBytesReader(w, r.Body, most)
	answer := r.PostFormValue("answer")
	only, named := incident.ParseNumber(r.PostFormValue("only")) // none: all
	if !named && r.PostFormValue("only") != "" {
		answer = ""
	}
	s.answering(w, r, func(ctx context.Context, token string) (bot.Answering, error) {
		return s.Answers.Answer(ctx, token, answer, only)
	})
}

// answering does it and shows what is true then. The token stands in no log: whoever reads it may answer.
func (s *Server) answering(w http.ResponseWriter, r *http.Request, do func(ctx context.Context, token string) (bot.Answering, error)) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
	rd := s.blank(r, lang.Choose(r.Header.Get("Accept-Language"), s.Lang))
	rd.path, rd.names = "", map[incident.PersonID]string{}
	rd.people = func(id incident.PersonID) (incident.Person, error) { return s.Store.Person(r.Context(), id) }
	a, err := do(r.Context(), r.PathValue("token"))
	if errors.Is(err, incident.ErrNotFound) {
		if !s.guesses.allow(rd.Now) {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		s.problem(w, r, rd, http.StatusNotFound, rd.T("web.not_found"))
		return
	}
	rd.Lang = a.Lang
	if l, ok := lang.Parse(r.FormValue("lang")); ok && r.FormValue("lang") != "" {
		rd.Lang = l
	}
	if err != nil {
		s.failAnswer(w, r, rd, err)
		return
	}
	if a.Zone != nil {
		rd.Zone = a.Zone
	}
	if r.Method == http.MethodPost && a.Refused == "" {
		http.Redirect(w, r, r.URL.Path+"?lang="+string(rd.Lang), http.StatusSeeOther)
		return
	}
	if a.Refused != "" {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	if err := render(w, r, answerScreen(rd, a, r.URL.Query().Get("to"))); err != nil {
		s.Log.Debug("an answer's page was not read")
	}
}

// failAnswer says that it is our fault; the answer may be given again.
func (s *Server) failAnswer(w http.ResponseWriter, r *http.Request, rd *reader, err error) {
	ref := reference()
	s.Log.Error("an answer broke", "reference", ref, "method", r.Method, "error", err)
	if errors.Is(err, incident.ErrUnavailable) {
		w.Header().Set("Retry-After", "5")
		s.problem(w, r, rd, http.StatusServiceUnavailable, rd.T("web.unavailable", "Reference", ref))
		return
	}
	s.problem(w, r, rd, http.StatusInternalServerError, rd.T("web.broken", "Reference", ref))
}

// guesses bounds the work that wrong tokens make: so many at once, and one more each second. A token has 160 random bits, so
// that guessing is hopeless anyway; right ones are never turned away.
type guesses struct {
	mu   sync.Mutex
	left float64
	last time.Time
}

const mostGuesses = 60

func (g *guesses) allow(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last.IsZero() {
		g.left = mostGuesses
	}
	g.left = min(mostGuesses, g.left+max(0, now.Sub(g.last).Seconds()))
	g.last = now
	if g.left < 1 {
		return false
	}
	g.left--
	return true
}

// answerGiven words what was answered.
func answerGiven(rd *reader, answer string) string {
	if m, ok := strings.CutPrefix(answer, "eta:"); ok {
		n, _ := strconv.Atoi(m)
		return rd.T("answer.given_eta", "N", n)
	}
	if answer == "cant" {
		return rd.T("answer.given_cant")
	}
	return rd.T("answer.given_ack")
}

// answerHead is what burns: of a private incident its number alone.
func answerHead(rd *reader, a bot.Answering) string {
	if n := len(a.Others); n > 0 {
		return rd.T("answer.several", "N", n+1)
	}
	return answerTitle(rd, a)
}

func answerTitle(rd *reader, a bot.Answering) string {
	if a.Title == "" {
		return rd.T("answer.private")
	}
	return a.Title
}

// answerPart words where one call of several stands.
func answerPart(rd *reader, a bot.Answering) string {
	switch a.State {
	case bot.AnswerGiven:
		return answerGiven(rd, a.Answer)
	case bot.AnswerOver:
		return rd.T("answer.part_over")
	}
	return rd.T("answer.part_expired")
}

// answerState is where a page stands: open while any call of it is.
func answerState(a bot.Answering) string {
	if a.Open() > 0 {
		return bot.AnswerOpen
	}
	return a.State
}

func answerETA(m int) string { return fmt.Sprintf("eta:%d", m) }

// answerRoutes are open to everybody who has a link.
func (s *Server) answerRoutes(mux *http.ServeMux) {
	if s.Answers == nil {
		return
	}
	mux.HandleFunc("GET /a/{token}", s.answerPage)
	mux.HandleFunc("POST /a/{token}", s.doAnswer)
}
