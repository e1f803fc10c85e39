package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"matoi/bot"
	"matoi/lang"
)

// The bounds of one call.
const (
	callTime   = 15 * time.Second
	answerSize = 64 << 10
	longest    = time.Hour // that a gateway may ask to wait
)

// Options is what a Pager is made of.
type Options struct {
	Config Config // without Mistakes
	Client *http.Client
	Now    func() time.Time
}

// Pager posts pages to one gateway.
type Pager struct{ Options }

var _ bot.Pager = (*Pager)(nil)

// New makes a Pager. The client's own way with redirects is not asked.
func New(o Options) *Pager {
	c := http.Client{}
	if o.Client != nil {
		c = *o.Client
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o.Client = &c
	return &Pager{o}
}

// Realm names the gateway.
func (p *Pager) Realm() string { return p.Config.Realm() }

// Page posts a page; ref is the id that the gateway answers with, if it does. Too many or none now (429, 503) is a Wait, what
// the gateway refuses (4xx), or sends elsewhere (3xx), is Permanent, and a connection that broke after the request was written
// is a Doubt.
func (p *Pager) Page(ctx context.Context, to string, page bot.Page) (ref string, err error) {
	if err := page.Sound(); err != nil {
		return "", err
	}
	body, err := json.Marshal(payloadOf(to, page))
	if err != nil {
		return "", &bot.Permanent{Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Config.URL, bytes.NewReader(body))
	if err != nil {
		return "", &bot.Permanent{Err: err}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Matoi")
	sign(r.Header, p.Config.Secrets, page.Key, p.Now(), body)
	answer, err := p.Client.Do(r)
	if err != nil {
		err = fmt.Errorf("call the gateway %s: %w", p.Config.Name, hidden(err))
		if written.Load() {
			return "", &bot.Doubt{Err: err}
		}
		return "", err
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, answerSize)) // what it says adds to the status, no more
	return taken(answer, said, p.Now())
}

// hidden takes the address out of an error: operators write keys into addresses.
func hidden(err error) error {
	var inner interface{ Unwrap() error }
	if errors.As(err, &inner) && inner.Unwrap() != nil {
		return inner.Unwrap()
	}
	return err
}

// taken tells what an answer means.
func taken(r *http.Response, said []byte, now time.Time) (ref string, err error) {
	if r.StatusCode >= 200 && r.StatusCode < 300 {
		var named struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(said, &named) != nil || len(named.ID) > 200 {
			return "", nil
		}
		return lang.Clean(named.ID), nil
	}
	err = fmt.Errorf("the gateway answered %d: %s", r.StatusCode, excerpt(said))
	switch code := r.StatusCode; {
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		if after, ok := retryAfter(r.Header.Get("Retry-After"), now); ok {
			return "", &bot.Wait{After: after}
		}
		return "", err
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly || code >= 500:
		return "", err
	}
	return "", &bot.Permanent{Err: err}
}

// excerpt is the beginning of what a gateway says, in one line.
func excerpt(said []byte) string {
	const most = 120
	r := []rune(lang.Clean(string(bytes.Join(bytes.Fields(said), []byte(" ")))))
	return string(r[:min(len(r), most)])
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return min(time.Duration(n)*time.Second, longest), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), longest), true
}
