package alert

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// pagerDutyBody is an event of PagerDuty's Events API v2, which many monitoring tools can send once their address is
// changed (https://developer.pagerduty.com/docs/send-alert-event). An acknowledge or resolve may have no payload.
type pagerDutyBody struct {
	Action  word `json:"event_action"`
	Key     word `json:"dedup_key"`
	Payload struct {
		Summary   word            `json:"summary"`
		Source    word            `json:"source"`
		Severity  word            `json:"severity"`
		Timestamp word            `json:"timestamp"`
		Component word            `json:"component"`
		Group     word            `json:"group"`
		Class     word            `json:"class"`
		Details   json.RawMessage `json:"custom_details"`
	} `json:"payload"`
	ClientURL word `json:"client_url"`
	Links     []struct {
		Href word `json:"href"`
	} `json:"links"`
}

// pagerDutyEvents decodes one event of PagerDuty's Events API v2.
func pagerDutyEvents(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b pagerDutyBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	a := Alert{
		Status:    Firing,
		Event:     EventTrigger,
		Severity:  string(b.Payload.Severity),
		Title:     string(b.Payload.Summary),
		Service:   string(b.Payload.Component),
		Host:      string(b.Payload.Source),
		DedupeKey: string(b.Key),
		StartsAt:  moment(string(b.Payload.Timestamp)),
		Undated:   true, // that is the time of this event
		Timed:     true,
		Keyed:     b.Key != "",
		Link:      string(b.ClientURL),
	}
	if link(a.Link) == "" && len(b.Links) > 0 {
		a.Link = string(b.Links[0].Href)
	}
	switch fold(string(b.Action)) {
	case "acknowledge":
		a.Event = EventAcknowledge
	case "resolve":
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, a.StartsAt
	case "": // of a change, which has no severity either: news, and no alarm (https://developer.pagerduty.com/docs/send-change-event)
		if b.Payload.Severity == "" && b.Key == "" {
			a.Severity = Notice
		}
	}
	if first(a.Title, a.DedupeKey) == "" {
		return Delivery{}, undecoded("alert.error_no_key")
	}
	if title := line(a.Title, maxTitle); a.DedupeKey == "" && title != "" { // the same whatever the source is called: it is answered
		a.DedupeKey = digest(PagerDutyEventsV2, title, line(a.Service, maxName), line(a.Host, maxName))
	}
	a.Labels, a.Description = b.details()
	return Delivery{Alerts: []Alert{a}, DeliveryID: deliveryID(header)}, nil
}

// details gives what rules may match on, and what a person may read, of the free part of an event.
func (b *pagerDutyBody) details() (map[string]string, string) {
	labels := make(map[string]string)
	var lines []string
	var details map[string]word
	var said word
	if json.Unmarshal(b.Payload.Details, &details) == nil {
		for _, name := range sortedNames(details) {
			labels[name] = string(details[name])
			if details[name] != "" {
				lines = append(lines, name+": "+string(details[name]))
			}
		}
	} else if json.Unmarshal(b.Payload.Details, &said) == nil {
		lines = append(lines, string(said))
	}
	for name, value := range map[string]word{"class": b.Payload.Class, "group": b.Payload.Group} {
		if value != "" {
			labels[name] = string(value)
		}
	}
	return labels, strings.Join(lines, "\n")
}

// pagerDutyAnswer speaks PagerDuty's own words, since its clients insist on them and go on with the key they are given.
func pagerDutyAnswer(id string, body []byte) (status int, contentType string, answer []byte) {
	key := id
	if d, err := (Source{Name: PagerDutyEventsV2}).read(pagerDutyEvents, nil, body, time.Time{}); err == nil {
		key = strings.TrimPrefix(d.Alerts[0].DedupeKey, PagerDutyEventsV2+":")
	}
	answer, err := json.Marshal(struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Key     string `json:"dedup_key"`
	}{"success", "Event processed", key})
	if err != nil { // can't happen: both are made of texts
		answer = []byte(`{"status":"accepted"}`)
	}
	return http.StatusAccepted, "application/json", answer
}
