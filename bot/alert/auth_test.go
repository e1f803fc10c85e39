package alert

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"matoi/bot"
)

func signature(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestOnlyTheRightSecretComesIn(t *testing.T) {
	const body = `{"title":"x"}`
	good, old := signature("new", body), signature("old", body)
	bearer := Auth{Bearer: []bot.Secret{bot.NewSecret("t1"), bot.NewSecret("t2")}}
	basic := Auth{Basic: &Basic{User: "alerts", Password: bot.NewSecret("s3cret-あい")}}
	query := Auth{Query: &Query{Name: "token", Value: bot.NewSecret("q")}}
	pagerDuty := Auth{HMAC: &HMAC{Header: "X-PagerDuty-Signature", Prefix: "v1=", Secrets: []bot.Secret{bot.NewSecret("old"), bot.NewSecret("new")}}}
	bare := Auth{HMAC: &HMAC{Header: "Sentry-Hook-Signature", Secrets: []bot.Secret{bot.NewSecret("new")}}}
	both := Auth{Query: query.Query, HMAC: bare.HMAC}
	for _, c := range []struct {
		name          string
		auth          Auth
		header, value string
		target        string
		want          error
	}{
		{"nothing asked", Auth{}, "", "", "/", nil},
		{"bearer missing", bearer, "", "", "/", ErrUnauthenticated},
		{"bearer of another scheme", bearer, "Authorization", "Basic t1", "/", ErrUnauthenticated},
		{"bearer wrong", bearer, "Authorization", "Bearer t3", "/", ErrForbidden},
		{"bearer first", bearer, "Authorization", "Bearer t1", "/", nil},
		{"bearer second, small letters", bearer, "Authorization", "bearer t2", "/", nil},
		{"basic missing", basic, "", "", "/", ErrUnauthenticated},
		{"basic right", basic, "Authorization", "Basic YWxlcnRzOnMzY3JldC3jgYLjgYQ=", "/", nil},
		{"basic wrong user", basic, "Authorization", "Basic eDpzM2NyZXQt44GC44GE", "/", ErrForbidden},
		{"query missing", query, "", "", "/?x=1", ErrUnauthenticated},
		{"query wrong", query, "", "", "/?token=p", ErrForbidden},
		{"query right", query, "", "", "/?token=q", nil},
		{"signature missing", pagerDuty, "", "", "/", ErrUnauthenticated},
		{"signature of another kind", pagerDuty, "X-PagerDuty-Signature", "v9=" + good, "/", ErrUnauthenticated},
		{"signature wrong", pagerDuty, "X-PagerDuty-Signature", "v1=" + strings.Repeat("00", 32), "/", ErrForbidden},
		{"signature no hexadecimal", pagerDuty, "X-PagerDuty-Signature", "v1=zz", "/", ErrForbidden},
		{"second of two signatures", pagerDuty, "X-PagerDuty-Signature", "v1=" + strings.Repeat("00", 32) + ",v1=" + good, "/", nil},
		{"signature of the old secret", pagerDuty, "X-PagerDuty-Signature", "v1=" + old, "/", nil},
		{"bare signature in capitals", bare, "Sentry-Hook-Signature", strings.ToUpper(good), "/", nil},
		{"eleventh signature", bare, "Sentry-Hook-Signature", strings.Repeat("00,", 10) + good, "/", ErrForbidden},
		{"both, one missing", both, "", "", "/?token=q", ErrUnauthenticated},
		{"both", both, "Sentry-Hook-Signature", good, "/?token=q", nil},
		{"empty secret never matches", Auth{Bearer: []bot.Secret{{}, bot.NewSecret("")}}, "Authorization", "Bearer x", "/", ErrForbidden},
		{"empty key never matches", Auth{HMAC: &HMAC{Header: "S", Secrets: []bot.Secret{bot.NewSecret("")}}}, "S", signature("", body), "/", ErrForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, c.target, strings.NewReader(body))
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			if err := c.auth.Check(r, []byte(body), noon()); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestCapturedCredentialsOfAlertmanagerComeIn(t *testing.T) {
	for name, auth := range map[string]Auth{
		"alertmanager-auth-basic.json":  {Basic: &Basic{User: "alerts", Password: bot.NewSecret("s3cret-ぱす")}},
		"alertmanager-auth-bearer.json": {Bearer: []bot.Secret{bot.NewSecret("tok-0123456789abcdef")}},
	} {
		s := load(t, name)
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header = s.sent()
		if err := auth.Check(r, s.Body, noon()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	const hidden = "hunter2"
	s := bot.NewSecret(hidden)
	type holder struct{ inner bot.Secret }
	auth := Auth{Bearer: []bot.Secret{s}, Secrets: []bot.Secret{s}, Basic: &Basic{User: "u", Password: s, Also: []bot.Secret{s}}, Query: &Query{Name: "n", Value: s}, Header: &Header{"n", []bot.Secret{s}}, HMAC: &HMAC{Secrets: []bot.Secret{s}}}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "auth", auth)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "auth", auth)
	encoded, err := json.Marshal(map[string]any{"s": s, "auth": auth})
	if err != nil {
		t.Fatal(err)
	}
	out := log.String() + string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		out += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, auth) + fmt.Sprintf(verb, &auth) + fmt.Sprintf(verb, holder{s})
	}
	if strings.Contains(out, hidden) || strings.Contains(out, hex.EncodeToString([]byte(hidden))) {
		t.Errorf("the secret shows in %s", out)
	}
}
