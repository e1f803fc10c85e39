package incident

import (
	"slices"
	"time"

	"matoi/incident/oncall"
)

// OnDuty lists who is asked at an instant when nobody else is there, in this order: who is on call by the schedules of Duty, then
// OnCall.
func (p Policy) OnDuty(at time.Time) []PersonID {
	if len(p.Duty) == 0 {
		return p.OnCall
	}
	var out []PersonID
	for _, s := range p.duties() {
		for _, person := range s.At(at) {
			if id := PersonID(person); !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	for _, id := range p.OnCall {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Schedule finds a schedule by its name.
func (p Policy) Schedule(name string) (*oncall.Schedule, bool) {
	for n := range p.Schedules {
		if p.Schedules[n].Name == name {
			return &p.Schedules[n], true
		}
	}
	return nil, false
}

// duties are the schedules that are asked.
func (p Policy) duties() []*oncall.Schedule {
	out := make([]*oncall.Schedule, 0, len(p.Duty))
	for _, name := range p.Duty {
		if s, ok := p.Schedule(name); ok {
			out = append(out, s)
		}
	}
	return out
}

// at is the policy of an instant: whoever is on duty then is on call.
func (p Policy) at(now time.Time) Policy {
	p.OnCall = p.OnDuty(now)
	return p
}

// rotation is everybody who takes turns in the schedules that are asked, on duty or not. Who is asked when nobody on duty is
// left to ask: whether there is anybody at all must not depend on the hour, because a deadline does.
func (p Policy) rotation() []PersonID {
	var out []PersonID
	for _, s := range p.duties() {
		for _, person := range s.People() {
			if id := PersonID(person); !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// alone reports that nobody is named who could be asked.
func (p Policy) alone() bool { return len(p.OnCall)+len(p.Managers)+len(p.Duty) == 0 }
