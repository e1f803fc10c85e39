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

// MeasureEach adds a gauge for each of a set that may change: read gives the values by that of the label.
func (f *Figures) MeasureEach(name, help, label string, read func() map[string]float64) {
	f.registry.MustRegister(each{prometheus.NewDesc(name, help, []string{label}, nil), read})
}

// each collects a gauge for each of a set.
type each struct {
	desc *prometheus.Desc
	read func() map[string]float64
}

// Describe says what is collected.
func (e each) Describe(to chan<- *prometheus.Desc) { to <- e.desc }

// Collect reads all values.
func (e each) Collect(to chan<- prometheus.Metric) {
	for of, value := range e.read() {
		to <- prometheus.MustNewConstMetric(e.desc, prometheus.GaugeValue, value, of)
	}
}
