package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
)

// marks are what filled replaces: {label}, {+5m}, {day 14}, @handle.
func marks() *regexp.Regexp { return regexp.MustCompile(`\{[a-z+][^{}"]*\}|@[a-z]+`) }

// alarm has Alertmanager say of alerts that they began, or ended: "Name severity service host-1,host-2: summary".
// Hosts may be a range: edge-{1..40}.
func (p *player) alarm(ctx context.Context) error {
	head, summary, _ := strings.Cut(p.beat.text, ": ")
	words := strings.Fields(head)
	if len(words) != 4 {
		return fmt.Errorf("an alert has a name, a severity, a service and hosts, not %q", head)
	}
	status, now := "firing", p.now()
	if p.beat.verb == "clear" {
		status = "resolved"
	}
	var alerts []any
	for _, host := range hosts(words[3]) {
		sum := fnv.New64a()
		fmt.Fprint(sum, words[0], words[2], host)
		finger := fmt.Sprintf("%016x", sum.Sum64())
		if _, known := p.alarms[finger]; !known || status == "firing" {
			p.alarms[finger] = now.Add(-90 * time.Second)
		}
		alert := map[string]any{
			"status": status, "startsAt": p.alarms[finger], "fingerprint": finger,
			"labels":       map[string]string{"alertname": words[0], "severity": words[1], "service": words[2], "instance": host},
			"annotations":  map[string]string{"summary": summary, "runbook_url": "https://runbooks.yamabuki.example/" + words[2]},
			"generatorURL": "https://prometheus.yamabuki.example/graph?g0.expr=" + words[0],
		}
		if status == "resolved" {
			alert["endsAt"] = now
		}
		alerts = append(alerts, alert)
	}
	body, err := json.Marshal(map[string]any{
		"version": "4", "status": status, "receiver": "matoi", "groupKey": "{}:{alertname=" + strconv.Quote(words[0]) + "}",
		"externalURL": "https://alertmanager.yamabuki.example", "alerts": alerts,
	})
	if err != nil {
		return err
	}
	return p.hook(ctx, "alertmanager", body)
}

// hosts takes a list of hosts apart.
func hosts(text string) []string {
	var out []string
	for host := range strings.SplitSeq(text, ",") {
		before, rest, ok := strings.Cut(host, "{")
		span, after, closed := strings.Cut(rest, "}")
		var from, to int
		if _, err := fmt.Sscanf(span, "%d..%d", &from, &to); !ok || !closed || err != nil {
			out = append(out, host)
			continue
		}
		for n := from; n <= to; n++ {
			out = append(out, fmt.Sprintf("%s%02d%s", before, n, after))
		}
	}
	return out
}

// hook posts a body as a monitoring system on this machine does.
func (p *player) hook(ctx context.Context, source string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.app.URL()+"/hooks/"+source, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = "127.0.0.1:9"
	answer := &reply{header: http.Header{}, status: http.StatusOK}
	p.app.Handler().ServeHTTP(answer, r)
	if answer.status/100 != 2 {
		return fmt.Errorf("the hook of %s answers %d: %s", source, answer.status, answer.body.Bytes())
	}
	newest := func() (n incident.Number, err error) {
		rows, err := p.app.store.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1})
		if len(rows) > 0 {
			n = rows[0].Number
		}
		return n, err
	}
	before, err := newest()
	if err != nil {
		return err
	}
	if _, err := p.app.worker.WorkOff(ctx); err != nil {
		return err
	}
	after, err := newest()
	if after > before {
		p.opened(after)
	}
	return err
}

// reply keeps what a handler answers.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *reply) Header() http.Header         { return r.header }
func (r *reply) WriteHeader(status int)      { r.status = status }
func (r *reply) Write(b []byte) (int, error) { return r.body.Write(b) }
