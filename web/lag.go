package web

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Oldest adds to the figures how long the oldest message of each chat waits to be sent. A chat for which nothing waits has
// no line, so that an alert on a high value ends with the cause.
func (f *Figures) Oldest(oldest func(ctx context.Context) (map[string]time.Time, error), now func() time.Time, log *slog.Logger) {
	f.registry.MustRegister(&lag{oldest: oldest, now: now, log: log})
}

// lag reads the outbox once for each scrape.
type lag struct {
	oldest func(ctx context.Context) (map[string]time.Time, error)
	now    func() time.Time
	log    *slog.Logger
}

func (*lag) gauge() *prometheus.Desc {
	return prometheus.NewDesc("matoi_outbox_oldest_seconds", "How long the oldest message waits to be sent, by chat.", []string{"chat"}, nil)
}

// Describe gives the one gauge.
func (l *lag) Describe(ch chan<- *prometheus.Desc) { ch <- l.gauge() }

// Collect asks; what can't be read is left out rather than shown as 0.
func (l *lag) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	oldest, err := l.oldest(ctx)
	if err != nil {
		l.log.Warn("find the oldest message that waits", "error", err)
		return
	}
	now := l.now()
	for chat, since := range oldest {
		ch <- prometheus.MustNewConstMetric(l.gauge(), prometheus.GaugeValue, max(0, now.Sub(since).Seconds()), chat)
	}
}
