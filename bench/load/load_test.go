package load

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// counter is a server that remembers what it was sent, and refuses every fourth.
type counter struct {
	mu       sync.Mutex
	keys     map[string]int
	refused  int
	requests int
	wait     time.Duration
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Key, Word string }
	raw, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(raw, &body); err != nil || r.Header.Get("X-Run") == "" || body.Word != "fixed" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	time.Sleep(c.wait) // a slow server is what is tested: a real one, over a real connection
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.keys[body.Key]++
	if c.requests%4 == 0 {
		c.refused++
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (c *counter) load(t *testing.T) Load {
	t.Helper()
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return Load{
		Addresses: []string{strings.TrimPrefix(s.URL, "http://")}, Path: "/x", Conns: 4, For: 100 * time.Millisecond, Header: "X-Run: {{run}}\r\n",
		Bodies: []string{`{"key":"a-{{n}}","word":"fixed"}`, `{"key":"b-{{n}}","word":"fixed"}`},
	}
}

func TestEveryRequestIsSentOnceAndCountedAsItWasAnswered(t *testing.T) {
	c := &counter{keys: map[string]int{}}
	r, err := c.load(t).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent == 0 || r.Sent != c.requests || r.Failed != c.refused || r.OK != c.requests-c.refused || r.Status[503] != c.refused {
		t.Errorf("%+v, the server saw %d and refused %d", r, c.requests, c.refused)
	}
	for key, times := range c.keys {
		if times != 1 {
			t.Errorf("%s came %d times", key, times)
		}
	}
	if c.keys["a-0"] != 1 || c.keys["b-1"] != 1 {
		t.Errorf("the bodies are not taken in turn: %v", len(c.keys))
	}
	if r.P50 <= 0 || r.P99 < r.P50 || r.Max < r.P99 || r.Rate <= 0 {
		t.Errorf("no sane latencies: %+v", r)
	}
}

func TestAtARateLatencyCountsFromWhenARequestShouldHaveLeft(t *testing.T) {
	c := &counter{keys: map[string]int{}, wait: 10 * time.Millisecond}
	l := c.load(t)
	l.Conns, l.Rate, l.For = 1, 1000, 200*time.Millisecond // ten times what one connection can have
	r, err := l.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Max < 50 {
		t.Errorf("the last request waited %.0f ms by this count, though the server was far behind", r.Max)
	}
	l.Rate, l.For = 50, 2*time.Second // long enough that a machine which stands still for a moment is no matter
	if r, err = l.Run(t.Context()); err != nil || r.Sent < 50 || r.Sent > 101 {
		t.Errorf("at 50/s for 2 s %d were sent: %v", r.Sent, err)
	}
}

func TestOnlyThisMachineIsLoaded(t *testing.T) {
	for _, address := range []string{"192.0.2.1:80", "example.com:80", "0.0.0.0:80", "127.0.0.1"} {
		if _, err := (Load{Addresses: []string{address}, Conns: 1, For: time.Millisecond}).Run(t.Context()); err == nil {
			t.Errorf("%s was loaded", address)
		}
	}
}

func TestAServerThatIsGoneIsAFailureOfEveryRequest(t *testing.T) {
	c := &counter{keys: map[string]int{}}
	l := c.load(t)
	l.Addresses = []string{"127.0.0.1:1"}
	r, err := l.Run(t.Context())
	if err != nil || r.OK != 0 || r.Failed != r.Sent || r.Failed == 0 || r.Broken == "" {
		t.Errorf("%+v %v", r, err)
	}
}

func TestPercentilesAreByTheNearestRankAndMediansOfTheMiddle(t *testing.T) {
	var sorted []time.Duration
	for i := range 200 {
		sorted = append(sorted, time.Duration(i+1)*time.Millisecond)
	}
	for p, want := range map[float64]float64{50: 100, 99: 198, 100: 200, 0: 1} {
		if got := Percentile(sorted, p); got != want {
			t.Errorf("p%g is %g, want %g", p, got, want)
		}
	}
	if got := Median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median %g", got)
	}
	if got := Median([]float64{4, 1, 2, 9}); got != 3 {
		t.Errorf("median %g", got)
	}
	if got := Median(nil); got == got { //nolint:staticcheck // NaN is not itself
		t.Errorf("the median of nothing is %g", got)
	}
}
