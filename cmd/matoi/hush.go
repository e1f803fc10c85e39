package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"matoi/incident"
)

// hush keeps the log readable while the database can't be used: every part that tries again would say so each time. A message
// about it is written once, then after a minute, and after twice as long each time, with how often it was left out. That of a
// request is always written: its reference was shown to somebody. So is that something is wrong, or wrong in another way.
type hush struct {
	slog.Handler
	said *sayings
}

// sayings are shared by all loggers made of one.
type sayings struct {
	mu sync.Mutex
	of map[string]*repeated
}

type repeated struct {
	last, next time.Time
	pause      time.Duration
	left       int
}

const (
	firstHush, longestHush = time.Minute, time.Hour
	// forgotten is how long nothing was to be said before it counts as new.
	forgotten = 2 * time.Minute
)

func hushed(h slog.Handler) hush { return hush{h, &sayings{of: map[string]*repeated{}}} }

// Handle writes a record, or counts it.
func (h hush) Handle(ctx context.Context, r slog.Record) error {
	key, about := r.Message, false
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "error":
			err, _ := a.Value.Any().(error)
			about = errors.Is(err, incident.ErrUnavailable)
		case "doing", "effect":
			key += " " + a.Value.String()
		case "reference", "reason": // whoever names the reason says only when it changes
			about = false
			return false
		}
		return true
	})
	if !about {
		return h.Handler.Handle(ctx, r)
	}
	left, say := h.said.say(key, r.Time)
	if !say {
		return nil
	}
	if left > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("left_out", left))
	}
	return h.Handler.Handle(ctx, r)
}

// say decides whether something is said at now, and gives how often it was not since the last time.
func (s *sayings) say(key string, now time.Time) (left int, say bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.of[key]
	if was == nil || now.Sub(was.last) > max(forgotten, 2*was.pause) {
		s.of[key] = &repeated{last: now, next: now.Add(firstHush), pause: firstHush}
		return 0, true
	}
	was.last = now
	if now.Before(was.next) {
		was.left++
		return 0, false
	}
	left, was.left = was.left, 0
	was.pause = min(2*was.pause, longestHush)
	was.next = now.Add(was.pause)
	return left, true
}

// WithAttrs hushes what is said with more attributes, too.
func (h hush) WithAttrs(attrs []slog.Attr) slog.Handler {
	return hush{h.Handler.WithAttrs(attrs), h.said}
}

// WithGroup hushes what is said in a group, too.
func (h hush) WithGroup(name string) slog.Handler { return hush{h.Handler.WithGroup(name), h.said} }
