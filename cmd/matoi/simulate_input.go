package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// happening is something that happens on the simulated day: an alert, or somebody opens an incident.
type happening struct {
	at       time.Time
	source   string
	header   http.Header // of a request; JSON where there is none
	body     []byte      // of an alert; nil where somebody opens
	title    string
	priority incident.Priority
	services []string
	category string
	by       string
	run      string // what a person does about the incident that was opened of-th
	of       int
}

// written is an entry of the file. It is at an instant or after a while; it has a recorded body, the labels of one alert, or
// what a person would say.
type written struct {
	At          string            `json:"at"`
	After       string            `json:"after"`
	Source      string            `json:"source"`
	Body        json.RawMessage   `json:"body"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Status      string            `json:"status"`
	Title       string            `json:"title"`
	Priority    string            `json:"priority"`
	Service     string            `json:"service"`
	Category    string            `json:"category"`
	By          string            `json:"by"`
	Run         string            `json:"run"`
	In          int               `json:"in"`
}

var errEntry = errors.New("an entry has a body, labels, a title with a priority (P1 … P5), or run with by")

// readInputs reads a list of entries, in the order of their times.
func readInputs(text []byte, begin time.Time, c Config) ([]happening, error) {
	if len(text) > simulateLength {
		return nil, fmt.Errorf("more than %d bytes", simulateLength)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	var out []happening
	for k, raw := range list {
		var one written
		strict := json.NewDecoder(strings.NewReader(string(raw)))
		strict.DisallowUnknownFields()
		err := strict.Decode(&one)
		var in happening
		if err == nil {
			in, err = one.happening(begin, c)
		}
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", k+1, err)
		}
		out = append(out, in)
	}
	slices.SortStableFunc(out, func(a, b happening) int { return a.at.Compare(b.at) })
	return out, nil
}

func (o written) happening(begin time.Time, c Config) (in happening, err error) {
	if in.at, err = readInstant(o.At, begin, c.zone()); err != nil {
		return in, err
	}
	if o.After != "" {
		after, err := time.ParseDuration(o.After)
		if err != nil || after < 0 || o.At != "" {
			return in, fmt.Errorf("after %q: a duration such as 1h30m, without at", o.After)
		}
		in.at = begin.Add(after)
	}
	if in.at.Before(begin) {
		return in, fmt.Errorf("%s is before the beginning", in.at.In(c.zone()).Format(time.RFC3339))
	}
	if in.source = o.Source; in.source == "" {
		in.source = "alertmanager"
	}
	switch {
	case o.Run != "" && o.By != "" && len(o.Body) == 0 && o.Labels == nil && o.Title == "":
		in.run, in.by, in.of = o.Run, o.By, max(o.In, 1)
		return in, nil
	case len(o.Body) > 0 && o.Title == "" && o.Labels == nil:
		in.body = o.Body
	case o.Labels != nil && len(o.Body) == 0 && o.Title == "":
		in.body, err = o.alertmanager(in.at)
	case o.Title != "" && len(o.Body) == 0 && o.Labels == nil:
		var ok bool
		if in.priority, ok = incident.ParsePriority(o.Priority); !ok {
			return in, errEntry
		}
		in.title, in.category, in.by = o.Title, o.Category, o.By
		if o.Service != "" {
			in.services = []string{o.Service}
		}
		return in, nil
	default:
		return in, errEntry
	}
	sources := alert.Config{Sources: c.Sources}
	if _, known := sources.Source(in.source); !known && err == nil {
		err = fmt.Errorf("no source is called %q", in.source)
	}
	return in, err
}

// alertmanager is a request with one alert, as Alertmanager makes it.
func (o written) alertmanager(at time.Time) ([]byte, error) {
	status := o.Status
	if status == "" {
		status = "firing"
	}
	sum := fnv.New64a()
	for _, k := range slices.Sorted(maps.Keys(o.Labels)) {
		fmt.Fprintf(sum, "%q%q", k, o.Labels[k])
	}
	one := map[string]any{
		"status": status, "labels": o.Labels, "annotations": o.Annotations, "startsAt": at.UTC(), "fingerprint": fmt.Sprintf("%016x", sum.Sum64()),
	}
	if status == "resolved" {
		one["endsAt"] = at.UTC()
	}
	return json.Marshal(map[string]any{"version": "4", "status": status, "receiver": "matoi", "groupKey": "simulated", "alerts": []any{one}})
}

// readInstant reads a time: with its zone, else in the organisation's; a time of day is one of the day on which it begins.
func readInstant(text string, begin time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		return begin.UTC().Truncate(time.Microsecond), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t.UTC(), nil
		}
	}
	clock, err := time.Parse("15:04", text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time such as 2026-11-23T08:00", text)
	}
	y, m, d := begin.In(zone).Date()
	return time.Date(y, m, d, clock.Hour(), clock.Minute(), 0, 0, zone).UTC(), nil
}

// answering says how long somebody takes to answer when they are called, and what.
type answering struct {
	who   string // a name, its beginning, an e-mail address, or * for everybody
	after time.Duration
	cant  bool
}

// readAnswers reads NAME=10m, and NAME=10m/cant of somebody who can't. The error is what could not be read.
func readAnswers(list []string) (out []answering, err error) {
	for _, text := range list {
		who, after, ok := strings.Cut(text, "=")
		after, cant := strings.CutSuffix(after, "/cant")
		d, err := time.ParseDuration(after)
		if !ok || who == "" || err != nil || d < 0 {
			return nil, errors.New(text)
		}
		out = append(out, answering{who, d, cant})
	}
	return out, nil
}

// of finds how a person answers: who is named wins over everybody.
func answerOf(list []answering, p incident.Person) (answering, bool) {
	for _, a := range list {
		handle, _, _ := strings.Cut(p.Email, "@")
		if a.who == p.Name || a.who == p.Email && p.Email != "" || a.who == handle && handle != "" || a.who != "*" && strings.HasPrefix(p.Name, a.who) {
			return a, true
		}
	}
	k := slices.IndexFunc(list, func(a answering) bool { return a.who == "*" })
	if k < 0 {
		return answering{}, false
	}
	return list[k], true
}
