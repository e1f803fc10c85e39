package alert

import (
	"encoding/json"
	"net/http"
	"strings"
)

// gcpBody is a notification of Google Cloud Monitoring, schema 1.2, by a webhook or by a push of Pub/Sub, which packs it
// (https://cloud.google.com/monitoring/support/notification-options#webhooks, …/pubsub/docs/push).
type gcpBody struct {
	Incident struct {
		ID         word            `json:"incident_id"`
		Project    word            `json:"scoping_project_id"`
		URL        word            `json:"url"`
		StartedAt  word            `json:"started_at"` // seconds
		EndedAt    word            `json:"ended_at"`
		State      word            `json:"state"`
		Summary    word            `json:"summary"`
		Policy     word            `json:"policy_name"`
		Condition  word            `json:"condition_name"`
		Severity   word            `json:"severity"` // "No severity" where there is none
		UserLabels map[string]word `json:"policy_user_labels"`
		Resource   struct {
			Type   word            `json:"type"`
			Labels map[string]word `json:"labels"`
		} `json:"resource"`
		ResourceName word `json:"resource_name"`
		Metric       struct {
			Type   word            `json:"type"`
			Labels map[string]word `json:"labels"`
		} `json:"metric"`
		Documentation json.RawMessage `json:"documentation"`
	} `json:"incident"`
	Version word `json:"version"`
	Message struct {
		Data []byte `json:"data"`
		ID   word   `json:"messageId"`
	} `json:"message"` // of Pub/Sub
}

// gcpMonitoring decodes an incident of Google Cloud Monitoring.
func gcpMonitoring(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b gcpBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	d := Delivery{DeliveryID: first(deliveryID(header), string(b.Message.ID))}
	if packed := b.Message.Data; len(packed) > 0 {
		b = gcpBody{}
		if tooDeep(packed) {
			return Delivery{}, undecoded("alert.error_too_deep")
		}
		if err := unmarshal(packed, &b); err != nil {
			return Delivery{}, err
		}
	}
	sent := &b.Incident
	if fold(string(b.Version)) == "test" {
		return Delivery{}, tested("Google Cloud Monitoring")
	}
	if first(string(sent.ID), string(sent.Condition), string(sent.Summary)) == "" {
		return Delivery{}, undecoded("alert.error_no_title")
	}
	a := Alert{
		Status: Firing, Event: EventTrigger,
		Severity:  string(sent.Severity),
		Title:     strings.Trim(string(sent.Policy)+": "+string(sent.Condition), ": "),
		Service:   first(string(sent.UserLabels["service"]), string(sent.Resource.Labels["service_name"])),
		Host:      first(string(sent.Resource.Labels["instance_id"]), string(sent.Resource.Labels["host"]), string(sent.Resource.Labels["node_name"]), string(sent.Resource.Labels["pod_name"])),
		DedupeKey: string(sent.ID),
		StartsAt:  moment(string(sent.StartedAt)),
		Link:      string(sent.URL),
		Labels:    words(sent.UserLabels),
	}
	if a.Title == "" {
		a.Title = string(sent.Summary)
	}
	if fold(string(sent.State)) == "closed" {
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, moment(string(sent.EndedAt))
	}
	said, runbook := gcpDocumentation(sent.Documentation)
	a.Description, a.Runbook = strings.TrimSpace(string(sent.Summary)+"\n"+said), runbook
	for _, more := range []map[string]word{sent.Resource.Labels, sent.Metric.Labels, {"project": sent.Project, "resource_type": sent.Resource.Type, "resource": sent.ResourceName, "metric": sent.Metric.Type}} {
		for name, value := range more {
			if a.Labels[name] == "" && value != "" {
				a.Labels[name] = string(value)
			}
		}
	}
	d.Alerts = []Alert{a}
	return d, nil
}

// gcpDocumentation reads what the operator wrote for whoever gets the alert: an object, with links since 2024, or before
// schema 1.2 a text.
func gcpDocumentation(raw json.RawMessage) (text, runbook string) {
	var said word
	var d struct {
		Content word `json:"content"`
		Subject word `json:"subject"`
		Links   []struct {
			URL word `json:"url"`
		} `json:"links"`
	}
	if len(raw) > 0 && raw[0] == '"' {
		_ = json.Unmarshal(raw, &said)
		return string(said), ""
	}
	_ = json.Unmarshal(raw, &d)
	if len(d.Links) > 0 {
		runbook = string(d.Links[0].URL)
	}
	return strings.TrimSpace(string(d.Subject) + "\n" + string(d.Content)), runbook
}
