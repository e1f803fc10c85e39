package load

import (
	"math"
	"slices"
	"time"
)

// Result is what came of a run. Latencies are in milliseconds, of every answer that came, refusals included.
type Result struct {
	Conns   int     `json:"conns"`
	Seconds float64 `json:"seconds"`
	Sent    int     `json:"sent"`
	OK      int     `json:"ok"` // answered 2xx
	// Failed is what was answered otherwise or not at all.
	Failed int         `json:"failed"`
	Status map[int]int `json:"status"`
	Broken string      `json:"broken,omitempty"` // the first error of a connection
	Rate   float64     `json:"rate"`             // 2xx a second
	P50    float64     `json:"p50_ms"`
	P99    float64     `json:"p99_ms"`
	Max    float64     `json:"max_ms"`
	// CPU is the servers' processor seconds during the run.
	CPU         float64 `json:"cpu_s"`
	ServerCores float64 `json:"server_cores"`
	SelfCores   float64 `json:"self_cores"`
	// OtherCores is what everybody else on the machine used: noise.
	OtherCores float64 `json:"other_cores"`
	// Thrown is how many times the run was taken again because others were busy; the one who repeats it counts.
	Thrown int `json:"thrown,omitempty"`
}

// PerOK is the servers' processor time for each request answered 2xx, in microseconds.
func (r Result) PerOK() float64 {
	if r.OK == 0 {
		return math.NaN()
	}
	return r.CPU / float64(r.OK) * 1e6
}

// Percentile of sorted times by the nearest rank, in milliseconds; NaN of none.
func Percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return float64(sorted[min(max(rank, 1), len(sorted))-1]) / float64(time.Millisecond)
}

// Median of the values, the mean of the middle two where their number is even; NaN of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
