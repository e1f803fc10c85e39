package alert

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestCloudEventsOfOtherShapes(t *testing.T) {
	shapes(t, "cloudevents", []shape{
		{"without a start the time tells only when it was sent", "", `{"specversion":"1.0","id":"1","source":"/j","type":"job.failed","subject":"nightly","time":"2026-11-21T11:20:00Z","data":{"title":"late"}}`, `trigger unknown "late" @ /j#nightly`},
		{"data tells the state before the type", "", `{"id":"1","source":"/j","type":"job.failed","subject":"n","data":{"title":"late","status":"ok"}}`, `resolve unknown "late" @ /j#n`},
		{"a type with a version", "", `{"id":"1","source":"/j","type":"com.example.alert.resolved.v2","subject":"n","data":{"title":"late"}}`, `resolve unknown "late" @ /j#n`},
		{"a type with a longer version", "", `{"id":"1","source":"/j","type":"dev.cdevents.incident.detected.0.2.0","subject":"n","data":{"title":"late"}}`, `trigger unknown "late" @ /j#n`},
		{"which says that it is over", "", `{"id":"1","source":"/j","type":"dev.cdevents.incident.resolved.0.2.0","subject":"n","data":{"title":"late"}}`, `resolve unknown "late" @ /j#n`},
		{"a version alone", "", `{"id":"1","source":"/j","type":"v1.0","subject":"n","data":{"title":"late"}}`, `trigger unknown "late" @ /j#n`},
		{"an acknowledgement", "", `{"id":"1","source":"/j","type":"com.example.alert.acknowledged","subject":"n"}`, `acknowledge unknown "n" @ /j#n`},
		{"no subject but a key", "", `{"id":"1","source":"/j","type":"t","data":{"title":"late","key":"k1"}}`, `trigger unknown "late" @ /j#k1`},
		{"neither", "", `{"id":"1","source":"/j","type":"t","data":{"title":"late"}}`, `trigger unknown "late" @ /j#` + digest("late", "", "")},
		{"data in base64", "", `{"id":"1","source":"/j","type":"t","subject":"n","data_base64":"eyJ0aXRsZSI6ImxhdGUiLCJzZXZlcml0eSI6ImhpZ2gifQ=="}`, `trigger error "late" @ /j#n`},
		{"data as a text", "", `{"id":"1","source":"/j","type":"t","subject":"n","datacontenttype":"text/plain","data":"disk full\non db-1"}`, `trigger unknown "disk full" @ /j#n`},
		{"JSON as a text", "", `{"id":"1","source":"/j","type":"t","subject":"n","data":"{\"title\":\"late\"}"}`, `trigger unknown "late" @ /j#n`},
		{"no data", "", `{"id":"1","source":"/j","type":"com.example.alert.firing","subject":"n"}`, `trigger unknown "n" @ /j#n`},
		{"an extension tells the severity", "", `{"id":"1","source":"/j","type":"t","severity":"critical","data":{"title":"late"},"subject":"n"}`, `trigger critical "late" @ /j#n`},
		{"version 0.1", "", `{"cloudEventsVersion":"0.1","eventID":"1","source":"/j","eventType":"x.resolved","subject":"n","data":{"title":"late"}}`, `resolve unknown "late" @ /j#n`},
		{"a batch", "", `[{"id":"1","source":"/j","type":"t","subject":"a","data":{"title":"A"}},5,{"id":"2","source":"/j","type":"t.ok","subject":"b","data":{"title":"B"}}]`, "trigger unknown \"A\" @ /j#a\nresolve unknown \"B\" @ /j#b"},
		{"nothing", "", `{}`, `error_no_event`},
		{"an empty batch", "", `[]`, `error_no_event`},
		{"no JSON", "", `hello`, `error_not_json`},
	})
}

func TestBinaryCloudEventsHoldAnything(t *testing.T) {
	header := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"e1"}, "Ce-Source": {"/j"}, "Ce-Type": {"x.firing"}, "Ce-Subject": {"%E5%A4%9C%E9%96%93"}}
	for body, want := range map[string]string{
		`{"title":"late","status":"resolved"}`: `resolve unknown "late" @ /j#夜間`,
		"disk full\n":                          `trigger unknown "disk full" @ /j#夜間`,
		"":                                     `trigger unknown "夜間" @ /j#夜間`,
		"\xff\xfe\x00":                         `trigger unknown "夜間" @ /j#夜間`,
	} {
		d, err := Decode("cloudevents", nil, header, []byte(body), noon())
		if got := shown(d, err); got != want || d.DeliveryID != "/j#e1" {
			t.Errorf("%q: %s, delivery %q", body, got, d.DeliveryID)
		}
	}
}

func TestAMappingReadsTheDataOfACloudEvent(t *testing.T) {
	s := Source{Name: "jobs", Format: "cloudevents", Mapping: &Mapping{Title: "job.name", Status: "job.state", StatusValues: map[string]string{"done": "resolved"}}}
	if err := s.Compile(); err != nil {
		t.Fatal(err)
	}
	d, err := s.Decode(nil, []byte(`{"id":"1","source":"/j","type":"t","subject":"n","data":{"job":{"name":"nightly","state":"done"}}}`), noon())
	if got := shown(d, err); got != `resolve unknown "nightly" @ /j#n` {
		t.Error(got)
	}
}

func TestALongBatchIsCutAndCounted(t *testing.T) {
	var list []string
	for i := range maxAlerts + 200 {
		list = append(list, fmt.Sprintf(`{"id":"%d","source":"/j","type":"t","subject":"s%d"}`, i, i))
	}
	d, err := Decode("cloudevents", nil, nil, []byte("["+strings.Join(list, ",")+"]"), noon())
	if err != nil || len(d.Alerts) != maxAlerts || d.Truncated != 200 || d.DeliveryID != "" {
		t.Errorf("%d alerts, %d cut, id %q, %v", len(d.Alerts), d.Truncated, d.DeliveryID, err)
	}
}
