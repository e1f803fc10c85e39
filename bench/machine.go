package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"matoi/bench/limit"
)

// machine is where the figures were taken.
type machine struct {
	Kind      string  `json:"kind"` // "machine"
	At        string  `json:"at"`
	Processor string  `json:"processor"`
	Cores     int     `json:"cores"`
	Memory    float64 `json:"memory_gib"`
	Kernel    string  `json:"kernel"`
	Go        string  `json:"go"`
	Disk      float64 `json:"fdatasync_us"` // median of an append with fdatasync
	Version   string  `json:"matoi"`
	Quick     bool    `json:"quick,omitempty"`
}

// survey looks at the machine; scratch is on the disk that counts.
func survey(scratch, version string, quick bool) (machine, error) {
	m := machine{Kind: "machine", At: time.Now().UTC().Format("2006-01-02 15:04Z"), Cores: runtime.NumCPU(), Go: runtime.Version(), Version: version, Quick: quick}
	m.Processor = field("/proc/cpuinfo", "model name")
	kib, _ := strconv.ParseFloat(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 64)
	m.Memory = kib / (1 << 20)
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m.Kernel = strings.TrimSpace(string(kernel))
	took, err := limit.Disk(scratch, time.Second)
	m.Disk = float64(took.Microseconds())
	return m, err
}

// field is the value of the first line of a file of /proc with that name.
func field(file, name string) string {
	raw, _ := os.ReadFile(file)
	for line := range strings.Lines(string(raw)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// String is the machine in a sentence.
func (m machine) String() string {
	if m.Kind == "" {
		return "(the machine is not known)"
	}
	how := ""
	if m.Quick {
		how = " Short bursts (--quick): a hint, not a figure to quote."
	}
	return fmt.Sprintf("%s, Matoi %s, built with %s, on %d cores of %s, %.0f GiB, Linux %s; an append with fdatasync takes %.0f µs.%s",
		m.At, m.Version, m.Go, m.Cores, m.Processor, m.Memory, m.Kernel, m.Disk, how)
}
