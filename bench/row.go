package main

import (
	"fmt"
	"math"
	"strings"
)

// row is one line of the table. One without must and aim stands there to compare with.
type row struct {
	ID, What string
	Unit     string // "share", "×", "ms", "s", "µs", "MiB", "%", "/s"
	Must     float64
	Aim      float64
	More     bool // more is better
}

// figure is what a row got, as it is kept in the JSON lines.
type figure struct {
	Kind   string   `json:"kind"` // "figure"
	ID     string   `json:"id"`
	Got    *float64 `json:"got,omitempty"` // absent: it was not measured, and Note says why
	Note   string   `json:"note,omitempty"`
	Rounds int      `json:"rounds,omitempty"`
	Thrown int      `json:"thrown,omitempty"` // rounds in which the machine was not quiet
	Noise  float64  `json:"noise,omitempty"`  // median use of cores by everybody else
}

// group is rows that are measured together.
type group struct {
	name string
	// whole: not part of --quick.
	whole   bool
	rows    []row
	measure func(*bed) error
}

// groups are all, in the order of the table.
func groups() []group {
	return []group{
		intakeGroup(), ruledGroup(), stormGroup(), sustainedGroup(), commandGroup(), chatGroup(), slackGroup(), deadlineGroup(), storedGroup(), startGroup(),
		storeGroup(), postgresGroup(), replicaGroup(),
	}
}

// verdict says which bound was met.
func (r row) verdict(f figure) string {
	within := func(bound float64) bool {
		if r.More {
			return *f.Got >= bound
		}
		return *f.Got <= bound
	}
	switch {
	case f.Got == nil:
		return "not measured"
	case r.Must == 0 && r.Aim == 0:
		return ""
	case within(r.Aim):
		return "aim"
	case r.Must != 0 && within(r.Must):
		return "must"
	case r.Must == 0:
		return "no (an aim only)"
	}
	return "NO"
}

// value writes a number with as many digits as it deserves.
func (r row) value(v float64) string {
	if v == 0 && (r.Must != 0 || r.Aim != 0) {
		return "0"
	}
	digits := 0
	switch abs := math.Abs(v); {
	case r.Unit == "share" || r.Unit == "×" || abs < 1:
		digits = 2
	case abs < 100 && r.Unit != "/s":
		digits = 1
	}
	text := fmt.Sprintf("%.*f", digits, v)
	switch r.Unit {
	case "share":
		return text
	case "%", "×", "/s":
		return text + r.Unit
	}
	return strings.TrimSpace(text + " " + r.Unit)
}

func (r row) bound(v float64) string {
	if v == 0 {
		return "-"
	}
	sign := "≤ "
	if r.More {
		sign = "≥ "
	}
	text := fmt.Sprintf("%g", v)
	if r.Unit != "share" {
		gap := " "
		if r.Unit == "%" || r.Unit == "×" || r.Unit == "/s" {
			gap = ""
		}
		text += gap + r.Unit
	}
	return sign + text
}
