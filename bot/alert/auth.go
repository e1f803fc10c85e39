package alert

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"matoi/bot"
)

// What Auth.Check finds wrong; web answers 401 and 403.
var (
	// ErrUnauthenticated means that the request carries no secret where one is asked for.
	ErrUnauthenticated = errors.New("no credentials")
	// ErrForbidden means that it carries a wrong one.
	ErrForbidden = errors.New("wrong credentials")
)

// Auth says how a source proves that it is who it says. Everything that is configured must hold; if nothing is, anybody
// may send, which is for loopback only (see Open). Several secrets in one place make rotation possible: any of them is
// good.
type Auth struct {
	// Bearer are tokens for "Authorization: Bearer …".
	Bearer []bot.Secret `yaml:"bearer,omitempty"`
	Basic  *Basic       `yaml:"basic,omitempty"`
	Query  *Query       `yaml:"query,omitempty"`
	HMAC   *HMAC        `yaml:"hmac,omitempty"`
}

// Basic is a name and a password as in "Authorization: Basic …", in UTF-8.
type Basic struct {
	User     string     `yaml:"user"`
	Password bot.Secret `yaml:"password"`
}

// Query is a secret in the address, for senders that can do nothing else. It may end up in the sender's log.
type Query struct {
	Name  string     `yaml:"name"`
	Value bot.Secret `yaml:"value"`
}

// HMAC is a signature over the raw body, in hexadecimal, in a header of the sender's choice. The header may list several
// signatures with commas between, as PagerDuty does while its secret is being changed; one good one is enough.
type HMAC struct {
	Header  string       `yaml:"header"`
	Secrets []bot.Secret `yaml:"secrets"`
	// Algorithm is sha256, the default and the only one.
	Algorithm string `yaml:"algorithm,omitempty"`
	// Prefix stands before each signature: "v1=" (PagerDuty), "sha256=" (GitHub), or nothing. Others are skipped.
	Prefix string `yaml:"prefix,omitempty"`
}

// Open reports whether nothing is configured, so that anybody may send.
func (a Auth) Open() bool {
	return len(a.Bearer) == 0 && a.Basic == nil && a.Query == nil && a.HMAC == nil
}

// Validate finds what would let nobody in, or anybody. Its errors name the key.
func (a Auth) Validate() error {
	var mistakes []error
	wrong := func(key string, what error) { mistakes = append(mistakes, fmt.Errorf("auth.%s: %w", key, what)) }
	for i, token := range a.Bearer {
		if token.Empty() {
			wrong(fmt.Sprintf("bearer[%d]", i), mistaken("alert.config_auth_empty"))
		}
	}
	if len(a.Bearer) > 0 && a.Basic != nil {
		wrong("basic", mistaken("alert.config_auth_both"))
	}
	if a.Basic != nil && (a.Basic.User == "" || a.Basic.Password.Empty()) {
		wrong("basic", mistaken("alert.config_auth_empty"))
	}
	if a.Query != nil && (a.Query.Name == "" || a.Query.Value.Empty()) {
		wrong("query", mistaken("alert.config_auth_empty"))
	}
	if a.HMAC != nil {
		a.HMAC.validate(wrong)
	}
	return errors.Join(mistakes...)
}

// validate finds mistakes in the settings of a signature.
func (h *HMAC) validate(wrong func(key string, what error)) {
	if h.Header == "" {
		wrong("hmac.header", mistaken("alert.config_auth_empty"))
	}
	if len(h.Secrets) == 0 {
		wrong("hmac.secrets", mistaken("alert.config_auth_empty"))
	}
	for i, secret := range h.Secrets {
		if secret.Empty() {
			wrong(fmt.Sprintf("hmac.secrets[%d]", i), mistaken("alert.config_auth_empty"))
		}
	}
	if h.Algorithm != "" && !strings.EqualFold(h.Algorithm, "sha256") {
		wrong("hmac.algorithm", mistaken("alert.config_word", "Word", h.Algorithm, "Known", "sha256"))
	}
}

// Check reports whether a request may be taken in: nil, ErrUnauthenticated or ErrForbidden. The body is the raw one,
// before anything is decoded. Secrets are compared in constant time.
func (a Auth) Check(r *http.Request, body []byte) error {
	checks := []func() error{}
	if len(a.Bearer) > 0 {
		checks = append(checks, func() error { return checkBearer(a.Bearer, r) })
	}
	if a.Basic != nil {
		checks = append(checks, func() error { return a.Basic.check(r) })
	}
	if a.Query != nil {
		checks = append(checks, func() error { return a.Query.check(r) })
	}
	if a.HMAC != nil {
		checks = append(checks, func() error { return a.HMAC.check(r, body) })
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
	name, word := bot.NewSecret(b.User).Equal(user), b.Password.Equal(password)
	if !name || !word {
		return ErrForbidden
	}
	return nil
}

func (q *Query) check(r *http.Request) error {
	values := r.URL.Query()
	if !values.Has(q.Name) {
		return ErrUnauthenticated
	}
	return anyOf([]bot.Secret{q.Value}, values.Get(q.Name))
}

func (h *HMAC) check(r *http.Request, body []byte) error {
	const most = 10 // signatures looked at, so that a long header costs nothing
	signed := false
	for i, signature := range strings.Split(strings.Join(r.Header.Values(h.Header), ","), ",") {
		signature, ours := strings.CutPrefix(strings.TrimSpace(signature), h.Prefix)
		if i >= most || !ours || signature == "" {
			continue
		}
		signed = true
		got, err := hex.DecodeString(signature)
		if err != nil {
			continue
		}
		for _, secret := range h.Secrets {
			mac := hmac.New(sha256.New, []byte(secret.Reveal()))
			mac.Write(body)
			if !secret.Empty() && hmac.Equal(mac.Sum(nil), got) {
				return nil
			}
		}
	}
	if !signed {
		return ErrUnauthenticated
	}
	return ErrForbidden
}
