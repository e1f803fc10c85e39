package alert

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot"
)

// compiled is a source that is only given the secrets of its format.
func compiled(t *testing.T, format string, secrets ...string) Source {
	t.Helper()
	s := Source{Name: format}
	for _, secret := range secrets {
		s.Auth.Secrets = append(s.Auth.Secrets, bot.NewSecret(secret))
	}
	if err := s.Compile(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignedSamplesComeInByTheirSecretAlone(t *testing.T) {
	for name, secret := range map[string]string{
		"pagerduty-1-triggered.json": "pd-test-secret", "pagerduty-4-resolved.json": "pd-test-secret", "sentry-issue-1-triggered.json": "sentry-test-secret",
		"sentry-metric-2-resolved.json": "sentry-test-secret", "github-1-failure.json": "github-test-secret", "gitlab-1-failed.json": "gitlab-test-token",
	} {
		s := load(t, name)
		for _, c := range []struct {
			secrets []string
			body    string
			want    error
		}{
			{[]string{secret}, string(s.Body), nil},
			{[]string{"new", secret}, string(s.Body), nil},
			{[]string{"other"}, string(s.Body), ErrForbidden},
			{[]string{secret}, string(s.Body) + " ", ErrForbidden},
		} {
			if s.Source == "gitlab" && c.body != string(s.Body) {
				continue // a token says nothing of the body
			}
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header = s.sent()
			if err := compiled(t, s.Source, c.secrets...).Auth.Check(r, []byte(c.body), noon()); !errors.Is(err, c.want) {
				t.Errorf("%s with %q: %v, want %v", name, c.secrets, err, c.want)
			}
		}
		if err := compiled(t, s.Source, secret).Auth.Check(httptest.NewRequest(http.MethodPost, "/", nil), s.Body, noon()); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("%s without a header: %v", name, err)
		}
	}
}

func TestEventsOfPagerDutyComeInByTheirRoutingKey(t *testing.T) {
	auth := compiled(t, PagerDutyEventsV2, "k1", "k2").Auth
	for body, want := range map[string]error{
		`{"routing_key":"k2","event_action":"trigger"}`: nil,
		`{"routing_key":"k3"}`:                          ErrForbidden,
		`{"routing_key":""}`:                            ErrUnauthenticated,
		`{}`:                                            ErrUnauthenticated,
		`routing_key=k1`:                                ErrUnauthenticated,
	} {
		if err := auth.Check(httptest.NewRequest(http.MethodPost, "/", nil), []byte(body), noon()); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", body, err, want)
		}
	}
}

func TestStandardWebhooksHoldForFiveMinutes(t *testing.T) {
	key := []byte("0123456789abcdef")
	secret, body := "whsec_"+base64.StdEncoding.EncodeToString(key), `{"title":"x"}`
	at := strconv.FormatInt(noon().Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("m1." + at + "." + body))
	good := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, format := range []string{Generic, "gitlab"} {
		auth := compiled(t, format, secret).Auth
		for _, c := range []struct {
			name, id, at, signature string
			after                   time.Duration
			want                    error
		}{
			{"good", "m1", at, good, 0, nil},
			{"second of two", "m1", at, "v1,AAAA " + good, 0, nil},
			{"of another version", "m1", at, "v1a," + good[3:], 0, ErrUnauthenticated},
			{"late", "m1", at, good, 4 * time.Minute, nil},
			{"too late", "m1", at, good, 6 * time.Minute, ErrForbidden},
			{"from the future", "m1", at, good, -6 * time.Minute, ErrForbidden},
			{"of another request", "m2", at, good, 0, ErrForbidden},
			{"of another time", "m1", strconv.FormatInt(noon().Unix()+1, 10), good, 0, ErrForbidden},
			{"of no time", "m1", "", good, 0, ErrUnauthenticated},
			{"no signature", "m1", at, "", 0, ErrUnauthenticated},
		} {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("webhook-id", c.id)
			r.Header.Set("webhook-timestamp", c.at)
			r.Header.Set("webhook-signature", c.signature)
			if err := auth.Check(r, []byte(body), noon().Add(c.after)); !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v, want %v", format, c.name, err, c.want)
			}
		}
	}
}

func TestGrafanaSignsWithAndWithoutTheTime(t *testing.T) {
	const body = `{"title":"x"}`
	at := strconv.FormatInt(noon().Unix(), 10)
	s := Source{Name: "grafana", Auth: Auth{Secrets: []bot.Secret{bot.NewSecret("s")}}}
	if err := s.Compile(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, signature, at string
		after               time.Duration
		want                error
	}{
		{"without", signature("s", body), "", 24 * time.Hour, nil},
		{"with", signature("s", at+":"+body), at, time.Minute, nil},
		{"with, long ago", signature("s", at+":"+body), at, time.Hour, ErrForbidden},
		{"with another time", signature("s", at+":"+body), at + "0", time.Minute, ErrForbidden},
		{"none", "", "", 0, ErrUnauthenticated},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		for name, value := range map[string]string{"X-Grafana-Alerting-Signature": c.signature, GrafanaTimestamp: c.at} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if err := s.Auth.Check(r, []byte(body), noon().Add(c.after)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestSignaturesOfOtherMakes(t *testing.T) {
	const body = `{"title":"x"}`
	at := noon().Format(time.RFC3339)
	sign := func(text string) []byte {
		mac := hmac.New(sha256.New, []byte("s"))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	secrets := []bot.Secret{bot.NewSecret("s")}
	for _, c := range []struct {
		name, signature string
		hmac            HMAC
		want            error
	}{
		{"Grafana's, with the time", signature("s", at+":"+body), HMAC{Signs: "{timestamp}:{body}", Timestamp: "T"}, nil},
		{"the body before the time", signature("s", body+"."+at), HMAC{Signs: "{body}.{timestamp}", Timestamp: "T"}, nil},
		{"the time left out", signature("s", body), HMAC{Signs: "{timestamp}:{body}", Timestamp: "T"}, ErrForbidden},
		{"base64", base64.StdEncoding.EncodeToString(sign(body)), HMAC{Encoding: "base64"}, nil},
		{"hexadecimal where base64 is asked for", signature("s", body), HMAC{Encoding: "base64"}, ErrForbidden},
		{"another algorithm", signature("s", body), HMAC{Algorithm: "sha512"}, ErrForbidden},
		{"a shorter tolerance", signature("s", at+":"+body), HMAC{Signs: "{timestamp}:{body}", Timestamp: "T", Tolerance: "10s"}, ErrForbidden},
	} {
		h := c.hmac
		h.Header, h.Secrets = "S", secrets
		if err := (Auth{HMAC: &h}).Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("S", c.signature)
		r.Header.Set("T", at)
		if err := (Auth{HMAC: &h}).Check(r, []byte(body), noon().Add(time.Minute)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestHeadersPasswordsAndQueriesMayBeChanged(t *testing.T) {
	secrets := []bot.Secret{bot.NewSecret("old"), bot.NewSecret("new")}
	header := Auth{Header: &Header{Name: "X-Api-Key", Values: secrets}}
	basic := Auth{Basic: &Basic{User: "u", Password: secrets[0], Also: secrets[1:]}}
	query := Auth{Query: &Query{Name: "key", Value: secrets[0], Also: secrets[1:]}}
	for word, want := range map[string]error{"old": nil, "new": nil, "none": ErrForbidden} {
		r := httptest.NewRequest(http.MethodPost, "/?key="+word, nil)
		r.Header.Set("X-Api-Key", word)
		r.SetBasicAuth("u", word)
		for name, auth := range map[string]Auth{"header": header, "basic": basic, "query": query} {
			if err := auth.Check(r, nil, noon()); !errors.Is(err, want) || auth.Open() {
				t.Errorf("%s %s: %v, want %v", name, word, err, want)
			}
		}
	}
	if err := header.Check(httptest.NewRequest(http.MethodPost, "/", nil), nil, noon()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("no header: %v", err)
	}
}

func TestMistakesOfProofsAreNamed(t *testing.T) {
	s := []bot.Secret{bot.NewSecret("s")}
	for _, c := range []struct {
		format string
		auth   Auth
		want   string
	}{
		{"github", Auth{Secrets: []bot.Secret{{}}}, "auth.secrets[0]"},
		{"nagios", Auth{Secrets: s}, "auth.secrets: the format nagios has no proof"},
		{"generic", Auth{SNS: &SNS{Topics: []string{"arn:aws:sns:eu-west-1:1:t"}}}, "auth.sns: only"},
		{"aws-cloudwatch", Auth{SNS: &SNS{}}, "auth.sns.topics"},
		{"aws-cloudwatch", Auth{SNS: &SNS{Topics: []string{"ops-alarms"}}}, "auth.sns.topics[0]"},
		{"generic", Auth{Header: &Header{Name: "X"}}, "auth.header"},
		{"generic", Auth{HMAC: &HMAC{Header: "X", Secrets: s, Signs: "{timestamp}:{body}"}}, "auth.hmac.signs"},
		{"generic", Auth{HMAC: &HMAC{Header: "X", Secrets: s, Timestamp: "T"}}, "auth.hmac.signs"},
		{"generic", Auth{HMAC: &HMAC{Header: "X", Secrets: s, Signs: "{id}", ID: "I"}}, "auth.hmac.signs"},
		{"generic", Auth{HMAC: &HMAC{Header: "X", Secrets: s, Tolerance: "for ever"}}, "auth.hmac.tolerance"},
		{"generic", Auth{HMAC: &HMAC{Header: "X", Secrets: s, Encoding: "rot13"}}, "auth.hmac.encoding"},
		{"generic", Auth{HMAC: &HMAC{Header: "X", Secrets: s, Algorithm: "md5"}}, "auth.hmac.algorithm"},
	} {
		source := Source{Name: c.format, Auth: c.auth}
		if err := source.Compile(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.auth, err, c.want)
		}
	}
}
