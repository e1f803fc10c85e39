package incident_test

import (
	"matoi/incident/calendar"
)

// office is open Monday to Friday from 9 to 18 o'clock in Tokyo, but for Labour Thanksgiving Day.
func office() *calendar.Hours {
	h := &calendar.Hours{Name: "office", Zone: "Asia/Tokyo", Closed: []calendar.Date{calendar.DateAt(2026, 11, 23)}}
	for day := 1; day <= 5; day++ {
		h.Week[day] = []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	}
	return h
}
