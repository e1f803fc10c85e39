package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/lang"
)

// tell writes the result for people, or for programs.
func (d *replayed) tell(w io.Writer, l lang.Lang, machine bool) error {
	if machine {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(d)
	}
	args := lang.Args{
		"From": lang.DateTime(l, d.From, time.Time{}, d.zone), "To": lang.DateTime(l, d.To, time.Time{}, d.zone), "Zone": d.zone.String(),
		"Requests": d.Requests, "Alerts": d.Alerts,
	}
	text := lang.Text(l, "replay.title", args) + "\n" + d.Used.say(l) + "\n\n"
	if len(d.Incidents) > 0 {
		text += columns(d.table(l)) + "\n"
	}
	if len(d.Reasons) > 0 {
		text += columns(d.causes(l)) + "\n"
	}
	text += d.sum(l)
	_, err := io.WriteString(w, text)
	return err
}

// say tells what judged.
func (u used) say(l lang.Lang) string {
	id := "replay.used_file"
	if u.Stored {
		id = "replay.used_stored"
	}
	return lang.Text(l, id, lang.Args{"Rules": u.Rules, "Windows": u.Windows, "Made": u.Made, "Silences": u.Silences})
}

// table lists the incidents.
func (d *replayed) table(l lang.Lang) [][]string {
	t := func(id string) string { return lang.Text(l, id, nil) }
	head := []string{
		t("replay.col_opened"), t("replay.col_incident"), t("replay.col_priority"), t("replay.col_title"), t("replay.col_service"),
		t("replay.col_alerts"), t("replay.col_told"), t("replay.col_end"),
	}
	if d.Then != nil {
		head = append(head, t("replay.col_then"))
	}
	rows := [][]string{head}
	for _, o := range d.Incidents {
		row := []string{
			o.Opened.In(d.zone).Format("01-02 15:04:05"), o.Number, o.Priority, shortened(oneLine(o.Title), 60), strings.Join(o.Services, ", "),
			strconv.FormatInt(o.Alerts, 10), strconv.Itoa(o.Messages + o.Calls), d.end(o, l),
		}
		if d.Then != nil {
			row = append(row, former(o.Then, l))
		}
		rows = append(rows, row)
	}
	return rows
}

// shortened keeps so many runes of a text.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// end says how an incident ended, or that it didn't.
func (d *replayed) end(o wouldOpen, l lang.Lang) string {
	switch {
	case o.Into != "":
		return lang.Text(l, "replay.merged", lang.Args{"Into": o.Into})
	case o.Resolved != nil:
		return lang.Text(l, "replay.resolved", lang.Args{"At": o.Resolved.In(d.zone).Format("15:04"), "After": lang.Span(l, o.Resolved.Sub(o.Opened))})
	case o.Firing > 0:
		return lang.Text(l, "replay.fires", lang.Args{"N": o.Firing})
	case o.Quiet.IsZero():
		return lang.Text(l, "replay.open", nil)
	}
	return lang.Text(l, "replay.quiet", lang.Args{"At": o.Quiet.In(d.zone).Format("15:04"), "After": lang.Span(l, o.Quiet.Sub(o.Opened))})
}

// former names where the alerts of an incident really went.
func former(list []string, l lang.Lang) string {
	const most = 3
	var out []string
	for k, n := range list {
		if k == most {
			out = append(out, fmt.Sprintf("… (%d)", len(list)))
			break
		}
		if n == "" {
			n = lang.Text(l, "replay.no_incident", nil)
		}
		out = append(out, n)
	}
	return strings.Join(out, ", ")
}

// withCounts lists names with their numbers, in order.
func withCounts(names map[string]int) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, fmt.Sprintf("%s (%d)", name, names[name]))
	}
	return strings.Join(out, ", ")
}

// causes lists what became of alerts, by rule or reason.
func (d *replayed) causes(l lang.Lang) [][]string {
	t := func(id string) string { return lang.Text(l, id, nil) }
	rows := [][]string{{t("replay.col_alerts"), t("replay.col_announced"), t("replay.col_do"), t("replay.col_why")}}
	for _, j := range d.Reasons {
		why := j.Reason
		if !strings.Contains(why, j.Rule) {
			why = j.Rule + ": " + why
		}
		rows = append(rows, []string{strconv.Itoa(j.Alerts), strconv.FormatInt(j.Announced, 10), j.Do, why})
	}
	return rows
}

// sum says how much noise it was.
func (d *replayed) sum(l lang.Lang) string {
	text := lang.Text(l, "replay.noise", lang.Args{
		"Alerts": d.Alerts, "Announced": d.Announced, "Incidents": d.Noise.Incidents, "Each": fmt.Sprintf("%.1f", d.Noise.AlertsPerIncident),
		"Loose": d.Noise.Loose, "Messages": d.Noise.Messages, "Calls": d.Noise.Calls,
	}) + "\n"
	if d.Undecoded > 0 {
		text += lang.Text(l, "replay.undecoded", lang.Args{"N": d.Undecoded}) + "\n"
	}
	if d.Then != nil {
		text += lang.Text(l, "replay.compared", lang.Args{"Then": d.Then.Incidents, "Now": d.Noise.Incidents, "Loose": d.Then.Loose, "LooseNow": d.Noise.Loose}) + "\n"
		if len(d.Then.Unknown) > 0 {
			text += lang.Text(l, "replay.unknown_heartbeats", lang.Args{"Names": withCounts(d.Then.Unknown)}) + "\n"
		}
		if d.Then.Bare > 0 {
			text += lang.Text(l, "replay.bare", lang.Args{"N": d.Then.Bare, "Out": d.Then.Unjudged}) + "\n"
		}
		if d.Then.Lost > 0 {
			text += lang.Text(l, "replay.lost", lang.Args{"N": d.Then.Lost}) + "\n"
		}
	}
	return text + lang.Text(l, "replay.note", nil) + "\n"
}
