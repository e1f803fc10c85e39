package alert

import (
	"encoding/json"
	"fmt"
	"time"
)

// maxKept bounds the description that a row keeps, in runes: rules hardly match on it, and thousands of rows may wait.
const maxKept = 1000

// rest is what a row keeps of an alert besides its own columns, as Row.Alert holds it. Names are stored: they never change.
type rest struct {
	Event       string            `json:"event,omitempty"`
	Undated     bool              `json:"undated,omitempty"`
	Runbook     string            `json:"runbook,omitempty"`
	Actor       string            `json:"actor,omitempty"`
	Comment     string            `json:"comment,omitempty"`
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Check       string            `json:"check,omitempty"`
	Called      string            `json:"called,omitempty"`
	// Heard is when the messages came that a wait counts.
	Heard heardAt `json:"heard,omitempty"`
	// From is since when it waits, where the clock was set back since it was seen first.
	From time.Time `json:"from,omitzero"`
}

// remember gives the row with all that is needed to judge its alert again.
func (r Row) remember(a Alert, heard heardAt, from time.Time) Row {
	return r.keep(rest{a.Event, a.Undated, a.Runbook, a.Actor, a.Comment, shorten(a.Description, maxKept), a.Labels, a.Check, a.Called, heard, from})
}

func (r Row) keep(kept rest) Row {
	text, err := json.Marshal(kept)
	if err != nil { // can't happen: texts and times only
		text = []byte("{}")
	}
	r.Alert = string(text)
	return r
}

// maxSettled bounds what a row keeps of labels once it has an incident, in bytes of JSON.
const maxSettled = 4096

// settled is what a row keeps of an alert that has an incident: the labels, by which rules are tried on what is stored. Of more than
// maxSettled nothing is kept.
func settled(labels map[string]string) string {
	if len(labels) == 0 {
		return "{}"
	}
	if r := (Row{}).keep(rest{Labels: labels}); len(r.Alert) <= maxSettled {
		return r.Alert
	}
	return ""
}

// settle lets a row keep what it needs once it has an incident.
func (r *Row) settle() {
	if kept, err := r.rest(); err == nil && r.Alert != "" {
		r.Alert = settled(kept.Labels)
	}
}

// rest reads what is kept; nothing where nothing is, or it is none of ours.
func (r Row) rest() (kept rest, err error) {
	if r.Alert == "" {
		return kept, nil
	}
	if err = json.Unmarshal([]byte(r.Alert), &kept); err != nil {
		err = fmt.Errorf("read what is kept of the alert %s of %s: %w", r.Key, r.Source, err)
	}
	return kept, err
}

// Whole gives the alert of a row: all of it while it has no incident, else what the columns and its labels tell. Of a long description the
// beginning is left. An error says that what is stored is none of ours.
func (r Row) Whole() (Alert, error) {
	kept, err := r.rest()
	if err != nil {
		return Alert{}, err
	}
	a := Alert{
		Source: r.Source, Status: r.Status, Event: kept.Event, Severity: r.Severity, Title: r.Title, Service: r.Service, Host: r.Host,
		DedupeKey: r.Key, StartsAt: r.Start, Undated: kept.Undated, Link: r.Link, Runbook: kept.Runbook, Actor: kept.Actor, Comment: kept.Comment,
		Description: kept.Description, Labels: kept.Labels, Check: kept.Check, Called: kept.Called,
		SenderGroup: r.SenderGroup,
	}
	if a.Event == "" {
		a.Event = EventTrigger
	}
	if r.Status == Resolved {
		a.Event, a.EndsAt = EventResolve, r.ResolvedAt
	}
	return a, nil
}
