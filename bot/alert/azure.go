package alert

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// azureBody is an alert of Azure Monitor in the common schema
// (https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema and …/alerts-payload-samples).
type azureBody struct {
	Schema word `json:"schemaId"`
	Data   struct {
		Essentials struct {
			ID          word   `json:"alertId"`
			Rule        word   `json:"alertRule"`
			Severity    word   `json:"severity"`
			Signal      word   `json:"signalType"`
			Condition   word   `json:"monitorCondition"`
			By          word   `json:"monitoringService"`
			Targets     []word `json:"alertTargetIDs"`
			Items       []word `json:"configurationItems"`
			Fired       word   `json:"firedDateTime"`
			Resolved    word   `json:"resolvedDateTime"`
			Description word   `json:"description"`
			Link        word   `json:"investigationLink"`
		} `json:"essentials"`
		Context    azureContext    `json:"alertContext"`
		Properties map[string]word `json:"customProperties"`

		azureOld
	} `json:"data"`
	azureOlder
}

// azureContext is the part that differs by the service that monitors. Of logs, metrics and smart detection only what a person
// reads first; of rules of Prometheus its labels and annotations, too; of what Azure says of itself (service and resource health) also how it stands.
type azureContext struct {
	Status     word `json:"status"`
	Level      word `json:"level"`
	Properties struct {
		Title    word `json:"title"`
		Service  word `json:"service"`
		Region   word `json:"region"`
		Tracking word `json:"trackingId"`
		Kind     word `json:"incidentType"`
		Says     word `json:"communication"`
		Health   word `json:"currentHealthStatus"`
		Cause    word `json:"cause"`
	} `json:"properties"`
	Labels      map[string]word `json:"labels"` // of Prometheus
	Annotations map[string]word `json:"annotations"`
	Expression  word            `json:"expression"`
	Operation   word            `json:"operationName"`
	Caller      word            `json:"caller"`
	Summary     word            `json:"DetectionSummary"`
	Query       word            `json:"SearchQuery"`
	Found       word            `json:"LinkToSearchResults"`
	Condition   struct {
		AllOf []struct {
			Metric     word `json:"metricName"`
			Operator   word `json:"operator"`
			Threshold  word `json:"threshold"`
			Value      word `json:"metricValue"`
			Query      word `json:"searchQuery"`
			Dimensions []struct {
				Name  word `json:"name"`
				Value word `json:"value"`
			} `json:"dimensions"`
		} `json:"allOf"`
	} `json:"condition"`
}

// azureMonitor decodes an alert.
func azureMonitor(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b azureBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	sent := &b.Data.Essentials
	if sent.ID == "" && sent.Rule == "" {
		return b.old(header)
	}
	a := Alert{
		Status: Firing, Event: EventTrigger,
		Severity:    string(sent.Severity),
		Title:       string(sent.Rule),
		DedupeKey:   string(sent.ID),
		StartsAt:    moment(string(sent.Fired)),
		Link:        first(string(sent.Link), azureLink(string(sent.ID))),
		Description: b.said(),
		Actor:       string(b.Data.Context.Caller),
		Labels:      b.labels(),
	}
	if len(sent.Items) > 0 {
		a.Host = string(sent.Items[0])
	}
	rule := alertmanagerAlert{Labels: b.Data.Context.Labels, Annotations: b.Data.Context.Annotations}.alert(Firing)
	a.Service, a.Host, a.Runbook = rule.Service, first(rule.Host, a.Host), rule.Runbook
	if fold(string(sent.Condition)) == "resolved" {
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, moment(string(sent.Resolved))
	}
	b.healthOf(&a)
	return Delivery{Alerts: []Alert{a}, DeliveryID: deliveryID(header)}, nil
}

// healthOf reads what Azure says of itself: each word about one trouble is an alert of its own there, all of which "fire", and
// only the context tells how the trouble stands. Planned work and notices wait as information.
func (b *azureBody) healthOf(a *Alert) {
	sent, context := &b.Data.Essentials, &b.Data.Context
	p := &context.Properties
	switch strings.ReplaceAll(fold(string(sent.By)), " ", "") {
	case "servicehealth":
		if p.Tracking != "" {
			a.DedupeKey = "servicehealth:" + string(p.Tracking)
		}
		a.Title, a.Service = first(string(p.Title), a.Title), string(p.Service)
		if a.Severity = Notice; fold(string(p.Kind)) == "incident" || fold(string(p.Kind)) == "security" {
			a.Severity = azureLevel(context.Level)
		}
		if status := fold(string(context.Status)); status == "resolved" || status == "complete" {
			a.Status, a.Event, a.EndsAt = Resolved, EventResolve, a.StartsAt
		}
	case "resourcehealth":
		if len(sent.Targets) > 0 {
			a.DedupeKey = "resourcehealth:" + strings.ToLower(string(sent.Targets[0]))
		}
		switch health := fold(string(p.Health)); {
		case health == "available", health == "" && fold(string(context.Status)) == "resolved":
			a.Status, a.Event, a.EndsAt = Resolved, EventResolve, a.StartsAt
		case health == "unavailable":
			a.Severity = Error
		case health == "degraded":
			a.Severity = Warning
		}
	default:
		return
	}
	a.Undated = a.Status == Firing // dated by this word about it
}

// azureLevel reads the level of an event of the activity log.
func azureLevel(level word) string {
	if s := severity(string(level)); s != Unknown {
		return s
	}
	return Error
}

// said is what a person reads under the title.
func (b *azureBody) said() string {
	context := &b.Data.Context
	lines := []string{string(context.Annotations["summary"]), string(context.Annotations["description"]), string(b.Data.Essentials.Description), string(context.Properties.Says), string(context.Properties.Cause), string(context.Summary), string(context.Operation), string(context.Query), string(context.Found), string(context.Expression)}
	for _, c := range context.Condition.AllOf {
		lines = append(lines, strings.TrimSpace(string(c.Metric)+" "+string(c.Value)+" ("+string(c.Operator)+" "+string(c.Threshold)+")"), string(c.Query))
	}
	var kept []string
	for _, l := range lines {
		if strings.Trim(l, " ()") != "" && !slices.Contains(kept, l) {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

func (b *azureBody) labels() map[string]string {
	labels := words(b.Data.Properties)
	sent, context := &b.Data.Essentials, &b.Data.Context
	for name, value := range context.Labels {
		if labels[name] == "" {
			labels[name] = string(value)
		}
	}
	for _, c := range context.Condition.AllOf {
		for _, dimension := range c.Dimensions {
			if labels[string(dimension.Name)] == "" {
				labels[string(dimension.Name)] = string(dimension.Value)
			}
		}
	}
	for name, value := range map[string]string{
		"signal": string(sent.Signal), "monitoring_service": string(sent.By), "targets": joined(sent.Targets), "items": joined(sent.Items),
		"region": string(context.Properties.Region), "incident_type": string(context.Properties.Kind),
	} {
		if value != "" {
			labels[name] = value
		}
	}
	return labels
}

// azureLink is the page of an alert in the portal.
func azureLink(id string) string {
	if !strings.HasPrefix(id, "/subscriptions/") {
		return ""
	}
	return "https://portal.azure.com/#blade/Microsoft_Azure_Monitoring/AlertDetailsTemplateBlade/alertId/" + url.QueryEscape(id)
}
