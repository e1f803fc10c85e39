package web

import (
	"context"
	"net/http"
	"strconv"

	"matoi/incident"
)

// The first tour has three steps: open an incident, work it in its room, read its timeline and report. Where somebody
// stands in it is a preference of theirs, so that it is over on every machine once it is over on one.
const (
	tourSteps = 3
	tourOver  = "over"
)

// tourStep is the step to show on a page, 0 for none. It is shown where the tour's things are, and to nobody who
// ended it or whose preferences can't be read: it must never be in the way.
func tourStep(ctx context.Context, rd *reader, at string) int {
	if rd.Person.ID == "" || at != "list" && at != "chat" && at != "incident" {
		return 0
	}
	value, err := rd.server.Store.Preference(ctx, rd.Person.ID, "tour")
	if err != nil {
		rd.server.Log.Warn("read a preference", "person", rd.Person.ID, "error", err)
		return 0
	}
	switch value {
	case "":
		return 1
	case tourOver:
		return 0
	}
	step, err := strconv.Atoi(value)
	if err != nil || step < 1 || step > tourSteps {
		return 0
	}
	return step
}

// doTour goes to a step of the tour, or ends it for good.
func (s *Server) doTour(w http.ResponseWriter, r *http.Request, rd *reader) error {
	value, at := r.PostFormValue("step"), r.PostFormValue("at")
	step, err := strconv.Atoi(value)
	if value != tourOver && (err != nil || step < 1 || step > tourSteps) {
		return incident.ErrNotFound
	}
	if err := s.Store.SetPreference(r.Context(), rd.Person.ID, "tour", value); err != nil {
		return err
	}
	switch {
	case !fragment(r) || at == "":
		return follow(w, r, next(r))
	case value == tourOver:
		return nothing(w)
	}
	return render(w, r, tour(rd, at, step))
}

// tourText is what a step says.
func tourText(rd *reader, step int) (title, text string) {
	switch step {
	case 1:
		return rd.T("tour.open"), rd.T("tour.open_text")
	case 2:
		return rd.T("tour.room"), rd.T("tour.room_text")
	}
	return rd.T("tour.record"), rd.T("tour.record_text")
}

// tourPoint is what a step points at, of which the first that is on the page is marked.
func tourPoint(step int) string {
	switch step {
	case 1:
		return "main [data-command=open]"
	case 2:
		return "[data-room], #channels .room-link, #crew"
	}
	return ".links [href*='/report'], [data-incident], #incidents a[href^='/incidents/']"
}
