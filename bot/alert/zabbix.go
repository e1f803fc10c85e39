package alert

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// zabbix decodes what a webhook media type of Zabbix posts: docs/senders/zabbix.js is ours, and parameters of the names
// that Zabbix's own media types use are read as well. What they hold are macros
// (https://www.zabbix.com/documentation/current/en/manual/appendix/macros/supported_by_location); one without a value
// arrives as its own name.
func zabbix(s Source, header http.Header, body []byte) (Delivery, error) {
	byName, _, err := flat(header, body)
	if err != nil {
		return Delivery{}, err
	}
	z := zabbixEvent{checked{field: byName}, s.zone()}
	switch source := z.of("eventsource"); {
	case z.of("eventid", "eventname", "triggerid", "servicename", "discoverystatus") == "" && source != "2":
		if z.of("subject", "alertsubject", "message", "alertmessage") != "" {
			return Delivery{}, tested("Zabbix")
		}
		return Delivery{}, undecoded("alert.error_no_title")
	case source == "2":
		return Delivery{}, idle("autoregistration")
	}
	return Delivery{Alerts: []Alert{z.alert()}, DeliveryID: deliveryID(header)}, nil
}

// zabbixEvent is a notification about one event.
type zabbixEvent struct {
	checked

	zone *time.Location
}

// alert translates the event: a trigger's, one of network discovery, an internal one (an item that can't be read), or one
// of a service.
func (z zabbixEvent) alert() Alert {
	tags, kept := z.tags()
	a := Alert{
		Title:       z.of("eventname", "triggername", "subject", "alertsubject"),
		Severity:    z.severity(),
		Service:     first(kept("service"), z.of("servicename")),
		Host:        z.of("hosthost", "host", "hostname", "hostip", "discoveryip"),
		DedupeKey:   z.of("eventid"),
		StartsAt:    z.moment("event"),
		Link:        z.link(),
		Runbook:     z.of("triggerurl"),
		Description: z.of("triggerdescription", "servicedescription", "message", "alertmessage"),
		Actor:       z.of("eventupdateuser", "user", "userfullname"),
		Comment:     z.of("eventupdatemessage"),
		Labels:      tags,
	}
	for label, name := range map[string]string{
		"host_groups": "hostgroups", "host_name": "hostname", "item_name": "itemname", "item_value": "itemvalue", "opdata": "opdata",
		"trigger_id": "triggerid", "event_source": "eventsource",
	} {
		if value := z.of(name); value != "" && a.Labels[label] == "" {
			a.Labels[label] = value
		}
	}
	if z.of("eventsource") == "1" {
		a.DedupeKey = "" // each scan is an event of its own
		a.Title = first(strings.TrimSpace(z.of("discoveryname")+" "+a.Host), a.Title)
		a.StartsAt = time.Time{}
	} else if a.DedupeKey == "" {
		a.DedupeKey = strings.TrimPrefix(z.of("triggerid")+"@"+a.Host, "@")
	}
	a.Event, a.Status = z.event()
	if a.Status == Resolved {
		a.EndsAt = z.moment("recovery")
	}
	return a
}

// event tells what happened: a problem, its end, or an update by a person. Values are 1 for a problem, in discovery 1 for
// down and 3 for lost; unknown ones fire.
func (z zabbixEvent) event() (event, status string) {
	status = Firing
	word := z.of("eventvalue")
	if z.of("eventsource") == "1" {
		word = first(z.of("discoverystatus"), map[string]string{"0": "up", "2": "up"}[word], word)
	}
	if word = fold(first(word, z.of("eventstatus"))); word == "0" || word == "resolved" || word == "ok" || word == "up" || word == "discovered" {
		status = Resolved
	}
	if z.of("eventupdatestatus") != "1" {
		return eventOf(status), status
	}
	deeds := zabbixDeeds(z.of("eventupdateactionjson", "eventupdateaction"))
	switch {
	case deeds.closed || status == Resolved:
		return EventResolve, Resolved
	case deeds.severity, deeds == (zabbixDone{}) && z.of("eventsource") == "4": // a service's state has become another one
		return EventUpdate, Firing
	case deeds.acknowledged:
		return EventAcknowledge, Firing
	}
	return EventNote, Firing // a comment, and what Zabbix will know tomorrow
}

// zabbixDone is what one update did, as far as it matters.
type zabbixDone struct{ closed, acknowledged, severity bool }

// zabbixDeeds reads an update's actions: as the words of EVENT.UPDATE.ACTION ("acknowledged, commented and changed
// severity from Warning to High"), as the object of EVENT.UPDATE.ACTIONJSON (7.4), or as the number that the API takes
// (https://www.zabbix.com/documentation/current/en/manual/api/reference/event/acknowledge).
func zabbixDeeds(action string) zabbixDone {
	if bits, err := strconv.Atoi(action); err == nil {
		return zabbixDone{closed: bits&1 != 0, acknowledged: bits&2 != 0, severity: bits&8 != 0}
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(action), &object) == nil && object != nil {
		_, severity := object["severity"]
		return zabbixDone{closed: string(object["close"]) == "true", acknowledged: string(object["acknowledge"]) == "true", severity: severity}
	}
	words := strings.FieldsFunc(strings.ToLower(action), func(r rune) bool { return r < 'a' || r > 'z' })
	done := zabbixDone{severity: strings.Contains(strings.ToLower(action), "changed severity")}
	for _, word := range words {
		done.closed = done.closed || word == "closed"
		done.acknowledged = done.acknowledged || word == "acknowledged"
	}
	return done
}

// severity gives the severity by number, which no installation renames, else by its word.
func (z zabbixEvent) severity() string {
	switch number := z.of("eventupdatenseverity", "eventnseverity", "triggernseverity"); number {
	case "0", "1":
		return Notice
	case "2", "3":
		return Warning
	case "4":
		return Error
	case "5":
		return Critical
	}
	word := z.of("eventupdateseverity", "eventseverity", "triggerseverity")
	if fold(word) == "not classified" {
		return Notice
	}
	return word
}

// moment gives when the event, or its recovery, was: by its timestamp (since 7.0, or by our script), else by date and time in
// the server's zone.
func (z zabbixEvent) moment(what string) time.Time {
	if at := moment(z.of(what + "timestamp")); !at.IsZero() {
		return at
	}
	date, clock := z.of(what+"date"), z.of(what+"time")
	if date == "" && !strings.Contains(strings.TrimSpace(clock), " ") {
		return time.Time{}
	}
	return momentIn(date+" "+clock, z.zone)
}

// link gives the page of the event.
func (z zabbixEvent) link() string {
	if page := link(z.of("eventurl", "link")); page != "" {
		return page
	}
	base := strings.TrimRight(z.of("zabbixurl", "zbxurl"), "/")
	switch event, trigger := z.of("eventid"), z.of("triggerid"); {
	case base == "":
		return ""
	case event != "" && trigger != "":
		return base + "/tr_events.php?triggerid=" + trigger + "&eventid=" + event
	}
	return base
}

// tags gives the event's tags as labels, and a way to find one by its name in any case: as a list of objects (the parsed
// EVENT.TAGSJSON), as such a list in a text, or as EVENT.TAGS writes them, name:value with commas between.
func (z zabbixEvent) tags() (labels map[string]string, kept func(name string) string) {
	labels = map[string]string{}
	add := func(name, value string) {
		if name = strings.TrimSpace(name); name == "" {
			return
		}
		if had := labels[name]; had != "" && value != "" {
			value = had + ", " + value
		}
		labels[name] = strings.TrimSpace(value)
	}
	sent := z.of("eventtags", "eventtagsjson")
	var list []struct {
		Tag   word `json:"tag"`
		Value word `json:"value"`
	}
	if json.Unmarshal([]byte(sent), &list) == nil {
		for _, tag := range list {
			add(string(tag.Tag), string(tag.Value))
		}
	} else if !strings.HasPrefix(sent, "[") {
		for tag := range strings.SplitSeq(sent, ",") {
			name, value, _ := strings.Cut(tag, ":")
			add(name, value)
		}
	}
	return labels, func(name string) string {
		for _, label := range sortedNames(labels) {
			if fold(label) == name {
				return labels[label]
			}
		}
		return ""
	}
}
