package web

import (
	"slices"
	"strings"
	"time"

	"matoi/bot"
	"matoi/lang"
)

// textWidth guesses how wide a text is drawn at twelve units: full-width characters are twice as wide.
func textWidth(s string) float64 {
	w := 0.0
	for _, r := range s {
		if r < 0x2E80 {
			w += 6.9
		} else {
			w += 12.4
		}
	}
	return w
}

// clipLine is a text as one line of a tool tip.
func clipLine(s string) string { return clip(strings.Join(strings.Fields(s), " "), 140) }

// lanes places bars and marks; empty lanes are left out.
func (d *drawing) lanes() {
	y := 44.0
	lane := func(id string, height float64, bars []courseBar, marks []courseMark) {
		if len(bars)+len(marks) == 0 {
			return
		}
		d.c.Lanes = append(d.c.Lanes, courseLane{Name: d.text(id), Y: y, H: height, Bars: d.placed(bars), Marks: d.merged(marks)})
		y += height + 10
	}
	lane("course.lane_status", 24, d.status, nil)
	lane("course.lane_down", 12, d.down, nil)
	lane("course.lane_alerts", 16, d.firing, d.alerts)
	lane("course.lane_updates", 16, nil, d.updates)
	lane("course.lane_missed", 16, nil, d.missed)
	lane("course.lane_people", 16, nil, d.people)
	d.c.Height = y + 36
}

// placed gives bars their place, and a name where it fits.
func (d *drawing) placed(bars []courseBar) []courseBar {
	end := d.c.To
	for k := range bars {
		b := &bars[k]
		to := b.to
		if to.IsZero() || to.After(end) {
			to = end
		}
		b.X = d.x(b.from)
		b.W = round(max(d.x(to)-b.X, 2))
		name := ""
		switch b.Look {
		case "down", "firing":
			name = d.text("course.bar_" + b.Look)
		default:
			b.Look = string(b.statusOfLook)
			name = bot.StatusName(b.statusOfLook, d.v.Lang)
			if !slices.Contains(d.c.Statuses, b.statusOfLook) {
				d.c.Statuses = append(d.c.Statuses, b.statusOfLook)
			}
			if textWidth(name)+10 <= b.W {
				b.Label = name
			}
			d.c.Rows = append(d.c.Rows, courseRow{At: b.from, What: name})
		}
		b.Title = lang.Text(d.v.Lang, "course.bar", lang.Args{"Name": name, "From": d.when(b.from), "To": d.when(to), "Span": lang.Span(d.v.Lang, to.Sub(b.from))})
		if b.Look == "down" || b.Look == "firing" {
			d.c.Rows = append(d.c.Rows, courseRow{At: b.from, What: b.Title})
		}
	}
	return bars
}

// merged puts marks that would lie on each other together.
func (d *drawing) merged(marks []courseMark) []courseMark {
	slices.SortStableFunc(marks, func(a, b courseMark) int { return a.at.Compare(b.at) })
	var out []courseMark
	for _, m := range marks {
		if !slices.Contains(d.c.Shapes, m.Shape) {
			d.c.Shapes = append(d.c.Shapes, m.Shape)
		}
		d.c.Rows = append(d.c.Rows, courseRow{At: m.at, What: m.Title, Seq: m.Seq})
		m.X = d.x(m.at)
		m.Title = d.when(m.at) + " " + m.Title
		if n := len(out); n > 0 && m.X-out[n-1].X < markWidth {
			if out[n-1].N++; out[n-1].N <= 4 {
				out[n-1].Title += "\n" + m.Title
			} else {
				out[n-1].Title = strings.TrimSuffix(out[n-1].Title, "\n…") + "\n…"
			}
			if m.Shape == "missed" || m.Shape == "firing" {
				out[n-1].Shape = m.Shape
			}
			continue
		}
		out = append(out, m)
	}
	return out
}

// ticks divides the time by a step that reads well, counted from midnight of the zone.
func (d *drawing) ticks() {
	const most = 7
	steps := []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
		2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	}
	whole := d.c.To.Sub(d.c.From)
	zone := d.v.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, day := d.c.From.In(zone).Date()
	last := ""
	add := func(t time.Time, clock bool) {
		if t.Before(d.c.From) || t.After(d.c.To) {
			return
		}
		date := shortDay(d.v.Lang, t.In(zone), whole > 200*24*time.Hour)
		k := courseTick{X: d.x(t), Text: date}
		if clock {
			k.Text = lang.Clock(d.v.Lang, t, zone)
			if date != last {
				k.Day = date
			}
		}
		last = date
		d.c.Ticks = append(d.c.Ticks, k)
	}
	for _, step := range steps {
		if whole/step > most {
			continue
		}
		for n := 0; ; n++ { // every day anew, so that a change of the clocks moves nothing
			midnight, next := time.Date(y, m, day+n, 0, 0, 0, 0, zone), time.Date(y, m, day+n+1, 0, 0, 0, 0, zone)
			if midnight.After(d.c.To) {
				return
			}
			for t := midnight; t.Before(next); t = t.Add(step) {
				add(t, true)
			}
		}
	}
	days := 1
	for _, n := range []int{1, 2, 7, 14, 30, 60, 90, 180, 365} {
		if days = n; int(whole/(24*time.Hour))/n <= most {
			break
		}
	}
	for n := 0; ; n += days {
		t := time.Date(y, m, day+n, 0, 0, 0, 0, zone)
		if t.After(d.c.To) {
			return
		}
		add(t, false)
	}
}

// shortDay is a day as an axis has room for it.
func shortDay(l lang.Lang, t time.Time, year bool) string {
	switch {
	case l == lang.EN && year:
		return t.Format("2 Jan 06")
	case l == lang.EN:
		return t.Format("2 Jan")
	case year:
		return t.Format("06/1/2")
	}
	return t.Format("1/2")
}

// table says the same in words, in order of time.
func (d *drawing) table() {
	slices.SortStableFunc(d.c.Rows, func(a, b courseRow) int { return a.At.Compare(b.At) })
	if n := len(d.c.Rows); n > courseRows {
		d.c.Rows, d.c.Left = d.c.Rows[:courseRows], n-courseRows
	}
}

// tickAnchor keeps the words of the last tick inside the picture.
func tickAnchor(t courseTick) string {
	if courseWidth-t.X < 20 {
		return "end"
	}
	return "middle"
}
