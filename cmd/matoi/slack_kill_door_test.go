package main

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot/slack/slacktest"
)

// door stands before a workspace, where the program calls it: it can take its time, hear what passes, and keep the answer to a
// call back that was carried out, until whoever made it is dead.
type door struct {
	t        testing.TB
	w        *slacktest.Workspace
	server   *httptest.Server
	trip     time.Duration // a call's way there and back
	mu       sync.Mutex
	heard    func(method string, args url.Values, at time.Time) // told of each call that was carried out, and when it came
	trap     []string                                           // methods whose next call is caught
	caught   chan string
	withheld map[string]int // answers that were kept back, by method
}

func newDoor(t testing.TB, w *slacktest.Workspace) *door {
	d := &door{t: t, w: w, caught: make(chan string, 1), withheld: map[string]int{}}
	d.server = httptest.NewServer(d)
	t.Cleanup(d.server.Close)
	return d
}

// api is where the program finds the Web API.
func (d *door) api() string { return d.server.URL + "/api/" }

func (d *door) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	method, called := strings.CutPrefix(r.URL.Path, "/api/")
	if !called {
		d.w.ServeHTTP(rw, r)
		return
	}
	at := time.Now()
	d.travel()
	answer := httptest.NewRecorder()
	d.w.ServeHTTP(answer, r)
	if d.catches(method) {
		select {
		case <-r.Context().Done(): // who asked is dead, and never knew
		case <-d.t.Context().Done():
		}
		return
	}
	d.mu.Lock()
	heard := d.heard
	d.mu.Unlock()
	if heard != nil && answer.Code == http.StatusOK {
		heard(method, r.Form, at)
	}
	d.travel()
	maps.Copy(rw.Header(), answer.Header())
	rw.WriteHeader(answer.Code)
	own := strings.TrimSuffix(d.w.APIURL(), "/api/") // what is to be sent elsewhere comes through here, too
	_, _ = rw.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(own), []byte(d.server.URL)))
}

// travel takes half of the way there and back.
func (d *door) travel() {
	if d.trip > 0 {
		<-time.After(d.trip / 2)
	}
}

// hear has f told of calls from now on.
func (d *door) hear(f func(method string, args url.Values, at time.Time)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = f
}

// spring sets a trap: the answer to the next call of one of the methods never leaves, and caught says which it was.
func (d *door) spring(methods ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trap = methods
	select {
	case <-d.caught:
	default:
	}
}

func (d *door) catches(method string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.trap, method) {
		return false
	}
	d.trap = nil
	d.withheld[method]++
	d.caught <- method
	return true
}

// kept gives how many answers were kept back, by method.
func (d *door) kept() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.withheld)
}
