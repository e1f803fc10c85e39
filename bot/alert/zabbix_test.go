package alert

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestZabbixOfOtherShapes(t *testing.T) {
	shapes(t, "zabbix", []shape{
		{
			"without a value macros are empty", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_nseverity":"5","host_host":"db-1","event_timestamp":"{EVENT.TIMESTAMP}","event_date":"2026.11.21","event_time":"11:20:00","trigger_url":"{TRIGGER.URL}","event_tags":"{EVENT.TAGSJSON}"}`,
			`trigger critical "CPU" @db-1 7 2026-11-21T11:20:00`,
		},
		{
			"recovery with its time", "", `{"event_id":"7","event_name":"CPU","event_value":"0","event_status":"RESOLVED","event_nseverity":"3","event_timestamp":"1795260000","recovery_timestamp":"1795260300","event_tags":[{"tag":"Service","value":"shop"},{"tag":"Service","value":"pay"}]}`,
			`resolve warning "CPU" shop, pay@ 7 2026-11-21T11:20:00 until 11:25:00`,
		},
		{"tags as a text", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_tags":"service:shop, env:prod, bare"}`, `trigger unknown "CPU" shop@ 7`},
		{"tags as JSON in a text", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_severity":"Not classified","event_tags":"[{\"tag\":\"service\",\"value\":\"shop\"}]"}`, `trigger info "CPU" shop@ 7`},
		{"closed by hand", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":"1","event_update_action":"acknowledged, commented and closed","event_update_message":"done"}`, `resolve unknown "CPU" @ 7 (done)`},
		{"unacknowledged", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":"1","event_update_action":"unacknowledged"}`, `note unknown "CPU" @ 7`},
		{"suppressed", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":"1","event_update_action":"suppressed until 2026-11-22"}`, `note unknown "CPU" @ 7`},
		{"acknowledged and worse", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_nseverity":"2","event_update_nseverity":"4","event_update_status":"1","event_update_action":"acknowledged and changed severity from Warning to High"}`, `update error "CPU" @ 7`},
		{"actions as bits", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":1,"event_update_action":6}`, `acknowledge unknown "CPU" @ 7`},
		{"the bit for closing", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":1,"event_update_action":5}`, `resolve unknown "CPU" @ 7`},
		{"the bit for the severity", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":1,"event_update_action":"8"}`, `update unknown "CPU" @ 7`},
		{"the bit for suppressing", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":1,"event_update_action":32}`, `note unknown "CPU" @ 7`},
		{"actions as JSON", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":"1","event_update_actionjson":"{\"acknowledge\":true,\"severity\":{\"old\":2,\"new\":1},\"timestamp\":1730822048}"}`, `update unknown "CPU" @ 7`},
		{"close as JSON", "", `{"event_id":"7","event_name":"CPU","event_value":"1","event_update_status":"1","event_update_actionjson":"{\"close\":true}"}`, `resolve unknown "CPU" @ 7`},
		{"a comment on what is over", "", `{"event_id":"7","event_name":"CPU","event_value":"0","event_update_status":"1","event_update_action":"commented"}`, `resolve unknown "CPU" @ 7`},
		{"an unknown value fires", "", `{"event_id":"7","event_name":"CPU","event_value":"burning"}`, `trigger unknown "CPU" @ 7`},
		{"discovery: a device is down", "", `{"event_source":"1","event_id":"9","discovery_status":"DOWN","discovery_ip":"192.0.2.1","event_date":"2026.11.21","event_time":"11:20:00"}`, `trigger unknown "192.0.2.1" @192.0.2.1 ` + digest("zabbix", "192.0.2.1", "", "192.0.2.1")},
		{"and up again", "", `{"event_source":"1","event_id":"12","discovery_status":"UP","discovery_ip":"192.0.2.1"}`, `resolve unknown "192.0.2.1" @192.0.2.1 ` + digest("zabbix", "192.0.2.1", "", "192.0.2.1")},
		{"autoregistration asks for nothing", "", `{"event_source":"2","event_id":"9","subject":"new agent"}`, `idle autoregistration`},
		{"an internal event", "", `{"event_source":"3","event_id":"9","event_value":"1","event_name":"Item is not supported","event_nseverity":"{EVENT.NSEVERITY}","host_host":"db-1"}`, `trigger unknown "Item is not supported" @db-1 9`},
		{"a service", "", `{"event_source":"4","event_id":"9","event_value":"1","event_name":"Status of service \"shop\" changed","event_nseverity":"4","service_name":"shop"}`, `trigger error "Status of service \"shop\" changed" shop@ 9`},
		{"a service that gets worse", "", `{"event_source":"4","event_id":"9","event_value":"1","event_name":"shop","event_nseverity":"5","service_name":"shop","event_update_status":"1"}`, `update critical "shop" shop@ 9`},
		{"the test button", "", `{"subject":"Test subject","message":"This is the test message from Zabbix","event_id":"{EVENT.ID}","event_name":"{EVENT.NAME}"}`, `error_test`},
		{"nothing", "", `{}`, `error_no_title`},
		{"parameters of Zabbix's own media types", "", `{"alert_subject":"Problem: CPU","alert_message":"x","event_id":"7","event_nseverity":"4","event_source":"0","event_value":"1","event_update_status":"0","host_name":"DB 1","trigger_id":"3","zabbix_url":"https://z.example/"}`, `trigger error "Problem: CPU" @DB 1 7`},
		{"no event", "", `{"trigger_id":"3","event_name":"CPU","host_host":"db-1","event_value":"1"}`, `trigger unknown "CPU" @db-1 3@db-1`},
	})
}

func TestZabbixTimesAreReadInTheSourcesZone(t *testing.T) {
	s := Source{Name: "zabbix", Zone: "Asia/Tokyo"}
	if err := s.Compile(); err != nil {
		t.Fatal(err)
	}
	d, err := s.Decode(nil, []byte(`{"event_id":"7","event_name":"CPU","event_value":"1","event_date":"2026.11.21","event_time":"20:20:00"}`), noon())
	if got := shown(d, err); got != `trigger unknown "CPU" @ 7 2026-11-21T11:20:00` {
		t.Error(got)
	}
}

func TestAProblemsLifeInZabbix(t *testing.T) {
	event := func(more string) string {
		return `{"event_id":"7","event_name":"CPU","host_host":"db-1","event_date":"2026.11.21","event_time":"11:20:00",` + more + `}`
	}
	row, news := life(t, "zabbix", http.Header{},
		event(`"event_value":"1","event_nseverity":"2"`), event(`"event_value":"1","event_nseverity":"2"`),
		event(`"event_value":"1","event_nseverity":"2","event_update_status":"1","event_update_action":"acknowledged"`),
		event(`"event_value":"1","event_nseverity":"4","event_update_status":"1","event_update_action":"changed severity from Warning to High"`),
		event(`"event_value":"0","event_nseverity":"4"`), event(`"event_value":"0","event_nseverity":"4"`))
	if want := []News{New, Repeat, Noted, Worsened, Cleared, StaleResolved}; !slices.Equal(news, want) || row.Status != Resolved {
		t.Errorf("%v, want %v", news, want)
	}
}

// mediaType is what the file to import holds, as far as it matters.
type mediaType struct {
	Export struct {
		MediaTypes []struct {
			Script     string `yaml:"script"`
			Parameters []struct {
				Name  string `yaml:"name"`
				Value string `yaml:"value"`
			} `yaml:"parameters"`
		} `yaml:"media_types"`
	} `yaml:"zabbix_export"`
}

func TestTheMediaTypeHoldsTheScriptAndAllThatIsRead(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "senders")
	script, err := os.ReadFile(filepath.Join(folder, "zabbix.js"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "zabbix.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var m mediaType
	if err := yaml.Unmarshal(text, &m); err != nil || len(m.Export.MediaTypes) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	media := m.Export.MediaTypes[0]
	if media.Script != string(script) {
		t.Error("the script in zabbix.yaml isn't that of zabbix.js")
	}
	body := map[string]string{}
	for _, p := range media.Parameters {
		body[p.Name] = p.Value
	}
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if got := refused(t, "zabbix", string(sent)); got != "alert.error_no_title" {
		t.Errorf("macros without values give %s", got)
	}
	for _, name := range strings.Fields("event_id event_name event_value event_nseverity event_source event_tags event_update_status event_update_action event_update_message event_update_user event_date event_time trigger_id trigger_url host_host zabbix_url") {
		if !macro(body[name]) {
			t.Errorf("%s is %q", name, body[name])
		}
	}
}
