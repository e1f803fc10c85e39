package slacktest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
)

// InMemory makes a client whose requests go straight to a handler, without a network: for the app's side (Connect) and for
// Slack's (HTTP). It works inside testing/synctest. A handler that takes longer than the request's context goes on, as
// behind a real connection.
func InMemory(h http.Handler) *http.Client {
	return &http.Client{Transport: inMemory{h}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type inMemory struct{ h http.Handler }

// RoundTrip calls the handler; http.ErrAbortHandler is a broken connection.
func (t inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "192.0.2.1:1234"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				if err, is := p.(error); !is || !errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				done <- io.ErrUnexpectedEOF
			}
		}()
		t.h.ServeHTTP(rec, in)
		done <- nil
	}()
	select {
	case err := <-done:
		if err != nil {
			return nil, err
		}
		res := rec.Result()
		res.Request = r
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// HTTP is a client of the workspace in memory: all its requests end here, whatever their host.
func (w *Workspace) HTTP() *http.Client { return InMemory(w) }

// Dial opens a connection to the workspace in memory, for the WebSocket of Socket Mode (NetDialContext of a dialer).
func (w *Workspace) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if !w.enter() {
		return nil, net.ErrClosed
	}
	defer w.work.Done()
	w.mu.Lock()
	first := w.server == nil || len(w.listeners) == 0
	w.mu.Unlock()
	if first {
		w.serve(&pipe{w: w, done: make(chan struct{})})
	}
	here, there := w.wire()
	select {
	case w.pipes <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.life.Done():
		return nil, net.ErrClosed
	}
}

// wire is a pair of connections with room between them, as a network has: who writes does not wait for who reads.
func (w *Workspace) wire() (here, there net.Conn) {
	here, a := net.Pipe()
	b, there := net.Pipe()
	carry := func(from, to net.Conn) {
		between := make(chan []byte, 1024)
		w.work.Go(func() {
			defer close(between)
			for {
				buf := make([]byte, 4096)
				n, err := from.Read(buf)
				if n > 0 {
					between <- buf[:n]
				}
				if err != nil {
					return
				}
			}
		})
		w.work.Go(func() {
			for buf := range between {
				_, _ = to.Write(buf)
			}
			_ = to.Close()
		})
	}
	carry(a, b)
	carry(b, a)
	w.work.Go(func() {
		<-w.life.Done()
		_, _ = a.Close(), b.Close()
	})
	return here, there
}

// pipe is a listener for Dial.
type pipe struct {
	w    *Workspace
	done chan struct{}
}

// Accept waits for the next Dial.
func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.w.pipes:
		return c, nil
	case <-p.w.life.Done():
		return nil, net.ErrClosed
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *pipe) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

// Addr is a name.
func (p *pipe) Addr() net.Addr { return &net.UnixAddr{Name: "slack.test", Net: "pipe"} }
