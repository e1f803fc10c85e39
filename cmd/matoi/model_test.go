package main

import (
	"fmt"
	"slices"
	"time"

	"matoi/incident"
)

// model is what must be true after everything that was answered, in a few words and without any of the program's own rules:
// docs/invariants.md says the same for people. It hears what was asked and whether it was accepted, and predicts the rest.
type model struct {
	now       time.Time
	incidents []*must
	alerts    map[string]*fired
	chains    map[incident.Number][][]byte // the hashes of all entries ever seen
	causes    []request                    // everything that was accepted, to be sent again
}

// must is what an incident that people opened must be.
type must struct {
	number   incident.Number
	title    string
	priority incident.Priority
	status   string    // open, held, resolved or closed
	since    time.Time // when it became that
	manager  string
	offer    string    // to whom the manager's role is offered
	until    time.Time // when that expires
	notes    []string  // each once in the record and once in the room
}

// fired is what must be counted of an alert.
type fired struct {
	count int64
	over  bool
}

// request is what is sent to the program: a command under its key, or an alert.
type request struct {
	who, text, key string
	of             *must // nil for an opening
	hook           string
	status         int // of the first answer
	number         string
}

func newModel(now time.Time) *model {
	return &model{now: now, alerts: map[string]*fired{}, chains: map[incident.Number][][]byte{}}
}

// opened notes an accepted opening.
func (m *model) opened(n incident.Number, title string, p incident.Priority) *must {
	i := &must{number: n, title: title, priority: p, status: "open", since: m.now}
	m.incidents = append(m.incidents, i)
	return i
}

// accepted predicts what an accepted command makes of an incident. elsewhere says that the answer spoke of another one: a
// late reopening goes on in a new incident.
func (m *model) accepted(i *must, who, verb, text string, elsewhere bool) {
	become := func(status string) {
		if i.status != status {
			i.status, i.since = status, m.now
		}
	}
	switch verb {
	case "log":
		i.notes = append(i.notes, text)
	case "role":
		i.manager, i.offer = who, ""
	case "handover":
		i.offer, i.until = text, m.now.Add(offerFor)
	case "accept":
		i.manager, i.offer = who, ""
	case "decline":
		i.offer = ""
	case "hold":
		become("held")
	case "resume":
		if i.status == "held" {
			become("open")
		}
	case "resolve":
		become("resolved")
	case "close":
		become("closed")
		i.offer = "" // what is over is nobody's to take
	case "reopen":
		if !elsewhere {
			become("open")
		}
	}
}

// The deadlines of the shipped policy that the model knows.
const (
	offerFor   = 10 * time.Minute
	confirmFor = 3 * 24 * time.Hour
)

// swept predicts what the clock does: each deadline once, none early.
func (m *model) swept() {
	for _, i := range m.incidents {
		if i.offer != "" && !m.now.Before(i.until) {
			i.offer = ""
		}
		if i.status == "resolved" && i.priority > incident.P2 && !m.now.Before(i.since.Add(confirmFor)) {
			i.status, i.since, i.offer = "closed", m.now, ""
		}
	}
}

// fire notes an accepted alert.
func (m *model) fire(key string, over bool) {
	a := m.alerts[key]
	if a == nil {
		a = &fired{}
		m.alerts[key] = a
	}
	if a.over = over; !over {
		a.count++
	}
}

// chain holds a record against what was seen of it: it may only have grown.
func (m *model) chain(n incident.Number, events []incident.Event) error {
	seen := m.chains[n]
	if len(events) < len(seen) {
		return fmt.Errorf("%s had %d entries and has %d", n, len(seen), len(events))
	}
	for k, e := range events {
		if k < len(seen) && !slices.Equal(seen[k], e.Hash) {
			return fmt.Errorf("entry %d of %s is another one than before", k+1, n)
		}
		if k >= len(seen) {
			m.chains[n] = append(m.chains[n], e.Hash)
		}
	}
	return deadlines(n, events)
}

// deadlines holds what the clock recorded: an instance of a deadline fires once, and never before it is due.
func deadlines(n incident.Number, events []incident.Event) error {
	fired, answered, ended := map[string]bool{}, map[int64]bool{}, false
	for _, e := range events {
		instance, due := "", e.At
		switch f := e.Fact.(type) {
		case *incident.TargetMissed:
			instance, due = fmt.Sprintf("%s missed %s", f.Clock, f.Due), f.Due
		case *incident.Reminded:
			instance = fmt.Sprintf("%s reminded %d %s", f.Clock, f.Step, f.Due)
		case *incident.HandoverAnswered:
			if answered[f.Offer] {
				return fmt.Errorf("%s: offer %d was answered twice", n, f.Offer)
			}
			answered[f.Offer] = true
		case *incident.Closed:
			if ended {
				return fmt.Errorf("%s: entry %d closes it a second time", n, e.Seq)
			}
			ended = true
		case *incident.Reopened:
			ended = false
		}
		if instance != "" && fired[instance] || e.At.Before(due) {
			return fmt.Errorf("%s: entry %d, %s, is early or comes a second time", n, e.Seq, instance)
		}
		fired[instance] = true
	}
	return nil
}

// agrees holds what an incident is against what it must be.
func (i *must) agrees(is *incident.Incident, manager incident.PersonID) error {
	status := map[bool]string{true: "open"}[is.Open()]
	switch {
	case is.Status == incident.StatusResolved:
		status = "resolved"
	case is.Status == incident.StatusClosed:
		status = "closed"
	case is.Hold != nil:
		status = "held"
	}
	var holds incident.PersonID
	if h := is.Holding(incident.Manager); len(h) > 0 {
		holds = h[0].Person
	}
	if status != i.status || is.Title != i.title || is.Priority != i.priority || holds != manager || (i.offer != "") != (len(is.Offers) > 0) {
		return fmt.Errorf("%s is %s %q %s, managed by %q, offers %v; it must be %+v managed by %q", i.number, status, is.Title, is.Priority, holds, is.Offers, *i, manager)
	}
	return nil
}
