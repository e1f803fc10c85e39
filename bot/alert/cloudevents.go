package alert

import (
	"bytes"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// cloudEvents decodes events as CloudEvents 1.0 sends them over HTTP: with their attributes in ce- headers (binary), in one
// JSON object (structured) or in a list of such (batched), and those of versions before 1.0
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md). What data holds is up to
// the tool, so it is read by the source's mapping.
func cloudEvents(s Source, header http.Header, body []byte) (Delivery, error) {
	m, at, err := s.mapped()
	if err != nil {
		return Delivery{}, &Undecoded{Reason: because("alert.error_mapping", "Source", s.Name, "Detail", err.Error()), Err: err}
	}
	if header.Get("Ce-Specversion") != "" || header.Get("Ce-Id") != "" || header.Get("Ce-Type") != "" {
		e := binaryEvent(header, body)
		return cloudDelivery(m, at, s.zone(), []cloudEvent{e}, e.id())
	}
	doc, err := thoroughly(body)
	if err != nil {
		return Delivery{}, err
	}
	list, batch := doc.([]any)
	if !batch {
		list = []any{doc}
	}
	events := make([]cloudEvent, len(list))
	for i, element := range list {
		if object, ok := element.(map[string]any); ok {
			events[i] = structuredEvent(object)
		}
	}
	id := "" // a batch has none: its events may come again in another one
	if !batch {
		id = events[0].id()
	}
	return cloudDelivery(m, at, s.zone(), events, id)
}

func cloudDelivery(m *Mapping, at *trails, zone *time.Location, events []cloudEvent, id string) (Delivery, error) {
	d := Delivery{DeliveryID: id}
	for i, e := range events {
		if len(d.Alerts) == maxAlerts {
			d.leaveOut(len(events) - i)
			break
		}
		a, ok := e.alert(m, at, zone)
		switch {
		case ok:
			d.Alerts = append(d.Alerts, a)
		case e.attribute == nil:
			d.cannotRead(i, len(events), "alert.error_unread_object")
		default:
			d.cannotRead(i, len(events), "alert.error_unread_event")
		}
	}
	if len(d.Alerts) == 0 {
		return Delivery{}, undecoded("alert.error_no_event")
	}
	return d, nil
}

// cloudEvent is one event: its attributes by name, and its data as JSON's values or a text. It has none of them where it is no object.
type cloudEvent struct {
	attribute map[string]string
	data      any
}

// binaryEvent reads an event whose attributes are headers, in which letters beyond ASCII are escaped as in addresses.
func binaryEvent(header http.Header, body []byte) cloudEvent {
	e := cloudEvent{attribute: map[string]string{}}
	for name, values := range header {
		if attribute, ours := strings.CutPrefix(name, "Ce-"); ours && len(values) > 0 {
			value := values[0]
			if text, err := url.PathUnescape(value); err == nil {
				value = text
			}
			e.attribute[strings.ToLower(attribute)] = value
		}
	}
	e.data = cloudData(body)
	return e
}

// structuredEvent reads an event that is one JSON object. In version 0.1 some attributes had other names.
func structuredEvent(object map[string]any) cloudEvent {
	e := cloudEvent{attribute: make(map[string]string, len(object)), data: object["data"]}
	for name, value := range object {
		if name != "data" && name != "data_base64" {
			e.attribute[strings.ToLower(name)] = plainText(value)
		}
	}
	for old, name := range map[string]string{"eventtype": "type", "eventid": "id", "eventtime": "time"} {
		if e.attribute[name] == "" {
			e.attribute[name] = e.attribute[old]
		}
	}
	if packed, ok := object["data_base64"].(string); ok {
		if data, err := base64.StdEncoding.DecodeString(packed); err == nil {
			e.data = cloudData(data)
		}
	}
	if text, ok := e.data.(string); ok { // JSON of another content type, or 0.3's datacontentencoding
		if raw, err := base64.StdEncoding.DecodeString(text); err == nil && e.attribute["datacontentencoding"] == "base64" {
			text = string(raw)
		}
		e.data = cloudData([]byte(text))
	}
	return e
}

// cloudData gives bytes as JSON's values if they are that, else as a text, or nothing.
func cloudData(data []byte) any {
	if doc, err := thoroughly(data); err == nil {
		return doc
	}
	if len(bytes.TrimSpace(data)) == 0 || !utf8.Valid(data) {
		return nil
	}
	return string(data)
}

// id is what the event is told by when it comes again.
func (e cloudEvent) id() string {
	if e.attribute["id"] == "" {
		return ""
	}
	return e.attribute["source"] + "#" + e.attribute["id"]
}

// alert reads an event. What its data doesn't say is told by its attributes: the kind by the type
// (jp.example.alert.resolved), the title by subject or type. It reports false for what is no event.
func (e cloudEvent) alert(m *Mapping, at *trails, zone *time.Location) (Alert, bool) {
	kind, subject := e.attribute["type"], e.attribute["subject"]
	object, isObject := e.data.(map[string]any)
	if !isObject {
		object = map[string]any{}
	}
	a, _ := genericAlert(m, at, object, zone)
	if text, ok := e.data.(string); ok {
		a.Title, a.Description = first(a.Title, firstLine(text)), first(a.Description, text)
	}
	if a.Title = first(a.Title, subject, kind); first(a.Title, e.attribute["id"]) == "" {
		return Alert{}, false
	}
	if read(at.status, object) == "" {
		a.Event, a.Status = cloudKind(kind)
	}
	switch source := e.attribute["source"]; {
	case subject != "":
		a.DedupeKey = source + "#" + subject
	case a.DedupeKey != "":
		a.DedupeKey = source + "#" + a.DedupeKey
	case source != "":
		a.DedupeKey = source + "#" + digest(a.Title, a.Service, a.Host)
	}
	a.Severity = first(a.Severity, e.attribute["severity"])
	if a.StartsAt.IsZero() { // the time of this event, which says nothing of when the first one of its subject was
		a.StartsAt, a.Undated = momentIn(e.attribute["time"], zone), true
	}
	labels := maps.Clone(a.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	for name, value := range e.attribute {
		switch name {
		case "id", "time", "specversion", "datacontenttype", "datacontentencoding", "dataschema":
		default:
			if value != "" && labels[name] == "" {
				labels[name] = value
			}
		}
	}
	a.Labels = labels
	return a, true
}

// cloudKind reads what happened from an event's type, whose last word tells it, before a version if there is one, which may have several
// numbers (…incident.detected.0.2.0). Others fire.
func cloudKind(kind string) (event, status string) {
	words := strings.FieldsFunc(kind, func(r rune) bool { return strings.ContainsRune("./:_- ", r) })
	for len(words) > 0 && isVersion(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return EventTrigger, Firing
	}
	return genericEvent(words[len(words)-1])
}

// isVersion reports whether a word is a version, as v1 or 2.
func isVersion(word string) bool {
	digits := strings.TrimPrefix(strings.ToLower(word), "v")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
