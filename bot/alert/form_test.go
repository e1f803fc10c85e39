package alert

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestFormsAreMappedAsIfTheyWereJSON(t *testing.T) {
	for _, c := range []struct{ name, kind, body, want string }{
		{"plain", "application/x-www-form-urlencoded", "title=disk+full&severity=high&host=db-1&key=k1&started_at=2026-11-21T11:20:00Z", `trigger error "disk full" @db-1 k1 2026-11-21T11:20:00`},
		{"resolved", "application/x-www-form-urlencoded; charset=utf-8", "title=%E6%BA%80%E6%9D%AF&status=ok&key=k1", `resolve unknown "満杯" @ k1`},
		{"a field that holds JSON", "application/x-www-form-urlencoded", "payload=%7B%22title%22%3A%22full%22%2C%22key%22%3A%22k1%22%7D", `trigger unknown "full" @ k1`},
		{"JSON that says it is a form", "application/x-www-form-urlencoded", `{"title":"full","key":"k1"}`, `trigger unknown "full" @ k1`},
		{"several parts", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nfull\r\n--b\r\nContent-Disposition: form-data; name=\"key\"; filename=\"x\"\r\n\r\nno\r\n--b--", `trigger unknown "full" @ ` + digest("generic", "full", "", "")},
		{"a part cut short", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nfull", `trigger unknown "full" @ ` + digest("generic", "full", "", "")},
		{"escapes cut short", "application/x-www-form-urlencoded", "title=full&key=%4", `trigger unknown "full" @ ` + digest("generic", "full", "", "")},
		{"nothing", "application/x-www-form-urlencoded", "", `error_no_fields`},
		{"no boundary", "multipart/form-data", "--b", `error_no_title`},
	} {
		d, err := Decode(Generic, nil, http.Header{"Content-Type": {c.kind}}, []byte(c.body), noon())
		if got := shown(d, err); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestPathsLeadIntoForms(t *testing.T) {
	m := &Mapping{Title: "alarm.name", Labels: "tags", Host: "hosts[1]", DedupeKey: `["a.b"]`}
	if err := m.Compile(); err != nil {
		t.Fatal(err)
	}
	body := `alarm[name]=full&tags={"env":"prod"}&hosts=a&hosts=b&a.b=k1&x[y][z]=1&[]=2`
	d, err := Decode(Generic, m, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(body), noon())
	if got := shown(d, err); got != `trigger unknown "full" @b k1` || d.Alerts[0].Labels["env"] != "prod" {
		t.Errorf("%s, labels %v", got, d.Alerts)
	}
}

func TestAFormOfTooManyFieldsIsCut(t *testing.T) {
	var body strings.Builder
	body.WriteString("title=full")
	for i := range 2000 {
		fmt.Fprintf(&body, "&z%d=1", i)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if doc := formDoc(form(header, []byte(body.String()))).(map[string]any); len(doc) != maxFields || doc["title"] != "full" {
		t.Errorf("%d fields, title %v", len(doc), doc["title"])
	}
	for _, source := range []string{Generic, "nagios", "zabbix"} {
		if _, err := Decode(source, nil, header, []byte(body.String()), noon()); err != nil {
			refusal(t, err)
		}
	}
}

func TestBodiesInOlderCharsetsOfJapanAreRead(t *testing.T) {
	const said = `{"title":"表示が遅い","key":"k1"}`
	sjis := "{\"title\":\"\x95\x5c\x8e\xa6\x82\xaa\x92\x78\x82\xa2\",\"key\":\"k1\"}"
	euc := "{\"title\":\"\xc9\xbd\xbc\xa8\xa4\xac\xc3\xd9\xa4\xa4\",\"key\":\"k1\"}"
	jis := "{\"title\":\"\x1b$BI=<($,CY$$\x1b(B\",\"key\":\"k1\"}"
	for _, c := range []struct{ kind, body, want string }{
		{"application/json", said, `trigger unknown "表示が遅い" @ k1`},
		{"application/json; charset=Shift_JIS", sjis, `trigger unknown "表示が遅い" @ k1`},
		{"application/json", sjis, `trigger unknown "表示が遅い" @ k1`},
		{"application/json", euc, `trigger unknown "表示が遅い" @ k1`},
		{"application/json; charset=euc-jp", euc, `trigger unknown "表示が遅い" @ k1`},
		{"application/json; charset=iso-2022-jp", jis, `trigger unknown "表示が遅い" @ k1`},
		{"application/json", "{\"title\":\"caf\xe9 full\",\"key\":\"k1\"}", `trigger unknown "caf� full" @ k1`},
		{"application/x-www-form-urlencoded", "key=k1&title=\x95\x5c\x8e\xa6\x82\xaa\x92\x78\x82\xa2", `trigger unknown "表示が遅い" @ k1`},
		{"application/x-www-form-urlencoded", "key=k1&title=%95%5C%8E%A6%82%AA%92x%82%A2", `trigger unknown "表示が遅い" @ k1`},
	} {
		d, err := Decode(Generic, nil, http.Header{"Content-Type": {c.kind}}, []byte(c.body), noon())
		if got := shown(d, err); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.kind, c.body, got, c.want)
		}
	}
}

// curl and others say form of all that they send.
func TestJSONThatSaysItIsAFormIsReadAsJSON(t *testing.T) {
	for _, name := range samples(t) {
		s := load(t, name)
		header := s.header(t)
		if kind := header.Get("Content-Type"); s.BodyRaw != "" || !looksJSON(s.Body) || strings.Contains(kind, "form") {
			continue
		}
		want, errWant := Decode(s.Source, nil, header, s.Body, s.received())
		header = header.Clone()
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		got, err := Decode(s.Source, nil, header, s.Body, s.received())
		if shown(got, err) != shown(want, errWant) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, shown(got, err), shown(want, errWant))
		}
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, source := range []string{"nagios", "icinga2"} {
		for body, want := range map[string]string{
			` {"hostname":"w","hoststate":"DOWN","hostoutput":"no ping","notificationtype":"PROBLEM"}`: `trigger critical "w: no ping" @w w`,
			`{"hostname":"w"`: "error_not_json",
			`{"hostname":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`: "error_too_deep",
			``:                     "error_no_host",
			`host_state=%5B%5B%5B`: "error_no_host",
		} {
			if got := shown(Decode(source, nil, header, []byte(body), noon())); got != want {
				t.Errorf("%s %.40q: %s, want %s", source, body, got, want)
			}
		}
	}
}
