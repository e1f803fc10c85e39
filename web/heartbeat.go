package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"matoi/bot/alert"
)

// callBound is how much of what a job says is read, in bytes; the rest is left alone, and no reason to refuse it.
const callBound = 64 << 10

// A heartbeat may call as often as once a second, and so many times at once: more is a job that runs wild.
const (
	callRate  = 1
	callBurst = 60
)

// beat takes a sign of life in: GET, HEAD or POST /hooks/heartbeat/{name}. With /fail behind it, or the exit status of a program that is
// not 0, it is the word that a job failed. It is stored as requests of monitoring systems are, and worked off with them.
func (o HooksOptions) beat(w http.ResponseWriter, r *http.Request, rest string) *Problem {
	name, word, _ := strings.Cut(rest, "/")
	h, known := o.Sources().HeartbeatNamed(name)
	if !known {
		return problem(http.StatusNotFound, "heartbeat_unknown", map[string]any{"Heartbeat": clip(name, 80)})
	}
	if r.Method != http.MethodPost && r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, POST")
		return problem(http.StatusMethodNotAllowed, "no_method", map[string]any{"Allow": "GET, HEAD, POST"})
	}
	failed, ok := failure(word)
	if !ok {
		return problem(http.StatusNotFound, "heartbeat_word", map[string]any{"Heartbeat": clip(name, 80), "Word": clip(word, 80)})
	}
	body := body{bounds: o.bounds, source: alert.HeartbeatSource}
	defer body.release()
	said, err := io.ReadAll(&roomed{body: &body, from: io.LimitReader(r.Body, callBound)})
	if errors.Is(err, errCrowded) {
		return problem(http.StatusServiceUnavailable, "crowded", nil)
	}
	if err != nil {
		return problem(http.StatusBadRequest, "body_cut", nil)
	}
	as := alert.Source{Name: alert.HeartbeatSource, Format: alert.Generic, Auth: h.Auth}
	if p := o.authentic(w, as, r, said); p != nil {
		return p
	}
	bounded := alert.Source{Name: alert.HeartbeatSource + "/" + name, Rate: callRate, Burst: callBurst}
	if wait := o.bounds.allow(bounded, o.Now()); wait > 0 { // of strangers nothing is counted
		return tooFast(w, bounded, wait)
	}
	id, err := alert.NewIntake(o.Inbox).Accept(r.Context(), as, nil, alert.NewCall(name, failed, said), o.Now())
	if errors.Is(err, alert.ErrFull) {
		w.Header().Set("Retry-After", "5")
		return problem(http.StatusServiceUnavailable, "inbox_full", nil)
	}
	if err != nil {
		p := breakage(o.Log, r, err)
		p.Status = http.StatusInternalServerError
		return p
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // a call that a proxy answers is none
	_, _ = io.WriteString(w, strconv.FormatInt(id, 10)+"\n")
	return nil
}

// failure reads what stands behind a heartbeat's name: nothing, fail, or an exit status.
func failure(word string) (failed, ok bool) {
	switch word {
	case "":
		return false, true
	case "fail":
		return true, true
	}
	status, err := strconv.ParseUint(word, 10, 8)
	return status != 0, err == nil
}
