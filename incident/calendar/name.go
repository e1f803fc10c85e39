package calendar

// Name is what a closed day is called: as its calendar has it, and in English where that is another language. The zero value is a
// day without a name.
type Name struct{ Own, EN string }

// Names are the names of the closed days of calendars, by the calendars' names. Deadlines carry their hours without them: they
// explain, and nothing is counted by them.
type Names map[string]map[Date]Name

// Of is what a day is called in a calendar.
func (n Names) Of(h *Hours, d Date) Name {
	if h == nil {
		return Name{}
	}
	return n[h.Name][d]
}

// Shut reports whether a date is closed though its day of the week is open.
func (h *Hours) Shut(d Date) bool {
	return h != nil && len(h.Week[d.Weekday()]) > 0 && len(h.begins(d)) == 0
}

// Own are the spans of a day that has hours of its own, as they are written; "" is a day that is closed by them.
func (h *Hours) Own(d Date) (spans string, ok bool) {
	if h == nil {
		return "", false
	}
	e := h.except(d)
	if e == nil {
		return "", false
	}
	return SpansText(e.Spans), true
}

// Works reports whether anything opens on a day.
func (h *Hours) Works(d Date) bool { return h == nil || len(h.begins(d)) > 0 }
