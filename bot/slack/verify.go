package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"matoi/bot"
)

// oldest is how far a request's time may be off, either way
// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
const oldest = 5 * time.Minute

// The reasons why a request is not believed.
var (
	errUnsigned = errors.New("the request carries no signature")
	errStale    = errors.New("the request is too old, or a clock is wrong")
	errForged   = errors.New("the signature is not ours")
)

// verify checks a request's signature over its raw body, before anything of it is parsed.
func verify(secret bot.Secret, h http.Header, body []byte, now time.Time) error {
	stamp, signature := h.Get("X-Slack-Request-Timestamp"), h.Get("X-Slack-Signature")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || signature == "" {
		return errUnsigned
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > oldest || off < -oldest {
		return errStale
	}
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	if want := "v0=" + hex.EncodeToString(mac.Sum(nil)); !hmac.Equal([]byte(want), []byte(signature)) {
		return errForged
	}
	return nil
}
