package slack

import "sync"

// works counts what goes on after Slack was answered. Unlike a sync.WaitGroup it may be waited for while requests still come
// in: what begins once nothing was under way any more is not waited for.
type works struct {
	mu    sync.Mutex
	n     int
	ended chan struct{} // closed when n falls to nought; nil while nobody waits
}

// Go runs work in a goroutine of its own.
func (w *works) Go(work func()) {
	w.mu.Lock()
	w.n++
	w.mu.Unlock()
	go func() {
		defer w.end()
		work()
	}()
}

func (w *works) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n--; w.n == 0 && w.ended != nil {
		close(w.ended)
		w.ended = nil
	}
}

// Wait returns at a moment when nothing is under way.
func (w *works) Wait() {
	w.mu.Lock()
	if w.n == 0 {
		w.mu.Unlock()
		return
	}
	if w.ended == nil {
		w.ended = make(chan struct{})
	}
	ended := w.ended
	w.mu.Unlock()
	<-ended
}
