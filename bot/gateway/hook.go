package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Path is where gateways tell what became of pages; the gateway's name follows.
const Path = "/hooks/gateway/"

// HookOptions is what the hook is made of.
type HookOptions struct {
	// Gateways are those of the moment.
	Gateways func() []Config
	Store    interface {
		SavePage(ctx context.Context, s bot.PageState) (bot.PageState, error)
	}
	Now func() time.Time
	Log *slog.Logger
}

// told is what a gateway posts: {"id": "…", "state": "delivered"}. The id is that of the page; reason tells why one failed.
type told struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Ref    string `json:"ref"`
}

// NewHook serves POST /hooks/gateway/<name>. What is not signed, or of a gateway that is none, is refused before it is read as
// anything. A page that is not known, or that another gateway was given, is 404, so that a mistake is seen at the sender.
func NewHook(o HookOptions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		status := o.take(w, r)
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		if status != http.StatusNoContent {
			http.Error(w, http.StatusText(status), status)
			return
		}
		w.WriteHeader(status)
	})
}

func (o HookOptions) take(w http.ResponseWriter, r *http.Request) int {
	c, ok := o.gateway(strings.TrimPrefix(r.URL.Path, Path))
	if !ok {
		return http.StatusNotFound
	}
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, answerSize))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return http.StatusBadRequest
	}
	if !signed(r.Header, c.Secrets, o.Now(), body) {
		return http.StatusUnauthorized
	}
	var t told
	if json.Unmarshal(body, &t) != nil || t.ID == "" || len(t.ID) > 120 {
		return http.StatusBadRequest
	}
	return o.note(r.Context(), c, t)
}

func (o HookOptions) gateway(name string) (Config, bool) {
	for _, c := range o.Gateways() {
		if c.Name == name {
			return c, true
		}
	}
	return Config{}, false
}

// note merges what was told into what is known of the page.
func (o HookOptions) note(ctx context.Context, c Config, t told) int {
	switch t.State {
	case bot.PageSent, bot.PageDelivered, bot.PageFailed:
	default:
		return http.StatusBadRequest
	}
	s := bot.PageState{Key: lang.Clean(t.ID), Realm: c.Realm(), State: t.State, Ref: clip(t.Ref), At: o.Now()}
	if t.State == bot.PageFailed {
		s.Why = clip(t.Reason)
	}
	_, err := o.Store.SavePage(ctx, s)
	switch {
	case errors.Is(err, incident.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, incident.ErrUnavailable):
		return http.StatusServiceUnavailable
	case err != nil:
		o.Log.Error("note what a gateway tells", "gateway", c.Name, "error", err)
		return http.StatusInternalServerError
	}
	return http.StatusNoContent
}

// clip bounds a text of the gateway's.
func clip(s string) string {
	const most = 200
	r := []rune(strings.Join(strings.Fields(lang.Clean(s)), " "))
	return string(r[:min(len(r), most)])
}
