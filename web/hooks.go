package web

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"matoi/bot/alert"
	"matoi/lang"
)

// HooksOptions is what the hooks of monitoring systems are made of.
type HooksOptions struct {
	Gate    Gate
	Sources func() *alert.Config // of the moment; compiled
	Inbox   alert.RawInbox
	// BodyBound is the largest body taken, in bytes.
	BodyBound int64
	// Notary makes sure of what SNS signed; nil for the ordinary one.
	Notary *alert.Notary
	Now    func() time.Time
	Lang   lang.Lang
	Log    *slog.Logger
}

// NewHooks serves POST /hooks/{source}. A request is checked for its secret, stored raw and answered; nothing is decoded
// before that, so no decoder's mistake can lose an alert.
func NewHooks(o HooksOptions) http.Handler {
	if o.Notary == nil {
		o.Notary = alert.NewNotary(nil)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		send := func(p *Problem) { p.send(w, lang.Choose(r.Header.Get("Accept-Language"), o.Lang)) }
		defer func() {
			if broken := recover(); broken != nil {
				send(breakage(o.Log, r, fmt.Errorf("panic: %v", broken)))
			}
		}()
		if p := o.take(w, r); p != nil {
			send(p)
		}
	})
}

func (o HooksOptions) take(w http.ResponseWriter, r *http.Request) *Problem {
	name, ok := strings.CutPrefix(r.URL.Path, "/hooks/")
	source, known := o.Sources().Source(name)
	if !ok || !known {
		return problem(http.StatusNotFound, "source_unknown", map[string]any{"Source": clip(name, 80)})
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return problem(http.StatusMethodNotAllowed, "no_method", map[string]any{"Allow": http.MethodPost})
	}
	body, err := o.read(w, r)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return problem(http.StatusRequestEntityTooLarge, "body_large", map[string]any{"N": o.BodyBound})
	}
	if err != nil {
		return problem(http.StatusBadRequest, "body_cut", nil)
	}
	if p := o.authentic(w, source, r, body); p != nil {
		return p
	}
	id, err := alert.NewIntake(o.Inbox).Accept(r.Context(), source, r.Header, body, o.Now())
	if errors.Is(err, alert.ErrFull) {
		return problem(http.StatusServiceUnavailable, "inbox_full", nil)
	}
	if err != nil {
		p := breakage(o.Log, r, err)
		p.Status = http.StatusInternalServerError // 503 means to senders that the inbox is full
		return p
	}
	status, contentType, answer := alert.Answer(source.Format, strconv.FormatInt(id, 10), body)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(answer)
	return nil
}

// read gives the body. A small one whose length is told is read into as much memory as it takes.
func (o HooksOptions) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	const small = 64 << 10 // told by whom nobody knows yet
	if r.ContentLength < 0 || r.ContentLength > min(small, o.BodyBound) {
		return io.ReadAll(http.MaxBytesReader(w, r.Body, o.BodyBound))
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// authentic checks the source's own secret; a source without one needs what the gate asks for.
func (o HooksOptions) authentic(w http.ResponseWriter, source alert.Source, r *http.Request, body []byte) *Problem {
	if source.Auth.Open() {
		_, p := o.Gate.Admit(r, ScopeHooks)
		return p
	}
	err := source.Auth.Check(r, body, o.Now())
	if err == nil && source.Auth.SNS != nil {
		err = o.Notary.Check(r.Context(), source.Auth.SNS, body, o.Now())
	}
	switch {
	case errors.Is(err, alert.ErrUnauthenticated):
		if source.Auth.Basic != nil {
			w.Header().Set("WWW-Authenticate", `Basic realm="matoi", charset="UTF-8"`)
		}
		return problem(http.StatusUnauthorized, "secret_missing", map[string]any{"Source": source.Name})
	case errors.Is(err, alert.ErrUnsure):
		o.Log.Warn("can't tell whether a request is authentic; its sender is asked to come again", "source", source.Name, "error", err)
		return problem(http.StatusServiceUnavailable, "secret_unsure", map[string]any{"Source": source.Name})
	case err != nil:
		return problem(http.StatusForbidden, "secret_wrong", map[string]any{"Source": source.Name})
	}
	return nil
}
