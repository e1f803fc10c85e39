package alert

import (
	"net/http"
	"strings"
)

// checked is a notification of Icinga or Nagios, whose words are the same. Users choose which macros are sent, and how:
// as a form or as JSON, under the macro's own name (NAGIOS_HOSTNAME, HOSTNAME) or under one of their own (host_name).
type checked struct {
	field map[string]string // by name without case and signs
	sent  map[string]string // by the name it was sent under
}

// icinga2 decodes what Icinga 2's NotificationCommand posts
// (https://icinga.com/docs/icinga-2/latest/doc/03-monitoring-basics/#notification-commands).
func icinga2(_ Source, header http.Header, body []byte) (Delivery, error) {
	return checkDelivery(header, body)
}

// nagios decodes what a command of Nagios posts, or one of its relatives Naemon and Checkmk
// (https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/macrolist.html).
func nagios(_ Source, header http.Header, body []byte) (Delivery, error) {
	return checkDelivery(header, body)
}

func checkDelivery(header http.Header, body []byte) (Delivery, error) {
	byName, sent, err := flat(header, body)
	if err != nil {
		return Delivery{}, err
	}
	c := checked{byName, sent}
	if c.of("hostname", "host") == "" {
		return Delivery{}, undecoded("alert.error_no_host")
	}
	return Delivery{Alerts: []Alert{c.alert()}, DeliveryID: deliveryID(header)}, nil
}

// of gives the first field of these names that was sent with a value. A macro that its sender doesn't know arrives as its own name.
func (c checked) of(names ...string) string {
	for _, name := range names {
		for _, prefix := range []string{"", "nagios", "icinga", "notify"} {
			if value := c.field[prefix+name]; strings.TrimSpace(value) != "" && !macro(value) {
				return value
			}
		}
	}
	return ""
}

// macro reports whether a value is nothing but a macro that wasn't replaced: $HOSTNOTESURL$, or {EVENT.RECOVERY.ID} once or several
// times with spaces between, or what Zabbix writes for one that it can't find a value for.
func macro(value string) bool {
	value = strings.TrimSpace(value)
	if value == "*UNKNOWN*" {
		return true
	}
	for _, part := range strings.Fields(value) {
		braced := len(part) > 2 && part[0] == '{' && part[len(part)-1] == '}'
		if dollars := len(part) > 2 && part[0] == '$' && part[len(part)-1] == '$'; !braced && !dollars {
			return false
		}
		for _, r := range part[1 : len(part)-1] {
			if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._$#?:<>", r) {
				return false
			}
		}
	}
	return value != ""
}

// alert translates a notification.
func (c checked) alert() Alert {
	host, service := c.of("hostname", "host"), c.of("servicedesc", "servicename", "service")
	kind, about := "host", host
	if service != "" {
		kind, about = "service", host+" / "+service
	}
	state := c.state(kind)
	output := first(c.of(kind+"output", "output"), c.of(kind+"checkoutput"))
	a := Alert{
		Title:       strings.TrimSuffix(about+": "+firstLine(output), ": "),
		Severity:    checkSeverity(state),
		Service:     service,
		Host:        host,
		DedupeKey:   host,
		Description: strings.TrimSpace(output + "\n" + strings.ReplaceAll(c.of("long"+kind+"output", "longoutput"), `\n`, "\n")),
		Link:        c.of(kind+"notesurl", "notesurl", kind+"actionurl", "actionurl"),
		Actor:       c.of("notificationauthor", "author", "notificationauthorname", kind+"ackauthor"),
		Comment:     c.of("notificationcomment", "comment", kind+"ackcomment"),
		Labels:      c.labels(),
		Check:       first(service, kind),
	}
	if service != "" {
		a.DedupeKey += "!" + service
	}
	if page := link(c.of("icingaweburl", "link", "url")); page != "" {
		a.Link, a.Runbook = page, a.Link
	}
	a.Event, a.Status = checkEvent(c.of("notificationtype", "type"), state, c.of(kind+"statetype", "statetype"))
	if a.Event != EventTrigger {
		return a
	}
	a.StartsAt = moment(c.of("last"+kind+"statechange", "laststatechange"))
	// A warning that turns critical is still the same trouble, but its state has changed since it began.
	before := checkState(c.of("last"+kind+"state", "laststate"))
	a.Undated = before != "" && before != "OK" && before != "UP" && before != "PENDING" && before != state
	return a
}

// state gives the state of the host or service in the words of both systems.
func (c checked) state(kind string) string {
	if state := checkState(c.of(kind+"state", "state")); state != "" {
		return state
	}
	names := map[string][]string{"host": {"UP", "DOWN", "UNREACHABLE"}, "service": {"OK", "WARNING", "CRITICAL", "UNKNOWN"}}[kind]
	if id := c.of(kind+"stateid", "stateid"); len(id) == 1 && id[0] >= '0' && int(id[0]-'0') < len(names) {
		return names[id[0]-'0']
	}
	return ""
}

// checkState writes a state in capitals; RECOVERY, which an old command may send as a state, is none.
func checkState(state string) string { return strings.ToUpper(strings.TrimSpace(state)) }

// checkSeverity gives the severity of a state: a check that can't tell, or a host behind one that is down, says nothing of how
// bad it is.
func checkSeverity(state string) string {
	switch state {
	case "OK", "UP":
		return Notice
	}
	return state
}

// checkEvent reads a type of notification; what is none of the known ones, or missing because an event handler sends, is
// told by the state. A soft state is one that the check will be tried again for before anybody hears of it.
func checkEvent(kind, state, hardness string) (event, status string) {
	good := state == "OK" || state == "UP"
	switch kind = strings.ToUpper(strings.Map(wordLetter, kind)); {
	case kind == "RECOVERY", strings.HasPrefix(kind, "FLAPPING") && kind != "FLAPPINGSTART" && good:
		if kind != "RECOVERY" {
			return EventFlappingEnd, Resolved
		}
		return EventResolve, Resolved
	case kind == "ACKNOWLEDGEMENT", kind == "ACKNOWLEDGE":
		return EventAcknowledge, Firing
	case kind == "CUSTOM":
		return EventNote, Firing
	case kind == "FLAPPINGSTART":
		return EventFlappingStart, Firing
	case strings.HasPrefix(kind, "FLAPPING"): // ended, or was switched off, while there is trouble
		return EventFlappingEnd, Firing
	case kind == "DOWNTIMESTART":
		return EventMaintenanceStart, Firing
	case strings.HasPrefix(kind, "DOWNTIME"): // ended, cancelled or removed
		return EventMaintenanceEnd, Firing
	case kind != "PROBLEM" && good:
		return EventResolve, Resolved
	case kind != "PROBLEM" && strings.EqualFold(strings.TrimSpace(hardness), "SOFT"):
		return EventNote, Firing
	}
	return EventTrigger, Firing
}

// wordLetter keeps the letters of a word: Icinga writes DowntimeStart in one place and DOWNTIMESTART in another.
func wordLetter(r rune) rune {
	if (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
		return -1
	}
	return r
}

// labels are what rules may match on: all that was sent, under the names it was sent under.
func (c checked) labels() map[string]string {
	kept := make(map[string]string, len(c.sent))
	for name, value := range c.sent {
		if !macro(value) {
			kept[name] = value
		}
	}
	return kept
}
