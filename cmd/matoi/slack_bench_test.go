package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/lang"
)

// slackTrip is how long a call of Slack takes where nothing else is said: there and back, to another continent.
const slackTrip = 100 * time.Millisecond

// slacked is an App in a workspace that has the published limits in force. What it is known by is warm: people, and the channel of
// announcements.
type slacked struct {
	*troubled
	w         *slacktest.Workspace
	d         *door
	ann, boss *slacktest.User // who opens incidents, and the manager on duty
}

func bootSlacked(tb testing.TB, trip time.Duration) *slacked {
	tb.Helper()
	asked := slack.NewManifest(slack.ManifestOptions{Name: "/incident"})
	x := &slacked{
		troubled: &troubled{hooks: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}},
		w:        slacktest.New(tb, slacktest.Options{Scopes: asked.OAuth.Scopes.Bot, Events: asked.Settings.Events.Bot}),
	}
	x.w.Start()
	x.d = newDoor(tb, x.w)
	x.d.trip = trip
	x.ann, x.boss = x.w.Person(slacktest.User{Name: "ann"}), x.w.Person(slacktest.User{Name: "boss"})
	var text strings.Builder
	fmt.Fprintf(&text, "listen: 127.0.0.1:0\ndata: %s\nmanagers: [%s]\nsources:\n", filepath.Join(tb.TempDir(), "data"), x.boss.Email)
	for k := range benchSources {
		fmt.Fprintf(&text, "  - {name: s%d, format: generic}\n", k)
	}
	file := filepath.Join(tb.TempDir(), "matoi.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }}
	c, err := LoadConfig(file, env)
	if err != nil {
		tb.Fatal(err)
	}
	c.Slack[0].BotToken, c.Slack[0].SigningSecret, c.Slack[0].APIURL = bot.NewSecret(x.w.BotToken), bot.NewSecret(x.w.SigningSecret), x.d.api()
	x.App = NewApp(AppOptions{Config: c, File: file, Env: env, Log: slog.New(slog.DiscardHandler)})
	if err := x.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		x.end(tb)
		x.hooks.CloseIdleConnections()
	})
	x.w.Connect(x.URL(), nil)
	x.declare(tb, "warm up")
	<-time.After(8 * time.Second) // until twenty channels may be made again
	return x
}

// usable tells whether an incident has its channel, in it the card, and whoever belongs there: who opened it and the manager on duty.
func (x *slacked) usable(number string) (room string, yes bool) {
	for _, name := range x.w.Rooms() {
		if strings.HasPrefix(name, strings.ToLower(number)) {
			room = x.w.Room(name)
		}
	}
	if room == "" {
		return "", false
	}
	members := x.w.Members(room)
	in := slices.Contains(members, x.ann.ID) && slices.Contains(members, x.boss.ID)
	return room, in && slices.ContainsFunc(x.w.Posts(room), func(m slacktest.Message) bool { return len(m.Blocks) > 0 })
}

// declare opens an incident with a slash command and gives its channel, and how long it took until that was usable.
func (x *slacked) declare(tb testing.TB, title string) (room string, took time.Duration) {
	began := time.Now()
	a := x.w.Command(x.ann.ID, x.w.Room("general"), "/incident", "open P1 "+title)
	if a.Failure != "" || a.Message == nil {
		tb.Errorf("opening %s: %s", title, a.Failure)
		return "", 0
	}
	number := anyNumber.FindString(a.Message.Shown())
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if room, yes := x.usable(number); yes {
			tick.Stop()
			return room, time.Since(began)
		}
		if time.Since(began) > patience {
			tb.Errorf("%s was not usable within %s", number, patience)
			return "", patience
		}
	}
}

// rooms declares incidents, each so long after the one before, and reports how long it took until each could be worked in.
func rooms(b *testing.B, n int, apart time.Duration, waiting bool) {
	x := bootSlacked(b, slackTrip)
	took := make([]time.Duration, n)
	for b.Loop() {
		var all sync.WaitGroup
		for k := range n {
			work := func() { _, took[k] = x.declare(b, fmt.Sprintf("trouble %c%c", 'a'+k/5, 'a'+k%5)) }
			if waiting {
				work()
			} else {
				all.Go(work)
			}
			<-time.After(apart)
		}
		all.Wait()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(quantile(took, .5).Seconds(), "p50-s")
	b.ReportMetric(quantile(took, .95).Seconds(), "p95-s")
	b.ReportMetric(quantile(took, 1).Seconds(), "max-s")
	b.ReportMetric(float64(x.refused()), "429s")
}

// refused is how many calls were answered 429.
func (x *slacked) refused() (n int) {
	for _, c := range x.w.Calls() {
		if c.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// BenchmarkSlackRoomAlone is the time from a slash command to a channel that can be worked in, one after the other.
func BenchmarkSlackRoomAlone(b *testing.B) { rooms(b, 18, 500*time.Millisecond, true) }

// BenchmarkSlackRoomsAtOnce is the same of twenty that are declared in one moment, BenchmarkSlackRoomsInAMinute of twenty that come
// over a minute.
func BenchmarkSlackRoomsAtOnce(b *testing.B) { rooms(b, 20, 0, false) }

func BenchmarkSlackRoomsInAMinute(b *testing.B) { rooms(b, 20, 3*time.Second, false) }

// alerts sends so many distinct alerts a second for a while, whatever was answered, and counts the answers.
func (x *slacked) alerts(b *testing.B, rate int, lasts time.Duration) (accepted, refused int64) {
	due := make(chan int, 4*rate)
	var ok, bad atomic.Int64
	var senders sync.WaitGroup
	for range 64 {
		senders.Go(func() {
			for n := range due {
				if status := x.post(b, fmt.Sprintf("s%d", n%2)); status/100 == 2 {
					ok.Add(1)
				} else {
					bad.Add(1)
				}
			}
		})
	}
	every(time.Second/time.Duration(rate), lasts, func(n int) { due <- n })
	close(due)
	senders.Wait()
	return ok.Load(), bad.Load()
}

// every does something again and again for a while, each time at its own moment.
func every(apart, lasts time.Duration, do func(n int)) {
	began := time.Now()
	for n := range int(lasts / apart) {
		if wait := time.Until(began.Add(time.Duration(n) * apart)); wait > 0 {
			<-time.After(wait)
		}
		do(n)
	}
}

// BenchmarkSlackAck is how long Slack waits for its answer while 1,000 alerts arrive each second: slash commands that are recorded
// before they are answered, ten a second, and events, twenty messages a second of which some are commands.
func BenchmarkSlackAck(b *testing.B) {
	const rate, lasts = 1000, 30 * time.Second
	x := bootSlacked(b, slackTrip)
	room, _ := x.declare(b, "under load")
	var accepted, refused int64
	var commands, events []time.Duration
	unanswered, before := 0, len(x.w.Deliveries(slacktest.Events))
	for b.Loop() {
		var people sync.WaitGroup
		people.Go(func() {
			every(100*time.Millisecond, lasts, func(n int) {
				a := x.w.Command(x.ann.ID, room, "/incident", fmt.Sprintf("log looked at it, %d", n))
				if commands = append(commands, a.Took); a.Failure != "" {
					unanswered++
				}
			})
		})
		people.Go(func() {
			every(50*time.Millisecond, lasts, func(n int) {
				text := fmt.Sprintf("it is %d now", n)
				if n%20 == 0 {
					text = "<@" + x.w.BotUser + "> log " + text
				}
				x.w.Say(x.boss.ID, room, text)
			})
		})
		accepted, refused = x.alerts(b, rate, lasts)
		people.Wait()
	}
	for _, d := range x.w.Deliveries(slacktest.Events)[before:] {
		for _, try := range d.Tries {
			if events = append(events, try.Took); try.Failure != "" {
				unanswered++
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(inMS(quantile(commands, .5)), "command-p50-ms")
	b.ReportMetric(inMS(quantile(commands, .99)), "command-p99-ms")
	b.ReportMetric(inMS(quantile(events, .5)), "event-p50-ms")
	b.ReportMetric(inMS(quantile(events, .99)), "event-p99-ms")
	b.ReportMetric(float64(accepted)/lasts.Seconds(), "alerts/s")
	b.ReportMetric(float64(refused), "alerts-refused")
	b.ReportMetric(float64(unanswered), "unanswered")
	b.ReportMetric(float64(len(events)), "events")
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkSlackIdle is the time from an alert to the first call that tells people of it, the making of its channel, and to its
// announcement, one alert at a time.
func BenchmarkSlackIdle(b *testing.B) {
	const alerts = 18
	x := bootSlacked(b, 0)
	first, announced := make(chan time.Time, 64), make(chan time.Time, 64)
	incidents := x.w.Room("incidents")
	x.d.hear(func(method string, args url.Values, at time.Time) {
		switch {
		case method == "conversations.create":
			first <- at
		case method == "chat.postMessage" && args.Get("channel") == incidents:
			announced <- at
		}
	})
	var toCall, toAnnouncement []time.Duration
	for b.Loop() {
		for k := range alerts {
			<-time.After(time.Second) // all of the one before was told that may be told soon
			start := time.Now()
			if status := x.post(b, fmt.Sprintf("s%d", k)); status/100 != 2 {
				b.Fatalf("answered %d", status)
			}
			toCall = append(toCall, within(b, first, "the channel").Sub(start))
			toAnnouncement = append(toAnnouncement, within(b, announced, "the announcement").Sub(start))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(inMS(quantile(toCall, .5)), "p50-ms")
	b.ReportMetric(inMS(quantile(toCall, .99)), "p99-ms")
	b.ReportMetric(inMS(quantile(toAnnouncement, .5)), "announced-p50-ms")
}

// BenchmarkSlackStorm2000 sends 2,000 distinct alerts at once. What counts is when the card of the storm shows them all in Slack.
func BenchmarkSlackStorm2000(b *testing.B) {
	const alerts, connections, alone = 2000, 64, 20 // so many open incidents of their own
	x := bootSlacked(b, slackTrip)
	all := lang.Text(lang.JA, "card.alerts", lang.Args{"Firing": int64(alerts - alone), "Total": int64(alerts - alone)})
	newest := make(chan time.Time, 1)
	var told atomic.Int64
	x.d.hear(func(method string, args url.Values, _ time.Time) {
		if method != "chat.postMessage" && method != "chat.update" {
			return
		}
		told.Add(1)
		var m slacktest.Message
		if json.Unmarshal([]byte(args.Get("blocks")), &m.Blocks) == nil && strings.Contains(m.Shown(), all) {
			select {
			case newest <- time.Now():
			default:
			}
		}
	})
	var toNewest, sending time.Duration
	for b.Loop() {
		start := time.Now()
		var left atomic.Int64
		left.Store(alerts)
		var senders sync.WaitGroup
		for range connections {
			senders.Go(func() {
				for left.Add(-1) >= 0 {
					if status := x.post(b, "generic"); status/100 != 2 {
						b.Errorf("answered %d", status)
					}
				}
			})
		}
		senders.Wait()
		last := time.Now()
		sending = last.Sub(start)
		toNewest = max(0, within(b, newest, "the storm's card with all alerts").Sub(last))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(toNewest.Seconds(), "newest-s")
	b.ReportMetric(sending.Seconds(), "sending-s")
	b.ReportMetric(float64(told.Load()), "messages")
	b.ReportMetric(float64(x.refused()), "429s")
}

// within is when something came.
func within(b *testing.B, came <-chan time.Time, what string) time.Time {
	b.Helper()
	select {
	case at := <-came:
		return at
	case <-time.After(patience):
		b.Fatalf("not within %s: %s", patience, what)
		return time.Time{}
	}
}
