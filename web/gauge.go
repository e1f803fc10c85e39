package web

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Measure adds a figure that is read at each scrape; a counter where its name ends in _total.
func (f *Figures) Measure(name, help string, read func() float64) {
	if strings.HasSuffix(name, "_total") {
		f.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
		return
	}
	f.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}
