package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot/mail/mailtest"
)

// TestPeopleAreReachedByMailAndThroughAGateway from the configuration to what the gateway tells.
func TestPeopleAreReachedByMailAndThroughAGateway(t *testing.T) {
	post := mailtest.New(t, mailtest.WithoutTLS())
	pages := make(chan map[string]any, 9)
	sms := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		page := map[string]any{}
		_ = json.Unmarshal(body, &page)
		pages <- page
	}))
	defer sms.Close()
	s := boot(t, `
people: [{name: Ann, email: ann@example.com, lang: en, ways: [{gateway: sms, to: "+819012345678"}, mail, {mail: pager@example.com}]}]
mail: {smtp: "`+post.Addr+`", from: Matoi <matoi@example.com>}
gateways: [{name: sms, url: "`+sms.URL+`", secrets: [the-secret-of-the-gateway]}]
`)
	if out := s.types(t, "Ann", "ways test"); !strings.Contains(out, "sms: handed over") {
		t.Fatalf("%s", out)
	}
	eventually(t, "two mails", func() bool { return len(post.Mails()) == 2 })
	if m := post.Mails(); m[0].To != "ann@example.com" && m[1].To != "ann@example.com" {
		t.Errorf("to %s and %s", m[0].To, m[1].To)
	}
	page := <-pages
	id, _ := page["id"].(string)
	if page["to"] != "+819012345678" || page["person"] != "Ann" || id == "" {
		t.Fatalf("%v", page)
	}
	tell := func(secret string) int {
		body, at := `{"id": "`+id+`", "state": "delivered"}`, strconv.FormatInt(time.Now().Unix(), 10)
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte("e1." + at + "." + body))
		code, _ := s.ask(t, "POST", "/hooks/gateway/sms", body, "Webhook-Id: e1", "Webhook-Timestamp: "+at, "Webhook-Signature: v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
		return code
	}
	if code := tell("a-secret-of-somebody-else"); code != http.StatusUnauthorized {
		t.Errorf("signed by others: %d", code)
	}
	if code := tell("the-secret-of-the-gateway"); code != http.StatusNoContent {
		t.Errorf("signed by the gateway: %d", code)
	}
	if out := s.types(t, "Ann", "ways"); !strings.Contains(out, "arrived") || !strings.Contains(out, "pager@example.com") {
		t.Errorf("%s", out)
	}
}

// types gives a command and returns the answer.
func (s server) types(t *testing.T, as, text string) string {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"as": as, "channel": "#general", "text": text})
	code, out := s.ask(t, "POST", "/api/v1/commands", string(body), "Content-Type: application/json")
	if code != http.StatusOK {
		t.Fatalf("%s: %s: %d %s", as, text, code, out)
	}
	return out
}

func TestMistakesInHowPeopleAreReachedNameTheirPlace(t *testing.T) {
	const file = `people:
  - name: Ann
    ways: [chat, fax, {gateway: phone, to: "+819012345678"}, {gateway: sms, to: 090-1234}, {mail: ann}, {gateway: sms}]
mail: {smtp: smtp.example.com, from: matoi@example.com, starttls: maybe}
gateways:
  - {name: sms, url: "http://gateway.example.com", secrets: [the-secret-of-the-gateway]}
  - {name: SMS, url: "https://gateway.example.com", secrets: [short]}
`
	const want = `m.yaml:3:18: people[0].ways[1]: must be chat, mail, {mail: address} or {gateway: name, to: number}.
m.yaml:3:24: people[0].ways[2].gateway: there is no gateway “phone”. Known: sms, SMS
m.yaml:3:77: people[0].ways[3].to: “090-1234” is no number to be called at, such as +819012345678.
m.yaml:3:93: people[0].ways[4].mail: “ann” is no e-mail address.
m.yaml:3:105: people[0].ways[5]: must be chat, mail, {mail: address} or {gateway: name, to: number}.
m.yaml:4:8: mail.smtp: must name the server as host:port, such as smtp.example.com:587.
m.yaml:4:57: mail.starttls: must be required, optional or never.
m.yaml:6:17: gateways[0].url: must be an address that begins with https://; http:// only to this machine.
m.yaml:7:6: gateways[1].name: must be small letters, digits and hyphens, at most 20, and neither chat nor mail: people use it to name this way.
m.yaml:7:53: gateways[1].secrets: needs a secret of at least 16 characters (or whsec_… with as many bytes), so that the gateway knows us and we it.`
	_, err := ParseConfig("m.yaml", []byte(file), world())
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
