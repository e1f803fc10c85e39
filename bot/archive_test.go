package bot

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// filing is a chat that keeps rooms, and documents in them, once it takes any.
type filing struct {
	*keptChat
	takes atomic.Bool
	filed atomic.Int64
}

func (c *filing) File(context.Context, incident.Room, Document, bool) error {
	if !c.takes.Load() {
		return errors.New("connection refused")
	}
	c.filed.Add(1)
	return nil
}

// oneReport writes the same report of every incident.
type oneReport struct{}

func (oneReport) Markdown(context.Context, incident.Number, lang.Lang) (string, error) {
	return "# Report", nil
}

// An archived room takes no documents: it is put away only once it has the report.
func TestARoomIsNotPutAwayBeforeItHasTheReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, near := keeping(t)
		x.stop()
		x.b.Reporter = oneReport{}
		f := &filing{keptChat: c}
		x.p = NewPump(x.m, x.b, []Chat{near, f}, time.Now, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- x.p.Run(ctx) }()
		defer func() { cancel(); <-done }()
		n := x.do(0, open(incident.P3), "p1").Number
		x.after(time.Minute)
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
		x.do(n, incident.Resolve{Text: "restarted"}, "p1")
		x.do(n, incident.Close{}, "p1")
		x.after(30 * time.Minute)
		if len(c.archived) > 0 {
			t.Error("put away without the report")
		}
		f.takes.Store(true)
		x.after(5 * time.Minute)
		if len(c.archived) != 1 || f.filed.Load() != 1 || x.m.left() != 0 {
			t.Errorf("archived %q, %d documents, %d wait", c.archived, f.filed.Load(), x.m.left())
		}
	})
}
