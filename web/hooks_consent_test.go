package web

import (
	"net/http"
	"testing"

	"matoi/bot"
	"matoi/bot/alert"
)

func TestASenderOfCloudEventsIsGivenConsent(t *testing.T) {
	secret := []bot.Secret{bot.NewSecret("s3cret")}
	sources := []alert.Source{
		{Name: "grid", Format: "cloudevents", Auth: alert.Auth{Query: &alert.Query{Name: "key", Value: secret[0]}}},
		{Name: "slow", Format: "cloudevents", Rate: 2, Auth: alert.Auth{Bearer: secret}},
		{Name: "signed", Format: "cloudevents", Auth: alert.Auth{Secrets: secret}},
	}
	const asks = "WebHook-Request-Origin: eventgrid.azure.net"
	for _, c := range []struct {
		name, path string
		headers    []string
		status     int
		origin     string
		rate       string
	}{
		{"with the secret of the address", "/hooks/grid?key=s3cret", []string{asks, "WebHook-Request-Rate: 120"}, http.StatusOK, "eventgrid.azure.net", "120"},
		{"without a rate", "/hooks/grid?key=s3cret", []string{asks}, http.StatusOK, "eventgrid.azure.net", "*"},
		{"with a wrong secret", "/hooks/grid?key=guessed", []string{asks}, http.StatusForbidden, "", ""},
		{"without a secret", "/hooks/grid", []string{asks}, http.StatusUnauthorized, "", ""},
		{"more than the source's bound", "/hooks/slow", []string{asks, "Authorization: Bearer s3cret", "WebHook-Request-Rate: 6000"}, http.StatusOK, "eventgrid.azure.net", "120"},
		{"a rate that is none", "/hooks/grid?key=s3cret", []string{asks, "WebHook-Request-Rate: -1"}, http.StatusOK, "eventgrid.azure.net", "*"},
		{"signed events, of which none is there to sign", "/hooks/signed", []string{asks}, http.StatusOK, "eventgrid.azure.net", "*"},
		{"nobody asks", "/hooks/grid?key=s3cret", nil, http.StatusNoContent, "", ""},
		{"another format", "/hooks/generic", []string{asks}, http.StatusMethodNotAllowed, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk()
			h, _, _ := bounded(d, sources...)
			w := call(h, http.MethodOptions, c.path, "", c.headers...)
			if w.Code != c.status || w.Header().Get("WebHook-Allowed-Origin") != c.origin || w.Header().Get("WebHook-Allowed-Rate") != c.rate {
				t.Errorf("%d %v, want %d, origin %q, rate %q", w.Code, w.Header(), c.status, c.origin, c.rate)
			}
			if len(d.stored) > 0 {
				t.Error("asking stored something")
			}
		})
	}
}
