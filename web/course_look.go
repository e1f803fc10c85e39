package web

import (
	"strconv"

	"matoi/incident"
	"matoi/lang"
)

// markPath is the outline of a sign, about its middle. Every kind has a shape of its own: colour is never all.
func markPath(shape string) string {
	switch shape {
	case "update":
		return "M-5-6v12M-5-6 6-2.500-5 1z" // a flag
	case "customers":
		return "M-6-1h3l5-4.500v11L-3 1h-3zM4.500-3c1.500 1.500 1.500 4.500 0 6" // a megaphone
	case "missed":
		return "M0-7 7 0 0 7-7 0zM0-3.500V1M0 3.200v.2" // a diamond with an exclamation mark
	case "handover":
		return "M-6-2.500h10l-3-3M6 2.500H-4l3 3" // two arrows
	case "escalated":
		return "M-6 1 0-5l6 6M-6 6 0 0l6 6" // upwards twice
	case "firing":
		return "M-5.500-5.500h11v11h-11z"
	}
	return "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0M-2.500 0l2 2 3.500-4" // cleared: a ring with a tick
}

// barPattern is the hatching of a bar, "" for a plain one.
func barPattern(look string) string {
	switch incident.Status(look) {
	case incident.Triaged:
		return "hatch-dots"
	case incident.Identified:
		return "hatch-lines"
	case incident.Mitigated:
		return "hatch-slant"
	case incident.OnHold:
		return "hatch-cross"
	case incident.StatusCancelled, incident.StatusMerged, "down":
		return "hatch-back"
	}
	return ""
}

// barTop and barHeight keep thin bars in the middle of their lane, under the marks.
func barTop(l courseLane, b courseBar) float64 { return l.Y + (l.H-barHeight(l, b))/2 }

func barHeight(l courseLane, b courseBar) float64 {
	if b.Look == "firing" {
		return 6
	}
	return l.H
}

// momentTop is where the line of a moment begins: its name stands there.
func momentTop(m courseMoment) float64 {
	if m.Row == 1 {
		return 26
	}
	return 10
}

func shapeName(rd *reader, shape string) string {
	return lang.Text(rd.Lang, "course.shape_"+shape, nil)
}

// coord writes a coordinate.
func coord(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
