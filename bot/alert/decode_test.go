package alert

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestHostileTextsAreCleanedAndBounded(t *testing.T) {
	a := one(t, Generic, `{"title":"a\u0000b\u202ec\u2066d\ne\u001bf `+"\xff\xfe"+` \ud800 ok \u2028x 🔥👨‍👩‍👧 שלום","service":"`+strings.Repeat("サ", 500)+`","description":"1\r\n2\t3\u0007"}`)
	for _, bad := range []string{"\x00", "\u202e", "\u2066", "\n", "\x1b", "\xff", "\u2028"} {
		if strings.Contains(a.Title, bad) {
			t.Errorf("title %q keeps %q", a.Title, bad)
		}
	}
	for _, good := range []string{"🔥👨‍👩‍👧", "שלום", "ok"} {
		if !strings.Contains(a.Title, good) {
			t.Errorf("title %q lost %q", a.Title, good)
		}
	}
	if n := utf8.RuneCountInString(a.Service); n != maxName || !strings.HasSuffix(a.Service, "…") {
		t.Errorf("service has %d runes and ends %q", n, a.Service[len(a.Service)-6:])
	}
	if a.Description != "1\n2\t3" {
		t.Errorf("description %q keeps its lines", a.Description)
	}
}

func TestLongTitleIsCutAt300Runes(t *testing.T) {
	for _, unit := range []string{"x", "長", "🔥", "é"} {
		a := one(t, Generic, `{"title":"`+strings.Repeat(unit, 10_000)+`"}`)
		if n := utf8.RuneCountInString(a.Title); n != 300 || !strings.HasSuffix(a.Title, unit+"…") || !utf8.ValidString(a.Title) {
			t.Errorf("%s: %d runes, ends in %q", unit, n, a.Title[len(a.Title)-8:])
		}
	}
	if a := one(t, Generic, `{"title":"`+strings.Repeat("長", 300)+`"}`); strings.HasSuffix(a.Title, "…") {
		t.Error("a title of exactly 300 runes is cut")
	}
}

func TestLongKeysStayApart(t *testing.T) {
	long := strings.Repeat("k", 5000)
	a, b := one(t, Generic, `{"title":"x","key":"`+long+`1"}`), one(t, Generic, `{"title":"x","key":"`+long+`2"}`)
	if len(a.DedupeKey) > maxKey || a.DedupeKey == b.DedupeKey {
		t.Errorf("%d bytes, equal: %v", len(a.DedupeKey), a.DedupeKey == b.DedupeKey)
	}
}

func TestDeepNestingIsAnErrorInEveryFormat(t *testing.T) {
	for _, source := range Sources() {
		for _, body := range []string{
			strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
			strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
			`{"title":"x","alerts":[{"labels":{"a":` + strings.Repeat("[", 10_000),
		} {
			if id := refused(t, source, body); id != "alert.error_too_deep" {
				t.Errorf("%s: %s", source, id)
			}
		}
	}
	if a := one(t, Generic, `{"title":"`+strings.Repeat("[{", 5000)+`\"[[["}`); a.Title == "" {
		t.Error("brackets inside a text count as nesting")
	}
}

func TestWhatIsNoAlertSaysWhy(t *testing.T) {
	for _, c := range []struct{ source, body, want string }{
		{"nobody", `{}`, "alert.error_unknown_source"},
		{Alertmanager, ``, "alert.error_not_json"},
		{Alertmanager, `{"alerts":[`, "alert.error_not_json"},
		{Alertmanager, `[]`, "alert.error_no_object"},
		{Alertmanager, `"hello"`, "alert.error_no_object"},
		{Alertmanager, `{}`, "alert.error_no_alerts"},
		{Alertmanager, `{"alerts":[null,{},5,"x",[]]}`, "alert.error_no_alerts"},
		{Alertmanager, `{"alerts":{"a":1}}`, "alert.error_no_alerts"},
		{PagerDutyEventsV2, `{"event_action":"resolve"}`, "alert.error_no_key"},
		{PagerDutyEventsV2, `{"payload":null}`, "alert.error_no_key"},
		{Generic, `{"title":null,"status":null}`, "alert.error_no_title"},
		{Generic, `{"host":"db-1"}`, "alert.error_no_title"},
		{Generic, `[1,2]`, "alert.error_no_title"},
		{Generic, `{"title":"x"} {"title":"y"}`, "alert.error_not_json"},
		{Generic, `title=x&status=firing`, "alert.error_not_json"},
	} {
		if got := refused(t, c.source, c.body); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.source, c.body, got, c.want)
		}
	}
}

func TestOneOddFieldCostsNoAlert(t *testing.T) {
	d, err := Decode(Alertmanager, nil, nil, []byte(`{"status":7,"truncatedAlerts":"many","alerts":["junk",
		{"status":"RESOLVED","labels":{"alertname":"A","n":5,"o":{"x":1}},"annotations":[],"startsAt":12},
		{"labels":{"alertname":"B"},"fingerprint":99}]}`), noon())
	if err != nil || len(d.Alerts) != 2 {
		t.Fatalf("%d alerts, %v", len(d.Alerts), err)
	}
	a, b := d.Alerts[0], d.Alerts[1]
	if a.Title != "A" || a.Status != Resolved || a.Labels["n"] != "5" || a.Labels["o"] != `{"x":1}` {
		t.Errorf("%+v", a)
	}
	if b.DedupeKey != "alertmanager:99" || b.Status != Firing {
		t.Errorf("%+v", b)
	}
}

func TestPastTheBoundTheRestIsCounted(t *testing.T) {
	var b strings.Builder
	for i := range maxAlerts + 500 {
		fmt.Fprintf(&b, `{"title":"t","labels":{"alertname":"A","i":"%d"},"key":"%d"},`, i, i)
	}
	list := "[" + strings.TrimSuffix(b.String(), ",") + "]"
	for source, body := range map[string]string{Alertmanager: `{"truncatedAlerts":5,"alerts":` + list + `}`, Generic: list} {
		d, err := Decode(source, nil, nil, []byte(body), noon())
		want := map[string]int{Alertmanager: 505, Generic: 500}[source]
		if err != nil || len(d.Alerts) != maxAlerts || d.Truncated != want || d.Over != 500 {
			t.Errorf("%s: %d alerts, %d truncated (want %d), %v", source, len(d.Alerts), d.Truncated, want, err)
		}
	}
}

func TestUnbelievableStartBecomesTheTimeOfReceipt(t *testing.T) {
	for start, sane := range map[string]bool{
		`"0001-01-01T00:00:00Z"`: false, `"1999-12-31T23:59:59Z"`: false, `"2026-11-22T12:00:01Z"`: false, `"9999-01-01T00:00:00Z"`: false,
		`"soon"`: false, `null`: false, `0`: false, `-5`: false, `1e300`: false, `"2026-11-22T11:59:59Z"`: true, `"2000-01-01T00:00:00Z"`: true,
	} {
		a := one(t, Generic, `{"title":"x","starts_at":`+start+`}`)
		if a.Undated == sane || a.Undated && !a.StartsAt.Equal(noon()) {
			t.Errorf("%s: starts %v, undated %v", start, a.StartsAt, a.Undated)
		}
	}
}

func TestStartsAreReadAsSendersWriteThem(t *testing.T) {
	want := time.Date(2026, 11, 21, 5, 30, 0, 123456000, time.UTC)
	for _, start := range []string{
		`"2026-11-21T05:30:00.123456789Z"`, `"2026-11-21T14:30:00.123456+09:00"`, `"2026-11-21T14:30:00.123456+0900"`,
		`"2026-11-21 05:30:00.123456"`, `1795239000.123456`, `1795239000123.456`, `1795239000123456`, `"1795239000123456789"`,
	} {
		if a := one(t, Generic, `{"title":"x","starts_at":`+start+`}`); a.StartsAt.Sub(want).Abs() > time.Microsecond || a.StartsAt.Location() != time.UTC {
			t.Errorf("%s: %v, want %v", start, a.StartsAt, want)
		}
	}
}

func TestMissingKeyIsAStableHashThatKeepsDigits(t *testing.T) {
	a := one(t, Generic, `{"title":"disk 91%","host":"db-1","status":"firing"}`)
	again := one(t, Generic, `{"title":"disk 91%","host":"db-1","status":"resolved"}`)
	other := one(t, Generic, `{"title":"disk 91%","host":"db-2"}`)
	if a.DedupeKey != again.DedupeKey || a.DedupeKey == other.DedupeKey || !strings.HasPrefix(a.DedupeKey, "generic:") {
		t.Errorf("%s, %s, %s", a.DedupeKey, again.DedupeKey, other.DedupeKey)
	}
	x := one(t, Alertmanager, `{"alerts":[{"labels":{"alertname":"A"},"annotations":{"summary":"7%"}}]}`)
	y := one(t, Alertmanager, `{"alerts":[{"labels":{"alertname":"A"},"annotations":{"summary":"8%"}}]}`)
	if x.DedupeKey != y.DedupeKey {
		t.Error("without a fingerprint an alert of Alertmanager is told by its labels, not by a title that holds the value")
	}
}

func TestStatusWordsOfAnyCase(t *testing.T) {
	for word, want := range map[string]string{
		"firing": "trigger firing", "FIRING": "trigger firing", "Triggered": "trigger firing", "": "trigger firing", "odd": "trigger firing",
		"Resolved": "resolve resolved", "OK": "resolve resolved", "closed": "resolve resolved", " ok ": "resolve resolved", "ＯＫ": "resolve resolved",
		"ACKNOWLEDGE": "acknowledge firing", "comment": "note firing", "update": "update firing",
	} {
		a := one(t, Generic, `{"title":"x","action":"`+word+`"}`)
		if got := a.Event + " " + a.Status; got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
	change := `{"routing_key":"R","payload":{"summary":"deploy 1.2","source":"ci","timestamp":"2026-11-21T11:00:00Z","custom_details":{"build":"17"}},"links":[{"href":"https://ci.example.jp/17"}]}`
	if a := one(t, PagerDutyEventsV2, change); a.Severity != Notice || a.Title != "deploy 1.2" || a.Labels["build"] != "17" {
		t.Errorf("a change is %+v", a)
	}
	if a := one(t, PagerDutyEventsV2, `{"dedup_key":"k","payload":{"summary":"down","source":"db-1"}}`); a.Severity != Unknown {
		t.Errorf("an event without an action is %+v", a)
	}
	if a := one(t, PagerDutyEventsV2, `{"event_action":"RESOLVE","dedup_key":"k"}`); a.Status != Resolved {
		t.Error("PagerDuty's actions depend on case")
	}
}

func TestOnlyLinksThatAreSafeToFollowAreKept(t *testing.T) {
	for sent, want := range map[string]string{
		"https://a.example/x?y=1#z": "https://a.example/x?y=1#z", "HTTP://a.example": "HTTP://a.example",
		"javascript:alert(1)": "", "data:text/html,x": "", "/local": "", "https://" + strings.Repeat("a", 5000): "",
	} {
		if got := one(t, Generic, `{"title":"x","url":"`+sent+`"}`).Link; got != want {
			t.Errorf("%.40s: %.40q, want %.40q", sent, got, want)
		}
	}
	for sent, want := range map[string]string{"RB-7": "RB-7", "RB-7: disks": "RB-7: disks", "JavaScript:alert(1)": "", "https://r.example": "https://r.example"} {
		if got := one(t, Generic, `{"title":"x","runbook":"`+sent+`"}`).Runbook; got != want {
			t.Errorf("runbook %s: %q, want %q", sent, got, want)
		}
	}
}

// A number that is signed tells a request from its repetition, whatever other headers say.
func TestDeliveryIDIsTheSignedNumber(t *testing.T) {
	s := Source{Name: "shop", Format: Generic, Auth: Auth{HMAC: &HMAC{Header: "X-Signature", Signs: "{id}.{body}", ID: "x-id"}}}
	var kept http.Header
	if err := json.Unmarshal(s.Keep(http.Header{"X-Id": {"7"}, "Idempotency-Key": {"abc"}, "X-Signature": {"f00"}}), &kept); err != nil {
		t.Fatal(err)
	}
	d, err := s.Decode(kept, []byte(`{"title":"x"}`), noon())
	if err != nil || d.DeliveryID != "7" || kept.Get("X-Signature") != "" {
		t.Errorf("%q, %v, kept %v", d.DeliveryID, err, kept)
	}
}

func TestDeliveryIDComesFromTheHeader(t *testing.T) {
	d, err := Decode(Generic, nil, http.Header{"Idempotency-Key": {"abc"}}, []byte("\ufeff"+`{"title":"x"}`), noon())
	if err != nil || d.DeliveryID != "abc" {
		t.Errorf("%q, %v", d.DeliveryID, err)
	}
}

func TestPagerDutySendersAreAnsweredInPagerDutysWords(t *testing.T) {
	for _, c := range []struct{ source, body, want string }{
		{PagerDutyEventsV2, `{"event_action":"acknowledge","dedup_key":"31"}`, `{"status":"success","message":"Event processed","dedup_key":"31"}`},
		{PagerDutyEventsV2, `garbage`, `{"status":"success","message":"Event processed","dedup_key":"R1"}`},
		{Generic, `garbage`, `{"status":"accepted","id":"R1"}`},
	} {
		status, kind, got := Answer(c.source, "R1", []byte(c.body))
		if status != http.StatusAccepted || kind != "application/json" || string(got) != c.want {
			t.Errorf("%s: %d %s %s, want %s", c.body, status, kind, got, c.want)
		}
	}
}

func TestAnsweredKeyFindsTheSameAlertAgain(t *testing.T) {
	for _, key := range []string{"", `"dedup_key":"` + strings.Repeat("鍵", 400) + `",`} {
		body := `{` + key + `"event_action":"trigger","payload":{"summary":"disk full","source":"db-1"}}`
		_, _, answer := Answer(PagerDutyEventsV2, "R1", []byte(body))
		_, after, _ := strings.Cut(string(answer), `"dedup_key":"`)
		given := strings.TrimSuffix(after, `"}`)
		opened, closed := one(t, PagerDutyEventsV2, body), one(t, PagerDutyEventsV2, `{"event_action":"resolve","dedup_key":"`+given+`"}`)
		if opened.DedupeKey != closed.DedupeKey {
			t.Errorf("opened as %s, closed as %s", opened.DedupeKey, closed.DedupeKey)
		}
		if key != "" {
			continue
		}
		named := Source{Name: "tokyo", Format: PagerDutyEventsV2}
		first, err := named.Decode(nil, []byte(body), noon())
		last, err2 := named.Decode(nil, []byte(`{"event_action":"resolve","dedup_key":"`+given+`"}`), noon())
		if err != nil || err2 != nil || first.Alerts[0].DedupeKey != last.Alerts[0].DedupeKey {
			t.Errorf("of a source with a name of its own opened as %+v, closed as %+v", first, last)
		}
	}
}

func TestWhatADecoderLeavesOpenFires(t *testing.T) {
	a := Alert{Title: "x", Source: "s"}
	a.finish(noon())
	over := Alert{Title: "x", Source: "s", Status: Resolved}
	over.finish(noon())
	if a.Status != Firing || a.Event != EventTrigger || over.Event != EventResolve {
		t.Errorf("%s %s, %s", a.Status, a.Event, over.Event)
	}
}

// A list or an object where a text belongs is shown as JSON whose letters can be read.
func TestNestedValuesAreReadAsTheirLetters(t *testing.T) {
	for body, want := range map[string]string{
		`["\u53d7\u6ce8 <b> & \"x\"", 1.10]`: `["受注 <b> & \"x\"",1.10]`,
		`{"a": ["\u53d7\u6ce8"]}`:            `{"a":["受注"]}`,
		`[1, "plain"]`:                       `[1, "plain"]`,
	} {
		var w word
		if err := json.Unmarshal([]byte(body), &w); err != nil || string(w) != want {
			t.Errorf("%s is read as %s (%v), want %s", body, w, err, want)
		}
	}
	if got := plainText(map[string]any{"a": "受注 <b>"}); got != `{"a":"受注 <b>"}` {
		t.Errorf("a field that is an object: %s", got)
	}
	d, err := Source{Name: "alertmanager", Format: "alertmanager"}.Decode(nil, []byte(`{"alerts":[{"status":"firing","labels":{"alertname":"A","x":["\u53d7\u6ce8"]},"annotations":{"summary":["\u53d7\u6ce8"]}}]}`), time.Time{})
	if err != nil || len(d.Alerts) != 1 || d.Alerts[0].Title != `["受注"]` || d.Alerts[0].Labels["x"] != `["受注"]` {
		t.Errorf("%+v %v", d.Alerts, err)
	}
}
