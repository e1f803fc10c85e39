package slack

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The tiers of Slack's methods: calls a minute, for each method and workspace
// (https://docs.slack.dev/apis/web-api/rate-limits). Slack lets short bursts pass; so does the budget, by as much as a
// minute's share.
const (
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

// perMethod are the calls a minute of the methods that are called from here.
func perMethod() map[string]int {
	return map[string]int{
		"conversations.create": tier2, "conversations.rename": tier2, "conversations.setTopic": tier2, "conversations.setPurpose": tier2,
		"conversations.archive": tier2, "conversations.unarchive": tier2, "conversations.list": tier2, "pins.add": tier2, "pins.remove": tier2,
		"bookmarks.add": tier2, "bookmarks.edit": tier2, "bookmarks.remove": tier2, "users.list": tier2, "usergroups.list": tier2,
		"usergroups.create": tier2, "usergroups.users.update": tier2, "conversations.canvases.create": tier2,
		"conversations.invite": tier3, "conversations.join": tier3, "conversations.info": tier3, "conversations.history": tier3,
		"conversations.replies": tier3, "conversations.open": tier3, "chat.update": tier3, "chat.delete": tier3, "chat.unfurl": tier3,
		"reactions.add": tier3, "bookmarks.list": tier3, "users.lookupByEmail": tier3, "canvases.edit": tier3,
		"functions.completeSuccess": tier3, "functions.completeError": tier3,
		"views.open": tier4, "views.update": tier4, "views.push": tier4, "views.publish": tier4, "users.info": tier4,
		"chat.postEphemeral": tier4, "conversations.members": tier4,
		"files.getUploadURLExternal": tier4, "files.completeUploadExternal": tier4, "files.info": tier4,
	}
}

// posts are the methods that write a message: one a second into a channel, with short bursts
// (https://docs.slack.dev/apis/web-api/rate-limits#posting).
func posts(method string) bool { return method == "chat.postMessage" || method == "chat.update" }

const (
	channelBurst = 3
	channelRests = 10 * time.Minute // after which a channel's count is forgotten
)

// budget says whether a call may be made now. It keeps below the published limits by itself, so that a 429 is the exception,
// and stays away for as long as one says.
type budget struct {
	mu       sync.Mutex
	methods  map[string]*rate.Limiter
	channels map[string]*lane
	swept    time.Time
}

// lane is what is posted into one channel.
type lane struct {
	limit *rate.Limiter
	used  time.Time
}

func newBudget() *budget {
	b := &budget{methods: map[string]*rate.Limiter{}, channels: map[string]*lane{}}
	for method, a := range perMethod() {
		b.methods[method] = rate.NewLimiter(rate.Limit(float64(a)/60), a)
	}
	return b
}

// take takes a call of the method into the channel, or tells after how long there will be one.
func (b *budget) take(method, channel string, now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var taken []*rate.Reservation
	reserve := func(l *rate.Limiter) {
		r := l.ReserveN(now, 1)
		taken = append(taken, r)
		wait = max(wait, r.DelayFrom(now))
	}
	if l := b.methods[method]; l != nil {
		reserve(l)
	}
	if channel != "" && posts(method) {
		reserve(b.channel(channel, now).limit)
	}
	if wait > 0 {
		for _, r := range taken {
			r.CancelAt(now)
		}
	}
	return wait
}

// empty takes what is left of a method, or of a channel where it was a post: Slack counts otherwise than we do.
func (b *budget) empty(method, channel string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	drain := func(l *rate.Limiter) {
		if left := int(l.TokensAt(now)); left > 0 {
			l.AllowN(now, left)
		}
	}
	if channel != "" && posts(method) {
		drain(b.channel(channel, now).limit)
		return
	}
	if l := b.methods[method]; l != nil {
		drain(l)
	}
}

// channel finds a channel's count, and forgets those long at rest.
func (b *budget) channel(id string, now time.Time) *lane {
	if now.Sub(b.swept) > channelRests {
		for id, l := range b.channels {
			if now.Sub(l.used) > channelRests {
				delete(b.channels, id)
			}
		}
		b.swept = now
	}
	l := b.channels[id]
	if l == nil {
		l = &lane{limit: rate.NewLimiter(1, channelBurst)}
		b.channels[id] = l
	}
	l.used = now
	return l
}
