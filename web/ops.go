package web

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"matoi/lang"
)

// Health is what the operators' questions are answered from.
type Health interface {
	// Ready tells why no work can be done, nil if it can.
	Ready(ctx context.Context) error
	// Waiting counts raw requests not yet worked off and effects not yet sent.
	Waiting(ctx context.Context) (inbox, outbox int64, err error)
}

// Figures are what /metrics shows. They live in a registry of their own: nothing is global.
type Figures struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	commands *prometheus.CounterVec
	lateness prometheus.Histogram
	sweeps   *prometheus.CounterVec
	reloads  *prometheus.CounterVec
	hooks    *prometheus.CounterVec
}

// NewFigures registers everything; version is shown as a label of matoi_build_info.
func NewFigures(h Health, version string, log *slog.Logger) *Figures {
	f := &Figures{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "matoi_http_request_duration_seconds", Help: "Time to answer a request, by route, method and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method", "code"}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "matoi_commands_total", Help: "Commands, by verb and result (done, refused, broken).",
		}, []string{"verb", "result"}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "matoi_sweep_lateness_seconds", Help: "How long after it was due a deadline was worked off.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 3600},
		}),
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "matoi_sweeps_total", Help: "Incidents that the clock looked at, by result (done, broken).",
		}, []string{"result"}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "matoi_config_reloads_total", Help: "Configurations read anew, by result (taken, refused).",
		}, []string{"result"}),
	}
	f.hooks = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "matoi_hook_requests_total", Help: "Requests of monitoring systems, by source and result (stored, or the code of the problem that was answered).",
	}, []string{"source", "result"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "matoi_build_info", Help: "Always 1; the version is its label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	f.registry.MustRegister(f.requests, f.commands, f.lateness, f.sweeps, f.reloads, f.hooks, build, &waiting{health: h, log: log},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return f
}

// Command counts one command.
func (f *Figures) Command(verb, result string) { f.commands.WithLabelValues(verb, result).Inc() }

// Hook counts one request of a monitoring system.
func (f *Figures) Hook(source, result string) { f.hooks.WithLabelValues(source, result).Inc() }

// Swept counts one incident that the clock looked at, late by so much.
func (f *Figures) Swept(late time.Duration, err error) {
	if err != nil {
		f.sweeps.WithLabelValues("broken").Inc()
		return
	}
	f.sweeps.WithLabelValues("done").Inc()
	f.lateness.Observe(max(0, late.Seconds()))
}

// Reloaded counts one try to take a changed configuration.
func (f *Figures) Reloaded(err error) {
	result := "taken"
	if err != nil {
		result = "refused"
	}
	f.reloads.WithLabelValues(result).Inc()
}

// waiting reads both queues once for each scrape.
type waiting struct {
	health Health
	log    *slog.Logger
}

func (*waiting) gauges() (inbox, outbox *prometheus.Desc) {
	return prometheus.NewDesc("matoi_inbox_waiting", "Raw requests of monitoring systems not yet worked off.", nil, nil),
		prometheus.NewDesc("matoi_outbox_waiting", "Effects not yet told to a chat.", nil, nil)
}

// Describe lists both gauges.
func (g *waiting) Describe(ch chan<- *prometheus.Desc) {
	inbox, outbox := g.gauges()
	ch <- inbox
	ch <- outbox
}

// Collect counts; a count that fails is left out rather than shown as 0.
func (g *waiting) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	in, out, err := g.health.Waiting(ctx)
	if err != nil {
		g.log.Warn("count what waits", "error", err)
		return
	}
	inbox, outbox := g.gauges()
	ch <- prometheus.MustNewConstMetric(inbox, prometheus.GaugeValue, float64(in))
	ch <- prometheus.MustNewConstMetric(outbox, prometheus.GaugeValue, float64(out))
}

// Timed measures each request that next answers, by the pattern of the route that answered it.
func (f *Figures) Timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			route := r.Pattern
			if route == "" {
				route = "other"
			}
			f.requests.WithLabelValues(route, method(r.Method), strconv.Itoa(rec.status)).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

// method bounds what a label can hold: a request may carry any word.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// recorder remembers the status. Unwrap lets http.ResponseController reach the connection, which live streams need.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

// WriteHeader remembers the first status.
func (r *recorder) WriteHeader(status int) {
	if !r.wrote && status >= 200 {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts as 200 where no status came before.
func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	return r.ResponseWriter.Write(b)
}

// Flush sends what is buffered, for handlers that ask with a type assertion.
func (r *recorder) Flush() { _ = http.NewResponseController(r.ResponseWriter).Flush() }

// Unwrap gives the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// NewOps serves /healthz (the process lives), /readyz (it can work) and /metrics, the last one behind the gate.
func NewOps(h Health, f *Figures, gate Gate, log *slog.Logger) http.Handler {
	metrics := promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{})
	mux, watch := http.NewServeMux(), &watch{}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		err := h.Ready(ctx)
		watch.saw(log, err)
		if err != nil {
			l := lang.Choose(r.Header.Get("Accept-Language"), lang.EN)
			notReady(err, l).send(w, l)
			return
		}
		writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ready"})
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if _, p := gate.Admit(r, ScopeRead); p != nil {
			p.send(w, "en")
			return
		}
		metrics.ServeHTTP(w, r)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", "GET, HEAD")
		problem(http.StatusMethodNotAllowed, "no_method", map[string]any{"Allow": "GET"}).send(w, "en")
	})
	return mux
}
