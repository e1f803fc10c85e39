package slacktest

import (
	"fmt"
	"math"
	"time"
)

// The tiers of docs.slack.dev/apis/web-api/rate-limits in calls per minute, and the special ones.
const (
	free    = 0 // not limited here
	tier1   = 1
	tier2   = 20
	tier3   = 50
	tier4   = 100
	posting = -1 // chat.postMessage: one a second in a channel, and the workspace as a whole
	special = 600
)

// Slack promises one message a second in a channel and "short bursts", without a number: three here. It says "several
// hundred" a minute for the workspace: 300 here.
const (
	postBurst     = 3
	postWorkspace = 300
)

// bucket fills with time and is emptied by calls.
type bucket struct {
	left float64
	at   time.Time
}

// limited is a 429. A blind one has no Retry-After: message_limit_exceeded of free workspaces (slack-go PR 1383).
type limited struct {
	after time.Duration
	blind bool
}

// Error says so.
func (l *limited) Error() string { return fmt.Sprintf("ratelimited for %s", l.after) }

func (l *limited) seconds() int { return max(1, int(math.Ceil(l.after.Seconds()))) }

// take has a call from a bucket, or tells how long until there is one.
func (w *Workspace) take(name string, size, perSecond float64) time.Duration {
	now := w.Now()
	b := w.buckets[name]
	if b == nil {
		b = &bucket{left: size, at: now}
		w.buckets[name] = b
	}
	b.left = min(size, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / perSecond * float64(time.Second))
	}
	b.left--
	return 0
}

// pace limits a call: per method and workspace, messages per channel.
func (w *Workspace) pace(tier int, c *call) time.Duration {
	if w.Unlimited {
		return 0
	}
	if n, own := w.Limits[c.Method]; own {
		return w.take(c.Method, float64(n), float64(n)/60)
	}
	switch tier {
	case free:
		return 0
	case posting:
		if wait := w.take("channel "+c.str("channel"), postBurst, 1); wait > 0 {
			return wait
		}
		return w.take("chat.postMessage", postWorkspace, postWorkspace/60.0)
	}
	return w.take(c.Method, float64(tier), float64(tier)/60)
}
