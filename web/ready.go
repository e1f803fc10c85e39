package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"matoi/lang"
)

// notReady says what is wrong with the database: the reason in a word for machines, and in a sentence what somebody can do
// about it.
func notReady(err error, l lang.Lang) *Problem {
	p := problem(http.StatusServiceUnavailable, "not_ready", nil)
	p.Reason = reasonOf(err)
	p.Detail = readyText(l, p.Reason)
	return p
}

// reasonOf is the word that a store gives its troubles; slow where it did not answer in time, and unknown for what has
// no word.
func reasonOf(err error) string {
	var known interface{ Reason() string }
	switch {
	case errors.As(err, &known):
		return known.Reason()
	case errors.Is(err, context.DeadlineExceeded):
		return "slow"
	}
	return "unknown"
}

// readyText is the sentence of a reason.
func readyText(l lang.Lang, reason string) string {
	switch reason {
	case "full":
		return lang.Text(l, "api.ready_full", nil)
	case "gone":
		return lang.Text(l, "api.ready_gone", nil)
	case "damaged":
		return lang.Text(l, "api.ready_damaged", nil)
	case "readonly":
		return lang.Text(l, "api.ready_readonly", nil)
	case "io":
		return lang.Text(l, "api.ready_io", nil)
	case "away":
		return lang.Text(l, "api.ready_away", nil)
	case "slow":
		return lang.Text(l, "api.ready_slow", nil)
	}
	return lang.Text(l, "api.problem_not_ready", nil)
}

// watch logs when readiness changes, not each time that somebody asks: probes ask every second.
type watch struct {
	mu     sync.Mutex
	reason string // empty while ready
}

func (w *watch) saw(log *slog.Logger, err error) {
	reason := ""
	if err != nil {
		reason = reasonOf(err)
	}
	w.mu.Lock()
	was := w.reason
	w.reason = reason
	w.mu.Unlock()
	switch {
	case was == reason:
	case err != nil:
		log.Warn("not ready", "reason", reason, "error", err)
	default:
		log.Info("ready again")
	}
}
