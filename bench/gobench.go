package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"matoi/bench/proc"
)

// metrics are what Go benchmarks reported: benchmark, unit, the values of each time it ran.
type metrics map[string]map[string][]float64

// gobench runs benchmarks of a package of ours, each so many times. They are compiled first, so that no compiler works beside.
// Where one breaks the metrics of the others are given beside the error.
func (b *bed) gobench(folder, pattern string, times int) (metrics, float64, error) {
	program := filepath.Join(b.scratch, strings.ReplaceAll(folder, "/", "-")+".test")
	if out, err := exec.CommandContext(b.ctx, "go", "test", "-c", "-o", program, "./"+folder).CombinedOutput(); err != nil {
		return nil, 0, fmt.Errorf("compile the benchmarks: %w\n%s", err, out)
	}
	cmd := exec.CommandContext(b.ctx, program, "-test.run=^$", "-test.bench="+pattern, "-test.benchtime=1x", "-test.count="+strconv.Itoa(times), "-test.timeout=20m")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "TMPDIR="+b.scratch)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	before := proc.Now([]int{cmd.Process.Pid})
	var noise float64
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				return parseMetrics(out.String()), noise, fmt.Errorf("benchmarks %s: %w\n%.2000s", pattern, err, out.String())
			}
			running = false
		default:
			noise = proc.Now([]int{cmd.Process.Pid}).Since(before).Other // the last look before it ends counts
			if err := b.pause(b.pace.burst / 10); err != nil {
				return nil, 0, err
			}
		}
	}
	return parseMetrics(out.String()), noise, nil
}

// parseMetrics reads the lines that Go's benchmarks print: name, runs, then pairs of value and unit.
func parseMetrics(text string) metrics {
	out := metrics{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if cut := strings.LastIndexByte(name, '-'); cut > 0 { // the number of cores
			if _, err := strconv.Atoi(name[cut+1:]); err == nil {
				name = name[:cut]
			}
		}
		if out[name] == nil {
			out[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				out[name][fields[i+1]] = append(out[name][fields[i+1]], v)
			}
		}
	}
	return out
}
