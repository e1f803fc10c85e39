package alert

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// rawMail is a mail as a Japanese monitoring system of some years writes it.
const rawMail = "From: =?ISO-2022-JP?B?GyRCNEY7axsoQg==?= <mon@example.jp>\r\nSubject: =?ISO-2022-JP?B?GyRCIVo+YzMyIVsbKEJEQg==?=\r\nMessage-ID: <1@example.jp>\r\nX-Priority: 1\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>page</p>\r\n--b\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B1~EzL5$7\x1b(B\r\n--b--\r\n"

func TestMailsOfOtherShapes(t *testing.T) {
	raw, err := json.Marshal(rawMail)
	if err != nil {
		t.Fatal(err)
	}
	shapes(t, "email", []shape{
		{"plain", "", `{"from":"mon@example.jp","subject":"[FIRING:1] DiskFull (db-1)","text":"see https://g.example/x."}`, `trigger unknown "[FIRING:1] DiskFull (db-1)" @ diskfull db 1`},
		{"its all-clear", "", `{"from":"mon@example.jp","subject":"[RESOLVED] DiskFull (db-1)","text":"ok"}`, `resolve unknown "[RESOLVED] DiskFull (db-1)" @ diskfull db 1`},
		{"Postmark", "", `{"FromName":"Mon","From":"mon@example.jp","Subject":"CRITICAL: disk","MessageID":"22c7","TextBody":"full","HtmlBody":"<b>full</b>","Headers":[{"Name":"Message-ID","Value":"<1@x>"},{"Name":"References","Value":"<root@x> <2@x>"}]}`, `trigger critical "CRITICAL: disk" @ <root@x>`},
		{"SES", "", `{"notificationType":"Received","mail":{"messageId":"d6","commonHeaders":{"subject":"OK: disk","from":["mon@example.jp"],"messageId":"<1@x>"},"headers":[{"name":"Subject","value":"OK: disk"}]},"content":"Subject: OK: disk\r\n\r\nall well\r\n"}`, `resolve unknown "OK: disk" @ disk`},
		{"SES within SNS", "", `{"Type":"Notification","TopicArn":"arn:x","Subject":"Amazon SES Email Receipt Notification","Message":"{\"notificationType\":\"Received\",\"mail\":{\"commonHeaders\":{\"subject\":\"disk full\"}}}"}`, `trigger unknown "disk full" @ disk full`},
		{"a text within SNS", "", `{"Type":"Notification","TopicArn":"arn:x","Subject":"ALARM: cpu","Message":"hot"}`, `trigger unknown "ALARM: cpu" @ cpu`},
		{"CloudMailin", "", `{"headers":{"from":"mon@example.jp","subject":"disk full","message_id":"<1@x>"},"envelope":{"from":"x"},"plain":"full"}`, `trigger unknown "disk full" @ disk full`},
		{"Mandrill", "", `[{"event":"inbound","msg":{"subject":"disk full","text":"x","from_email":"mon@example.jp"}},{"event":"inbound","msg":{"subject":"cpu hot","text":"x"}}]`, "trigger unknown \"disk full\" @ disk full\ntrigger unknown \"cpu hot\" @ cpu hot"},
		{"the mail itself", "", `{"email":` + string(raw) + `}`, `trigger error "【障害】DB" @ db`},
		{"no subject", "", `{"from":"a@example.jp","text":"disk full\nvery"}`, `trigger unknown "disk full" @ ` + digest("email", "disk full", "", "")},
		{"a person answers", "", `{"from":"ito@example.jp","subject":"Re: [FIRING:1] DiskFull (db-1)","text":"on it","in_reply_to":"<9@x>"}`, `note unknown "[FIRING:1] DiskFull (db-1)" @ diskfull db 1 (on it)`},
		{"a person passes it on", "", `{"subject":"Fwd: disk full","text":"x"}`, `trigger unknown "disk full" @ disk full`},
		{"somebody's absence", "", `{"subject":"Re: disk full","text":"I am away","headers":{"Auto-Submitted":"auto-replied"}}`, `idle automatic reply`},
		{"a mail that came back", "", `{"from":"MAILER-DAEMON@example.jp","subject":"Undelivered Mail","text":"x"}`, `idle automatic reply`},
		{"nothing", "", `{"from":"x","subject":" "}`, `error_no_mail`},
		{"a list of nothing", "", `[1,{}]`, `error_no_mail`},
		{"no JSON", "", `hello`, `error_not_json`},
	})
}

func TestFormsOfMailServicesAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		values url.Values
		want   string
	}{
		"Mailgun":  {url.Values{"subject": {"障害: DB"}, "sender": {"mon@example.jp"}, "body-plain": {"down"}, "message-headers": {`[["Message-Id","<1@x>"],["X-Priority","1"]]`}}, `trigger error "障害: DB" @ db`},
		"SendGrid": {url.Values{"subject": {"disk full"}, "from": {"mon@example.jp"}, "html": {"<p>a &amp; b</p><style>x</style><p>c</p>"}, "headers": {"Message-ID: <1@x>\nImportance: High\n"}, "envelope": {`{"to":["x"]}`}}, `trigger error "disk full" @ disk full`},
		"raw":      {url.Values{"email": {rawMail}, "charsets": {`{"to":"UTF-8"}`}}, `trigger error "【障害】DB" @ db`},
		"Mandrill": {url.Values{"mandrill_events": {`[{"msg":{"subject":"disk full","headers":{"Message-Id":"<1@x>"}}}]`}}, `trigger unknown "disk full" @ disk full`},
	} {
		d, err := Decode("email", nil, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(c.values.Encode()), noon())
		if got := shown(d, err); got != c.want || d.DeliveryID != "<1@x>" && name != "raw" {
			t.Errorf("%s: %s, delivery %q", name, got, d.DeliveryID)
		}
		if name == "SendGrid" && d.Alerts[0].Description != "a & b\nc" {
			t.Errorf("%s: %q", name, d.Alerts[0].Description)
		}
		if name == "raw" && (d.Alerts[0].Description != "応答無し" || !strings.HasPrefix(d.Alerts[0].Labels["from"], "監視 <mon@")) {
			t.Errorf("%s: %q, %v", name, d.Alerts[0].Description, d.Alerts[0].Labels)
		}
	}
}

func TestALinkInAMailIsKeptWithoutTheSentencesEnd(t *testing.T) {
	if a := one(t, "email", `{"subject":"x","text":"see (https://g.example/d?a=1). bye https://other.example"}`); a.Link != "https://g.example/d?a=1" {
		t.Error(a.Link)
	}
}

func TestAnAlertsLifeInMails(t *testing.T) {
	mail := func(subject string) string { return `{"from":"m@example.jp","subject":"` + subject + `","text":"x"}` }
	row, news := life(t, "email", http.Header{}, mail("【障害】受注DB 応答なし"), mail("【障害】受注DB 応答なし"), mail("Re: 【障害】受注DB 応答なし"), mail("【復旧】受注DB 応答なし"), mail("【障害】受注DB 応答なし"))
	if want := []News{New, Repeat, Noted, Cleared, Refired}; !slices.Equal(news, want) || row.Status != Firing {
		t.Errorf("%v, want %v", news, want)
	}
}
