package alert

import (
	"net/http"
	"strings"
)

// opsgenieBody is what Opsgenie's webhook integration, and that of Jira Service Management's operations, which took it over,
// sends for each action on an alert (https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/).
// Description and details come with Create and with actions of the user's own making only.
type opsgenieBody struct {
	Action word `json:"action"`
	Alert  struct {
		ID          word            `json:"alertId"`
		Message     word            `json:"message"`
		Entity      word            `json:"entity"`
		Alias       word            `json:"alias"`
		CreatedAt   word            `json:"createdAt"` // milliseconds
		UpdatedAt   word            `json:"updatedAt"` // milliseconds or nanoseconds
		User        word            `json:"username"`
		Priority    word            `json:"priority"`
		Note        word            `json:"note"`
		Description word            `json:"description"`
		Source      word            `json:"source"`
		Team        word            `json:"team"`
		Tags        []word          `json:"tags"`
		Details     map[string]word `json:"details"`
	} `json:"alert"`
	Integration word `json:"integrationName"`
}

// opsgenie decodes one action on an alert of Opsgenie. An action that isn't known is one that somebody made a button for: it
// is noted, and opens nothing.
func opsgenie(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b opsgenieBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	sent := b.Alert
	if first(string(sent.ID), string(sent.Alias)) == "" {
		return Delivery{}, undecoded("alert.error_no_title")
	}
	a := Alert{
		Status:      Firing,
		Severity:    string(sent.Priority),
		Title:       string(sent.Message),
		Service:     string(sent.Entity),
		DedupeKey:   first(string(sent.ID), string(sent.Alias)),
		StartsAt:    moment(string(sent.CreatedAt)),
		Actor:       string(sent.User),
		Comment:     string(sent.Note),
		Description: string(sent.Description),
		Labels:      words(sent.Details),
	}
	for name, value := range map[string]string{"team": string(sent.Team), "alias": string(sent.Alias), "source": string(sent.Source), "tags": joined(sent.Tags)} {
		if value != "" {
			a.Labels[name] = value
		}
	}
	switch a.Event = EventNote; fold(string(b.Action)) {
	case "create", "": // no word is an alarm, too
		a.Event = EventTrigger
	case "acknowledge":
		a.Event = EventAcknowledge
	case "unacknowledge", "escalate", "escalatenext", "escalatetonext", "updatepriority", "updatemessage", "updatedescription", "snoozeended":
		a.Event = EventUpdate
	case "close", "delete":
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, moment(string(sent.UpdatedAt))
	default:
		a.Comment = first(a.Comment, string(b.Action))
	}
	return Delivery{Alerts: []Alert{a}, DeliveryID: deliveryID(header)}, nil
}

// joined writes a list as one text, with commas between.
func joined(list []word) string {
	texts := make([]string, 0, len(list))
	for _, w := range list {
		if w != "" {
			texts = append(texts, string(w))
		}
	}
	return strings.Join(texts, ", ")
}
