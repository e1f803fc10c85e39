package web

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/lang"
)

// amazon answers what SNS asks of it with a certificate, while it is there.
type amazon struct{ there bool }

func (a *amazon) RoundTrip(r *http.Request) (*http.Response, error) {
	if !a.there {
		return nil, errors.New("no route to host")
	}
	pem, err := os.ReadFile(filepath.Join("..", "bot", "alert", "testdata", "sns-test-cert.pem"))
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(pem))), Request: r}, err
}

func TestSNSIsStoredOnceItsSignatureIsHeld(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "bot", "alert", "testdata", "awssns-1-alarm.json"))
	if err != nil {
		t.Fatal(err)
	}
	var sample struct {
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(raw, &sample); err != nil {
		t.Fatal(err)
	}
	config := &alert.Config{Sources: []alert.Source{{Name: "aws-cloudwatch", Auth: alert.Auth{SNS: &alert.SNS{Topics: []string{"arn:aws:sns:ap-northeast-1:123456789012:ops-alarms"}}}}}}
	if err := config.Compile(); err != nil {
		t.Fatal(err)
	}
	d, answers := newDesk(), &amazon{}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	h := NewHooks(HooksOptions{
		Sources: func() *alert.Config { return config }, Inbox: d, BodyBound: 1 << 20, Notary: alert.NewNotary(answers),
		Now: func() time.Time { return now }, Lang: lang.EN, Log: slog.New(slog.DiscardHandler),
	})
	send := func(body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hooks/aws-cloudwatch", strings.NewReader(body)))
		return w
	}
	if w := send(string(sample.Body)); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || len(d.stored) != 0 {
		t.Errorf("while Amazon is away: %d %v, %d stored", w.Code, w.Header(), len(d.stored))
	}
	answers.there, now = true, now.Add(time.Minute)
	if w := send(string(sample.Body)); w.Code != http.StatusAccepted || len(d.stored) != 1 {
		t.Errorf("%d %s, %d stored", w.Code, w.Body, len(d.stored))
	}
	for body, want := range map[string]int{
		strings.Replace(string(sample.Body), "prod-web-cpu", "prod-web-mem", 1): http.StatusForbidden,
		`{"Type":"Notification","Message":"hello"}`:                             http.StatusUnauthorized,
		`hello`: http.StatusUnauthorized,
	} {
		if w := send(body); w.Code != want || len(d.stored) != 1 {
			t.Errorf("%.60s: %d, want %d; %d stored", body, w.Code, want, len(d.stored))
		}
	}
}
