package slacktest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Fault is something that goes wrong with calls of a method. Beside the methods of the Web API there are "response_url",
// "upload" (the bytes of a file), "share" (a file that is never shared, whatever the fault says) and "hello" (of a connection
// of Socket Mode: with Status it is none, with Error Slack disconnects for that reason, with Break without a word). Without
// Error, Status, RetryAfter, Blind and Break the call is carried out.
type Fault struct {
	Method     string        // or "*" for all but hello
	Channel    string        // only calls about it, "" for all
	After      int           // so many calls of it go well first
	Times      int           // then so many have the fault; 0 means one, -1 all
	Error      string        // Slack's code, with ok false
	Status     int           // an HTTP status such as 503
	RetryAfter time.Duration // 429 with Retry-After
	Blind      bool          // 429 without it
	Break      bool          // the connection breaks before anything is done
	Lost       bool          // it is done, and the answer never arrives
	Delay      time.Duration // before anything is done

	seen, done int
}

// Fail sets a fault. Several stand one after another: the first that fits counts.
func (w *Workspace) Fail(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	w.faults = append(w.faults, &f)
}

// Mend takes all faults away.
func (w *Workspace) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
}

// fault finds what goes wrong with a call, and counts it.
func (w *Workspace) fault(c *call) *Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		if (f.Method != "*" || c.Method == "hello") && f.Method != c.Method || f.Channel != "" && f.Channel != c.str("channel") && f.Channel != c.str("channel_id") {
			continue
		}
		f.seen++
		if f.seen <= f.After || f.Times >= 0 && f.done >= f.Times {
			continue
		}
		f.done++
		return f
	}
	return nil
}

// answered tells whether the fault takes the place of the call.
func (f *Fault) answered() bool {
	return f.Error != "" || f.Status != 0 || f.RetryAfter > 0 || f.Blind || f.Break
}

// Down takes the workspace away: every call breaks, every socket closes, people can do nothing. Up brings it back.
func (w *Workspace) Down() {
	w.mu.Lock()
	w.down = true
	sockets := w.sockets
	w.mu.Unlock()
	for _, s := range sockets {
		s.cut()
	}
}

// Up brings the workspace back.
func (w *Workspace) Up() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

// write answers in the place of a call.
func (f *Fault) write(rw http.ResponseWriter) outcome {
	if f.Break {
		panic(http.ErrAbortHandler)
	}
	status, body := f.Status, object{"ok": false, "error": f.Error}
	if f.RetryAfter > 0 || f.Blind {
		status = http.StatusTooManyRequests
		if f.Error == "" {
			body["error"] = "ratelimited"
		}
	}
	if f.RetryAfter > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa((&limited{after: f.RetryAfter}).seconds()))
	}
	if status == 0 {
		status = http.StatusOK
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	if body["error"] == "" {
		_, _ = rw.Write([]byte("<html>" + http.StatusText(status) + "</html>")) // what the edge in front of Slack sends
		return outcome{status: status}
	}
	raw, _ := json.Marshal(body)
	_, _ = rw.Write(raw)
	code, _ := body["error"].(string)
	return outcome{status: status, code: code}
}
