package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A queue grows, Prometheus sees it, its rule fires, Alertmanager tells: all of them real. Matoi is killed again and again
// meanwhile, so that many a notification meets a closed door. Alertmanager says nothing twice here that was answered well, so
// that an alert that was taken and forgotten would be missing ever after.
func TestNothingThatPrometheusSawIsLostToKills(t *testing.T) {
	t.Parallel() // it waits for others most of the time
	prometheus := outside(t, "MATOI_TEST_PROMETHEUS", "Prometheus", "/usr/bin/prometheus")
	binaryOfAlertmanager := outside(t, "MATOI_TEST_ALERTMANAGER", "Prometheus Alertmanager", "/usr/bin/prometheus-alertmanager")
	server := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data"), flags: []string{"--listen", "127.0.0.1:" + port(t)}}
	server.start()
	t.Cleanup(server.kill)
	s := &scene{t: t, at: server.address.Load().(string)}
	shop := newQueues(12)
	watched := httptest.NewServer(shop)
	t.Cleanup(watched.Close)
	am := startAlertmanager(t, binaryOfAlertmanager, s.at+"/hooks/alertmanager", "10h")
	startPrometheus(t, prometheus, watched.Listener.Addr().String(), strings.TrimPrefix(am.url, "http://"))

	for n := range shop.length {
		if n%4 == 2 {
			server.kill()
		}
		before := shop.asked.Load()
		shop.length[n].Store(500)
		s.until("Prometheus looks again", func() bool { return shop.asked.Load() > before+1 })
		if n%4 == 3 {
			server.start()
		}
	}
	s.until("every queue has an incident", func() bool { return len(s.numbers()) >= len(shop.length) })
	s.calm()
	titles := map[string]int{}
	for _, number := range s.numbers() {
		i := s.incident(number)
		titles[i.Title]++
		if i.Alerts.Total != 1 || i.Alerts.Firing != 1 || i.Priority != "P2" {
			t.Errorf("%s %q: %d alerts, %d fire, %s; want one that fires, and P2", number, i.Title, i.Alerts.Total, i.Alerts.Firing, i.Priority)
		}
	}
	for n := range shop.length {
		if title := fmt.Sprintf("queue of shop-%02d is 500 long", n); titles[title] != 1 {
			t.Errorf("%d incidents are called %q, want 1; there are %v", titles[title], title, titles)
		}
	}

	for n := range shop.length {
		if n == len(shop.length)/2 {
			server.kill()
		}
		shop.length[n].Store(0)
	}
	before := shop.asked.Load()
	s.until("Prometheus looks again", func() bool { return shop.asked.Load() > before+2 })
	server.start()
	for _, number := range s.numbers() {
		s.until(number+" hears that it is over", func() bool { return s.incident(number).Alerts.Firing == 0 })
	}
	if got := s.numbers(); len(got) != len(shop.length) {
		t.Errorf("there are %d incidents at the end, want %d", len(got), len(shop.length))
	}
}

// queues is what Prometheus watches: how long the queue of each shop is.
type queues struct {
	length []atomic.Int64
	asked  atomic.Int64
}

func newQueues(n int) *queues { return &queues{length: make([]atomic.Int64, n)} }

func (q *queues) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	for n := range q.length {
		_, _ = fmt.Fprintf(w, "queue_length{service=\"shop-%02d\"} %d\n", n, q.length[n].Load())
	}
	q.asked.Add(1)
}

// startPrometheus starts one that looks at a target five times a second, and tells Alertmanager of long queues.
func startPrometheus(t *testing.T, binary, target, alertmanager string) {
	t.Helper()
	rules := write(t, `groups:
  - name: shops
    rules:
      - alert: QueueTooLong
        expr: queue_length > 100
        labels: {severity: critical}
        annotations: {summary: 'queue of {{ $labels.service }} is {{ $value }} long', runbook_url: 'https://wiki.example.jp/queue'}
`)
	config := write(t, fmt.Sprintf(`global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}
rule_files: ['%s']
alerting: {alertmanagers: [{static_configs: [{targets: ['%s']}]}]}
scrape_configs: [{job_name: shop, static_configs: [{targets: ['%s']}]}]
`, rules, alertmanager, target))
	address := "127.0.0.1:" + port(t)
	beside(t, binary, "--config.file="+config, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+address,
		"--rules.alert.resend-delay=200ms")
	answers(t, "http://"+address+"/-/ready")
}
