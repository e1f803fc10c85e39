package storm

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Request is one that a sender makes.
type Request struct {
	Source, Type, Body string
	Keys               []string // of the alerts in it, as Matoi keeps them
}

// Scene is a storm. Requests of one sender are made in their order; Requests of different ones at once.
type Scene struct {
	Senders map[string][]Request
	Alerts  int
	Keys    map[string]bool // of all alerts, behind their source
	Own     []string        // titles of what has nothing to do with the switch
}

// Config is what somebody with such machines would have configured: what runs on them needs the network, and what checks of
// machines say while the network has an incident belongs there.
const Config = `services:
  - {name: network, description: Switches and routers, tier: 1}
  - {name: web, depends_on: [network]}
  - {name: app, depends_on: [network]}
  - {name: db, depends_on: [network]}
  - {name: cache, depends_on: [network]}
  - {name: mq, depends_on: [network]}
  - {name: batch, depends_on: [network]}
  - {name: edge, depends_on: [network]}
  - {name: log, depends_on: [network]}
rules:
  - {name: switches, match: {host: "*-sw-*"}, do: open, service: network, priority: P1}
  - {name: machines, match: {source: icinga2}, do: attach, service: network}
  - {name: unreachable, match: {source: zabbix, title: "*unreachable*"}, do: attach, service: network}
  - {name: pages, match: {source: uptime-kuma}, do: open, service: edge, priority: P2}
`

const (
	roles  = "web app db cache mq batch edge log"
	checks = "ping ssh disk load"
	group  = 50 // machines in one notification of Alertmanager
)

// New makes the storm of so many machines, with so many alerts in all or somewhat more.
func New(machines, alerts int, at time.Time) *Scene {
	s := &Scene{Senders: map[string][]Request{}, Keys: map[string]bool{}, Own: []string{"Error rate of payments is 31%", "backup-01: /var is full"}}
	s.icinga("core-sw-1", "", "DOWN", "PROBLEM", at)
	s.wave(machines, at)
	s.prometheus([]string{"pay-01"}, "payments", "HighErrorRate", s.Own[0], "firing", at)
	s.zabbix("backup-01", s.Own[1], true, at)
	clears := machines / 2 * (2 + len(strings.Fields(checks)))
	for s.Alerts < alerts-clears {
		s.again(machines, alerts-clears, at)
	}
	s.clear(machines/2, at)
	return s
}

// name gives a machine its name: 40 in a rack.
func name(k int) (host, role string) {
	all := strings.Fields(roles)
	role = all[k%len(all)]
	return fmt.Sprintf("%s-r%02d-%03d.dc1", role, k/40, k), role
}

// wave is what is told of the machines once.
func (s *Scene) wave(machines int, at time.Time) {
	some := map[string][]string{}
	for k := range machines {
		host, role := name(k)
		s.icinga(host, "", "DOWN", "PROBLEM", at.Add(time.Duration(k)*time.Millisecond))
		for _, check := range strings.Fields(checks) {
			s.icinga(host, check, "CRITICAL", "PROBLEM", at.Add(time.Duration(k)*time.Millisecond))
		}
		if some[role] = append(some[role], host); len(some[role]) == group {
			s.prometheus(some[role], role, "InstanceDown", "", "firing", at)
			delete(some, role)
		}
		if k%5 == 0 {
			s.zabbix(host, host+" is unreachable for 5 minutes", true, at)
		}
		if k%50 == 0 {
			s.kuma(k, 0, at)
		}
	}
	for _, role := range strings.Fields(roles) {
		if len(some[role]) > 0 {
			s.prometheus(some[role], role, "InstanceDown", "", "firing", at)
		}
	}
}

// again is what Icinga says again of what is still down.
func (s *Scene) again(machines, upTo int, at time.Time) {
	for k := 0; k < machines && s.Alerts < upTo; k++ {
		host, _ := name(k)
		s.icinga(host, "", "DOWN", "PROBLEM", at.Add(time.Duration(k)*time.Millisecond))
		for _, check := range strings.Fields(checks) {
			s.icinga(host, check, "CRITICAL", "PROBLEM", at.Add(time.Duration(k)*time.Millisecond))
		}
	}
}

// clear says of the first machines that they are back.
func (s *Scene) clear(machines int, at time.Time) {
	for k := range machines {
		host, role := name(k)
		s.icinga(host, "", "UP", "RECOVERY", at.Add(time.Hour))
		for _, check := range strings.Fields(checks) {
			s.icinga(host, check, "OK", "RECOVERY", at.Add(time.Hour))
		}
		if _, told := s.Keys["alertmanager:"+mark(host)]; told {
			s.prometheus([]string{host}, role, "InstanceDown", "", "resolved", at)
		}
	}
}

func (s *Scene) add(r Request) {
	s.Senders[r.Source] = append(s.Senders[r.Source], r)
	s.Alerts += len(r.Keys)
	for _, key := range r.Keys {
		s.Keys[key] = true
	}
}

func (s *Scene) icinga(host, check, state, kind string, at time.Time) {
	form := url.Values{
		"source": {"icinga2"}, "notification_type": {kind}, "host_name": {host}, "host_display": {host}, "service_name": {check}, "service_display": {check},
		"last_state_change": {fmt.Sprint(at.Unix())}, "output": {"PING CRITICAL - Packet loss = 100%"},
	}
	key := "icinga2:" + host
	if check == "" {
		form.Set("host_state", state)
	} else {
		key += "!" + check
		form.Set("service_state", state)
		form.Set("output", strings.ToUpper(check)+" CRITICAL - Socket timeout after 10 seconds")
	}
	s.add(Request{"icinga2", "application/x-www-form-urlencoded", form.Encode(), []string{key}})
}

// mark is the fingerprint of a machine's alert.
func mark(host string) string { return fmt.Sprintf("%x", host) }

func (s *Scene) prometheus(hosts []string, service, name, summary, status string, at time.Time) {
	type one struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
		StartsAt    time.Time         `json:"startsAt"`
		Fingerprint string            `json:"fingerprint"`
	}
	body := struct {
		Version  string `json:"version"`
		GroupKey string `json:"groupKey"`
		Status   string `json:"status"`
		Alerts   []one  `json:"alerts"`
	}{"4", fmt.Sprintf("{}:{alertname=%q,service=%q}", name, service), status, nil}
	var keys []string
	for _, host := range hosts {
		text := summary
		if text == "" {
			text = host + " does not answer"
		}
		body.Alerts = append(body.Alerts, one{
			status,
			map[string]string{"alertname": name, "service": service, "instance": host, "severity": "critical"},
			map[string]string{"summary": text},
			at, mark(host),
		})
		keys = append(keys, "alertmanager:"+mark(host))
	}
	text, _ := json.Marshal(body) //nolint:errchkjson // texts only
	s.add(Request{"alertmanager", "application/json", string(text), keys})
}

func (s *Scene) zabbix(host, title string, down bool, at time.Time) {
	value := "0"
	if down {
		value = "1"
	}
	text, _ := json.Marshal(map[string]string{ //nolint:errchkjson // texts only
		"source": "zabbix", "event_id": mark(host), "event_name": title, "event_value": value, "event_status": "PROBLEM", "event_severity": "High", "event_nseverity": "4",
		"event_source": "0", "event_update_status": "0", "event_date": at.UTC().Format("2006.01.02"), "event_time": at.UTC().Format("15:04:05"),
		"host_host": host, "host_name": host,
	})
	s.add(Request{"zabbix", "application/json", string(text), []string{"zabbix:" + mark(host)}})
}

func (s *Scene) kuma(monitor, status int, at time.Time) {
	text := fmt.Sprintf(`{"heartbeat":{"monitorID":%d,"status":%d,"time":%q,"msg":"connect ETIMEDOUT"},"monitor":{"id":%d,"name":"page %d","url":"https://page-%d.example.com/"},"msg":"down"}`,
		monitor, status, at.UTC().Format("2006-01-02 15:04:05.000"), monitor, monitor, monitor)
	s.add(Request{"uptime-kuma", "application/json", text, []string{fmt.Sprintf("uptime-kuma:%d", monitor)}})
}
