package web

import (
	"cmp"
	"errors"
	"fmt"
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
	// BodyBound is the largest body taken, in bytes, where a source says nothing else.
	BodyBound int64
	// Count hears what became of each request of a source: stored, or the code of the problem. It may be nil.
	Count func(source, result string)
	// Notary makes sure of what SNS signed; nil for the ordinary one.
	Notary *alert.Notary
	Now    func() time.Time
	Lang   lang.Lang
	Log    *slog.Logger

	bounds *bounds
}

// NewHooks serves POST /hooks/{source}, and what a source's clients append to that. A request is checked for its secret, stored raw and answered; nothing is decoded
// before that, so no decoder's mistake can lose an alert.
func NewHooks(o HooksOptions) http.Handler {
	if o.Notary == nil {
		o.Notary = alert.NewNotary(nil)
	}
	o.bounds = newBounds()
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
	if rest, is := strings.CutPrefix(name, "heartbeat/"); is && ok {
		return o.beat(w, r, rest)
	}
	source, known := o.Sources().At(name)
	if !ok || !known {
		return problem(http.StatusNotFound, "source_unknown", map[string]any{"Source": clip(name, 80)})
	}
	if r.Method == http.MethodOptions && source.Consents() {
		return o.consent(w, r, source)
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return problem(http.StatusMethodNotAllowed, "no_method", map[string]any{"Allow": http.MethodPost})
	}
	p := o.store(w, r, source)
	if o.Count != nil {
		result := "stored"
		if p != nil {
			result = p.Code
		}
		o.Count(source.Name, result)
	}
	return p
}

// store stores a request of a source, if that may send it now.
func (o HooksOptions) store(w http.ResponseWriter, r *http.Request, source alert.Source) *Problem {
	body := body{bounds: o.bounds, source: source.Name}
	defer body.release()
	bound := cmp.Or(int64(source.Body), o.BodyBound)
	err := body.read(w, r, bound)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return problem(http.StatusRequestEntityTooLarge, "body_large", map[string]any{"N": bound})
	}
	if errors.Is(err, errCrowded) {
		return problem(http.StatusServiceUnavailable, "crowded", nil)
	}
	if err != nil {
		return problem(http.StatusBadRequest, "body_cut", nil)
	}
	if p := o.authentic(w, source, r, body.bytes); p != nil {
		return p
	}
	if wait := o.bounds.allow(source, o.Now()); wait > 0 { // of strangers nothing is counted
		return tooFast(w, source, wait)
	}
	id, err := alert.NewIntake(o.Inbox).Accept(r.Context(), source, r.Header, body.bytes, o.Now())
	if errors.Is(err, alert.ErrFull) {
		return problem(http.StatusServiceUnavailable, "inbox_full", nil)
	}
	if err != nil {
		p := breakage(o.Log, r, err)
		p.Status = http.StatusInternalServerError // 503 means to senders that the inbox is full
		return p
	}
	status, contentType, answer := alert.Answer(source.Format, strconv.FormatInt(id, 10), body.bytes)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(answer)
	return nil
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
	case errors.Is(err, alert.ErrUntimely):
		if o.bounds.allow(alert.Source{Name: source.Name + " clock", Rate: 1.0 / 60, Burst: 1}, o.Now()) == 0 { // a line a minute
			o.Log.Warn("a request is signed rightly, but its time is too far away or unreadable: compare the clocks", "source", source.Name)
		}
		return problem(http.StatusForbidden, "secret_untimely", map[string]any{"Source": source.Name, "Now": o.Now().UTC().Format(time.RFC3339)})
	case errors.Is(err, alert.ErrUnsure):
		o.Log.Warn("can't tell whether a request is authentic; its sender is asked to come again", "source", source.Name, "error", err)
		return problem(http.StatusServiceUnavailable, "secret_unsure", map[string]any{"Source": source.Name})
	case err != nil:
		return problem(http.StatusForbidden, "secret_wrong", map[string]any{"Source": source.Name})
	}
	return nil
}
