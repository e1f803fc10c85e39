package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"matoi/bot"
)

// The headers of Standard Webhooks.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// tolerance is how far a request's time may be from ours.
const tolerance = 5 * time.Minute

// keyOf is the key that a secret stands for: the bytes behind whsec_, else its own characters.
func keyOf(s bot.Secret) (key []byte, ok bool) {
	text := s.Reveal()
	if coded, is := strings.CutPrefix(text, "whsec_"); is {
		key, err := base64.StdEncoding.DecodeString(coded)
		return key, err == nil && len(key) >= shortestSecret
	}
	return []byte(text), len(text) >= shortestSecret
}

// signature is that of one secret: v1,base64(HMAC-SHA256(id.timestamp.body)).
func signature(s bot.Secret, id, timestamp string, body []byte) string {
	key, _ := keyOf(s)
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + timestamp + "."))
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// sign puts the headers on a request, with a signature for each secret.
func sign(h http.Header, secrets []bot.Secret, id string, now time.Time, body []byte) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	var all []string
	for _, s := range secrets {
		all = append(all, signature(s, id, timestamp, body))
	}
	h.Set(headerID, id)
	h.Set(headerTimestamp, timestamp)
	h.Set(headerSignature, strings.Join(all, " "))
}

// signed reports whether a request was signed with one of the secrets, a moment ago.
func signed(h http.Header, secrets []bot.Secret, now time.Time, body []byte) bool {
	id, timestamp := h.Get(headerID), h.Get(headerTimestamp)
	at, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" || now.Sub(time.Unix(at, 0)).Abs() > tolerance {
		return false
	}
	given := strings.Fields(h.Get(headerSignature))
	good := false
	for _, s := range secrets {
		want := []byte(signature(s, id, timestamp, body))
		for _, g := range given[:min(len(given), 10)] {
			if hmac.Equal(want, []byte(g)) {
				good = true
			}
		}
	}
	return good
}
