package slacktest

import "time"

// patience is how long Until waits.
const patience = 10 * time.Second

// Until waits for something to be seen in the workspace, and looks again whenever the app has called, an event was
// acknowledged, a file was shared or a connection came or went. It fails the test after ten seconds. An app answers first and
// works later: what it does is waited for in this way, and never with a sleep.
func (w *Workspace) Until(what string, is func() bool) {
	w.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
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
