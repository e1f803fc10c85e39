package web

import (
	"cmp"
	"slices"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// The picture of the course is drawn on a field of these units; the page scales it, and scrolls it where it is narrow.
const (
	courseWidth = 680.0
	courseLeft  = 96.0 // the names of the lanes stand left of it
	courseRight = 666.0
	markWidth   = 15.0 // marks nearer than this are drawn as one
	courseRows  = 200  // of the table that says the same in words
)

// course is what happened over time, as bars and marks.
type course struct {
	Number   incident.Number
	From, To time.Time
	Over     bool // it ends at To; else To is now
	Height   float64
	Moments  []courseMoment
	Lanes    []courseLane
	Ticks    []courseTick
	Statuses []incident.Status // those that occur, for the legend
	Shapes   []string          // likewise; their names are course.shape_<shape>
	Rows     []courseRow
	Left     int // rows that are not in the table
}

// courseMoment is a vertical line through all lanes.
type courseMoment struct {
	X     float64
	Row   int // 0 or 1, so that names do not stand on each other; -1: no room for the name
	Name  string
	Title string
	Seq   int64
	End   bool // the name stands to the left of the line
}

// courseLane is a row of bars and marks.
type courseLane struct {
	Name  string
	Y, H  float64
	Bars  []courseBar
	Marks []courseMark
}

// courseBar is a stretch of time. Look is a status, down or firing.
type courseBar struct {
	X, W         float64
	Look, Title  string
	Label        string
	from, to     time.Time
	statusOfLook incident.Status
}

// courseMark is something that happened at one time. Several that stand too near are one, N says how many.
type courseMark struct {
	X     float64
	Shape string // update, customers, missed, handover, escalated, firing, cleared
	Title string
	Seq   int64
	N     int
	at    time.Time
}

// courseTick is a point of the time axis; Day stands below it where a day begins.
type courseTick struct {
	X    float64
	Text string
	Day  string
}

// courseRow is one line of the table.
type courseRow struct {
	At   time.Time
	What string
	Seq  int64
}

// courseOf draws an incident's course as of now, in a zone.
func courseOf(v bot.View, i *incident.Incident, r record) course {
	d := drawing{v: v, i: i, r: r, c: course{Number: i.Number, Over: !i.Open()}}
	d.read()
	d.span()
	d.moments()
	d.lanes()
	d.ticks()
	d.table()
	return d.c
}

// drawing is a course while it is made.
type drawing struct {
	v bot.View
	i *incident.Incident
	r record
	c course

	status, firing, down             []courseBar
	updates, missed, people, alerts  []courseMark
	resolved, closed, restored, born int64 // seqs
}

func (d *drawing) text(id string) string { return lang.Text(d.v.Lang, id, nil) }

func (d *drawing) when(t time.Time) string { return lang.DateTime(d.v.Lang, t, d.v.Now, d.v.Zone) }

// x is where a time stands.
func (d *drawing) x(t time.Time) float64 {
	whole := d.c.To.Sub(d.c.From)
	if whole <= 0 {
		return courseLeft
	}
	at := min(max(t.Sub(d.c.From), 0), whole)
	return round(courseLeft + (courseRight-courseLeft)*float64(at)/float64(whole))
}

func round(x float64) float64 { return float64(int(x*10+.5)) / 10 }

// read goes through the record once and collects bars and marks.
func (d *drawing) read() {
	st, held := incident.New, false
	turn := func(e incident.Event, to incident.Status) {
		if n := len(d.status); n > 0 && d.status[n-1].to.IsZero() {
			d.status[n-1].to = e.When()
		}
		d.status = append(d.status, courseBar{from: e.When(), statusOfLook: to})
	}
	move := func(e incident.Event, to incident.Status) {
		if st = to; !held || to == incident.StatusResolved || to == incident.StatusClosed {
			turn(e, to)
		}
	}
	for _, e := range d.r.events {
		switch f := e.Fact.(type) {
		case *incident.Opened:
			d.born = e.Seq
			turn(e, incident.New)
			if f.Alert != nil {
				d.fire(e, true, f.Alert.Start)
			}
		case *incident.StatusChanged:
			move(e, f.To)
		case *incident.Resolved:
			d.resolved, held = e.Seq, false
			move(e, incident.StatusResolved)
		case *incident.Closed:
			d.closed, held = e.Seq, false
			move(e, incident.StatusClosed)
		case *incident.Reopened:
			move(e, incident.Investigating)
		case *incident.Cancelled:
			d.closed, held = e.Seq, false
			move(e, incident.StatusCancelled)
		case *incident.MergedInto:
			d.closed, held = e.Seq, false
			move(e, incident.StatusMerged)
		case *incident.Undone:
			if f.Back.Status != "" && f.Back.Status != st {
				move(e, f.Back.Status)
			}
		case *incident.PutOnHold:
			held = true
			turn(e, incident.OnHold)
		case *incident.Resumed:
			held = false
			turn(e, st)
		case *incident.RestorationDeclared:
			d.restored = e.Seq
		default:
			d.mark(e)
		}
	}
}

// mark collects what is drawn as a sign.
func (d *drawing) mark(e incident.Event) {
	add := func(to *[]courseMark, shape string) {
		*to = append(*to, courseMark{Shape: shape, Seq: e.Seq, N: 1, at: e.When(), Title: clipLine(d.v.Say(e, d.i))})
	}
	switch f := e.Fact.(type) {
	case *incident.Published:
		if f.Audience == "customers" {
			add(&d.updates, "customers")
		} else {
			add(&d.updates, "update")
		}
	case *incident.TargetMissed:
		add(&d.missed, "missed")
	case *incident.TakenOver, *incident.ActingBegan:
		add(&d.people, "handover")
	case *incident.RoleTaken:
		if f.Role == incident.Manager {
			add(&d.people, "handover")
		}
	case *incident.Escalated:
		add(&d.people, "escalated")
	case *incident.AlertsMet:
		switch {
		case len(f.Attached)+len(f.Refired)+len(f.Hushed) > 0:
			add(&d.alerts, "firing")
		case len(f.Cleared) > 0:
			add(&d.alerts, "cleared")
		}
		d.fire(e, f.Firing > 0, time.Time{})
	}
}

// fire begins or ends the bar of firing alerts.
func (d *drawing) fire(e incident.Event, firing bool, since time.Time) {
	n := len(d.firing)
	open := n > 0 && d.firing[n-1].to.IsZero()
	switch {
	case firing && !open:
		from := e.When()
		if !since.IsZero() && since.Before(from) {
			from = since
		}
		d.firing = append(d.firing, courseBar{from: from, Look: "firing"})
	case !firing && open:
		d.firing[n-1].to = e.When()
	}
}

// span finds the first and the last instant that is shown.
func (d *drawing) span() {
	i := d.i
	from, to := i.Opened, d.v.Now
	for _, t := range []time.Time{i.Occurred.At, i.Detected} {
		if !t.IsZero() && t.Before(from) {
			from = t
		}
	}
	for _, s := range i.Downs {
		if s.From.Before(from) {
			from = s.From
		}
	}
	for _, b := range d.firing {
		if b.from.Before(from) && from.Sub(b.from) < 30*24*time.Hour {
			from = b.from
		}
	}
	if d.c.Over {
		to = i.Opened
		for _, t := range []time.Time{i.Resolved, i.Closed, i.Restored.At} {
			if t.After(to) {
				to = t
			}
		}
	}
	if to.Sub(from) < time.Minute {
		to = from.Add(time.Minute)
	}
	pad := to.Sub(from) / 60
	d.c.From, d.c.To = from.Add(-pad), to
	if d.c.Over {
		d.c.To = to.Add(pad)
	}
	d.downs(to)
}

// downs are the intervals in which it did not work.
func (d *drawing) downs(to time.Time) {
	for _, s := range d.i.Downs {
		d.down = append(d.down, courseBar{from: s.From, to: s.To, Look: "down"})
	}
	i := d.i
	if i.Status == incident.StatusCancelled || i.Status == incident.StatusMerged {
		return
	}
	from := i.Occurred.At
	for _, t := range []time.Time{i.Detected, i.Opened} {
		if from.IsZero() {
			from = t
		}
	}
	end := i.Restored.At
	if end.IsZero() {
		end = to
		if !i.Resolved.IsZero() {
			end = i.Resolved
		}
	}
	if end.After(from) {
		d.down = append(d.down, courseBar{from: from, to: end, Look: "down"})
	}
}

// moments are the instants by which people tell the story.
func (d *drawing) moments() {
	i := d.i
	add := func(id string, t time.Time, seq int64) {
		if t.IsZero() || t.Before(d.c.From) {
			return
		}
		name := d.text(id)
		d.c.Moments = append(d.c.Moments, courseMoment{X: d.x(t), Name: name, Title: name + " " + d.when(t), Seq: seq})
		d.c.Rows = append(d.c.Rows, courseRow{At: t, What: name, Seq: seq})
	}
	add("course.occurred", i.Occurred.At, 0)
	if i.Detected.Sub(i.Opened).Abs() >= time.Minute {
		add("course.detected", i.Detected, 0)
	}
	add("course.declared", i.Opened, d.born)
	add("course.restored", i.Restored.At, d.restored)
	add("course.resolved", i.Resolved, d.resolved)
	add("course.closed", i.Closed, d.closed)
	slices.SortStableFunc(d.c.Moments, func(a, b courseMoment) int { return cmp.Compare(a.X, b.X) })
	var ends [2]float64
	for k := range d.c.Moments {
		m := &d.c.Moments[k]
		w := textWidth(m.Name) + 10
		from := m.X
		if m.X+w > courseRight+10 {
			m.End, from = true, m.X-w
		}
		m.Row = -1
		for row := range ends {
			if from >= ends[row] {
				m.Row, ends[row] = row, from+w
				break
			}
		}
	}
}
