package stock

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"matoi/incident"
)

// plan is what is decided of an incident before it is lived.
type plan struct {
	number   incident.Number
	opened   time.Time
	open     bool
	no       bool // it turns out to be none
	priority incident.Priority
	entries  int   // how many it is to have
	alerts   int   // rows of alerts; an alert opened it where there are any
	loose    int   // alerts of the same hour that opened nothing
	message  int64 // the first of messages
	messages int
	seed     uint64
}

// plans decides numbers, times and sizes, in the order of numbers.
func plans(o Options) []plan {
	r := rand.New(rand.NewPCG(o.Seed, 0))
	out := make([]plan, 0, o.Open+o.Closed)
	for k := range o.Open + o.Closed {
		p := plan{open: k < o.Open, priority: priority(r), messages: 1, seed: r.Uint64()}
		p.opened = o.Now.Add(-age(r, p)).Truncate(time.Microsecond)
		p.no = !p.open && p.priority >= incident.P3 && r.IntN(3) == 0
		if roomy(p) {
			p.messages = 2 + r.IntN(3)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b plan) int { return cmp.Or(a.opened.Compare(b.opened), cmp.Compare(a.seed, b.seed)) })
	share(r, out, o)
	count := map[int64]int64{}
	message := int64(0)
	for k := range out {
		p := &out[k]
		day := incident.Day(p.opened, o.Policy.Zone)
		count[day]++
		p.number = incident.NumberOf(p.opened, o.Policy.Zone, count[day])
		p.message = message + 1
		message += int64(p.messages)
	}
	return out
}

// share deals entries and alerts out: most incidents are short, one in a hundred is long, one in a thousand very long.
func share(r *rand.Rand, out []plan, o Options) {
	entries, alerts := o.Entries, o.Alerts
	for k := range out {
		p := &out[k]
		left := len(out) - k
		some := alerts / left
		if r.IntN(left) < alerts%left {
			some++
		}
		if p.alerts = some; some > 1 {
			p.loose = some / 5
			p.alerts = some - p.loose
		}
		alerts -= some
		usual := float64(max(entries, 0)) / float64(left)
		times := 0.8
		switch x := r.IntN(1000); {
		case x == 0:
			times = 40
		case x < 10:
			times = 8
		case x < 80:
			times = 2
		}
		p.entries = max(least(*p), int(usual*times+r.Float64()))
		if left == 1 {
			p.entries = max(least(*p), entries)
		}
		entries -= p.entries
	}
}

func priority(r *rand.Rand) incident.Priority {
	switch x := r.IntN(100); {
	case x < 3:
		return incident.P1
	case x < 15:
		return incident.P2
	case x < 50:
		return incident.P3
	case x < 80:
		return incident.P4
	}
	return incident.P5
}

// roomy is true for what has a room of its own.
func roomy(p plan) bool { return p.priority <= incident.P3 }

// age is how long ago it began. What is closed is spread over three years.
func age(r *rand.Rand, p plan) time.Duration {
	const day = 24 * time.Hour
	switch {
	case !p.open:
		return 20*day + time.Duration(r.Int64N(int64(1080*day)))
	case p.priority == incident.P1:
		return 3*time.Hour + time.Duration(r.Int64N(int64(12*time.Hour)))
	case p.priority == incident.P2:
		return 3*time.Hour + time.Duration(r.Int64N(int64(2*day)))
	}
	return 3*time.Hour + time.Duration(r.Int64N(int64(14*day)))
}

// least is how many entries an incident has at least: for the opening, what its alerts and its room add, and the end.
func least(p plan) int {
	n := 2
	switch {
	case p.alerts > 1:
		n++
	case p.alerts == 0 && roomy(p): // who opened it is asked to lead
		n++
	}
	if p.priority <= incident.P2 {
		n++
	}
	return n + ending(p)
}

// ending is how many of them the end has.
func ending(p plan) int {
	n := 4
	switch {
	case p.open:
		return 4 // to be parked
	case p.no:
		return 1
	case p.priority >= incident.P3:
		n++
	}
	if p.alerts > 0 {
		n++
	}
	if p.mended() {
		n++
	}
	return n
}

// mended is true where somebody says how it was mended.
func (p plan) mended() bool { return p.seed%2 == 0 }
