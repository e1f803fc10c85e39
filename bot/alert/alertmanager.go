package alert

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// alertmanagerBody is the webhook body of Prometheus Alertmanager, version "4", as 0.25 to 0.34 send it
// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). Only what is used is read: 0.34's
// notification_reason says of a message as a whole what Meet finds out for each of its alerts, and better, for a
// message may be lost or come twice.
type alertmanagerBody struct {
	Status    word              `json:"status"`
	Alerts    []json.RawMessage `json:"alerts"`
	GroupKey  word              `json:"groupKey"`
	Truncated word              `json:"truncatedAlerts"`
	// Route are the labels that 0.34 lets a route give to what it sends. Rules see them among the alert's own, which go
	// before them.
	Route map[string]word `json:"routeLabels"`
}

type alertmanagerAlert struct {
	Status       word            `json:"status"`
	Labels       map[string]word `json:"labels"`
	Annotations  map[string]word `json:"annotations"`
	StartsAt     word            `json:"startsAt"`
	EndsAt       word            `json:"endsAt"`
	GeneratorURL word            `json:"generatorURL"`
	Fingerprint  word            `json:"fingerprint"`
}

// alertmanager decodes an Alertmanager webhook.
func alertmanager(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b alertmanagerBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	return b.delivery(header, nil)
}

// delivery translates a body. More, if it isn't nil, adds to each alert what a relative of Alertmanager sends besides.
func (b *alertmanagerBody) delivery(header http.Header, more func(raw []byte, a *Alert)) (Delivery, error) {
	d := Delivery{GroupKey: string(b.GroupKey), DeliveryID: deliveryID(header)}
	d.Truncated, _ = strconv.Atoi(string(b.Truncated))
	d.Truncated = max(d.Truncated, 0)
	if b.Status != "" {
		d.GroupStatus = alertmanagerStatus(string(b.Status))
	}
	for i, raw := range b.Alerts {
		if len(d.Alerts) == maxAlerts {
			d.leaveOut(len(b.Alerts) - i)
			break
		}
		sent, why := readAlertmanager(raw)
		if why != "" { // one such entry must not cost the others
			d.cannotRead(i, len(b.Alerts), why)
			continue
		}
		a := sent.alert(d.GroupStatus)
		for name, value := range b.Route {
			if _, own := a.Labels[name]; !own {
				a.Labels[name] = string(value)
			}
		}
		if more != nil {
			more(raw, &a)
		}
		d.Alerts = append(d.Alerts, a)
	}
	if len(d.Alerts) == 0 {
		return Delivery{}, undecoded("alert.error_no_alerts")
	}
	return d, nil
}

// readAlertmanager reads an entry, or says why there is nothing in it that could be told apart from another. A fingerprint alone
// names an alert, but not one whose labels and annotations are there and can't be read.
func readAlertmanager(raw []byte) (sent alertmanagerAlert, why string) {
	err := json.Unmarshal(raw, &sent)
	switch kind := (*json.UnmarshalTypeError)(nil); {
	case errors.As(err, &kind) && kind.Field == "":
		return sent, "alert.error_unread_object"
	case len(sent.Labels)+len(sent.Annotations) > 0:
		return sent, ""
	case err != nil || sent.Fingerprint == "":
		return sent, "alert.error_unread_labels"
	}
	return sent, ""
}

// alert translates one alert; the status of the group stands in where it has none of its own.
func (sent alertmanagerAlert) alert(group string) Alert {
	status := group
	if sent.Status != "" || status == "" {
		status = alertmanagerStatus(string(sent.Status))
	}
	label := func(name string) string { return string(sent.Labels[name]) }
	note := func(name string) string { return string(sent.Annotations[name]) }
	a := Alert{
		Status:      status,
		Event:       eventOf(status),
		Severity:    label("severity"),
		Service:     first(label("service"), label("app"), label("job")),
		Host:        first(label("host"), label("hostname"), label("instance"), label("node"), label("pod")),
		Title:       first(note("summary"), note("title"), note("message"), firstLine(note("description")), label("alertname")),
		Description: note("description"),
		DedupeKey:   string(sent.Fingerprint),
		Link:        string(sent.GeneratorURL),
		Runbook:     first(note("runbook_url"), note("runbook")),
		StartsAt:    moment(string(sent.StartsAt)),
		EndsAt:      moment(string(sent.EndsAt)),
		Labels:      words(sent.Labels),
	}
	if a.DedupeKey == "" {
		a.DedupeKey = fingerprint(a.Labels)
	}
	return a
}

// alertmanagerStatus reads a status; anything but "resolved" fires, so that a spelling never silences an alert.
func alertmanagerStatus(s string) string {
	if fold(s) == Resolved {
		return Resolved
	}
	return Firing
}

// fingerprint tells alerts apart that carry none (Alertmanager before 0.20, and hand-made bodies): by their labels, as
// Alertmanager does. Titles won't do, for they often hold the measured value.
func fingerprint(labels map[string]string) string {
	if len(labels) == 0 {
		return ""
	}
	parts := make([]string, 0, 2*len(labels))
	for _, name := range sortedNames(labels) {
		parts = append(parts, name, labels[name])
	}
	return digest(parts...)
}

// eventOf gives the event that a bare status means.
func eventOf(status string) string {
	if status == Resolved {
		return EventResolve
	}
	return EventTrigger
}

// deliveryID reads the id that a sender gives a request, so that a repeated try can be told from a second request.
// X-Request-Id won't do: proxies make a new one for each try.
func deliveryID(header http.Header) string {
	return first(header.Get("Idempotency-Key"), header.Get("X-Webhook-Id"), header.Get("Webhook-Id"))
}
