package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"matoi/incident"
)

// verdict is what became of a request after all its tries.
type verdict struct {
	status  int // of the last answer, 0 for none
	tries   int // that reached somebody
	lost    int // of them those that were not answered, or with 5xx
	body    []byte
	number  incident.Number // that the answer speaks of
	version int64           // of the incident it speaks of
}

func (v verdict) answered() bool { return v.status/100 == 2 || v.status/100 == 3 }
func (v verdict) refused() bool  { return v.status/100 == 4 }

// request makes one try; it is asked anew for each.
type request func(ctx context.Context, base string) (*http.Request, error)

// ask sends a request until it is answered, whoever runs meanwhile. One of patience tries is given up when nobody answers:
// such a deed may have been done or not, but not twice.
func (t *torture) ask(h *hand, kind string, patience int, make request) (v verdict) {
	defer func() { t.book.count(kind, v) }()
	for t.ctx.Err() == nil {
		r, err := make(t.ctx, t.somebody().address.Load().(string))
		if err != nil {
			t.fail("%s: %v", kind, err)
			return v
		}
		v.tries++
		began := time.Now()
		answer, err := h.client.Do(r)
		if err == nil {
			v.body, err = io.ReadAll(answer.Body)
			answer.Body.Close()
			if v.status = answer.StatusCode; err == nil && v.status/100 != 5 {
				v.read()
				t.beat()
				return v
			}
			if err == nil && !t.troubles.since(began) {
				t.fail("%s was answered %d: %.300s", kind, v.status, v.body)
			}
			time.Sleep(5 * time.Millisecond)
		}
		v.status = 0
		if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" { // nobody is there: nothing was sent
			v.tries--
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if v.lost++; patience > 0 && v.tries >= patience {
			return v
		}
	}
	return v
}

// read finds out which incident an answer of the API speaks of.
func (v *verdict) read() {
	var said struct {
		Incident struct {
			Number  string
			Version int64
		}
	}
	if len(v.body) > 0 && v.body[0] == '{' && json.Unmarshal(v.body, &said) == nil {
		v.number, _ = incident.ParseNumber(said.Incident.Number)
		v.version = said.Incident.Version
	}
}

// command is a command through the REST API under a key.
func command(as, channel, text, key string) request {
	return func(ctx context.Context, base string) (*http.Request, error) {
		body, err := json.Marshal(map[string]string{"as": as, "channel": channel, "text": text})
		if err != nil {
			return nil, err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/v1/commands", strings.NewReader(string(body)))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		return r, nil
	}
}

// hook is a request of a monitoring system.
func hook(body string) request {
	return func(ctx context.Context, base string) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/hooks/generic", strings.NewReader(body))
		if err == nil {
			r.Header.Set("Content-Type", "application/json")
		}
		return r, err
	}
}
