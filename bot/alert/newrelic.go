package alert

import (
	"encoding/json"
	"net/http"
	"strings"
)

// newRelicBody is what a workflow of New Relic sends by its default template, whose names operators keep for the most part
// (https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook and …/custom-variables-incident-workflows),
// or what its older notification channels sent, whose names have underscores
// (https://docs.newrelic.com/docs/alerts-applied-intelligence/new-relic-alerts/alert-notifications/customize-your-webhook-payload).
// A value may be one or a list.
type newRelicBody struct {
	ID          word            `json:"id"`
	IssueID     word            `json:"issueId"`
	IssueURL    word            `json:"issueUrl"`
	PageURL     word            `json:"issuePageUrl"`
	Title       json.RawMessage `json:"title"`
	Priority    word            `json:"priority"`
	Entities    json.RawMessage `json:"impactedEntities"`
	State       word            `json:"state"`
	Trigger     word            `json:"trigger"`
	CreatedAt   word            `json:"createdAt"` // milliseconds, as all times are
	UpdatedAt   word            `json:"updatedAt"`
	ClosedAt    word            `json:"closedAt"`
	Owner       word            `json:"owner"`
	Description json.RawMessage `json:"description"`
	RunbookURL  json.RawMessage `json:"runbookUrl"`
	Policies    json.RawMessage `json:"alertPolicyNames"`
	Conditions  json.RawMessage `json:"alertConditionNames"`
	Workflow    word            `json:"workflowName"`

	IncidentID   word `json:"incident_id"`
	IncidentURL  word `json:"incident_url"`
	CurrentState word `json:"current_state"`
	Condition    word `json:"condition_name"`
	Policy       word `json:"policy_name"`
	Severity     word `json:"severity"`
	Details      word `json:"details"`
	Runbook      word `json:"runbook_url"`
	Timestamp    word `json:"timestamp"`
	Targets      []struct {
		Name word `json:"name"`
	} `json:"targets"`
}

// newRelic decodes a state of an issue, or of an incident of old.
func newRelic(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b newRelicBody
	if err := unmarshal(unformed(body), &b); err != nil {
		return Delivery{}, err
	}
	if b.Policy == "New Relic Alert - Test Policy" || b.Condition == "New Relic Alert - Test Condition" {
		return Delivery{}, tested("New Relic")
	}
	a := Alert{
		Title:       first(severally(b.Title), severally(b.Conditions)),
		Severity:    string(b.Priority),
		Host:        firstOf(b.Entities),
		DedupeKey:   first(string(b.ID), string(b.IssueID)),
		StartsAt:    moment(string(b.CreatedAt)),
		Link:        first(string(b.IssueURL), string(b.PageURL)),
		Runbook:     firstOf(b.RunbookURL),
		Description: severally(b.Description),
		Labels:      map[string]string{},
	}
	state := string(b.State)
	if b.IncidentID != "" && a.DedupeKey == "" {
		a.DedupeKey, a.Title, state = "incident:"+string(b.IncidentID), first(a.Title, string(b.Details), string(b.Condition)), string(b.CurrentState)
		a.Severity, a.Link, a.Runbook = string(b.Severity), string(b.IncidentURL), string(b.Runbook)
		a.Description = string(b.Details)
		a.StartsAt, a.Undated = moment(string(b.Timestamp)), true // of this message
		if len(b.Targets) > 0 {
			a.Host = string(b.Targets[0].Name)
		}
	}
	if first(a.Title, a.DedupeKey) == "" {
		return Delivery{}, undecoded("alert.error_no_title")
	}
	for name, value := range map[string]string{
		"policy": first(severally(b.Policies), string(b.Policy)), "condition": first(severally(b.Conditions), string(b.Condition)),
		"workflow": string(b.Workflow), "entities": severally(b.Entities), "trigger": string(b.Trigger),
	} {
		if value != "" {
			a.Labels[name] = value
		}
	}
	a.Event, a.Status = EventTrigger, Firing
	switch fold(state) {
	case "acknowledged":
		a.Event, a.Actor = EventAcknowledge, string(b.Owner)
	case "closed", "resolved", "deactivated":
		a.Event, a.Status, a.EndsAt = EventResolve, Resolved, moment(first(string(b.ClosedAt), string(b.UpdatedAt), string(b.Timestamp)))
	default:
		if trigger := fold(string(b.Trigger)); trigger != "" && !strings.HasSuffix(trigger, "_opened") && !strings.HasSuffix(trigger, "_created") && trigger != "state_change" {
			a.Event = EventUpdate // a priority, another incident of the same issue
		}
	}
	return Delivery{Alerts: []Alert{a}, DeliveryID: deliveryID(header)}, nil
}

// severally reads a text, or a list of texts as one with commas between.
func severally(raw json.RawMessage) string {
	var list []word
	if json.Unmarshal(raw, &list) == nil {
		return joined(list)
	}
	var text word
	_ = json.Unmarshal(raw, &text)
	return string(text)
}

// firstOf reads a text, or the first of a list of texts.
func firstOf(raw json.RawMessage) string {
	var list []word
	if json.Unmarshal(raw, &list) == nil {
		for _, w := range list {
			if w != "" {
				return string(w)
			}
		}
		return ""
	}
	return severally(raw)
}
