package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"matoi/bot"
)

// The bounds of what comes in. Slack waits three seconds for an answer (https://docs.slack.dev/apis/events-api), and so long
// lives a trigger: answerTime is for all the work, openTime, after it, for opening a form, the rest for the way.
const (
	answerTime = 2 * time.Second
	openTime   = 700 * time.Millisecond
	bodyMost   = 1 << 20
)

// Routes are Routes of one workspace alone.
func (a *Adapter) Routes() http.Handler { return Workspaces{a}.Routes() }

func (a *Adapter) answer(w http.ResponseWriter, r *http.Request, answer any, err error) {
	switch {
	case errors.Is(err, errForeign), errors.Is(err, errUnreadable):
		a.Log.Warn("refused what Slack sent", "path", r.URL.Path, "error", err)
		w.Header().Set("X-Slack-No-Retry", "1")
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		a.Log.Error("take what Slack sent", "path", r.URL.Path, "retry", r.Header.Get("X-Slack-Retry-Num"), "error", err)
		http.Error(w, "not recorded", http.StatusServiceUnavailable)
	case answer == nil:
		w.WriteHeader(http.StatusOK)
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			a.Log.Debug("answer Slack", "error", err)
		}
	}
}

// The reasons why what came is not worked at all.
var (
	errForeign    = errors.New("this is not for us")
	errUnreadable = errors.New("the payload can't be read")
)

func asIs(body []byte) ([]byte, error) { return body, nil }

// form turns a command's form into the JSON that Socket Mode sends for it.
func form(body []byte) ([]byte, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errUnreadable
	}
	flat := map[string]any{}
	for name := range values {
		flat[name] = values.Get(name)
	}
	flat["is_enterprise_install"] = values.Get("is_enterprise_install") == "true"
	return json.Marshal(flat)
}

// payload takes the JSON out of a form's one field. Only the body counts: the signature does not cover the address.
func payload(body []byte) ([]byte, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil || values.Get("payload") == "" {
		return nil, errUnreadable
	}
	return []byte(values.Get("payload")), nil
}

// handling has the bot work a request off.
func (a *Adapter) handling(r bot.Request) func(ctx context.Context) (bot.Reply, error) {
	return func(ctx context.Context) (bot.Reply, error) { return a.Handler.Handle(ctx, r) }
}

// inTime works a request off until ctx ends. Where that takes longer, late is run with what came of it, in a context of its
// own, and told is false: whoever hangs up does not take back what they asked for.
func (a *Adapter) inTime(ctx context.Context, work func(ctx context.Context) (bot.Reply, error), late func(ctx context.Context, reply bot.Reply, err error)) (reply bot.Reply, told bool, err error) {
	type outcome struct {
		reply bot.Reply
		err   error
	}
	done := make(chan outcome, 1)
	own := context.WithoutCancel(ctx)
	a.aside(func() {
		var o outcome
		defer func() {
			if wrong := recover(); wrong != nil {
				o = outcome{err: fmt.Errorf("panic: %v\n%s", wrong, debug.Stack())}
			}
			done <- o
		}()
		o.reply, o.err = work(own)
	})
	select {
	case o := <-done:
		return o.reply, true, o.err
	case <-ctx.Done():
	}
	a.aside(func() {
		o := <-done
		late(own, o.reply, o.err)
	})
	return bot.Reply{}, false, nil
}

// aside does what Slack does not wait for. What breaks in it breaks nothing else.
func (a *Adapter) aside(work func()) {
	a.works.Go(func() {
		defer func() {
			if wrong := recover(); wrong != nil {
				a.Log.Error("panic", "error", wrong, "stack", string(debug.Stack()))
			}
		}()
		work()
	})
}
