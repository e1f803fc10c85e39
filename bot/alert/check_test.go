package alert

import (
	"net/http"
	"slices"
	"testing"
)

func TestIcingaOfOtherShapes(t *testing.T) {
	shapes(t, "icinga2", []shape{
		{
			"a downtime changes nothing", "", `notification_type=DOWNTIMESTART&host_name=db-1&service_name=pg&service_state=CRITICAL&output=x&author=ito&comment=work`,
			`maintenance_start critical "db-1 / pg: x" pg@db-1 db-1!pg (work)`,
		},
		{"nor does its end", "", `notification_type=DowntimeRemoved&host_name=db-1&host_state=DOWN&output=x`, `maintenance_end critical "db-1: x" @db-1 db-1`},
		{"flapping begins", "", `notification_type=FLAPPINGSTART&host_name=db-1&host_state=DOWN&output=x`, `flapping_start critical "db-1: x" @db-1 db-1`},
		{"flapping ends well", "", `notification_type=FLAPPINGEND&host_name=db-1&host_state=UP&output=x`, `flapping_end info "db-1: x" @db-1 db-1 but resolved`},
		{"flapping ends badly", "", `notification_type=FlappingEnd&host_name=db-1&host_state=DOWN&output=x`, `flapping_end critical "db-1: x" @db-1 db-1`},
		{"a host out of reach", "", `notification_type=PROBLEM&host_name=db-1&host_state=UNREACHABLE&last_state_change=1795260000.5`, `trigger unknown "db-1" @db-1 db-1 2026-11-21T11:20:00`},
		{"as JSON", "", `{"notification_type":"PROBLEM","host_name":"db-1","service_name":"pg","service_state":"WARNING","output":"slow\nvery","last_state_change":1795260000}`, `trigger warning "db-1 / pg: slow" pg@db-1 db-1!pg 2026-11-21T11:20:00`},
		{"by the names of its mail scripts", "", `NOTIFICATIONTYPE=PROBLEM&HOSTNAME=db-1&SERVICEDESC=pg&SERVICESTATE=CRITICAL&SERVICEOUTPUT=x`, `trigger critical "db-1 / pg: x" pg@db-1 db-1!pg`},
		{"no host", "", `notification_type=PROBLEM&service_name=pg`, `error_no_host`},
		{"no form", "", `hello`, `error_not_json`},
	})
}

func TestNagiosOfOtherShapes(t *testing.T) {
	shapes(t, "nagios", []shape{
		{"a host", "", `{"hostname":"w","hoststate":"DOWN","hostoutput":"no ping","lasthoststatechange":"1795260000","notificationtype":"PROBLEM","servicedesc":"$SERVICEDESC$"}`, `trigger critical "w: no ping" @w w 2026-11-21T11:20:00`},
		{"states by number", "", `{"NAGIOS_HOSTNAME":"w","NAGIOS_SERVICEDESC":"http","NAGIOS_SERVICESTATEID":"1","NAGIOS_SERVICEOUTPUT":"slow","NAGIOS_NOTIFICATIONTYPE":"PROBLEM"}`, `trigger warning "w / http: slow" http@w w!http`},
		{"a soft state is tried again first", "", `{"hostname":"w","servicedesc":"http","servicestate":"CRITICAL","servicestatetype":"SOFT","serviceoutput":"x"}`, `note critical "w / http: x" http@w w!http`},
		{"a hard state of an event handler", "", `{"hostname":"w","servicedesc":"http","servicestate":"CRITICAL","servicestatetype":"HARD","serviceoutput":"x"}`, `trigger critical "w / http: x" http@w w!http`},
		{"and its end", "", `{"hostname":"w","servicedesc":"http","servicestate":"OK","servicestatetype":"HARD","serviceoutput":"x"}`, `resolve info "w / http: x" http@w w!http`},
		{"an unknown type and state fire", "", `{"hostname":"w","servicedesc":"http","servicestate":"PURPLE","notificationtype":"SHOUT"}`, `trigger unknown "w / http" http@w w!http`},
		{"flapping was switched off", "", `{"hostname":"w","hoststate":"UP","notificationtype":"FLAPPINGDISABLED"}`, `flapping_end info "w" @w w but resolved`},
		{"a downtime is cancelled", "", `{"hostname":"w","hoststate":"UP","notificationtype":"DOWNTIMECANCELLED"}`, `maintenance_end info "w" @w w`},
		{"Checkmk", "", `{"NOTIFY_HOSTNAME":"w","NOTIFY_SERVICEDESC":"CPU","NOTIFY_SERVICESTATE":"CRITICAL","NOTIFY_SERVICEOUTPUT":"hot","NOTIFY_NOTIFICATIONTYPE":"PROBLEM","NOTIFY_LASTSERVICESTATECHANGE":"1795260000"}`, `trigger critical "w / CPU: hot" CPU@w w!CPU 2026-11-21T11:20:00`},
		{"never checked before", "", `{"hostname":"w","hoststate":"DOWN","lasthoststatechange":"0","notificationtype":"PROBLEM"}`, `trigger critical "w" @w w`},
	})
}

func TestAWarningThatTurnsCriticalIsStillTheSameTrouble(t *testing.T) {
	problem := func(state, before, since string) string {
		return `{"hostname":"w","servicedesc":"d","servicestate":"` + state + `","lastservicestate":"` + before + `","lastservicestatechange":"` + since + `","notificationtype":"PROBLEM"}`
	}
	row, news := life(t, "nagios", http.Header{}, problem("WARNING", "OK", "1795260000"), problem("CRITICAL", "WARNING", "1795260060"),
		problem("CRITICAL", "CRITICAL", "1795260000"), `{"hostname":"w","servicedesc":"d","servicestate":"OK","notificationtype":"RECOVERY"}`)
	if want := []News{New, Worsened, Repeat, Cleared}; !slices.Equal(news, want) || row.Severity != Critical {
		t.Errorf("%v %s, want %v", news, row.Severity, want)
	}
}

func TestTalkOfPlannedWorkOpensNothing(t *testing.T) {
	for _, kind := range []string{"DOWNTIMESTART", "DOWNTIMEEND", "CUSTOM", "ACKNOWLEDGEMENT", "FLAPPINGSTART"} {
		a := one(t, "icinga2", `notification_type=`+kind+`&host_name=h&host_state=DOWN`)
		if row, news := Meet(nil, a, noon()); news != Noted || row.Key != "" {
			t.Errorf("%s: %s %+v", kind, news, row)
		}
		if o := (Rules{}).For(a); o.Do != Follow {
			t.Errorf("%s: %s", kind, o.Do)
		}
	}
}

func TestLongOutputAndPagesOfACheckAreKept(t *testing.T) {
	a := one(t, "nagios", `{"hostname":"w","hoststate":"DOWN","hostoutput":"a","longhostoutput":"b\\nc","hostnotesurl":"https://wiki.example/w","icingaweb_url":"https://icinga.example/w","hostgroupnames":"web","hostalias":"$HOSTALIAS$"}`)
	if a.Description != "a\nb\nc" || a.Link != "https://icinga.example/w" || a.Runbook != "https://wiki.example/w" || a.Labels["hostgroupnames"] != "web" || len(a.Labels["hostalias"]) > 0 {
		t.Errorf("%+v", a)
	}
}

func TestMacrosThatWereNotReplacedCountAsEmpty(t *testing.T) {
	for value, want := range map[string]bool{
		"{EVENT.RECOVERY.ID}": true, "{EVENT.RECOVERY.DATE} {EVENT.RECOVERY.TIME}": true, "*UNKNOWN*": true, "$HOSTNAME$": true, "{$ZABBIX.URL}": true, "{?last(/h/k)}": false,
		"": false, "{}": false, "$$": false, "{x}": false, "A {EVENT.ID}": false, "{EVENT.ID} B": false, "{": false,
	} {
		if macro(value) != want {
			t.Errorf("%q: %v", value, !want)
		}
	}
}
