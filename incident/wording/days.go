package wording

import (
	"time"

	"matoi/incident/calendar"
	"matoi/lang"
)

// DayName is what a closed day is called in a language, "" where it has no name.
func DayName(n calendar.Name, l lang.Lang) string {
	if l == lang.EN && n.EN != "" {
		return n.EN
	}
	return n.Own
}

// Days are those between two instants that would be open but for a holiday or an exception, with what they are called, and those with
// hours of their own. Closed days that follow each other under one name are one stretch. The year is added where it is not that of now.
func Days(h *calendar.Hours, names calendar.Names, from, to, now time.Time, l lang.Lang) (closed, others []string) {
	if h == nil {
		return nil, nil
	}
	zone := h.Location()
	first, last := calendar.DateOf(from.In(zone)), calendar.DateOf(to.In(zone))
	day := func(d calendar.Date) string { return lang.Day(l, d.At(12*60, zone), now, zone) }
	name := func(d calendar.Date) string { return DayName(names.Of(h, d), l) }
	for d := first; d <= last; d++ {
		if spans, own := h.Own(d); own && spans != "" {
			others = append(others, day(d)+" "+spans)
		}
		if !h.Shut(d) {
			continue
		}
		words, end := day(d), d
		for next := d + 1; next <= last && name(next) == name(d) && !h.Works(next); next++ {
			if h.Shut(next) { // a weekend between two of them is part of the stretch, one behind it is not
				end = next
			}
		}
		if end > d {
			words = lang.Text(l, "target.days", lang.Args{"From": words, "To": day(end)})
		}
		if called := name(d); called != "" {
			words = lang.Text(l, "target.day_named", lang.Args{"Day": words, "Name": called})
		}
		closed, d = append(closed, words), end
	}
	return closed, others
}

// mostNamed is how many of many a text names.
const mostNamed = 6

// Several lists a few of many, and how many more there are.
func Several(all []string, l lang.Lang) string {
	more := len(all) - mostNamed
	if more <= 0 {
		return List(all, l)
	}
	return lang.Text(l, "target.more", lang.Args{"Some": List(all[:mostNamed], l), "N": more})
}
