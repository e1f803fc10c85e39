package alert

import (
	"net/http"
	"strings"
)

// pagerDutyEvent is a webhook of PagerDuty, version 3, which has one event
// (https://developer.pagerduty.com/docs/webhooks-overview). What data is depends on the event: an incident, or something that
// names its incident.
type pagerDutyEvent struct {
	Event struct {
		ID    word         `json:"id"`
		Type  word         `json:"event_type"`
		At    word         `json:"occurred_at"`
		Agent pagerDutyRef `json:"agent"`
		Data  struct {
			ID        word         `json:"id"`
			Type      word         `json:"type"`
			URL       word         `json:"html_url"`
			Status    word         `json:"status"`
			CreatedAt word         `json:"created_at"`
			Title     word         `json:"title"`
			Service   pagerDutyRef `json:"service"`
			Policy    pagerDutyRef `json:"escalation_policy"`
			Priority  pagerDutyRef `json:"priority"`
			Urgency   word         `json:"urgency"`
			Key       word         `json:"incident_key"`
			Teams     []struct {
				Summary word `json:"summary"`
			} `json:"teams"`
			Incident pagerDutyRef `json:"incident"`
			Content  word         `json:"content"` // of a note
			Message  word         `json:"message"` // of an update, of a call for help, of a ping
			User     pagerDutyRef `json:"user"`
			State    word         `json:"state"`
		} `json:"data"`
	} `json:"event"`
}

// pagerDutyRef names another thing.
type pagerDutyRef struct {
	ID      word `json:"id"`
	Summary word `json:"summary"`
	Name    word `json:"name"`
	URL     word `json:"html_url"`
}

// pagerDuty decodes a webhook of PagerDuty. That an incident is reopened is dated by the event, for the incident keeps its
// created_at: that is why an end is undated. Kinds of events that come to be later are idle, unless they say how an incident stands.
func pagerDuty(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b pagerDutyEvent
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	e := &b.Event
	kind := fold(string(e.Type))
	if kind == "pagey.ping" {
		return Delivery{}, tested("PagerDuty")
	}
	if kind == "" && e.Data.ID == "" {
		return Delivery{}, undecoded("alert.error_no_title")
	}
	a := Alert{
		Status: Firing, Event: EventNote,
		Severity:  b.severity(),
		Title:     string(e.Data.Title),
		Service:   string(e.Data.Service.Summary),
		DedupeKey: string(e.Data.ID),
		StartsAt:  moment(string(e.Data.CreatedAt)),
		Link:      string(e.Data.URL),
		Actor:     string(e.Agent.Summary),
		Labels:    b.labels(),
	}
	switch step, of := strings.CutPrefix(kind, "incident."); {
	case !of && e.Data.Type != "incident":
		return Delivery{}, idle(string(e.Type))
	case step == "triggered":
		a.Event = EventTrigger
	case step == "acknowledged":
		a.Event = EventAcknowledge
	case step == "resolved":
		a.Status, a.Event, a.Undated, a.EndsAt = Resolved, EventResolve, true, moment(string(e.At))
	case step == "reopened":
		a.Event, a.Undated, a.StartsAt = EventTrigger, true, moment(string(e.At))
	case e.Data.Incident.ID != "": // something about an incident
		if !b.remark(&a) {
			return Delivery{}, idle(string(e.Type))
		}
	case e.Data.ID == "" || e.Data.Status == "":
		return Delivery{}, idle(string(e.Type))
	case fold(string(e.Data.Status)) != "resolved": // escalated, its priority updated, handed on: it burns
		a.Event = EventUpdate
	}
	return Delivery{Alerts: []Alert{a}, DeliveryID: first(header.Get("X-Webhook-Id"), string(e.ID))}, nil
}

// remark reads an event whose data only names its incident; it reports false where it says nothing to anybody.
func (b *pagerDutyEvent) remark(a *Alert) bool {
	data := &b.Event.Data
	a.DedupeKey, a.Title, a.Link = string(data.Incident.ID), string(data.Incident.Summary), string(data.Incident.URL)
	a.Comment = first(string(data.Content), string(data.Message))
	if data.User.Summary != "" { // who was asked for help, or answered
		a.Comment = strings.Trim(string(data.User.Summary)+" ("+string(data.State)+"): "+a.Comment, ": ")
	}
	return a.Comment != ""
}

// severity is the priority where there is one in words that are known, else the urgency, of which there are two.
func (b *pagerDutyEvent) severity() string {
	data := &b.Event.Data
	if s := severity(first(string(data.Priority.Summary), string(data.Priority.Name))); s != Unknown {
		return s
	}
	switch fold(string(data.Urgency)) {
	case "high":
		return Error
	case "low":
		return Warning
	}
	return Unknown
}

func (b *pagerDutyEvent) labels() map[string]string {
	data, labels := &b.Event.Data, map[string]string{}
	var teams []word
	for _, team := range data.Teams {
		teams = append(teams, team.Summary)
	}
	for name, value := range map[string]string{
		"priority": string(data.Priority.Summary), "urgency": string(data.Urgency), "escalation_policy": string(data.Policy.Summary),
		"incident_key": string(data.Key), "teams": joined(teams),
	} {
		if value != "" {
			labels[name] = value
		}
	}
	return labels
}
