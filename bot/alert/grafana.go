package alert

import (
	"net/http"
	"slices"
	"strings"
)

// grafanaBody is what Grafana sends to a webhook beside Alertmanager's fields: since version 8 that of unified alerting
// (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/),
// and before that one rule's state (https://grafana.com/docs/grafana/v7.5/alerting/notifications/#webhook).
type grafanaBody struct {
	alertmanagerBody

	State    word            `json:"state"`
	Title    word            `json:"title"`
	Message  word            `json:"message"`
	RuleID   word            `json:"ruleId"`
	RuleName word            `json:"ruleName"`
	RuleURL  word            `json:"ruleUrl"`
	OrgID    word            `json:"orgId"`
	Image    word            `json:"imageUrl"`
	Tags     map[string]word `json:"tags"`
	Matches  []struct {
		Metric word            `json:"metric"`
		Value  word            `json:"value"`
		Tags   map[string]word `json:"tags"`
	} `json:"evalMatches"`
}

// grafanaAlert is what Grafana adds to an alert of Alertmanager.
type grafanaAlert struct {
	Annotations map[string]word `json:"annotations"`
	Values      map[string]word `json:"values"`
	ValueString word            `json:"valueString"`
	Silence     word            `json:"silenceURL"`
	Dashboard   word            `json:"dashboardURL"`
	Panel       word            `json:"panelURL"`
	Image       word            `json:"imageURL"`
}

// grafana decodes a Grafana webhook, of unified alerting or of the alerting before it.
func grafana(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b grafanaBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	if len(b.Alerts) == 0 && first(string(b.RuleID), string(b.RuleName)) != "" {
		return b.legacy(header)
	}
	if b.Status == "" && fold(string(b.State)) == "ok" {
		b.Status = Resolved
	}
	return b.delivery(header, addGrafana)
}

// addGrafana adds what only Grafana sends. A rule that gets no data, or an error for it, fires an alert of its own, which
// is named after that and says only in a label which rule it is.
func addGrafana(raw []byte, a *Alert) {
	var sent grafanaAlert
	if unmarshal(raw, &sent) != nil {
		return
	}
	if rule := a.Labels["rulename"]; rule != "" && a.Title == a.Labels["alertname"] {
		a.Title += ": " + rule
	}
	if a.Description == "" {
		a.Description = grafanaValues(sent.Values, string(sent.ValueString))
	}
	if link(a.Link) == "" {
		a.Link = first(string(sent.Panel), string(sent.Dashboard))
	}
	if a.Labels == nil {
		a.Labels = map[string]string{}
	}
	for name, value := range map[string]word{
		"silenceURL": sent.Silence, "dashboardURL": sent.Dashboard, "panelURL": sent.Panel, "imageURL": sent.Image,
		"grafana_state_reason": sent.Annotations["grafana_state_reason"],
	} {
		if value != "" {
			a.Labels[name] = string(value)
		}
	}
}

// grafanaValues writes what a rule has measured, as one line for each of its expressions.
func grafanaValues(values map[string]word, text string) string {
	if len(values) == 0 {
		return text
	}
	var lines []string
	for _, name := range sortedNames(values) {
		lines = append(lines, name+" = "+string(values[name]))
	}
	return strings.Join(lines, "\n")
}

// legacy translates the state of one rule. It carries no start. That a rule is paused, or waits for its time to be
// over, changes nothing.
func (b *grafanaBody) legacy(header http.Header) (Delivery, error) {
	a := Alert{
		Status:      Firing,
		Event:       EventTrigger,
		Severity:    string(b.Tags["severity"]),
		Title:       first(string(b.RuleName), string(b.Title)),
		Service:     first(string(b.Tags["service"]), string(b.Tags["app"]), string(b.Tags["job"])),
		Host:        first(string(b.Tags["host"]), string(b.Tags["hostname"]), string(b.Tags["instance"])),
		DedupeKey:   "rule:" + first(string(b.OrgID), "1") + ":" + first(string(b.RuleID), string(b.RuleName)),
		Description: string(b.Message),
		Link:        string(b.RuleURL),
		Labels:      words(b.Tags),
	}
	if b.Image != "" {
		a.Labels["imageURL"] = string(b.Image)
	}
	var measured []string
	for _, m := range b.Matches {
		measured = append(measured, string(m.Metric)+" = "+string(m.Value))
		a.Host = first(a.Host, string(m.Tags["host"]), string(m.Tags["hostname"]), string(m.Tags["instance"]))
	}
	a.Description = strings.Join(append(slices.DeleteFunc([]string{a.Description}, func(s string) bool { return s == "" }), measured...), "\n")
	switch fold(string(b.State)) {
	case "ok":
		a.Status, a.Event = Resolved, EventResolve
	case "paused", "pending":
		a.Event = EventNote
	}
	return Delivery{Alerts: []Alert{a}, DeliveryID: deliveryID(header)}, nil
}
