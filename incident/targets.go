package incident

import (
	"slices"
	"strings"
	"time"

	"matoi/incident/calendar"
)

// Override replaces some of the targets of a priority, for a category or a service. What is nil stays as it is.
type Override struct {
	Response, Restore, FirstNotice, CustomerNotice, Update, AfterRestored *Length

	Hours          *calendar.Hours
	AroundTheClock bool // though the priority has hours
}

// over lays the override upon targets.
func (o Override) over(t Targets) Targets {
	for _, f := range []struct{ to, from *Length }{
		{&t.Response, o.Response},
		{&t.Restore, o.Restore},
		{&t.FirstNotice, o.FirstNotice},
		{&t.CustomerNotice, o.CustomerNotice},
		{&t.Update, o.Update},
		{&t.AfterRestored, o.AfterRestored},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if o.Hours != nil || o.AroundTheClock {
		t.Hours = o.Hours
	}
	return t
}

// How far around the moment hours are kept beside a deadline: a backdated beginning, and what becomes due after a long hold.
// What is further off is settled by the next change of policy, which comes with every new year's holidays.
const (
	hoursBefore = 100 * 24 * time.Hour
	hoursAfter  = 400 * 24 * time.Hour
)

// targets are the resolved numbers of a priority, stamped with the policy's version: those of its services, else of its
// category, else of the priority alone. Of several services the strictest counts.
func (p Policy) targets(of Priority, category string, services []string, now time.Time) Targets {
	t := p.Targets[of]
	for _, c := range p.Categories {
		if o, ok := c.Targets[of]; ok && c.is(category) {
			t = o.over(t)
		}
	}
	if all := p.ofServices(t, of, services); len(all) > 0 {
		t = strictest(all, now)
	}
	t.Policy = p.Version
	t.Hours = t.Hours.Trim(now.Add(-hoursBefore), now.Add(hoursAfter))
	return t
}

// is reports whether a category is meant by a word.
func (c Category) is(word string) bool {
	return word != "" && (strings.EqualFold(c.ID, word) || c.JA == word || strings.EqualFold(c.EN, word))
}

// ofServices are the targets that each of the services has: one that names none of its own has those of the priority.
func (p Policy) ofServices(t Targets, of Priority, services []string) []Targets {
	var out []Targets
	for _, name := range services {
		if s, ok := p.service(name); ok {
			out = append(out, s.Targets[of].over(t))
		}
	}
	return out
}

// strictest takes of each target the earliest, among those that are counted in the hours of the service which must be back
// first, and where none must, be answered first. Hours are not mixed: one incident is explained by one calendar.
func strictest(all []Targets, now time.Time) Targets {
	first := all[0]
	for _, t := range all[1:] {
		if sooner(t.Restore, t.Hours, first.Restore, first.Hours, now) || t.Restore.IsZero() && first.Restore.IsZero() && sooner(t.Response, t.Hours, first.Response, first.Hours, now) {
			first = t
		}
	}
	out, h := first, first.Hours
	for _, t := range all {
		if !t.Hours.Equal(h) {
			continue
		}
		for _, f := range []struct{ to, from *Length }{
			{&out.Response, &t.Response},
			{&out.Restore, &t.Restore},
			{&out.FirstNotice, &t.FirstNotice},
			{&out.CustomerNotice, &t.CustomerNotice},
			{&out.Update, &t.Update},
			{&out.AfterRestored, &t.AfterRestored},
		} {
			if sooner(*f.from, h, *f.to, h, now) {
				*f.to = *f.from
			}
		}
	}
	return out
}

// sooner reports whether a term ends before another one; what is not promised never ends.
func sooner(a Length, in *calendar.Hours, b Length, bIn *calendar.Hours, now time.Time) bool {
	return !a.IsZero() && (b.IsZero() || a.From(in, now).Before(b.From(bIn, now)))
}

// follow is what an incident that nobody has finished needs to have the targets that are in force now: nothing where no
// deadline would move and none is set otherwise from now on.
func (p Policy) follow(i *Incident, why string, now time.Time) []Entry {
	if !i.Open() || i.Priority == 0 {
		return nil
	}
	t := p.targets(i.Priority, i.Category, i.Services, now)
	if i.Aims().same(t) && i.hours().Equal(t.Hours) {
		return nil
	}
	after := i.Clone()
	after.follow(now, t)
	if i.Aims().same(t) && (t.Hours == nil) == (i.hours() == nil) && slices.EqualFunc(i.Clocks, after.Clocks, sameTime) {
		return nil
	}
	return []Entry{{Fact: &Retargeted{Targets: t, Why: why}, By: matoi}}
}

// same compares the terms.
func (t Targets) same(other Targets) bool {
	t.Policy, t.Hours, other.Policy, other.Hours = "", nil, "", nil
	return t == other
}

func sameTime(a, b Clock) bool {
	return a.Kind == b.Kind && a.Due.Equal(b.Due) && a.Dropped == b.Dropped
}

// follow takes over targets that changed though the priority did not. Each unmet clock counts from where it did; one that
// still runs towards the time of a lower priority (a raise keeps the earlier one) is only brought forward. What has been said
// and missed stays.
func (i *Incident) follow(at time.Time, t Targets) {
	was := i.Targets
	i.aim(t)
	for _, k := range []struct {
		kind     ClockKind
		old, new Length
		over     bool
	}{
		{Response, was.Response, t.Response, false},
		{Restoration, was.Restore, t.Restore, !i.Restored.IsZero()},
		{FirstNotice, was.FirstNotice, t.FirstNotice, !i.heard(false).IsZero()},
		{CustomerNotice, was.CustomerNotice, t.CustomerNotice, !i.heard(true).IsZero()},
	} {
		if !k.over {
			i.refit(k.kind, at, k.old, k.new)
		}
	}
	every := i.every()
	if c := i.Clock(NextUpdate); c.Running() && !every.IsZero() && every.From(i.hours(), c.Start).Before(c.Due) {
		i.slow(at, every) // never later than the readers of the last one were told
	}
}

func (i *Incident) refit(k ClockKind, at time.Time, old, target Length) {
	c := i.Clock(k)
	switch {
	case c == nil || c.Dropped:
		if old.IsZero() { // it has not been promised before
			i.arm(k, at, target)
		}
		return
	case !c.Met.IsZero() || !c.Missed.IsZero():
		return
	case target.IsZero():
		i.void(k, at)
		return
	}
	start := c.Start
	if c.Term != old { // a raise kept the earlier time
		if start = i.Raised; !target.From(i.hours(), start).Before(c.Due) {
			return
		}
	} else if !c.Raised(i.HoursOf(c)) {
		start = i.rebased(c)
	}
	before := c.Due
	c.Start = start
	i.recount(c, target)
	if !c.Due.Equal(before) && !c.Paused.IsZero() {
		at = c.Paused
	}
	i.reshare(c, at)
}
