package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// datadogBody is what a webhook of Datadog sends: its default body, or one of the operator's own made of Datadog's variables
// under the names that docs/senders.md gives or near ones (https://docs.datadoghq.com/integrations/webhooks/). With
// "Encode as form" the same comes as a form. The default body has no key that stays the same, nor a state but in its title.
type datadogBody struct {
	Title      word            `json:"title"`
	Alias      word            `json:"event_title"`
	Body       word            `json:"body"`
	Text       word            `json:"text"`
	Message    word            `json:"event_msg"`
	EventType  word            `json:"event_type"`
	Transition word            `json:"transition"`
	Changed    word            `json:"alert_transition"`
	AggregKey  word            `json:"aggreg_key"`
	AlertID    word            `json:"alert_id"`
	CycleKey   word            `json:"cycle_key"`
	AlertType  word            `json:"alert_type"`
	Priority   word            `json:"priority"`
	Urgent     word            `json:"alert_priority"`
	Scope      word            `json:"scope"`
	AlertScope word            `json:"alert_scope"`
	Hostname   word            `json:"hostname"`
	Host       word            `json:"host"`
	Tags       json.RawMessage `json:"tags"`
	Link       word            `json:"link"`
	URL        word            `json:"url"`
	Date       word            `json:"date"`
	User       word            `json:"user"`
}

// datadog decodes one event of a monitor.
func datadog(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b datadogBody
	if err := unmarshal(unformed(body), &b); err != nil {
		return Delivery{}, err
	}
	title, prefix := datadogTitle(given(b.Title, b.Alias))
	prefix.scope = first(given(b.Scope, b.AlertScope), prefix.scope)
	prefix.transition = first(given(b.Transition, b.Changed), prefix.transition)
	if p := given(b.Priority, b.Urgent); len(p) == 2 && (p[0] == 'P' || p[0] == 'p') { // else it is the event's, "normal"
		prefix.priority = p
	}
	tags := datadogTags(b.Tags, prefix.scope)
	a := Alert{
		Title:       title,
		Service:     tags["service"],
		Host:        first(given(b.Hostname, b.Host), tags["host"]),
		Link:        given(b.Link, b.URL),
		StartsAt:    moment(given(b.Date)),
		Description: strings.Trim(strings.TrimSpace(given(b.Body, b.Text, b.Message)), "%\n "),
		Actor:       given(b.User),
		Labels:      tags,
	}
	if first(a.Title, given(b.AggregKey)) == "" {
		return Delivery{}, undecoded("alert.error_no_title")
	}
	b.happened(&a, prefix)
	for name, value := range map[string]string{"scope": prefix.scope, "monitor": given(b.AlertID), "event_type": given(b.EventType), "cycle": given(b.CycleKey), "priority": prefix.priority} {
		if value != "" {
			a.Labels[name] = value
		}
	}
	switch {
	case given(b.AggregKey) != "":
		a.DedupeKey = given(b.AggregKey)
	case given(b.AlertID) != "":
		a.DedupeKey = "monitor:" + given(b.AlertID) + ":" + prefix.scope
	default:
		sum := sha256.Sum256([]byte(prefix.scope + "|" + title))
		a.DedupeKey = "title:" + hex.EncodeToString(sum[:8])
	}
	return Delivery{Alerts: []Alert{a}, DeliveryID: deliveryID(header)}, nil
}

// happened reads what became of the monitor, and how bad it is: by its priority, or else by its kind of event. Only
// "Triggered" carries the start of an occurrence; the date of others is that of their own.
func (b *datadogBody) happened(a *Alert, prefix datadogPrefix) {
	a.Status, a.Event, a.Severity = Firing, EventTrigger, first(prefix.priority, given(b.AlertType))
	a.Undated = true
	switch word := fold(prefix.transition); {
	case word == "triggered":
		a.Undated = false
		a.Severity = first(a.Severity, Error) // the default body says no more than that it is no warning
	case strings.HasPrefix(word, "recovered"), strings.HasSuffix(word, " recovered"), word == "ok", word == "" && fold(given(b.AlertType)) == "success":
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, a.StartsAt
	case strings.HasPrefix(word, "re-"), word == "renotify":
		a.Event = EventUpdate
	case word == "warn", word == "no data":
		a.Severity = Warning
	}
	if a.Status == Resolved || a.Event == EventUpdate {
		a.StartsAt = time.Time{}
	}
}

// datadogPrefix is what Datadog sets before a title, in brackets.
type datadogPrefix struct{ transition, scope, priority string }

// datadogTitle takes "[P2] [Triggered on {host:a}] CPU" apart. Brackets that the operator wrote stay, as does the [TEST] of a
// monitor's test, which is to show that an alert arrives.
func datadogTitle(s string) (title string, p datadogPrefix) {
	s = strings.TrimSpace(s)
	for kept := ""; ; {
		inside, rest, closed := strings.Cut(strings.TrimPrefix(s, "["), "]")
		if !strings.HasPrefix(s, "[") || !closed {
			return strings.TrimSpace(kept + s), p
		}
		was, scope, _ := strings.Cut(inside, " on ")
		switch fold(was) {
		case "p1", "p2", "p3", "p4", "p5":
			p.priority = was
		case "test":
			kept = "[" + inside + "] "
		case "triggered", "re-triggered", "warn", "re-warn", "no data", "re-no data", "recovered", "warn recovered", "no data recovered", "renotify":
			p.transition, p.scope = was, strings.Trim(scope, "{}")
		default:
			return strings.TrimSpace(kept + s), p
		}
		s = strings.TrimSpace(rest)
	}
}

// datadogTags reads tags, as a list or with commas between, behind those that the scope names.
func datadogTags(raw json.RawMessage, scope string) map[string]string {
	var list []word
	if json.Unmarshal(raw, &list) != nil {
		var text word
		_ = json.Unmarshal(raw, &text)
		list = []word{word(given(text))}
	}
	tags := map[string]string{}
	for tag := range strings.SplitSeq(joined(append(list, word(scope))), ",") {
		if name, value, found := strings.Cut(strings.TrimSpace(tag), ":"); found && tags[name] == "" {
			tags[name] = value
		}
	}
	return tags
}

// given is the first of some values that Datadog filled in: a variable without a value comes as its own name, as null or as
// nothing.
func given(values ...word) string {
	for _, v := range values {
		s := strings.TrimSpace(string(v))
		if s != "" && s != "null" && s != "None" && !(strings.HasPrefix(s, "$") && strings.ToUpper(s) == s && !strings.ContainsAny(s, " ")) {
			return s
		}
	}
	return ""
}

// unformed gives the JSON object that a form stands for, where a body is one: Datadog's "Encode as form", and the older of
// GitHub's two ways, whose only field is the JSON itself.
func unformed(body []byte) []byte {
	text := strings.TrimSpace(string(body))
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || !strings.Contains(text, "=") {
		return body
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return body
	}
	if payload := values.Get("payload"); strings.HasPrefix(strings.TrimSpace(payload), "{") {
		return []byte(payload)
	}
	fields := make(map[string]string, len(values))
	for name := range values {
		fields[name] = values.Get(name)
	}
	object, err := json.Marshal(fields)
	if err != nil { // can't happen: texts only
		return body
	}
	return object
}
