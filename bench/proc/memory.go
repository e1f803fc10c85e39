package proc

import (
	"os"
	"strconv"
	"strings"
)

// Memory is what a process holds, in MiB.
type Memory struct {
	// Anonymous is its own: heap and stacks, not files that the kernel may drop at any time.
	Anonymous float64
	// Resident is everything mapped and present, the binary's pages included.
	Resident float64
}

// MemoryOf reads a process and what it started, all together.
func MemoryOf(roots ...int) (m Memory) {
	for pid := range tree(roots) {
		raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if err != nil {
			continue // it just ended
		}
		for line := range strings.Lines(string(raw)) {
			fields := strings.Fields(line)
			if len(fields) < 2 {
				continue
			}
			kib, _ := strconv.ParseFloat(fields[1], 64)
			switch fields[0] {
			case "RssAnon:":
				m.Anonymous += kib / 1024
			case "VmRSS:":
				m.Resident += kib / 1024
			}
		}
	}
	return m
}
