package oncall

import (
	"time"

	"matoi/incident/calendar"
)

// at gives who has the turn at an instant, "" before the first hand-over and while the layer is closed.
func (l *Layer) at(t time.Time, zone *time.Location) string {
	if len(l.People) == 0 || l.Turn.minutes() <= 0 || t.Before(l.Start) || !l.Until.IsZero() && !t.Before(l.Until) {
		return ""
	}
	if l.Hours != nil && !l.Hours.Open(t) {
		return ""
	}
	if len(l.People) == 1 {
		return l.People[0]
	}
	return l.turns(zone).person(t)
}

// turns is a rotation with what its arithmetic needs.
type turns struct {
	layer  *Layer
	zone   *time.Location
	first  int64 // the first hand-over in minutes of the wall clock
	length int64 // of a turn there
}

func (l *Layer) turns(zone *time.Location) turns {
	return turns{l, zone, wall(l.Start, zone), l.Turn.minutes()}
}

// person gives whose turn it is at an instant that is not before the start.
func (t turns) person(at time.Time) string { return t.who(t.index(at)) }

func (t turns) who(k int64) string { return t.layer.People[k%int64(len(t.layer.People))] }

// index counts the turns that ended before an instant. The wall clock gives a guess which is off by as much as clocks
// were ever put forward or back, at most a day.
func (t turns) index(at time.Time) int64 {
	k := max(0, (wall(at, t.zone)-t.first)/t.length)
	for k > 0 && at.Before(t.begins(k)) {
		k--
	}
	for !at.Before(t.begins(k + 1)) {
		k++
	}
	return k
}

// begins is the hand-over at which a turn begins.
func (t turns) begins(k int64) time.Time {
	if k == 0 {
		return t.layer.Start
	}
	at := instant(t.first+k*t.length, t.zone)
	if at.Before(t.layer.Start) { // the first hand-over was the second of two equal times
		return t.layer.Start
	}
	return at
}

// wall is what a clock on the wall shows, in minutes since 1970 as if it went by UTC.
func wall(t time.Time, zone *time.Location) int64 {
	local := t.In(zone)
	return int64(calendar.DateOf(local))*24*60 + int64(local.Hour()*60+local.Minute())
}

// instant is the first instant at which a clock on the wall shows a time or a later one.
func instant(shows int64, zone *time.Location) time.Time {
	return calendar.Date(0).At(int(shows), zone).UTC()
}
