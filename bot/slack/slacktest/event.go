package slacktest

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// queue holds events that wait for their first try. busy counts those that wait or are being tried.
type queue struct {
	waiting []*Delivery
	held    []*Delivery
	holding bool
	busy    int
	ready   chan struct{}
	changed chan struct{} // closed when busy goes down
}

// BotEvents are the events that an incident bot subscribes to.
func BotEvents() []string {
	return []string{
		"message.channels", "message.groups", "message.im", "app_mention", "reaction_added", "reaction_removed", "member_joined_channel",
		"member_left_channel", "channel_left", "group_left", "channel_rename", "group_rename", "channel_archive", "group_archive",
		"channel_unarchive", "group_unarchive", "channel_deleted", "app_home_opened", "link_shared", "entity_details_requested", "function_executed", "user_change", "team_join",
		"app_uninstalled", "tokens_revoked",
	}
}

// eventScope is the scope without which an event does not come (docs.slack.dev/reference/events).
func eventScope(name string) string {
	return map[string]string{
		"message.channels": "channels:history", "message.groups": "groups:history", "message.im": "im:history", "app_mention": "app_mentions:read",
		"reaction_added": "reactions:read", "reaction_removed": "reactions:read", "link_shared": "links:read", "user_change": "users:read", "team_join": "users:read",
		"channel_rename": "channels:read", "channel_archive": "channels:read", "channel_unarchive": "channels:read", "channel_created": "channels:read",
		"group_rename": "groups:read", "group_archive": "groups:read", "group_unarchive": "groups:read",
	}[name]
}

// emit sends an event to the app when it has subscribed to it and may see it: what happens in a conversation only reaches
// its members, but a public channel's own events and shared links reach everybody. Callers hold mu.
func (w *Workspace) emit(name string, room *channel, fields object) {
	subscription := name
	if room != nil {
		switch {
		case name == "message":
			subscription = map[string]string{"channel": "message.channels", "group": "message.groups", "im": "message.im"}[room.kind()]
		case room.private && strings.HasPrefix(name, "channel_"):
			name = "group_" + strings.TrimPrefix(name, "channel_")
			subscription = name
		}
		open := !room.private && (strings.HasPrefix(name, "channel_") || name == "link_shared")
		leaving := fields["user"] == w.BotUser && (strings.HasSuffix(name, "_left") || name == "member_left_channel")
		if !open && !room.has(w.BotUser) && !leaving {
			return
		}
	}
	if s := eventScope(subscription); !slices.Contains(w.Events, subscription) || s != "" && !w.has(s) {
		return
	}
	event := object{"type": name, "event_ts": w.stamp()}
	maps.Copy(event, fields)
	if room != nil && name != "app_home_opened" {
		if _, in := event["channel"]; !in {
			event["channel"] = room.id
		}
	}
	if v, in := event["channel"]; in && v == nil {
		delete(event, "channel")
	}
	w.enqueue(event, room != nil && room.shared)
}

// enqueue wraps an event into its outer object and lets it wait for its turn.
func (w *Workspace) enqueue(event object, external bool) *Delivery {
	id := w.id("Ev")
	var enterprise any
	if w.Enterprise != "" {
		enterprise = w.Enterprise
	}
	d := &Delivery{Kind: Events, ID: id, At: w.Now(), Payload: object{
		"token": "deprecated", "team_id": w.Team, "context_team_id": w.Team, "context_enterprise_id": enterprise, "api_app_id": w.AppID,
		"event": event, "type": "event_callback", "event_id": id, "event_time": w.Now().Unix(), "is_ext_shared_channel": external,
		"authorizations": []object{{"enterprise_id": enterprise, "team_id": w.Team, "user_id": w.BotUser, "is_bot": true, "is_enterprise_install": w.OrgInstall}},
		"event_context":  "4-" + id,
	}}
	w.line(d)
	return d
}

// line puts a delivery at the end of the queue, or aside while events are held.
func (w *Workspace) line(d *Delivery) {
	w.sent = append(w.sent, d)
	if w.events.holding {
		w.events.held = append(w.events.held, d)
		return
	}
	w.events.busy++
	w.events.waiting = append(w.events.waiting, d)
	select {
	case w.events.ready <- struct{}{}:
	default:
	}
}

// pump tries the events one after another, or side by side when there is no order.
func (w *Workspace) pump() {
	for {
		select {
		case <-w.life.Done():
			return
		case <-w.events.ready:
		}
		for {
			d := w.next()
			if d == nil {
				break
			}
			if w.Shuffled {
				w.work.Go(func() { w.try(d) })
				continue
			}
			w.try(d)
		}
	}
}

func (w *Workspace) next() *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events.waiting) == 0 {
		return nil
	}
	i := 0
	if w.Shuffled {
		i = rand.IntN(len(w.events.waiting)) //nolint:gosec // no secret
	}
	d := w.events.waiting[i]
	w.events.waiting = slices.Delete(w.events.waiting, i, i+1)
	return d
}

// try delivers an event and, when it was not acknowledged, three times more: at once, after one minute and after five
// (docs.slack.dev/apis/events-api). A non-2xx answer with X-Slack-No-Retry: 1 stops that. The queue does not wait for retries.
func (w *Workspace) try(d *Delivery) {
	a := w.carry(w.life, d, 0, "")
	if a.Failure == "" || !again(a) || w.life.Err() != nil {
		w.rest()
		return
	}
	w.work.Go(func() {
		waits := []time.Duration{0, time.Minute, 5 * time.Minute}
		for i, wait := range waits {
			if wait > 0 {
				if i == 1 {
					w.rest()
				}
				if w.Sleep(w.life, wait) != nil {
					return
				}
			}
			if a = w.carry(w.life, d, i+1, a.Reason); a.Failure == "" || !again(a) {
				if i == 0 {
					w.rest()
				}
				return
			}
		}
		w.trouble("the event %s %s was never acknowledged: %s", kindOf(d), d.ID, a.Reason)
	})
}

func again(a Answer) bool { return a.Header.Get("X-Slack-No-Retry") != "1" }

func (w *Workspace) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events.busy--
	w.moved()
	if w.events.changed != nil {
		close(w.events.changed)
		w.events.changed = nil
	}
}

// Settle waits until every event was acknowledged, or waits a minute or more for its next try.
func (w *Workspace) Settle(ctx context.Context) error {
	for {
		w.mu.Lock()
		if w.events.busy == 0 {
			w.mu.Unlock()
			return nil
		}
		if w.events.changed == nil {
			w.events.changed = make(chan struct{})
		}
		changed := w.events.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-w.life.Done():
			return w.life.Err()
		}
	}
}

// Hold keeps events back from now on, and gives no sign to the app.
func (w *Workspace) Hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events.holding = true
}

// Release lets the held events go, in the order of the given places (0 is the first held) or, without any, as they
// happened. What is not named comes after. Later events are no longer held.
func (w *Workspace) Release(order ...int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.events.held
	w.events.held, w.events.holding = nil, false
	var out []*Delivery
	for _, i := range order {
		out = append(out, held[i])
	}
	for i, d := range held {
		if !slices.Contains(order, i) {
			out = append(out, d)
		}
	}
	w.sent = slices.DeleteFunc(w.sent, func(d *Delivery) bool { return slices.Contains(out, d) })
	for _, d := range out {
		w.line(d)
	}
}

// Emit sends an event of the test's own making, for what no person's call makes.
func (w *Workspace) Emit(event map[string]any) Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.enqueue(event, false)
}

// Redeliver sends an event once more, as Slack does when an acknowledgement got lost.
func (w *Workspace) Redeliver(d Delivery, num int, reason string) Answer {
	return w.carry(w.life, &d, num, reason)
}

// AppRateLimited tells the app that it gets more than 30,000 events an hour
// (docs.slack.dev/reference/events/app_rate_limited).
func (w *Workspace) AppRateLimited() Answer {
	minute := w.Now().Truncate(time.Minute).Unix()
	return w.carry(w.life, &Delivery{Kind: Events, Payload: object{"token": "deprecated", "type": "app_rate_limited", "team_id": w.Team, "minute_rate_limited": minute, "api_app_id": w.AppID}}, 0, "")
}

// VerifyURL asks the app's event URL for its challenge, as Slack does when the URL is saved
// (docs.slack.dev/reference/events/url_verification), and tells whether it was given back.
func (w *Workspace) VerifyURL() bool {
	const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
	a := w.carry(w.life, &Delivery{Kind: Events, Payload: object{"token": "deprecated", "type": "url_verification", "challenge": challenge}}, 0, "")
	return a.Status == http.StatusOK && strings.Contains(string(a.Body), challenge)
}

func kindOf(d *Delivery) string {
	event, _ := d.Payload["event"].(object)
	return str(event, "type")
}
