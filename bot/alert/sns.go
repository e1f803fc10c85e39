package alert

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // what SNS signs with, unless its topic says otherwise
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// SNS says which topics of Amazon's Simple Notification Service may send here. Each message is signed by Amazon, and the
// certificate is asked for from Amazon alone (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html). Anybody
// can own a topic, so only the named ones are heard, and only their subscriptions are confirmed.
type SNS struct {
	// Topics are ARNs: "arn:aws:sns:ap-northeast-1:123456789012:ops-alarms".
	Topics []string `yaml:"topics"`
}

// regionOf gives the region that an ARN of a topic names; empty if it is none.
func regionOf(topic string) string {
	part := strings.Split(topic, ":") // arn:aws:sns:REGION:ACCOUNT:NAME
	if len(part) != 6 || part[0] != "arn" || !strings.HasPrefix(part[1], "aws") || part[2] != "sns" || !regionName(part[3]) || part[4] == "" || part[5] == "" {
		return ""
	}
	return part[3]
}

// validate finds mistakes in the names of topics.
func (s *SNS) validate(wrong func(key string, what error)) {
	if len(s.Topics) == 0 {
		wrong("sns.topics", mistaken("alert.config_auth_empty"))
	}
	for i, topic := range s.Topics {
		if regionOf(topic) == "" {
			wrong(fmt.Sprintf("sns.topics[%d]", i), mistaken("alert.config_auth_topic", "Word", topic))
		}
	}
}

// admits reports whether a message is of a named topic, and gives the host that its certificate and subscription must be at.
func (s *SNS) admits(b *snsBody) (host string, err error) {
	if b.Signature == "" || b.CertURL == "" {
		return "", ErrUnauthenticated
	}
	region := regionOf(string(b.TopicARN))
	if region == "" || !slices.Contains(s.Topics, string(b.TopicARN)) {
		return "", ErrForbidden
	}
	if host = "sns." + region + ".amazonaws.com"; strings.HasPrefix(region, "cn-") {
		host += ".cn"
	}
	return host, nil
}

// pinned reads an address that must be https at exactly that host, with nothing that could lead elsewhere.
func pinned(address, host string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host != host || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: an address that isn't at %s", ErrForbidden, host)
	}
	return u, nil
}

// certificateAt gives the address of the certificate.
func (b *snsBody) certificateAt(host string) (string, error) {
	u, err := pinned(string(b.CertURL), host)
	if err != nil {
		return "", err
	}
	name, pem := strings.CutSuffix(strings.TrimPrefix(u.Path, "/SimpleNotificationService-"), ".pem")
	if !pem || name == "" || len(name) > 64 || strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || u.RawQuery != "" || u.Path != "/SimpleNotificationService-"+name+".pem" {
		return "", fmt.Errorf("%w: no certificate of SNS", ErrForbidden)
	}
	return u.String(), nil
}

// subscriptionAt gives the address that confirms the subscription to the topic of the message.
func (b *snsBody) subscriptionAt(host string) (string, error) {
	u, err := pinned(string(b.Subscribe), host)
	if err != nil {
		return "", err
	}
	if q := u.Query(); q.Get("Action") != "ConfirmSubscription" || q.Get("TopicArn") != string(b.TopicARN) || u.Path != "/" && u.Path != "" {
		return "", fmt.Errorf("%w: no confirmation of the topic", ErrForbidden)
	}
	return u.String(), nil
}

// signed is the text that the signature is of: some fields, by name, each on lines of its own.
func (b *snsBody) signed() string {
	fields := []struct {
		name  string
		value word
	}{{"Message", b.Message}, {"MessageId", b.MessageID}, {"Subject", b.Subject}, {"Timestamp", b.Timestamp}, {"TopicArn", b.TopicARN}, {"Type", b.Type}}
	if b.Type != snsNotification {
		fields[2].name, fields[2].value = "SubscribeURL", b.Subscribe
		fields = slices.Insert(fields, 4, struct {
			name  string
			value word
		}{"Token", b.Token})
	}
	var text strings.Builder
	for _, f := range fields {
		if f.name != "Subject" || f.value != "" {
			text.WriteString(f.name + "\n" + string(f.value) + "\n")
		}
	}
	return text.String()
}

// verify holds the signature against the key: version 1 is of SHA-1, version 2 of SHA-256.
func (b *snsBody) verify(key *rsa.PublicKey) error {
	signature, err := base64.StdEncoding.DecodeString(string(b.Signature))
	if err != nil {
		return fmt.Errorf("%w: no signature", ErrForbidden)
	}
	text := []byte(b.signed())
	var sum []byte
	var of crypto.Hash
	switch b.Version {
	case "1":
		s := sha1.Sum(text) //nolint:gosec // as above
		sum, of = s[:], crypto.SHA1
	case "2":
		s := sha256.Sum256(text)
		sum, of = s[:], crypto.SHA256
	default:
		return fmt.Errorf("%w: a signature of version %q", ErrForbidden, line(string(b.Version), 10))
	}
	if err := rsa.VerifyPKCS1v15(key, of, sum, signature); err != nil {
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	return nil
}
