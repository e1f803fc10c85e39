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
		"conversations.archive": tier2, "conversations.unarchive": tier2, "conversations.list": tier2, "pins.add": tier2, "pins.list": tier2, "pins.remove": tier2,
		"bookmarks.add": tier2, "bookmarks.edit": tier2, "bookmarks.remove": tier2, "users.list": tier2, "usergroups.list": tier2,
		"usergroups.create": tier2, "usergroups.users.list": tier2, "usergroups.users.update": tier2, "conversations.canvases.create": tier2,
		"conversations.invite": tier3, "conversations.kick": tier3, "conversations.join": tier3, "conversations.info": tier3, "conversations.history": tier3,
		"conversations.replies": tier3, "conversations.open": tier3, "chat.update": tier3, "chat.delete": tier3, "files.delete": tier3, "canvases.delete": tier3, "chat.unfurl": tier3,
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

	// Slack promises "several hundred" messages a minute for all of a workspace, without a number.
	workspaceRate  = 4
	workspaceBurst = 60

	longestTurn = 10 * time.Second // the furthest turn that is given away
)

// single are the methods whose calls come one after another through a gate of their own: it knows better whose turn it is.
func single(method string) bool {
	return method == "conversations.create" || method == "chat.postMessage"
}

// budget says whether a call may be made now. It keeps below the published limits by itself, so that a 429 is the exception,
// and stays away for as long as one says.
type budget struct {
	mu       sync.Mutex
	methods  map[string]*lane
	channels map[string]*lane
	swept    time.Time
	pinned   map[string]string // per channel, the message that was pinned: it need not be paid for again
}

// lane is a limit: of a method, or of what is posted into one channel.
type lane struct {
	limit  *rate.Limiter
	used   time.Time
	closed time.Time // until when Slack said no
	turn   time.Time // the last that was given away
}

func newBudget() *budget {
	b := &budget{methods: map[string]*lane{}, channels: map[string]*lane{}, pinned: map[string]string{}}
	for method, a := range perMethod() {
		b.methods[method] = &lane{limit: rate.NewLimiter(rate.Limit(float64(a)/60), a)}
	}
	b.methods["chat.postMessage"] = &lane{limit: rate.NewLimiter(workspaceRate, workspaceBurst)}
	return b
}

// take takes a call of the method into the channel, or tells after how long there will be one. own says that it is the method
// that has none: others may be called in the same channel.
func (b *budget) take(method, channel string, now time.Time) (wait time.Duration, own bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var place *lane
	if channel != "" && posts(method) {
		place = b.channel(channel, now)
		if wait = place.wait(now); wait > 0 {
			return wait, false
		}
	}
	if l := b.methods[method]; l != nil {
		if wait = l.wait(now); wait > 0 {
			return l.next(wait, method, now), !single(method)
		}
		l.limit.AllowN(now, 1)
	}
	if place != nil {
		place.limit.AllowN(now, 1)
	}
	return 0, false
}

// refused reports whether Slack refused a bookmark for good, in this process; didRefuse remembers it.
func (b *budget) refused(room, link string) bool { return b.pins(room+" "+link, link) }

func (b *budget) didRefuse(room, link string) { b.didPin(room+" "+link, link) }

// mostPinned is how many channels' pins, and bookmarks that were refused, are remembered.
const mostPinned = 1000

// pins reports whether a message was pinned already.
func (b *budget) pins(room, ts string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pinned[room] == ts
}

// didPin remembers it.
func (b *budget) didPin(room, ts string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pinned) >= mostPinned {
		clear(b.pinned)
	}
	b.pinned[room] = ts
}

// wait tells after how long there is a call, 0 for now.
func (l *lane) wait(now time.Time) time.Duration {
	if l.closed.After(now) {
		return l.closed.Sub(now)
	}
	r := l.limit.ReserveN(now, 1)
	defer r.CancelAt(now)
	return r.DelayFrom(now)
}

// next gives those who are sent away a turn each, lest all of them come back for one call.
func (l *lane) next(wait time.Duration, method string, now time.Time) time.Duration {
	if single(method) {
		return wait
	}
	each := time.Duration(float64(time.Second) / float64(l.limit.Limit()))
	at := now.Add(wait)
	if after := l.turn.Add(each); after.After(at) {
		at = after
	}
	if last := now.Add(max(longestTurn, wait)); at.After(last) {
		at = last
	}
	l.turn = at
	return at.Sub(now)
}

// shut closes a method for so long, or a channel where it was a post: Slack counts otherwise than we do. It tells whether it
// was the method.
func (b *budget) shut(method, channel string, wait time.Duration, now time.Time) (own bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.methods[method]
	if channel != "" && posts(method) {
		l = b.channel(channel, now)
	} else {
		own = l != nil && !single(method)
	}
	if l == nil {
		return false
	}
	if until := now.Add(wait); until.After(l.closed) {
		l.closed = until
	}
	if left := int(l.limit.TokensAt(now)); left > 0 {
		l.limit.AllowN(now, left)
	}
	return own
}

// channel finds a channel's count, and forgets those long at rest.
func (b *budget) channel(id string, now time.Time) *lane {
	if now.Sub(b.swept) > channelRests {
		for id, l := range b.channels {
			if now.Sub(l.used) > channelRests && !l.closed.After(now) {
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
