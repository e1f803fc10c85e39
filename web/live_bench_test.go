package web_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
	"matoi/web"
)

const (
	benchViewers = 500
	benchRate    = 50 // messages a second
)

// clockedStore notes when a message was committed.
type clockedStore struct {
	console.Store
	at [1 << 18]atomic.Int64 // by message, nanoseconds since begin
	t0 time.Time
}

func (c *clockedStore) AddMessage(ctx context.Context, m console.Message) (console.Message, error) {
	m, err := c.Store.AddMessage(ctx, m)
	if err == nil && m.ID < int64(len(c.at)) {
		c.at[m.ID].CompareAndSwap(0, int64(time.Since(c.t0)))
	}
	return m, err
}

// crowd is many viewers over TCP, in this process: they share its cores with the server they measure.
type crowd struct {
	b     *testing.B
	s     *site
	clock *clockedStore
	done  chan struct{}
	conns []net.Conn
	all   sync.WaitGroup

	mu     sync.Mutex
	delays []time.Duration
	events atomic.Int64
	bytes  atomic.Int64
}

func newCrowd(b *testing.B) *crowd {
	b.Helper()
	c := &crowd{b: b, done: make(chan struct{})}
	c.s = newSite(b, func(o *web.Options) {
		c.clock = &clockedStore{Store: o.Console.Store, t0: time.Now()}
		chat := *o.Console
		chat.Store = c.clock
		o.Console = &chat
	})
	chat := *c.s.chat
	chat.Store = c.clock
	c.s.chat = &chat
	return c
}

// channels in which is talked.
func benchChannels() []string {
	return []string{"general", "incidents", "payment", "network", "search"}
}

func (c *crowd) people(n int) []incident.PersonID {
	c.b.Helper()
	var out []incident.PersonID
	for i := range n {
		p, err := c.s.store.Meet(c.b.Context(), incident.Identity{Realm: "console", ID: fmt.Sprint("viewer", i)}, fmt.Sprint("Viewer ", i), "")
		if err != nil {
			c.b.Fatal(err)
		}
		out = append(out, p.ID)
	}
	for _, name := range benchChannels()[2:] {
		if _, err := c.s.chat.Make(c.b.Context(), console.Deed{By: out[0], ID: name}, name); err != nil {
			c.b.Fatal(err)
		}
	}
	return out
}

// come opens the stream of a viewer. A deaf one never reads.
func (c *crowd) come(i int, who incident.PersonID, after int64, deaf bool) {
	c.b.Helper()
	conn, err := net.Dial("tcp", c.s.server.Listener.Addr().String())
	if err != nil {
		c.b.Fatal(err)
	}
	c.conns = append(c.conns, conn)
	speaks := []lang.Lang{lang.JA, lang.EN}[i%2]
	fmt.Fprintf(conn, "GET /live/chat?channel=%s&after=%d HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAccept-Language: %s\r\nCookie: matoi_who=%s\r\n\r\n",
		benchChannels()[i%5], after, speaks, who)
	if deaf {
		if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			c.b.Fatal(err)
		}
		return
	}
	ready := make(chan struct{})
	c.all.Go(func() { c.listen(conn, ready) })
	<-ready
}

func (c *crowd) listen(conn net.Conn, ready chan struct{}) {
	var delays []time.Duration
	defer func() {
		c.mu.Lock()
		c.delays = append(c.delays, delays...)
		c.mu.Unlock()
	}()
	begun := sync.OnceFunc(func() { close(ready) })
	defer begun()
	in := bufio.NewReaderSize(conn, 16<<10)
	for {
		line, err := in.ReadSlice('\n')
		c.bytes.Add(int64(len(line)))
		for err == bufio.ErrBufferFull { //nolint:errorlint // as bufio gives it
			var more []byte
			more, err = in.ReadSlice('\n')
			c.bytes.Add(int64(len(more)))
		}
		if err != nil {
			return
		}
		if bytes.HasPrefix(line, []byte("event: hello")) {
			begun()
		}
		rest, ok := bytes.CutPrefix(line, []byte(`data: {"id":"m`))
		if !ok {
			continue
		}
		c.events.Add(1)
		end := bytes.IndexByte(rest, '"')
		id, err := strconv.ParseInt(string(rest[:max(end, 0)]), 10, 64)
		if err != nil || !bytes.Contains(line[:min(len(line), 200)], []byte(`"rev":`+strconv.FormatInt(id, 10)+",")) {
			continue // changed later
		}
		if at := c.clock.at[id].Load(); at > 0 {
			delays = append(delays, time.Since(c.clock.t0)-time.Duration(at))
		}
	}
}

func (c *crowd) leave() {
	for _, conn := range c.conns {
		conn.Close()
	}
	c.all.Wait()
}

// talk says n messages at the rate through the console, as people do: in several channels, some of them replies.
func (c *crowd) talk(people []incident.PersonID, n int) {
	c.b.Helper()
	var all sync.WaitGroup
	tick := time.NewTicker(time.Second / benchRate)
	defer tick.Stop()
	for k := range n {
		<-tick.C
		all.Go(func() {
			who := people[k%20]
			d := console.Deed{By: who, Viewer: incident.Viewer{Person: who}, ID: fmt.Sprint("say", c.clock.t0.UnixNano(), k), Lang: lang.EN}
			text := fmt.Sprintf("%d: errors on **checkout** went from 0.2 %% to 14 %% at 02:41, `payment-7f` restarts; 決済の失敗が増えています <@%s>", k, people[3])
			if _, err := c.s.chat.Say(context.Background(), d, benchChannels()[k%5], 0, text); err != nil {
				c.b.Error(err)
			}
		})
	}
	all.Wait()
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse+m.StackInuse) / (1 << 20)
}

func (c *crowd) report(name string) {
	c.b.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.delays) == 0 {
		c.b.Fatal("nobody heard anything")
	}
	slices.Sort(c.delays)
	ms := func(q float64) float64 {
		return float64(c.delays[min(int(q*float64(len(c.delays))), len(c.delays)-1)]) / float64(time.Millisecond)
	}
	c.b.ReportMetric(ms(.5), name+"p50-ms")
	c.b.ReportMetric(ms(.99), name+"p99-ms")
	c.b.ReportMetric(ms(1), name+"max-ms")
}

// BenchmarkViewers lets 500 people follow the chat over TCP while 50 messages a second are said in it, and reports how
// long one takes from its commit to each of them. Run it with -benchtime=500x for ten seconds of talk.
func BenchmarkViewers(b *testing.B) {
	for _, deaf := range []int{0, 25} {
		b.Run(fmt.Sprintf("deaf=%d", deaf), func(b *testing.B) {
			c := newCrowd(b)
			people := c.people(benchViewers)
			before := heap()
			for i, who := range people {
				c.come(i, who, 0, i < deaf)
			}
			b.ResetTimer()
			c.talk(people, b.N)
			b.StopTimer()
			for c.events.Load() < int64((benchViewers-deaf)*b.N) && b.Elapsed() < time.Minute {
				time.Sleep(5 * time.Millisecond)
			}
			b.ReportMetric(heap()-before, "heap-MB")
			c.leave()
			c.report("")
			b.ReportMetric(float64(c.events.Load())/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkReturn lets 500 viewers come back at once, as after a restart, each 200 changes behind, and reports how long
// it takes until all of them have everything.
func BenchmarkReturn(b *testing.B) {
	c := newCrowd(b)
	people := c.people(benchViewers)
	var last console.Message
	var behind int64
	for k := range 300 {
		m, err := c.s.store.AddMessage(b.Context(), console.Message{
			Channel: benchChannels()[k%5], Author: people[k%20], Text: fmt.Sprint("while nobody looked: **", k, "**"), At: c.s.now(),
		})
		if err != nil {
			b.Fatal(err)
		}
		if k == 99 {
			behind = m.Rev
		}
		last = m
	}
	end := []byte(`data: {"id":"m` + strconv.FormatInt(last.ID, 10) + `"`)
	var took []time.Duration
	b.ResetTimer()
	for range b.N {
		var all sync.WaitGroup
		var mu sync.Mutex
		start := time.Now()
		for i, who := range people {
			all.Go(func() {
				r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/live/chat?channel=%s&after=%d", c.s.server.URL, benchChannels()[i%5], behind), nil)
				if err != nil {
					b.Error(err)
					return
				}
				r.Header = http.Header{"Accept": {"text/event-stream"}, "Cookie": {"matoi_who=" + string(who)}}
				resp, err := (&http.Transport{}).RoundTrip(r)
				if err != nil {
					b.Error(err)
					return
				}
				defer resp.Body.Close()
				in := bufio.NewScanner(resp.Body)
				in.Buffer(nil, 1<<20)
				for in.Scan() && !bytes.HasPrefix(in.Bytes(), end) {
				}
				mu.Lock()
				took = append(took, time.Since(start))
				mu.Unlock()
			})
		}
		all.Wait()
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1])/1e6, "max-ms")
}
