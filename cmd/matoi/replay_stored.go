package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// memory is what a store knows of its alerts, to be judged anew: what becomes of them today is set beside what became of them.
type memory struct {
	// Then are the incidents that the alerts went to, by occurrence.
	Then map[occurrence]incident.Number
	// Incidents are those, each once; Lost those of which no alert could be judged.
	Incidents, Lost map[incident.Number]bool
	// Bare counts those of which no labels are kept: a rule ignored them, or they went to an incident. Of them Unjudged are left out, since a label may decide.
	Bare, Unjudged int
	// Unknown counts the alerts of heartbeats that the configuration does not have, by name: they are left out.
	Unknown map[string]int
	// Undecoded counts the requests of which nothing can be made today either, and those of which only a part was worked off.
	Undecoded int
	// Announced is how often they were announced.
	Announced int64
}

// occurrence tells a fire of an alert.
type occurrence struct {
	source, key string
	start       time.Time
}

// remember makes requests of what is stored: an alert fires when it was first seen, and ends when it did; so do those of requests of
// which nothing could be made, but can today. A request of which a part was worked off has its alerts among the rows. Alerts whose end
// alone was seen say nothing, and those of which too little is kept for judge are counted only.
func remember(rows []alert.Row, undecoded []storage.Unread, c Config, judge alert.Config) ([]happening, *memory, error) {
	m := &memory{Then: map[occurrence]incident.Number{}, Incidents: map[incident.Number]bool{}, Lost: map[incident.Number]bool{}, Unknown: map[string]int{}}
	lives := judge.Lives()
	var out []happening
	for _, row := range rows {
		if row.Count == 0 {
			continue
		}
		a, err := row.Whole()
		if err != nil {
			return nil, nil, err
		}
		heartbeat, own := beating(row)
		if own && !slices.ContainsFunc(lives, func(h alert.Life) bool { return h.Name == heartbeat }) {
			m.Unknown[heartbeat]++
			continue
		}
		if row.Alert == "" && !own {
			m.Bare++
			if a.Labels = nameIn(a, row.Group); judge.Doubtful(a, row.FirstSeen) {
				m.Unjudged++
				m.Lost[row.Incident] = true
				continue
			}
		}
		m.Announced += row.Count
		m.Then[occurrence{row.Source, row.Key, row.Start}] = row.Incident
		if row.Incident > 0 {
			m.Incidents[row.Incident] = true
		}
		retold := retold
		if own {
			retold = sounded
		}
		fired, err := retold(a, row.Source, row.FirstSeen, alert.Firing)
		if err != nil {
			return nil, nil, err
		}
		if out = append(out, fired); row.Status == alert.Resolved {
			over := row.ResolvedAt
			if over.Before(row.FirstSeen) { // heard of after its end
				over = row.FirstSeen
			}
			ended, err := retold(a, row.Source, over, alert.Resolved)
			if err != nil {
				return nil, nil, err
			}
			out = append(out, ended)
		}
	}
	maps.DeleteFunc(m.Lost, func(n incident.Number, _ bool) bool { return n == 0 || m.Incidents[n] })
	sources := alert.Config{Sources: c.Sources}
	for _, raw := range undecoded {
		if alert.InPart(raw.Why) {
			m.Undecoded++
			continue
		}
		header := http.Header{}
		if err := json.Unmarshal(raw.Header, &header); err != nil {
			return nil, nil, fmt.Errorf("the headers of request %d: %w", raw.ID, err)
		}
		source, _ := sources.Source(raw.Source)
		delivery, err := source.Decode(header, raw.Body, raw.Received)
		if err != nil || source.Name == "" {
			m.Undecoded++
			continue
		}
		for _, a := range delivery.Alerts { // it can be read by now
			in, err := retold(a, raw.Source, raw.Received, a.Status)
			if err != nil {
				return nil, nil, err
			}
			out = append(out, in)
		}
	}
	slices.SortStableFunc(out, func(a, b happening) int { return a.at.Compare(b.at) })
	return out, m, nil
}

// nameIn is the name of an alert by which it was grouped, where no labels are kept any more.
func nameIn(a alert.Alert, group string) map[string]string {
	parts := strings.Split(group, "|")
	if alert.GroupKey(a) == group || len(parts) < 2 {
		return nil
	}
	if a.Labels = map[string]string{"alertname": parts[1]}; alert.GroupKey(a) == group {
		return a.Labels
	}
	return nil // grouped by a rule
}

// retold is a request that says of a stored alert what its sender said.
func retold(a alert.Alert, source string, at time.Time, status string) (happening, error) {
	body, err := json.Marshal(map[string]any{
		"title": a.Title, "status": status, "severity": a.Severity, "key": strings.TrimPrefix(a.DedupeKey, source+":"),
		"service": a.Service, "host": a.Host, "link": a.Link, "runbook": a.Runbook, "description": a.Description,
		"starts_at": a.StartsAt, "labels": a.Labels,
	})
	return happening{at: at, source: source, body: body}, err
}

// beating gives the heartbeat whose silence or failure a row is about; false where a monitoring system sent it.
func beating(row alert.Row) (name string, own bool) {
	if row.Source != alert.HeartbeatSource {
		return "", false
	}
	return strings.TrimPrefix(row.Key, row.Source+":"), true
}

// sounded is a request that says of a heartbeat what became of it: it fell silent or failed, or is heard again.
func sounded(a alert.Alert, source string, at time.Time, status string) (happening, error) {
	name := strings.TrimPrefix(a.DedupeKey, source+":")
	failed := slices.ContainsFunc(lang.All(), func(l lang.Lang) bool {
		return a.Title == lang.Text(l, "alert.heartbeat_failed", lang.Args{"Name": name})
	})
	in := happening{at: at, source: source}
	switch {
	case status == alert.Resolved:
		in.body = alert.NewCall(name, false, nil)
	case failed:
		in.at, in.body = a.StartsAt, alert.NewCall(name, true, nil)
	default:
		in.body = alert.NewSilence(name, a.StartsAt)
	}
	return in, nil
}

// retelling are the sources as retold writes for them: under their own names, which rules ask for.
func retelling(inputs []happening, c Config) (out []alert.Source, err error) {
	known := map[string]bool{alert.HeartbeatSource: true}
	sources := alert.Config{Sources: c.Sources}
	for _, s := range c.Sources {
		if s.Heartbeat != nil { // whose silence may be among them
			inputs = append(slices.Clone(inputs), happening{source: s.Name})
		}
	}
	for _, in := range inputs {
		if known[in.source] {
			continue
		}
		known[in.source] = true
		configured, _ := sources.Source(in.source)
		s := alert.Source{Name: in.source, Format: alert.Generic, Heartbeat: configured.Heartbeat, Mapping: &alert.Mapping{
			Title: "title", Status: "status", Severity: "severity", DedupeKey: "key", Service: "service", Host: "host", Link: "link",
			Runbook: "runbook", Description: "description", StartsAt: "starts_at", Labels: "labels",
		}}
		if err := s.Compile(); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
