package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// oncallView is the page of who is on call.
type oncallView struct {
	Schedules []dutyView
	Standing  []personID
	Reach     []reachView
	Ways      *waysView // the reader's own; nil where there is no way but the chats
}

// reachView is how somebody is reached who may be asked now.
type reachView struct {
	Who   personID
	Why   string
	There string // the time where they are, where that is another zone
	Ways  string // in their order; "" where nothing leads to them
	Known bool   // Ways is known
}

// reachOf lists whoever is on call, comes next or is asked in the end, once each, with how they are reached.
func (s *Server) reachOf(ctx context.Context, rd *reader, policy incident.Policy) (out []reachView, err error) {
	add := func(id personID, why string) {
		if err != nil || id == "" || slices.ContainsFunc(out, func(v reachView) bool { return v.Who == id }) {
			return
		}
		var v reachView
		v, err = s.reachedBy(ctx, rd, id)
		v.Why = why
		out = append(out, v)
	}
	for n := range policy.Schedules {
		for _, person := range policy.Schedules[n].At(rd.Now) {
			add(personID(person), rd.T("oncall.reached_duty"))
		}
	}
	for _, id := range policy.OnCall {
		add(id, rd.T("oncall.reached_standing"))
	}
	for n := range policy.Schedules {
		if next, ok := policy.Schedules[n].Next("", rd.Now); ok {
			add(personID(next.Person), rd.T("oncall.reached_next"))
		}
	}
	for _, id := range policy.Managers {
		add(id, rd.T("oncall.reached_manager"))
	}
	return out, err
}

func (s *Server) reachedBy(ctx context.Context, rd *reader, id personID) (reachView, error) {
	v := reachView{Who: id}
	p, err := rd.people(id)
	if err != nil {
		if errors.Is(err, incident.ErrNotFound) {
			err = nil
		}
		return v, err
	}
	if zone, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" && p.Zone != rd.Zone.String() {
		v.There = rd.T("oncall.reached_time", "Time", lang.Clock(rd.Lang, rd.Now, zone), "Zone", zone.String())
	}
	if s.Ways == nil {
		return v, nil
	}
	list, _, err := s.Ways.List(ctx, p)
	v.Ways, v.Known = bot.ReachName(list, rd.Lang), true
	return v, err
}
