package calendar

// Business reports whether a day is a business day: something opens on it. Around the clock every day is one.
func (h *Hours) Business(d Date) bool { return h == nil || len(h.begins(d)) > 0 }
