package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// The measures of the picture, in its own units.
const (
	drawLeft, drawRight = 260, 1180
	drawTop             = 92
	drawLane            = 46 // at least
	drawMark            = 11
	drawMost            = 12 // marks above each other; what is more is drawn over the last
)

// drawStyle follows the reader's light or dark. Shapes differ as well as colours.
const drawStyle = `<style>
:root{--paper:#fbfaf6;--ink:#23262d;--soft:#6b6f78;--line:#d9d6cc;--night:#dfe2ee;--shut:#ece8dc;--call:#c7361f;--warn:#b7791f;--calm:#4a6fa5;--done:#3d7d4f}
@media (prefers-color-scheme:dark){:root{--paper:#17191e;--ink:#e9e7e0;--soft:#a3a7b1;--line:#383c45;--night:#252b40;--shut:#2a2822;--call:#ff7a5e;--warn:#e3b04b;--calm:#8fb3e8;--done:#7fc795}}
text{font-family:"Noto Sans JP","Hiragino Sans","Yu Gothic",system-ui,sans-serif;font-size:12px;fill:var(--ink)}
.soft{fill:var(--soft);font-size:11px}.title{font-size:16px;font-weight:600}.line{stroke:var(--line)}.night{fill:var(--night)}.shut{fill:var(--shut)}
.call{fill:var(--call)}.missed{fill:none;stroke:var(--call);stroke-width:2.2}.reminder{fill:var(--warn)}.news{fill:var(--calm)}
.answer{fill:none;stroke:var(--done);stroke-width:2.2}.due{stroke:var(--call);stroke-dasharray:3 3}
</style>`

// drawing places a day on paper.
type drawing struct {
	*day
	b strings.Builder
}

func (d *day) svg() string {
	g := &drawing{day: d}
	lanes := g.lanes()
	bands := g.bands()
	foot := drawTop + len(bands)*22
	for _, lane := range lanes {
		foot += g.tall(lane)
	}
	height := foot + drawLane + 20
	fmt.Fprintf(&g.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 %d" width="1200" height="%d" role="img" lang="%s">`, height, height, d.Lang)
	g.b.WriteString(drawStyle)
	title := lang.Text(d.Lang, "simulate.title", lang.Args{
		"From": lang.DateTime(d.Lang, d.Begin, time.Time{}, d.Zone), "To": lang.DateTime(d.Lang, d.End, time.Time{}, d.Zone), "Zone": d.Zone.String(),
	})
	fmt.Fprintf(&g.b, `<title>%s</title><rect width="1200" height="%d" fill="var(--paper)"/>`, html.EscapeString(title), height)
	g.text(20, 30, "title", title)
	g.legend()
	y := drawTop
	for _, band := range bands {
		g.text(20, y+15, "soft", band.name)
		g.shade(y+2, 18, "shut", func(at time.Time) bool { return !band.hours.Open(at) })
		y += 22
	}
	for _, lane := range lanes { // below the lines of the hours
		if lane != "" {
			g.shade(y+1, g.tall(lane)-1, "night", func(at time.Time) bool { return g.night(lane, at) })
		}
		y += g.tall(lane)
	}
	g.hours(drawTop, foot+drawLane)
	g.deadlines(foot, drawTop, foot+drawLane)
	y = drawTop + len(bands)*22
	for _, lane := range lanes {
		g.lane(y, lane)
		y += g.tall(lane)
	}
	g.b.WriteString("</svg>\n")
	return g.b.String()
}

// x is where an instant stands.
func (g *drawing) x(at time.Time) float64 {
	return drawLeft + (drawRight-drawLeft)*float64(at.Sub(g.Begin))/float64(g.End.Sub(g.Begin))
}

func (g *drawing) text(x, y int, class, text string) {
	fmt.Fprintf(&g.b, `<text x="%d" y="%d" class="%s">%s</text>`, x, y, class, html.EscapeString(text))
}

// lanes are the room and everybody who is told anything or answers, the most burdened first.
func (g *drawing) lanes() []incident.PersonID {
	out := []incident.PersonID{""}
	for _, b := range g.burdens() {
		out = append(out, b.person)
	}
	for _, r := range g.Rows {
		if !slices.Contains(out, r.Person) {
			out = append(out, r.Person)
		}
	}
	return out
}

// band is the hours in which some deadlines are counted.
type band struct {
	name  string
	hours *calendar.Hours
}

func (g *drawing) bands() (out []band) {
	for _, p := range []incident.Priority{incident.P1, incident.P2, incident.P3, incident.P4, incident.P5} {
		h := g.Policy.Targets[p].Hours
		if h == nil || slices.ContainsFunc(out, func(b band) bool { return b.hours.Name == h.Name }) {
			continue
		}
		out = append(out, band{lang.Text(g.Lang, "simulate.shut", lang.Args{"Name": h.Name, "Zone": h.Location().String()}), h})
	}
	return out
}

// shade fills the stretches in which something holds, looked at every few minutes.
func (g *drawing) shade(y, height int, class string, holds func(time.Time) bool) {
	step := max(5*time.Minute, g.End.Sub(g.Begin)/1000).Truncate(time.Minute)
	var since time.Time
	for at := g.Begin; ; at = at.Add(step) {
		over := !at.Before(g.End)
		switch {
		case !over && holds(at) && since.IsZero():
			since = at
		case !since.IsZero() && (over || !holds(at)):
			if over {
				at = g.End
			}
			fmt.Fprintf(&g.b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" class="%s"/>`, g.x(since), y, g.x(at)-g.x(since), height, class)
			since = time.Time{}
		}
		if over {
			return
		}
	}
}

// hours draws the axis, in the organisation's zone.
func (g *drawing) hours(top, bottom int) {
	each := 1
	for g.End.Sub(g.Begin)/time.Duration(each)/time.Hour > 24 {
		each *= 2
	}
	for at := g.Begin.Truncate(time.Hour); !at.After(g.End); at = at.Add(time.Hour) {
		local := at.In(g.Zone)
		if at.Before(g.Begin) || local.Hour()%each != 0 {
			continue
		}
		fmt.Fprintf(&g.b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" class="line"/>`, g.x(at), g.x(at), top, bottom)
		label := local.Format("15")
		if local.Hour() == 0 {
			label = local.Format("1/2")
		}
		fmt.Fprintf(&g.b, `<text x="%.1f" y="%d" class="soft" text-anchor="middle">%s</text>`, g.x(at), top-6, label)
	}
}

// lane draws one person, or the room: their night, and a mark for each message.
func (g *drawing) lane(y int, who incident.PersonID) {
	fmt.Fprintf(&g.b, `<line x1="20" x2="%d" y1="%d" y2="%d" class="line"/>`, drawRight, y, y)
	if who == "" {
		g.text(20, y+19, "", lang.Text(g.Lang, "simulate.room", nil))
	} else {
		pings, night := 0, 0
		for _, b := range g.burdens() {
			if b.person == who {
				pings, night = b.pings, b.night
			}
		}
		g.text(20, y+19, "", g.Names(who))
		g.text(20, y+36, "soft", lang.Text(g.Lang, "simulate.lane", lang.Args{"Pings": pings, "Night": night, "Zone": g.zoneOf(who).String()}))
	}
	for _, m := range g.marks(who) {
		g.mark(m.x, float64(y+12+drawMark*m.row), m.pinged)
	}
}

// marked is a message with its place in its lane.
type marked struct {
	pinged
	x   float64
	row int
}

// marks puts what would stand in each other's way above each other.
func (g *drawing) marks(who incident.PersonID) (out []marked) {
	var last [drawMost]float64
	for _, r := range g.Rows {
		if r.Person != who {
			continue
		}
		x, row := g.x(r.At), 0
		for row < drawMost-1 && last[row] > 0 && x-last[row] < drawMark {
			row++
		}
		last[row] = x
		out = append(out, marked{r, x, row})
	}
	return out
}

// tall is how high a lane has to be.
func (g *drawing) tall(who incident.PersonID) int {
	rows := 0
	for _, m := range g.marks(who) {
		rows = max(rows, m.row)
	}
	return max(drawLane, 24+drawMark*rows)
}

// mark draws a message. Pointing at it tells the rest.
func (g *drawing) mark(x, y float64, r pinged) {
	title := oneLine(g.clock(r.At, g.Zone) + " " + g.local(r) + " " + r.Number.String() + " " + g.kind(r.Kind) + " " + g.way(r) + " " + r.Text)
	fmt.Fprintf(&g.b, `<g transform="translate(%.1f %.1f)"><title>%s</title>%s</g>`, x, y, html.EscapeString(title), shapeOf(r.Kind))
}

func shapeOf(kind string) string {
	switch kind {
	case pingCall:
		return `<path class="call" d="M0 -5.5L5.5 5H-5.5Z"/>`
	case pingMissed:
		return `<path class="missed" d="M-4 -4L4 4M-4 4L4 -4"/>`
	case pingReminder:
		return `<rect class="reminder" x="-4.5" y="-4.5" width="9" height="9"/>`
	case pingAnswer:
		return `<path class="answer" d="M-4.5 0L-1 4L5 -4"/>`
	}
	return `<circle class="news" r="3"/>`
}

func (g *drawing) legend() {
	x := 20
	for _, kind := range []string{pingCall, pingMissed, pingReminder, pingAnswer, pingNews} {
		fmt.Fprintf(&g.b, `<g transform="translate(%d 54)">%s</g>`, x+6, shapeOf(kind))
		g.text(x+18, 58, "soft", g.kind(kind))
		x += 40 + 7*cellWidth(g.kind(kind))
	}
	fmt.Fprintf(&g.b, `<rect x="%d" y="48" width="16" height="12" class="night line"/>`, x)
	g.text(x+22, 58, "soft", lang.Text(g.Lang, "simulate.legend_night", nil))
	x += 44 + 7*cellWidth(lang.Text(g.Lang, "simulate.legend_night", nil))
	fmt.Fprintf(&g.b, `<line x1="%d" x2="%d" y1="48" y2="60" class="due"/>`, x, x)
	g.text(x+8, 58, "soft", lang.Text(g.Lang, "simulate.deadlines", nil))
}

// deadlines are ticks over all lanes, named at their foot where there is room.
func (g *drawing) deadlines(y, top, bottom int) {
	fmt.Fprintf(&g.b, `<line x1="20" x2="%d" y1="%d" y2="%d" class="line"/>`, drawRight, y, y)
	g.text(20, y+19, "", lang.Text(g.Lang, "simulate.deadlines", nil))
	slices.SortFunc(g.Due, func(a, b dued) int { return a.At.Compare(b.At) })
	last := [3]float64{}
	for _, due := range g.Due {
		if due.At.Before(g.Begin) || due.At.After(g.End) {
			continue
		}
		x := g.x(due.At)
		fmt.Fprintf(&g.b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" class="due"/>`, x, x, top, bottom)
		for row := range last {
			if x-last[row] > 64 {
				last[row] = x
				_, number, _ := strings.Cut(strings.TrimPrefix(due.Number.String(), "INC-"), "-")
				anchor, at := "start", x+3
				if x > drawRight-60 {
					anchor, at = "end", x-3
				}
				fmt.Fprintf(&g.b, `<text x="%.1f" y="%d" class="soft" text-anchor="%s">%s %s</text>`, at, y+14+13*row, anchor, number, due.At.In(g.Zone).Format("15:04"))
				break
			}
		}
	}
}
