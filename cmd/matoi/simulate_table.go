package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// dued is a deadline of an incident.
type dued struct {
	Number incident.Number
	At     time.Time
}

func (d *day) deadline(n incident.Number, at time.Time) {
	if one := (dued{n, at}); at.Before(d.End) && !slices.Contains(d.Due, one) {
		d.Due = append(d.Due, one)
	}
}

// write tells the day as a table, with its sums.
func (d *day) write(w io.Writer) error {
	t := func(id string) string { return lang.Text(d.Lang, id, nil) }
	text := lang.Text(d.Lang, "simulate.title", lang.Args{
		"From": lang.DateTime(d.Lang, d.Begin, time.Time{}, d.Zone), "To": lang.DateTime(d.Lang, d.End, time.Time{}, d.Zone), "Zone": d.Zone.String(),
	}) + "\n\n"
	for _, i := range d.Incidents {
		text += i.Number.String() + " " + i.Priority.String() + " " + oneLine(i.Title) + "\n"
	}
	rows := [][]string{{t("simulate.col_time"), t("simulate.col_local"), t("simulate.col_incident"), t("simulate.col_kind"), t("simulate.col_to"), t("simulate.col_way"), t("simulate.col_why")}}
	for _, r := range d.Rows {
		rows = append(rows, []string{
			d.clock(r.At, d.Zone), d.local(r), r.Number.String(), d.kind(r.Kind), d.to(r), d.way(r), r.Text,
		})
	}
	text += "\n" + columns(rows) + "\n" + d.sums() + "\n" + t("simulate.note") + "\n"
	_, err := io.WriteString(w, text)
	return err
}

// clock is the time, with the day where it lasts longer than one.
func (d *day) clock(at time.Time, zone *time.Location) string {
	layout := "15:04:05"
	if at.Truncate(time.Minute).Equal(at) {
		layout = "15:04"
	}
	if d.Begin.In(d.Zone).YearDay() != at.In(zone).YearDay() {
		layout = "01-02 " + layout
	}
	return at.In(zone).Format(layout)
}

// local is the time where the person is, where that is another one, and whether they sleep.
func (d *day) local(r pinged) string {
	if r.Person == "" {
		return ""
	}
	out := ""
	if zone := d.zoneOf(r.Person); r.At.In(zone).Format(time.DateTime) != r.At.In(d.Zone).Format(time.DateTime) {
		out = d.clock(r.At, zone)
	}
	if r.ping() && d.night(r.Person, r.At) {
		out = strings.TrimSpace(out + " " + lang.Text(d.Lang, "simulate.night", nil))
	}
	return out
}

func (d *day) to(r pinged) string {
	if r.Person == "" {
		return lang.Text(d.Lang, "simulate.room", nil)
	}
	return d.Names(r.Person)
}

func (d *day) kind(kind string) string {
	switch kind {
	case pingCall:
		return lang.Text(d.Lang, "simulate.call", nil)
	case pingMissed:
		return lang.Text(d.Lang, "simulate.missed", nil)
	case pingReminder:
		return lang.Text(d.Lang, "simulate.reminder", nil)
	case pingAnswer:
		return lang.Text(d.Lang, "simulate.answer", nil)
	}
	return lang.Text(d.Lang, "simulate.news", nil)
}

func (d *day) way(r pinged) string {
	switch {
	case r.Kind == pingAnswer:
		return ""
	case r.Way == bot.ChatRealm:
		return lang.Text(d.Lang, "simulate.chat", nil)
	case r.Way == bot.MailRealm:
		return lang.Text(d.Lang, "simulate.mail", nil)
	}
	return strings.TrimPrefix(r.Way, bot.GatewayRealm)
}

// burden is what a person has to bear.
type burden struct {
	person       incident.PersonID
	pings, night int
	hours        [24]int // of their own day
}

// burdens counts pings by person, the most burdened first.
func (d *day) burdens() []burden {
	var out []burden
	for _, r := range d.Rows {
		if !r.ping() {
			continue
		}
		k := slices.IndexFunc(out, func(b burden) bool { return b.person == r.Person })
		if k < 0 {
			out, k = append(out, burden{person: r.Person}), len(out)
		}
		out[k].pings++
		out[k].hours[r.At.In(d.zoneOf(r.Person)).Hour()]++
		if d.night(r.Person, r.At) {
			out[k].night++
		}
	}
	slices.SortStableFunc(out, func(a, b burden) int {
		return cmp.Or(b.pings-a.pings, strings.Compare(d.Names(a.person), d.Names(b.person)))
	})
	return out
}

// sums tells pings by person and hour of their day.
func (d *day) sums() string {
	t := func(id string) string { return lang.Text(d.Lang, id, nil) }
	all := d.burdens()
	if len(all) == 0 {
		return t("simulate.nobody") + "\n"
	}
	head := []string{t("simulate.col_person"), t("simulate.col_zone"), t("simulate.col_pings"), t("simulate.col_night")}
	for h := range 24 {
		head = append(head, fmt.Sprintf("%02d", h))
	}
	rows := [][]string{head}
	for _, b := range all {
		row := []string{d.Names(b.person), d.zoneOf(b.person).String(), strconv.Itoa(b.pings), strconv.Itoa(b.night)}
		for h, n := range b.hours {
			switch {
			case n > 0:
				row = append(row, strconv.Itoa(n))
			case h >= 22 || h < 7:
				row = append(row, "-")
			default:
				row = append(row, ".")
			}
		}
		rows = append(rows, row)
	}
	return columns(rows)
}

// columns aligns cells by the room that they take: what is Japanese takes twice as much.
func columns(rows [][]string) string {
	var wide []int
	for _, row := range rows {
		for k, cell := range row {
			if k == len(wide) {
				wide = append(wide, 0)
			}
			wide[k] = max(wide[k], cellWidth(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for k, cell := range row {
			line += cell + strings.Repeat(" ", wide[k]-cellWidth(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func cellWidth(text string) (n int) {
	for _, r := range text {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
