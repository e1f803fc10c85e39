package web

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Measure adds a figure that is read at each scrape; a counter where its name ends in _total. The same name may come again with
// other values of the same labels.
func (f *Figures) Measure(name, help string, labels map[string]string, read func() float64) {
	if strings.HasSuffix(name, "_total") {
		f.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels}, read))
		return
	}
	f.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, read))
}
