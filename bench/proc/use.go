package proc

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/*/stat on Linux, USER_HZ.
const tick = 10 * time.Millisecond

// Reading is the processor time used up to a moment.
type Reading struct {
	at                     time.Time
	watched, self, machine time.Duration
}

// Use is what was used between two readings, in cores: 1 is one core the whole time.
type Use struct {
	Cores float64 // the watched processes and their children
	Self  float64 // this process
	Other float64 // everybody else
}

// Now reads the watched processes, this one and the machine.
func Now(watched []int) Reading {
	self, _ := stat(os.Getpid())
	return Reading{time.Now(), CPU(watched), self.own, busy()}
}

// Since is the use between an earlier reading and this one.
func (r Reading) Since(before Reading) Use {
	cores := func(d time.Duration) float64 { return d.Seconds() / r.at.Sub(before.at).Seconds() }
	u := Use{Cores: cores(r.watched - before.watched), Self: cores(r.self - before.self)}
	u.Other = max(0, cores(r.machine-before.machine)-u.Cores-u.Self)
	return u
}

// CPU is the processor time of processes and all that they started, in steps of 10 ms.
func CPU(roots []int) (sum time.Duration) {
	for _, s := range tree(roots) {
		sum += s.own + s.reaped
	}
	return sum
}

// status is one line of /proc/*/stat.
type status struct {
	parent      int
	own, reaped time.Duration // of itself, of children that ended and were waited for
}

func stat(pid int) (status, bool) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return status{}, false
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // a name may hold blanks
	if len(fields) < 15 {
		return status{}, false
	}
	n := func(i int) int {
		v, _ := strconv.Atoi(fields[i])
		return v
	}
	return status{n(1), time.Duration(n(11)+n(12)) * tick, time.Duration(n(13)+n(14)) * tick}, true
}

// tree finds the processes and their descendants.
func tree(roots []int) map[int]status {
	if len(roots) == 0 {
		return nil
	}
	all := map[int]status{}
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		pid, _ := strconv.Atoi(filepath.Base(name))
		if s, ok := stat(pid); ok {
			all[pid] = s
		}
	}
	in := map[int]status{}
	for _, r := range roots {
		if s, ok := all[r]; ok {
			in[r] = s
		}
	}
	for grown := true; grown; {
		grown = false
		for pid, s := range all {
			if _, child := in[s.parent]; child {
				in[pid], grown = s, true
				delete(all, pid)
			}
		}
	}
	return in
}

// busy is the time that the machine's cores worked, everybody's together.
func busy() (sum time.Duration) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	for i, field := range strings.Fields(line) {
		if i == 0 || i == 4 || i == 5 || i > 8 { // the name, idle, waiting for disks, and guests, who are counted already
			continue
		}
		v, _ := strconv.Atoi(field)
		sum += time.Duration(v) * tick
	}
	return sum
}

// Fine is a process's own time by the scheduler's count, exact where ticks are too coarse: for one that sleeps nearly
// always and ends no thread. It falls back on ticks where the kernel keeps no such count.
func Fine(pid int) (sum time.Duration) {
	names, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/schedstat")
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(raw), " ")
		ns, _ := strconv.ParseInt(first, 10, 64)
		sum += time.Duration(ns)
	}
	if sum == 0 {
		return CPU([]int{pid})
	}
	return sum
}
