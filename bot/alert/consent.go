package alert

import "math"

// Consents reports whether senders of the source ask for consent before they send, as the web hooks of CloudEvents do
// (https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md, 4). Azure Event Grid sends nothing without it.
func (s Source) Consents() bool { return s.format() == "cloudevents" }

// Unsigned are those of the secrets that a request without a body can show, as one that asks for consent; false where there are none,
// though others are asked for.
func (a Auth) Unsigned() (Auth, bool) {
	was := a.Open()
	a.Secrets, a.own, a.HMAC, a.SNS = nil, nil, nil, nil
	return a, was || !a.Open()
}

// PerMinute is the rate in requests a minute; 0 where none is set.
func (r Rate) PerMinute() int64 { return int64(math.Floor(float64(r) * 60)) }
