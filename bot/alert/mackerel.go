package alert

import (
	"net/http"
	"strings"
)

// mackerelBody is what a Mackerel channel of type Webhook sends (https://mackerel.io/docs/entry/howto/alerts/webhook). Which of
// host, service and metric is there depends on what is monitored.
type mackerelBody struct {
	Event   word `json:"event"`
	Type    word `json:"type"`
	Message word `json:"message"`
	Memo    word `json:"memo"`
	Org     word `json:"orgName"`
	Image   word `json:"imageUrl"`
	Host    struct {
		Name   word           `json:"name"`
		Status word           `json:"status"`
		Roles  []mackerelRole `json:"roles"`
	} `json:"host"`
	Service struct {
		Name  word           `json:"name"`
		Roles []mackerelRole `json:"roles"`
	} `json:"service"`
	Metric struct {
		Name   word            `json:"name"`
		Labels map[string]word `json:"labels"`
	} `json:"metric"`
	Alert *struct {
		ID            word `json:"id"`
		URL           word `json:"url"`
		Status        word `json:"status"`
		Open          word `json:"isOpen"`
		Trigger       word `json:"trigger"`
		OpenedAt      word `json:"openedAt"`
		CreatedAt     word `json:"createdAt"`
		ClosedAt      word `json:"closedAt"`
		StatusChanged word `json:"statusChangedAt"`
		Monitor       word `json:"monitorName"`
		Metric        word `json:"metricLabel"`
	} `json:"alert"`
}

type mackerelRole struct {
	FullName word `json:"fullname"`
	Service  word `json:"serviceName"`
}

// mackerel decodes an alert of Mackerel. A channel may be set to tell of hosts and settings, too, which is nobody's trouble.
func mackerel(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b mackerelBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	switch event := fold(string(b.Event)); {
	case event == "sample", event == "test":
		return Delivery{}, tested("Mackerel")
	case b.Alert != nil && first(string(b.Alert.ID), string(b.Alert.Monitor), string(b.Message)) != "":
	case event == "", event == "alert":
		return Delivery{}, undecoded("alert.error_no_title")
	default:
		return Delivery{}, idle(string(b.Event))
	}
	return Delivery{Alerts: []Alert{b.alert()}, DeliveryID: deliveryID(header)}, nil
}

// alert translates an alert. It is over once it isn't open: the status of one that a person closed stays what it was.
func (b *mackerelBody) alert() Alert {
	sent := b.Alert
	monitor, message := strings.TrimSpace(string(sent.Monitor)), firstLine(string(b.Message))
	a := Alert{
		Status:      Firing,
		Event:       EventTrigger,
		Severity:    string(sent.Status),
		Title:       strings.TrimSuffix(strings.TrimPrefix(monitor+": "+message, ": "), ": "),
		Service:     string(b.Service.Name),
		Host:        string(b.Host.Name),
		DedupeKey:   string(sent.ID),
		StartsAt:    moment(first(string(sent.OpenedAt), string(sent.CreatedAt))),
		Link:        string(sent.URL),
		Description: string(b.Memo),
		Labels:      words(b.Metric.Labels),
	}
	var roles []string
	for _, role := range append(b.Service.Roles, b.Host.Roles...) {
		a.Service = first(a.Service, string(role.Service))
		roles = append(roles, string(role.FullName))
	}
	if monitor != "" {
		a.Labels["alertname"] = monitor // what one monitor finds on several hosts is of one kind
	}
	for name, value := range map[string]string{
		"type": string(b.Type), "orgName": string(b.Org), "trigger": string(sent.Trigger), "metricLabel": first(string(sent.Metric), string(b.Metric.Name)),
		"roles": strings.Join(roles, ", "), "hostStatus": string(b.Host.Status), "imageUrl": string(b.Image),
	} {
		if value != "" {
			a.Labels[name] = value
		}
	}
	status := fold(string(sent.Status))
	if open := fold(string(sent.Open)); open == "false" || open != "true" && status == "ok" {
		a.Status, a.Event = Resolved, EventResolve
		a.EndsAt = moment(first(string(sent.ClosedAt), string(sent.StatusChanged)))
	}
	if status == "ok" {
		a.Severity = Notice
	}
	return a
}
