package alert

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // as a part of HMAC, in which it is not broken; some senders have nothing better
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"time"

	"matoi/bot"
)

// HMAC is a signature over the raw body, and perhaps over the time and the number of the request, in a header of the sender's
// choice. The header may list several signatures with commas or spaces between, as PagerDuty and Standard Webhooks do while a
// secret is being changed; one good one is enough. A secret that begins with "whsec_" is base64, as Standard Webhooks write
// theirs (https://github.com/standard-webhooks/standard-webhooks).
type HMAC struct {
	Header  string       `yaml:"header"`
	Secrets []bot.Secret `yaml:"secrets"`
	// Algorithm is sha256, the default, sha512 or sha1.
	Algorithm string `yaml:"algorithm,omitempty"`
	// Prefix stands before each signature: "v1=" (PagerDuty), "sha256=" (GitHub), "v1," (Standard Webhooks), or nothing. Others
	// are skipped.
	Prefix string `yaml:"prefix,omitempty"`
	// Encoding of the signatures is hex, the default, or base64.
	Encoding string `yaml:"encoding,omitempty"`
	// Signs is what is signed: "{body}", the default, or with the values of the headers below "{timestamp}:{body}" (Grafana),
	// "{timestamp}.{body}" or "{id}.{timestamp}.{body}" (Standard Webhooks).
	Signs string `yaml:"signs,omitempty"`
	// Timestamp is the header with the time of signing, in seconds or milliseconds since 1970 or as RFC 3339; ID that with the
	// number of the request. Signs must hold what is named here, or anybody could change it.
	Timestamp string `yaml:"timestamp,omitempty"`
	ID        string `yaml:"id,omitempty"`
	// Tolerance is how far the time of signing may be away, as "5m", the default: what somebody has listened to can't be sent
	// again for longer.
	Tolerance string `yaml:"tolerance,omitempty"`
}

// hashing gives the function of an algorithm, or nil.
func hashing(algorithm string) func() hash.Hash {
	switch strings.ToLower(algorithm) {
	case "", "sha256":
		return sha256.New
	case "sha512":
		return sha512.New
	case "sha1":
		return sha1.New
	}
	return nil
}

// decoding gives the function of an encoding, or nil.
func decoding(encoding string) func(string) ([]byte, error) {
	switch encoding {
	case "", "hex":
		return hex.DecodeString
	case "base64":
		return base64.StdEncoding.DecodeString
	}
	return nil
}

const (
	usualTolerance = 5 * time.Minute
	mostSignatures = 10 // looked at, so that a long header costs nothing
)

// validate finds mistakes in the settings of a signature.
func (h *HMAC) validate(wrong func(key string, what error)) {
	if h.Header == "" {
		wrong("hmac.header", mistaken("alert.config_auth_empty"))
	}
	if len(h.Secrets) == 0 {
		wrong("hmac.secrets", mistaken("alert.config_auth_empty"))
	}
	if hashing(h.Algorithm) == nil {
		wrong("hmac.algorithm", mistaken("alert.config_word", "Word", h.Algorithm, "Known", "sha256, sha512, sha1"))
	}
	if decoding(h.Encoding) == nil {
		wrong("hmac.encoding", mistaken("alert.config_word", "Word", h.Encoding, "Known", "hex, base64"))
	}
	for _, part := range []struct{ placeholder, header string }{{"{timestamp}", h.Timestamp}, {"{id}", h.ID}} {
		if (strings.Count(h.Signs, part.placeholder) == 1) != (part.header != "") {
			wrong("hmac.signs", mistaken("alert.config_auth_signs", "Part", part.placeholder))
		}
	}
	if h.Signs != "" && strings.Count(h.Signs, "{body}") != 1 {
		wrong("hmac.signs", mistaken("alert.config_auth_signs", "Part", "{body}"))
	}
	if d, err := time.ParseDuration(h.Tolerance); h.Tolerance != "" && (err != nil || d < time.Second || d > 24*time.Hour) {
		wrong("hmac.tolerance", mistaken("alert.config_auth_tolerance", "Word", h.Tolerance))
	}
}

// check looks for one good signature that is young enough.
func (h *HMAC) check(r *http.Request, body []byte, now time.Time) error {
	var listed []string
	for _, value := range r.Header.Values(h.Header) {
		listed = append(listed, signatures(value, h.Prefix)...)
	}
	if len(listed) == 0 {
		return ErrUnauthenticated
	}
	var good, bad error = nil, ErrForbidden // what whoever knows the secret is told, and everybody else
	if h.Timestamp != "" {
		switch at := moment(r.Header.Get(h.Timestamp)); {
		case at.IsZero() && r.Header.Get(h.Timestamp) == "":
			return ErrUnauthenticated
		case at.IsZero():
			good, bad = ErrUntimely, ErrUnauthenticated
		case now.Sub(at).Abs() > h.tolerance():
			good = ErrUntimely
		}
	}
	before, after := h.around(r)
	hashed, decoded := hashing(h.Algorithm), decoding(h.Encoding)
	if hashed == nil || decoded == nil { // can't be, once validated
		return ErrForbidden
	}
	for _, signature := range listed[:min(len(listed), mostSignatures)] {
		got, err := decoded(signature)
		if err != nil {
			continue
		}
		for _, secret := range h.Secrets {
			mac := hmac.New(hashed, keyOf(secret))
			mac.Write([]byte(before))
			mac.Write(body)
			mac.Write([]byte(after))
			if !secret.Empty() && hmac.Equal(mac.Sum(nil), got) {
				return good
			}
		}
	}
	return bad
}

// around is what is signed before and behind the body.
func (h *HMAC) around(r *http.Request) (before, after string) {
	if h.Signs == "" {
		return "", ""
	}
	before, after, _ = strings.Cut(h.Signs, "{body}")
	fill := strings.NewReplacer("{timestamp}", r.Header.Get(h.Timestamp), "{id}", r.Header.Get(h.ID))
	return fill.Replace(before), fill.Replace(after)
}

// number is the header, as http.CanonicalHeaderKey writes it, with the signed number of a request; empty where none is.
func (a Auth) number() string {
	if a.HMAC == nil {
		return ""
	}
	return http.CanonicalHeaderKey(a.HMAC.ID)
}

func (h *HMAC) tolerance() time.Duration {
	if d, err := time.ParseDuration(h.Tolerance); err == nil && d > 0 {
		return d
	}
	return usualTolerance
}

// signatures gives those of a header that have the prefix. Where the prefix ends in a comma, spaces part them.
func signatures(value, prefix string) (list []string) {
	part := func(r rune) bool { return r == ' ' || r == ',' && !strings.HasSuffix(prefix, ",") }
	for one := range strings.FieldsFuncSeq(value, part) {
		if signature, ours := strings.CutPrefix(one, prefix); ours && signature != "" {
			list = append(list, signature)
		}
	}
	return list
}

// keyOf gives the bytes that a secret stands for.
func keyOf(secret bot.Secret) []byte {
	text := secret.Reveal()
	if packed, standard := strings.CutPrefix(text, "whsec_"); standard {
		if key, err := base64.StdEncoding.DecodeString(packed); err == nil {
			return key
		}
	}
	return []byte(text)
}
