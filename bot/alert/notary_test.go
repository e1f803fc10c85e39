package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// amazon answers for SNS, and notes what it is asked.
type amazon struct {
	t      *testing.T
	mu     sync.Mutex
	asked  []string
	status int           // 0: the network is down
	wait   chan struct{} // nil, or what an answer waits for
}

func (a *amazon) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.asked = append(a.asked, r.URL.String())
	status, wait := a.status, a.wait
	a.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if status == 0 {
		return nil, errors.New("no route to host")
	}
	body := "<ConfirmSubscriptionResponse/>"
	if strings.HasSuffix(r.URL.Path, ".pem") {
		pem, err := os.ReadFile(filepath.Join("testdata", "sns-test-cert.pem"))
		if err != nil {
			a.t.Error(err)
		}
		body = string(pem)
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}, Request: r}, nil
}

func (a *amazon) times() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

// signedAt is a time when the certificate of the samples holds.
func signedAt() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }

func sampleTopic() *SNS {
	return &SNS{Topics: []string{"arn:aws:sns:ap-northeast-1:123456789012:ops-alarms"}}
}

func TestWhatSNSSignedComesIn(t *testing.T) {
	a := &amazon{t: t, status: http.StatusOK}
	n := NewNotary(a)
	for _, name := range []string{"awssns-1-alarm.json", "awssns-2-ok.json"} { // versions 1 and 2
		if err := n.Check(t.Context(), sampleTopic(), load(t, name).Body, signedAt()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a.times() != 1 {
		t.Errorf("asked %q, want the certificate once", a.asked)
	}
	if err := n.Check(t.Context(), sampleTopic(), load(t, "awssns-0-subscription-confirmation.json").Body, signedAt()); err != nil {
		t.Error(err)
	}
	if a.times() != 2 || !strings.HasPrefix(a.asked[1], "https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&") {
		t.Errorf("asked %q, want the subscription to be confirmed", a.asked)
	}
	if err := n.Check(t.Context(), sampleTopic(), load(t, "awssns-1-alarm.json").Body, signedAt().Add(25*time.Hour)); err != nil || a.times() != 3 {
		t.Errorf("after a day: %v, asked %d times, want the certificate again", err, a.times())
	}
}

func TestWhatSNSDidNotSignAsksNobody(t *testing.T) {
	for name, c := range map[string]struct {
		field, value string
		want         error
		asked        int
	}{
		"no signature":                        {"Signature", "", ErrUnauthenticated, 0},
		"a topic of somebody else":            {"TopicArn", "arn:aws:sns:ap-northeast-1:666:ops-alarms", ErrForbidden, 0},
		"no topic":                            {"TopicArn", "ops-alarms", ErrForbidden, 0},
		"a certificate of another host":       {"SigningCertURL", "https://sns.ap-northeast-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem", ErrForbidden, 0},
		"a certificate of a user's bucket":    {"SigningCertURL", "https://s3.ap-northeast-1.amazonaws.com/SimpleNotificationService-1.pem", ErrForbidden, 0},
		"a certificate of another region":     {"SigningCertURL", "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem", ErrForbidden, 0},
		"a certificate at another port":       {"SigningCertURL", "https://sns.ap-northeast-1.amazonaws.com:8443/SimpleNotificationService-1.pem", ErrForbidden, 0},
		"a certificate behind a user":         {"SigningCertURL", "https://x@sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-1.pem", ErrForbidden, 0},
		"a certificate without TLS":           {"SigningCertURL", "http://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-1.pem", ErrForbidden, 0},
		"another file":                        {"SigningCertURL", "https://sns.ap-northeast-1.amazonaws.com/?Action=Publish&x=.pem", ErrForbidden, 0},
		"a way up":                            {"SigningCertURL", "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-../x.pem", ErrForbidden, 0},
		"another message":                     {"Message", "{}", ErrForbidden, 1},
		"another time":                        {"Timestamp", "2026-11-22T00:00:00.000Z", ErrForbidden, 1},
		"another subject":                     {"Subject", "x", ErrForbidden, 1},
		"another type":                        {"Type", "UnsubscribeConfirmation", ErrForbidden, 1},
		"the other version":                   {"SignatureVersion", "2", ErrForbidden, 1},
		"a version to come":                   {"SignatureVersion", "3", ErrForbidden, 1},
		"a signature that is none":            {"Signature", "!", ErrForbidden, 1},
		"a subscription that nobody asks for": {"SubscribeURL", "https://evil.example/", nil, 1}, // no field of a notification
	} {
		t.Run(name, func(t *testing.T) {
			a := &amazon{t: t, status: http.StatusOK}
			var fields map[string]any
			if err := json.Unmarshal(load(t, "awssns-1-alarm.json").Body, &fields); err != nil {
				t.Fatal(err)
			}
			fields[c.field] = c.value
			body, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			if err := NewNotary(a).Check(t.Context(), sampleTopic(), body, signedAt()); !errors.Is(err, c.want) || a.times() != c.asked {
				t.Errorf("%v, want %v; asked %q", err, c.want, a.asked)
			}
		})
	}
	if err := NewNotary(&amazon{t: t}).Check(t.Context(), sampleTopic(), []byte("ops"), signedAt()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("no JSON: %v", err)
	}
}

func TestASubscriptionIsConfirmedAtAmazonOnly(t *testing.T) {
	b := snsBody{TopicARN: "arn:aws:sns:eu-west-1:1:t"}
	const host = "sns.eu-west-1.amazonaws.com"
	for address, good := range map[string]bool{
		"https://" + host + "/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t&Token=x":      true,
		"https://" + host + "/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:u&Token=x":      false,
		"https://" + host + "/?Action=DeleteTopic&TopicArn=arn:aws:sns:eu-west-1:1:t":                      false,
		"https://evil.example/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t":              false,
		"http://" + host + "/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t":               false,
		"https://" + host + "/x?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t":             false,
		"https://" + host + "@evil.example/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t": false,
	} {
		b.Subscribe = word(address)
		if _, err := b.subscriptionAt(host); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
	china := &SNS{Topics: []string{"arn:aws-cn:sns:cn-north-1:1:t"}}
	if got, err := china.admits(&snsBody{TopicARN: "arn:aws-cn:sns:cn-north-1:1:t", Signature: "s", CertURL: "u"}); err != nil || got != "sns.cn-north-1.amazonaws.com.cn" {
		t.Errorf("in China at %q, %v", got, err)
	}
}

func TestSNSIsAskedToComeAgainWhileAmazonIsAway(t *testing.T) {
	a := &amazon{t: t}
	n := NewNotary(a)
	alarm, confirm := load(t, "awssns-1-alarm.json").Body, load(t, "awssns-0-subscription-confirmation.json").Body
	for k, status := range []int{0, http.StatusInternalServerError, http.StatusNotFound} {
		a.status = status
		at := signedAt().Add(time.Duration(k) * time.Minute)
		for range 3 { // which must not all ask
			if err := n.Check(t.Context(), sampleTopic(), alarm, at); !errors.Is(err, ErrUnsure) {
				t.Errorf("status %d: %v", status, err)
			}
		}
	}
	if a.times() != 3 {
		t.Errorf("asked %d times, want 3", a.times())
	}
	a.status = http.StatusOK
	if err := n.Check(t.Context(), sampleTopic(), alarm, signedAt().Add(time.Hour)); err != nil {
		t.Errorf("once Amazon answers: %v", err)
	}
	a.status = http.StatusServiceUnavailable
	if err := n.Check(t.Context(), sampleTopic(), confirm, signedAt().Add(time.Hour)); !errors.Is(err, ErrUnsure) {
		t.Errorf("a subscription that could not be confirmed: %v", err)
	}
}

func TestACertificateThatNoLongerHoldsIsRefused(t *testing.T) {
	err := NewNotary(&amazon{t: t, status: http.StatusOK}).Check(t.Context(), sampleTopic(), load(t, "awssns-1-alarm.json").Body, signedAt().AddDate(11, 0, 0))
	if !errors.Is(err, ErrForbidden) {
		t.Errorf("%v", err)
	}
}

func TestManyWaitForOneCertificate(t *testing.T) {
	a := &amazon{t: t, status: http.StatusOK, wait: make(chan struct{})}
	n := NewNotary(a)
	body := load(t, "awssns-1-alarm.json").Body
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := n.Check(t.Context(), sampleTopic(), body, signedAt()); err != nil {
				t.Error(err)
			}
		})
	}
	close(a.wait)
	all.Wait()
	if a.times() != 1 {
		t.Errorf("asked %d times", a.times())
	}
}

func TestAddressesThatSomebodyMakesUpTakeNoMemory(t *testing.T) {
	a := &amazon{t: t}
	n := NewNotary(a)
	for k := range 10 * mostKept {
		_, _ = n.key(t.Context(), fmt.Sprintf("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-%d.pem", k), signedAt())
	}
	if len(n.kept) > mostKept {
		t.Errorf("%d addresses are kept", len(n.kept))
	}
}
