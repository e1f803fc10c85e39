package alert

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// generic decodes any JSON object, list of objects, or form by the source's mapping.
func generic(s Source, header http.Header, body []byte) (Delivery, error) {
	doc, err := document(header, body)
	if err != nil {
		return Delivery{}, err
	}
	m, at, err := s.mapped()
	if err != nil {
		return Delivery{}, &Undecoded{Reason: because("alert.error_mapping", "Source", s.Name, "Detail", err.Error()), Err: err}
	}
	list, several := doc.([]any)
	if len(at.alerts) > 0 {
		found, _ := pick(at.alerts, doc)
		list, several = found.([]any)
	}
	if !several {
		list = []any{doc}
	}
	d := Delivery{DeliveryID: deliveryID(header)}
	for i, element := range list {
		if len(d.Alerts) == maxAlerts {
			d.leaveOut(len(list) - i)
			break
		}
		a, ok := genericAlert(m, at, element, s.zone())
		if !ok {
			d.cannotRead(i, len(list), noTitle(element))
			continue
		}
		d.Alerts = append(d.Alerts, a)
	}
	if len(d.Alerts) == 0 {
		return Delivery{}, undecoded("alert.error_no_title")
	}
	return d, nil
}

// document reads a body as what a path can be followed in.
func document(header http.Header, body []byte) (any, error) {
	if doc, ok := quickly(body); ok {
		return doc, nil
	}
	if _, isForm := isForm(header); isForm && !json.Valid(body) { // curl says form of whatever it sends
		values := form(header, body)
		if len(values) == 0 {
			return nil, undecoded("alert.error_no_fields")
		}
		return formDoc(values), nil
	}
	return thoroughly(body)
}

// thoroughly reads any JSON, or says what is wrong with it.
func thoroughly(body []byte) (doc any, err error) {
	if tooDeep(body) {
		return nil, undecoded("alert.error_too_deep")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // a large number is a key as it is written, not 1.2e+19
	if err := decoder.Decode(&doc); err != nil {
		return nil, notJSON(err)
	}
	if decoder.More() {
		return nil, undecoded("alert.error_not_json", "Detail", "more than one value")
	}
	return doc, nil
}

// mapped gives the source's mapping and its parsed paths.
func (s Source) mapped() (*Mapping, *trails, error) {
	if s.Mapping == nil {
		return ordinaryMapping(), ordinaryTrails(), nil
	}
	if s.Mapping.parsed != nil {
		return s.Mapping, s.Mapping.parsed, nil
	}
	parsed, err := s.Mapping.parse()
	return s.Mapping, parsed, err
}

// genericAlert reads one object. It reports false if there is nothing in it that a person could be told, as in the
// bodies of test buttons, which are full of nulls.
func genericAlert(m *Mapping, at *trails, doc any, zone *time.Location) (Alert, bool) {
	if _, object := doc.(map[string]any); !object {
		return Alert{}, false
	}
	a := Alert{
		Title:       read(at.title, doc),
		Severity:    translate(m.SeverityValues, read(at.severity, doc)),
		Service:     read(at.service, doc),
		Host:        read(at.host, doc),
		DedupeKey:   read(at.key, doc),
		StartsAt:    momentIn(read(at.start, doc), zone),
		Link:        read(at.link, doc),
		Runbook:     read(at.runbook, doc),
		Description: read(at.description, doc),
		Actor:       read(at.actor, doc),
		Comment:     read(at.comment, doc),
	}
	if found, _ := pick(at.labels, doc); found != nil {
		a.Labels = members(found)
	}
	a.Event, a.Status = genericEvent(translate(m.StatusValues, read(at.status, doc)))
	return a, first(a.Title, a.Description, a.DedupeKey) != ""
}

// noTitle is why genericAlert makes nothing of an entry of a list.
func noTitle(doc any) string {
	if _, object := doc.(map[string]any); !object {
		return "alert.error_unread_object"
	}
	return "alert.error_unread_title"
}

// members gives an object's members as texts.
func members(v any) map[string]string {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	texts := make(map[string]string, len(object))
	for name, value := range object {
		texts[name] = plainText(value)
	}
	return texts
}
