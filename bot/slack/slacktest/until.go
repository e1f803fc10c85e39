package slacktest

import "time"

// patience is how long Until waits; a machine may have much else to do. It looks every so often besides.
const (
	patience = 90 * time.Second
	glance   = 100 * time.Millisecond
)

// Until waits for something to be seen in the workspace, and looks again whenever the app has called, an event was
// acknowledged, a file was shared or a connection came or went, and every so often, for what the app does without a call. It
// fails the test after a minute and a half. An app answers first and works later: what it does is waited for in this way, and
// never with a sleep.
func (w *Workspace) Until(what string, is func() bool) {
	w.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	again := time.NewTicker(glance)
	defer again.Stop()
	for {
		w.mu.Lock()
		if w.moves == nil {
			w.moves = make(chan struct{})
		}
		moved := w.moves
		w.mu.Unlock()
		if is() {
			return
		}
		select {
		case <-moved:
		case <-again.C:
		case <-end.C:
			w.t.Fatalf("slacktest: not within %s: %s", patience, what)
			return
		}
	}
}

// moved wakes those that wait in Until; callers hold mu.
func (w *Workspace) moved() {
	if w.moves != nil {
		close(w.moves)
		w.moves = nil
	}
}
