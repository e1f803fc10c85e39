package oncall

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Fault is one thing wrong with a schedule.
type Fault struct {
	Path string // the field, e.g. layers[0].people[1]
	Code string // what is wrong, one of the Fault… codes
	Text string // the same in English
}

// The codes of faults.
const (
	FaultNobody  = "nobody"  // no layer, no shift, no people
	FaultUnnamed = "unnamed" // a person without a name
	FaultTurn    = "turn"    // turns of no length
	FaultStart   = "start"   // no first hand-over
	FaultEnds    = "ends"    // an end that is not after the beginning
	FaultHours   = "hours"   // hours that are wrong in themselves
	FaultOverlap = "overlap" // two shifts of one person at the same time
	FaultMany    = "many"    // more turns than can be looked at
)

// Error names the field and what is wrong with it.
func (f Fault) Error() string { return f.Path + ": " + f.Text }

// Faults are all of them.
type Faults []Fault

// Error lists them, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for n, one := range f {
		lines[n] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Validate gives everything that is wrong with a schedule as [Faults], nil where nothing is.
func (s *Schedule) Validate() error {
	var out Faults
	add := func(path, code, text string) { out = append(out, Fault{path, code, text}) }
	if len(s.Layers) == 0 && len(s.Fixed) == 0 && s.AsOf.IsZero() {
		add("layers", FaultNobody, "no layer says who is on call")
	}
	for n := range s.Layers {
		s.Layers[n].validate(fmt.Sprintf("layers[%d]", n), add)
	}
	for n, o := range s.Overrides {
		path := fmt.Sprintf("overrides[%d]", n)
		if o.Person == "" {
			add(path+".person", FaultUnnamed, "nobody is named")
		}
		if !o.From.Before(o.To) {
			add(path+".to", FaultEnds, "it does not end after it begins")
		}
	}
	fixed(s.Fixed, add)
	if len(out) == 0 {
		return nil
	}
	return out
}

func (l *Layer) validate(path string, add func(path, code, text string)) {
	if len(l.People) == 0 {
		add(path+".people", FaultNobody, "nobody takes turns")
	}
	for n, p := range l.People {
		if strings.TrimSpace(p) == "" {
			add(fmt.Sprintf("%s.people[%d]", path, n), FaultUnnamed, "nobody is named")
		}
	}
	switch length := l.Turn.minutes(); {
	case length <= 0:
		add(path+".turn", FaultTurn, "a turn has to be some hours, days or weeks long")
	case l.Turn.N > 10_000:
		add(path+".turn", FaultMany, "a turn is longer than anybody lives")
	}
	if l.Start.IsZero() {
		add(path+".start", FaultStart, "the first hand-over is missing")
	}
	if !l.Until.IsZero() && !l.Until.After(l.Start) {
		add(path+".until", FaultEnds, "it does not end after it begins")
	}
	if l.Hours != nil {
		if err := l.Hours.Validate(); err != nil {
			add(path+".hours", FaultHours, err.Error())
		}
	}
}

// fixed looks at the shifts from elsewhere: empty ones, and those of one person that overlap.
func fixed(shifts []Shift, add func(path, code, text string)) {
	order := make([]int, len(shifts))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(shifts[a].From.Compare(shifts[b].From), cmp.Compare(a, b))
	})
	until := map[string]time.Time{}
	for _, n := range order {
		f, path := shifts[n], fmt.Sprintf("fixed[%d]", n)
		switch {
		case f.Person == "":
			add(path+".person", FaultUnnamed, "nobody is named")
		case !f.From.Before(f.To):
			add(path+".to", FaultEnds, "it does not end after it begins")
		case f.From.Before(until[f.Person]):
			add(path+".from", FaultOverlap, f.Person+" has another shift at that time")
		default:
			until[f.Person] = f.To
		}
	}
}
