package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/chattest"
	"matoi/incident"
	"matoi/lang"
)

// benchSources are the senders of a troubled App: one may open only so many incidents until the rest join its storm.
const benchSources = 400

// troubled is an App on SQLite with a Fault before its chat. heard is told of each call, begun and ended.
type troubled struct {
	*App
	fault *chattest.Fault
	heard atomic.Pointer[func(c chattest.Call, ended bool)]
	hooks *http.Client
	sent  atomic.Int64
}

func bootTroubled(tb testing.TB) *troubled {
	tb.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "listen: 127.0.0.1:0\ndata: %s\nsources:\n", filepath.Join(tb.TempDir(), "data"))
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
	x := &troubled{hooks: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	x.App = NewApp(AppOptions{Config: c, File: file, Env: env, Log: slog.New(slog.DiscardHandler), Wrap: func(c bot.Chat) bot.Chat {
		x.fault = chattest.NewFault(c)
		x.fault.Heard = func(c chattest.Call, ended bool) {
			if heard := x.heard.Load(); heard != nil {
				(*heard)(c, ended)
			}
		}
		return x.fault
	}})
	if err := x.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		x.end(tb)
		x.hooks.CloseIdleConnections()
	})
	return x
}

// end stops the App.
func (x *troubled) end(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := x.Stop(ctx); err != nil {
		tb.Errorf("stop: %v", err)
	}
}

// post sends an alert of its own kind (its title shares no group with another) and gives the status.
func (x *troubled) post(tb testing.TB, source string) int {
	n := x.sent.Add(1)
	name := strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprintf("%06d", n))
	body := fmt.Sprintf(`{"summary":"Queue %s is stuck","details":"Nothing left it for five minutes; see the dashboard.","dedup":"%d","severity":"critical"}`, name, n)
	answer, err := x.hooks.Post("http://"+x.Addr()+"/hooks/"+source, "application/json", strings.NewReader(body))
	if err != nil {
		tb.Error(err)
		return 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

// quiet waits until nothing waits any more, and gives the most that waited for the chat.
func (x *troubled) quiet(tb testing.TB, within time.Duration) (most int64) {
	tb.Helper()
	deadline, tick := time.NewTimer(within), time.NewTicker(2*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		inbox, outbox, err := x.store.Waiting(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		most = max(most, outbox)
		if inbox+outbox == 0 && x.pump.Stats().InFlight == 0 {
			return most
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			tb.Fatalf("%d alerts and %d messages still wait", inbox, outbox)
		}
	}
}

// sample gives the most that waited for the chat until done is closed.
func (x *troubled) sample(tb testing.TB, done <-chan struct{}) (most int64) {
	tb.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return most
		case <-tick.C:
			_, outbox, err := x.store.Waiting(tb.Context())
			if err != nil {
				tb.Error(err)
			}
			most = max(most, outbox)
		}
	}
}

// hear lets f hear of calls from now on.
func (x *troubled) hear(f func(c chattest.Call, ended bool)) { x.heard.Store(&f) }

// BenchmarkChatIdle is the time from a hook's request to the first call that tells people of the alert (a room or its
// announcement), and to its announcement, one alert at a time.
func BenchmarkChatIdle(b *testing.B) {
	const alerts = 200
	x := bootTroubled(b)
	first, announced := make(chan time.Time, 1), make(chan time.Time, 1)
	x.hear(func(c chattest.Call, ended bool) {
		if ended {
			return
		}
		to := first
		if c.Kind == "post" && c.Channel == "incidents" {
			to = announced
		}
		for _, ch := range []chan time.Time{first, to} {
			select {
			case ch <- c.At:
			default:
			}
		}
	})
	var toCall, toAnnouncement []time.Duration
	for b.Loop() {
		for k := range alerts {
			x.quiet(b, 10*time.Second)
			for _, ch := range []chan time.Time{first, announced} {
				select {
				case <-ch:
				default:
				}
			}
			start := time.Now()
			if status := x.post(b, fmt.Sprintf("s%d", k%benchSources)); status/100 != 2 {
				b.Fatalf("answered %d", status)
			}
			toCall = append(toCall, (<-first).Sub(start))
			toAnnouncement = append(toAnnouncement, (<-announced).Sub(start))
		}
	}
	x.quiet(b, 10*time.Second)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(quantile(toCall, .5)), "p50-ms")
	b.ReportMetric(ms(quantile(toCall, .99)), "p99-ms")
	b.ReportMetric(ms(quantile(toAnnouncement, .5)), "announced-p50-ms")
}

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[min(int(q*float64(len(d))), len(d)-1)]
}

// burst sends alerts over so many connections for a while and counts the answers.
func (x *troubled) burst(b *testing.B, connections int, d time.Duration, sources []string) (accepted, broken int64) {
	var ok, bad atomic.Int64
	var all sync.WaitGroup
	end := time.Now().Add(d)
	for k := range connections {
		all.Go(func() {
			for n := k; time.Now().Before(end); n++ {
				switch status := x.post(b, sources[n%len(sources)]); {
				case status/100 == 2:
					ok.Add(1)
				case status >= 500:
					bad.Add(1)
				}
			}
		})
	}
	all.Wait()
	return ok.Load(), bad.Load()
}

// underTrouble is the rate of intake while the chat is in trouble, as a share of the rate without, taken in turns.
func underTrouble(b *testing.B, trouble chattest.Trouble) {
	const rounds, connections, each = 4, 16, time.Second
	x := bootTroubled(b)
	phase := 0
	burst := func(t chattest.Trouble) (float64, int64) {
		x.fault.Set(t)
		sources := []string{fmt.Sprintf("s%d", 2*phase), fmt.Sprintf("s%d", 2*phase+1)} // each phase opens rooms of its own
		phase++
		accepted, broken := x.burst(b, connections, each, sources)
		x.fault.Set(chattest.Trouble{})
		began := time.Now()
		x.quiet(b, time.Minute)
		b.Logf("%+v: %d alerts, all told %s later", t, accepted, time.Since(began).Round(time.Millisecond))
		return float64(accepted) / each.Seconds(), broken
	}
	var calm, troubled float64
	var broken int64
	for b.Loop() {
		burst(chattest.Trouble{}) // warms up
		for range rounds {
			rate, _ := burst(chattest.Trouble{})
			calm += rate
			rate, bad := burst(trouble)
			troubled += rate
			broken += bad
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(troubled/calm, "share")
	b.ReportMetric(troubled/float64(rounds*b.N), "alerts/s")
	b.ReportMetric(float64(broken), "5xx")
}

func BenchmarkChatSlow(b *testing.B) { underTrouble(b, chattest.Trouble{Slow: 2 * time.Second}) }

func BenchmarkChatDown(b *testing.B) { underTrouble(b, chattest.Trouble{Down: true}) }

// storm sends so many distinct alerts at once while each channel takes one message a second. What counts is when the card of
// the storm shows them all.
func storm(b *testing.B, alerts int) {
	const connections, alone = 64, 20 // so many open incidents of their own
	var toNewest, fromFirst, toAll time.Duration
	var most, messages int64
	for b.Loop() {
		x := bootTroubled(b)
		x.fault.Set(chattest.Trouble{Rate: 1})
		all := lang.Text(lang.JA, "card.alerts", lang.Args{"Firing": int64(alerts - alone), "Total": int64(alerts - alone)})
		newest := make(chan time.Time, 1)
		var told atomic.Int64
		x.hear(func(c chattest.Call, ended bool) {
			if !ended || c.Err != nil {
				return
			}
			if c.Kind == "post" || c.Kind == "edit" {
				told.Add(1)
			}
			if card := c.Message.Card; card != nil && slices.ContainsFunc(card.Fields, func(f bot.Field) bool { return f.Value == all }) {
				select {
				case newest <- c.At:
				default:
				}
			}
		})
		start := time.Now()
		var left atomic.Int64
		left.Store(int64(alerts))
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
		sent := make(chan struct{})
		go func() { senders.Wait(); close(sent) }()
		most = max(most, x.sample(b, sent))
		last := time.Now()
		most = max(most, x.quiet(b, 2*time.Minute))
		toAll += time.Since(last)
		select {
		case at := <-newest:
			toNewest += max(0, at.Sub(last))
			fromFirst += at.Sub(start)
		default:
			b.Fatal("the card of the storm never showed all alerts")
		}
		messages += told.Load()
		incidents, err := x.store.Find(b.Context(), incident.Filter{Viewer: incident.Viewer{All: true}})
		if err != nil || len(incidents) != alone+1 {
			b.Fatalf("%d incidents (%v), want %d and the storm", len(incidents), err, alone)
		}
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(toNewest.Seconds()/n, "newest-s")
	b.ReportMetric(fromFirst.Seconds()/n, "first-to-newest-s")
	b.ReportMetric(toAll.Seconds()/n, "all-told-s")
	b.ReportMetric(float64(most), "queue-rows")
	b.ReportMetric(float64(messages)/n, "messages")
}

func BenchmarkChatStorm2000(b *testing.B) { storm(b, 2000) }

func BenchmarkChatStorm20000(b *testing.B) { storm(b, 20000) }
