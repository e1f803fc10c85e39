package alert

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// uptimeKumaBody is what Uptime Kuma's webhook sends, as JSON or in the field data of a form
// (server/notification-providers/webhook.js and server/model in https://github.com/louislam/uptime-kuma). News that isn't of a
// heartbeat has a msg only.
type uptimeKumaBody struct {
	Heartbeat *struct {
		MonitorID word  `json:"monitorID"`
		Status    word  `json:"status"`
		Time      word  `json:"time"`
		Msg       word  `json:"msg"`
		Important *bool `json:"important"`
	} `json:"heartbeat"`
	Monitor *struct {
		ID          word `json:"id"`
		Name        word `json:"name"`
		Path        word `json:"pathName"`
		Description word `json:"description"`
		URL         word `json:"url"`
		Hostname    word `json:"hostname"`
		Type        word `json:"type"`
		Tags        []struct {
			Name  word `json:"name"`
			Value word `json:"value"`
		} `json:"tags"`
	} `json:"monitor"`
	Msg word `json:"msg"`
}

// expires finds what Uptime Kuma says of a certificate or a domain: what it is about, and in how many days it ends.
var expires = regexp.MustCompile(`(?i)^(.*\b(?:certificate|domain name)\b.*?) will (?:be )?expired? in -?\d+ days?`)

// uptimeKuma decodes a heartbeat that changed a monitor's state, or a warning about a certificate.
func uptimeKuma(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b uptimeKumaBody
	if err := unmarshal(unwrapped(header, body, "data"), &b); err != nil {
		return Delivery{}, err
	}
	d := Delivery{DeliveryID: deliveryID(header)}
	switch message := strings.TrimSpace(string(b.Msg)); {
	case b.beats():
		if a := b.beat(); first(a.DedupeKey, a.Title) != "" {
			d.Alerts = []Alert{a}
			return d, nil
		}
	case message == "" || strings.HasSuffix(message, "Testing"):
	default:
		a := Alert{Status: Firing, Event: EventTrigger, Title: message}
		if found := expires.FindStringSubmatch(message); found != nil {
			a.Severity, a.DedupeKey = Warning, "expires:"+found[1]
		}
		d.Alerts = []Alert{a}
		return d, nil
	}
	return Delivery{}, tested("Uptime Kuma")
}

// beats reports whether there is anything in the heartbeat: one of another kind than an object reads as an empty one.
func (b *uptimeKumaBody) beats() bool {
	h := b.Heartbeat
	return h != nil && first(string(h.MonitorID), string(h.Status), string(h.Time), string(h.Msg)) != ""
}

// beat translates a heartbeat: 0 is down, 1 up, 2 pending (it is tried again first), 3 maintenance.
func (b *uptimeKumaBody) beat() Alert {
	a := Alert{
		Status:      Firing,
		Event:       EventTrigger,
		Severity:    Critical,
		DedupeKey:   string(b.Heartbeat.MonitorID),
		Title:       string(b.Msg),
		Description: string(b.Heartbeat.Msg),
		Labels:      map[string]string{},
	}
	if m := b.Monitor; m != nil {
		a.DedupeKey = first(a.DedupeKey, string(m.ID))
		a.Title = first(string(m.Name), a.Title)
		a.Description = strings.TrimSpace(a.Description + "\n" + string(m.Description))
		if address, err := url.Parse(string(m.URL)); err == nil && address.Host != "" { // monitors of other kinds hold "https://"
			a.Link, a.Host = string(m.URL), address.Hostname()
		}
		a.Host = first(string(m.Hostname), a.Host)
		for _, tag := range m.Tags {
			a.Labels[string(tag.Name)] = string(tag.Value)
		}
		for name, value := range map[string]word{"type": m.Type, "pathName": m.Path} {
			if value != "" && a.Labels[name] == "" {
				a.Labels[name] = string(value)
			}
		}
	}
	a.Service = a.Labels["service"]
	switch fold(string(b.Heartbeat.Status)) {
	case "1", "true", "up":
		a.Status, a.Event, a.Severity = Resolved, EventResolve, Notice
		return a
	case "2", "pending":
		a.Event = EventNote
	case "3", "maintenance":
		a.Event = EventMaintenanceStart
	}
	// A monitor that stays down is told of again, if it is set to, by heartbeats that are no beginning.
	a.StartsAt = moment(string(b.Heartbeat.Time))
	a.Undated = b.Heartbeat.Important != nil && !*b.Heartbeat.Important
	return a
}
