package alert

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"matoi/bot"
)

// What Auth.Check finds wrong; web answers 401 and 403.
var (
	// ErrUnauthenticated means that the request carries no secret where one is asked for.
	ErrUnauthenticated = errors.New("no credentials")
	// ErrForbidden means that it carries a wrong one.
	ErrForbidden = errors.New("wrong credentials")
	// ErrUntimely means that the signature is good, but the time of signing too far away or unreadable.
	ErrUntimely = fmt.Errorf("%w: signed at another time", ErrForbidden)
)

// Auth says how a source proves that it is who it says. Everything that is configured must hold; if nothing is, anybody
// may send, which is for loopback only (see Open). Several secrets in one place make rotation possible: any of them is
// good.
type Auth struct {
	// Secrets are for what the format proves itself with by itself, so that nothing else needs to be said: github, pagerduty, sentry
	// and grafana sign, gitlab sends its token or signs, pagerduty-events-v2 has its routing_key, generic signs as Standard
	// Webhooks do.
	Secrets []bot.Secret `yaml:"secrets,omitempty"`
	// Bearer are tokens for "Authorization: Bearer …".
	Bearer []bot.Secret `yaml:"bearer,omitempty"`
	Basic  *Basic       `yaml:"basic,omitempty"`
	Query  *Query       `yaml:"query,omitempty"`
	// Header is a secret in a header of the operator's choice, as Datadog, New Relic and Opsgenie can send.
	Header *Header `yaml:"header,omitempty"`
	HMAC   *HMAC   `yaml:"hmac,omitempty"`
	// SNS makes sure of messages of Amazon's SNS by their signatures; only with format aws-cloudwatch.
	SNS *SNS `yaml:"sns,omitempty"`

	own []proof // what Secrets mean, once compiled: any of them is good
}

// Basic is a name and a password as in "Authorization: Basic …", in UTF-8.
type Basic struct {
	User     string     `yaml:"user"`
	Password bot.Secret `yaml:"password"`
	// Also are further passwords that are good, while one is being changed.
	Also []bot.Secret `yaml:"also,omitempty"`
}

// Query is a secret in the address, for senders that can do nothing else. It may end up in the sender's log.
type Query struct {
	Name  string     `yaml:"name"`
	Value bot.Secret `yaml:"value"`
	// Also are further values that are good, while one is being changed.
	Also []bot.Secret `yaml:"also,omitempty"`
}

// Header is a secret that a header holds as it is.
type Header struct {
	Name   string       `yaml:"name"`
	Values []bot.Secret `yaml:"values"`
}

// Open reports whether nothing is configured, so that anybody may send.
func (a Auth) Open() bool {
	return len(a.Secrets) == 0 && len(a.Bearer) == 0 && a.Basic == nil && a.Query == nil && a.Header == nil && a.HMAC == nil && a.SNS == nil
}

// compile finds what would let nobody in, or anybody, and sets what a format proves itself with. Its errors name the key.
func (a *Auth) compile(format string) error {
	err := a.Validate()
	if a.own = proofs(format, a.Secrets); len(a.Secrets) > 0 && len(a.own) == 0 {
		err = errors.Join(err, fmt.Errorf("auth.secrets: %w", mistaken("alert.config_auth_no_proof", "Word", format)))
	}
	if a.SNS != nil && format != "aws-cloudwatch" {
		err = errors.Join(err, fmt.Errorf("auth.sns: %w", mistaken("alert.config_auth_sns")))
	}
	return err
}

// Validate finds what would let nobody in, or anybody. Its errors name the key.
func (a Auth) Validate() error {
	var mistakes []error
	wrong := func(key string, what error) { mistakes = append(mistakes, fmt.Errorf("auth.%s: %w", key, what)) }
	filled := func(key string, secrets []bot.Secret) {
		for i, secret := range secrets {
			if secret.Empty() {
				wrong(fmt.Sprintf("%s[%d]", key, i), mistaken("alert.config_auth_empty"))
			}
		}
	}
	filled("secrets", a.Secrets)
	filled("bearer", a.Bearer)
	if len(a.Bearer) > 0 && a.Basic != nil {
		wrong("basic", mistaken("alert.config_auth_both"))
	}
	if a.Basic != nil {
		if a.Basic.User == "" || a.Basic.Password.Empty() {
			wrong("basic", mistaken("alert.config_auth_empty"))
		}
		filled("basic.also", a.Basic.Also)
	}
	if a.Query != nil {
		if a.Query.Name == "" || a.Query.Value.Empty() {
			wrong("query", mistaken("alert.config_auth_empty"))
		}
		filled("query.also", a.Query.Also)
	}
	if a.Header != nil {
		if a.Header.Name == "" || len(a.Header.Values) == 0 {
			wrong("header", mistaken("alert.config_auth_empty"))
		}
		filled("header.values", a.Header.Values)
	}
	if a.HMAC != nil {
		a.HMAC.validate(wrong)
		filled("hmac.secrets", a.HMAC.Secrets)
	}
	if a.SNS != nil {
		a.SNS.validate(wrong)
	}
	return errors.Join(mistakes...)
}

// Check reports whether a request may be taken in: nil, ErrUnauthenticated, ErrForbidden or ErrUntimely. The body is the raw one,
// before anything is decoded; now is for signatures that hold for some minutes. Secrets are compared in constant time. What SNS
// signed is not looked at here: that asks for a certificate (Notary).
func (a Auth) Check(r *http.Request, body []byte, now time.Time) error {
	checks := []func() error{}
	if len(a.Secrets) > 0 {
		checks = append(checks, func() error { return checkOwn(a.own, r, body, now) })
	}
	if len(a.Bearer) > 0 {
		checks = append(checks, func() error { return checkBearer(a.Bearer, r) })
	}
	if a.Basic != nil {
		checks = append(checks, func() error { return a.Basic.check(r) })
	}
	if a.Query != nil {
		checks = append(checks, func() error { return a.Query.check(r) })
	}
	if a.Header != nil {
		checks = append(checks, func() error { return a.Header.check(r, body, now) })
	}
	if a.HMAC != nil {
		checks = append(checks, func() error { return a.HMAC.check(r, body, now) })
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkBearer looks at the Authorization header; the scheme's case doesn't matter (RFC 9110, 11.1).
func checkBearer(tokens []bot.Secret, r *http.Request) error {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return ErrUnauthenticated
	}
	return anyOf(tokens, strings.TrimSpace(token))
}

// anyOf compares with every secret, so that the time tells not which one came close.
func anyOf(secrets []bot.Secret, presented string) error {
	good := false
	for _, secret := range secrets {
		good = secret.Equal(presented) || good
	}
	if !good {
		return ErrForbidden
	}
	return nil
}

func (b *Basic) check(r *http.Request) error {
	user, password, given := r.BasicAuth()
	if !given {
		return ErrUnauthenticated
	}
	name, word := bot.NewSecret(b.User).Equal(user), anyOf(append([]bot.Secret{b.Password}, b.Also...), password)
	if !name || word != nil {
		return ErrForbidden
	}
	return nil
}

func (q *Query) check(r *http.Request) error {
	values := r.URL.Query()
	if !values.Has(q.Name) {
		return ErrUnauthenticated
	}
	return anyOf(append([]bot.Secret{q.Value}, q.Also...), values.Get(q.Name))
}

func (h *Header) check(r *http.Request, _ []byte, _ time.Time) error {
	if value := r.Header.Get(h.Name); value != "" {
		return anyOf(h.Values, value)
	}
	return ErrUnauthenticated
}
