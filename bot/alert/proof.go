package alert

import (
	"encoding/json"
	"net/http"
	"time"

	"matoi/bot"
)

// proof is a way in which a sender shows that it is who it says.
type proof interface {
	check(r *http.Request, body []byte, now time.Time) error
}

// GrafanaTimestamp is the header in which Grafana tells when it signed, once it is told to.
const GrafanaTimestamp = "X-Grafana-Alerting-Timestamp"

// proofs are what the senders of a format prove themselves with by themselves, as their documentation says; the operator only
// needs to name the secrets.
func proofs(format string, secrets []bot.Secret) []proof {
	if len(secrets) == 0 {
		return nil
	}
	standard := &HMAC{ // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
		Header: "Webhook-Signature", Prefix: "v1,", Encoding: "base64", Signs: "{id}.{timestamp}.{body}", ID: "Webhook-Id", Timestamp: "Webhook-Timestamp", Secrets: secrets,
	}
	switch format {
	case "github": // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
		return []proof{&HMAC{Header: "X-Hub-Signature-256", Prefix: "sha256=", Secrets: secrets}}
	case "gitlab": // https://docs.gitlab.com/user/project/integrations/webhooks/#validate-payloads-by-using-a-secret-token, and by a signing token
		return []proof{&Header{Name: "X-Gitlab-Token", Values: secrets}, standard}
	case "pagerduty": // https://developer.pagerduty.com/docs/verifying-webhook-signatures
		return []proof{&HMAC{Header: "X-Pagerduty-Signature", Prefix: "v1=", Secrets: secrets}}
	case "sentry": // https://docs.sentry.io/integrations/integration-platform/webhooks/#verifying-the-signature
		return []proof{&HMAC{Header: "Sentry-Hook-Signature", Secrets: secrets}}
	case "grafana": // https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
		return []proof{
			&HMAC{Header: "X-Grafana-Alerting-Signature", Secrets: secrets},
			// Grafana's "Timestamp Header" has no name of its own; docs/senders.md asks for this one.
			&HMAC{Header: "X-Grafana-Alerting-Signature", Signs: "{timestamp}:{body}", Timestamp: GrafanaTimestamp, Secrets: secrets},
		}
	case PagerDutyEventsV2:
		return []proof{&routingKey{secrets}}
	case Generic, "cloudevents":
		return []proof{standard}
	}
	return nil
}

// checkOwn reports whether one of a format's proofs is good.
func checkOwn(own []proof, r *http.Request, body []byte, now time.Time) error {
	err := ErrUnauthenticated
	for _, p := range own {
		switch found := p.check(r, body, now); found {
		case nil:
			return nil
		case ErrUntimely: //nolint:errorlint // given as it is
			err = ErrUntimely
		case ErrForbidden: //nolint:errorlint // likewise
			if err == ErrUnauthenticated { //nolint:errorlint // likewise
				err = ErrForbidden
			}
		}
	}
	return err
}

// routingKey is the key in the body that events of PagerDuty carry: the only secret that its clients can send.
type routingKey struct{ keys []bot.Secret }

func (k *routingKey) check(_ *http.Request, body []byte, _ time.Time) error {
	var b struct {
		Key word `json:"routing_key"`
	}
	if json.Unmarshal(body, &b) != nil || b.Key == "" {
		return ErrUnauthenticated
	}
	return anyOf(k.keys, string(b.Key))
}
