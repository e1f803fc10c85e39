package alert

import (
	"maps"
	"net/http"
	"slices"
	"sync"
)

// The formats that other code speaks of by name. Each sender stands in a file of its own, which the catalogue leads to.
const (
	Alertmanager      = "alertmanager"
	PagerDutyEventsV2 = "pagerduty-events-v2"
	Generic           = "generic"
)

// sender is what is known of one monitoring system's requests.
type sender struct {
	decode decoder
	// hears are the headers, as http.CanonicalHeaderKey writes them, that decode reads beside the ordinary ones: what a
	// request is about, or its number. Never one that holds a secret: they are stored.
	hears []string
	// maps says that a source of the format may have a mapping.
	maps bool
	// appends are the paths that clients put behind an address which they take for the beginning of one.
	appends []string
	// answer is what the sender is told once its request is stored; nil: as Answer says.
	answer func(id string, body []byte) (status int, contentType string, answer []byte)
}

// decoder reads one format. It leaves texts as they were sent and starts as they were meant: finish cleans both.
type decoder func(s Source, header http.Header, body []byte) (Delivery, error)

// catalogue are the senders by the name of their format, which is also the name of a source that exists without
// configuration.
var catalogue = sync.OnceValue(func() map[string]sender {
	return map[string]sender{
		Alertmanager:      {decode: alertmanager},
		PagerDutyEventsV2: {decode: pagerDutyEvents, answer: pagerDutyAnswer, appends: []string{"/v2/enqueue", "/v2/change/enqueue"}},
		Generic:           {decode: generic, maps: true},
		"cloudevents":     {decode: cloudEvents, maps: true},
		"email":           {decode: email},
		"mackerel":        {decode: mackerel},
		"uptime-kuma":     {decode: uptimeKuma},
		"zabbix":          {decode: zabbix},
		"icinga2":         {decode: icinga2},
		"nagios":          {decode: nagios},
		"grafana":         {decode: grafana},
		"datadog":         {decode: datadog},
		"opsgenie":        {decode: opsgenie},
		"pagerduty":       {decode: pagerDuty},
		"gcp-monitoring":  {decode: gcpMonitoring},
		"newrelic":        {decode: newRelic},
		"sentry":          {decode: sentry, hears: []string{"Sentry-Hook-Resource", "Sentry-Hook-Timestamp", "Request-Id"}},
		"azure-monitor":   {decode: azureMonitor},
		"github":          {decode: github, hears: []string{"X-Github-Event", "X-Github-Delivery"}},
		"gitlab":          {decode: gitlab, hears: []string{"X-Gitlab-Event-Uuid"}},
		"aws-cloudwatch":  {decode: cloudWatch, hears: []string{"X-Amz-Sns-Message-Id", "X-Amz-Sns-Topic-Arn"}},
	}
})

// decoderOf gives the decoder of a format, or nil.
func decoderOf(format string) decoder { return catalogue()[format].decode }

// Sources lists the formats, which are also the names of the sources that exist without configuration.
func Sources() []string { return slices.Sorted(maps.Keys(catalogue())) }

// Answer gives what the sender of a stored request is told: 202 and the id it was stored under, or what its clients
// insist on. It answers the same to what can't be decoded: that is for people here to see, and a refusal would only be asked
// again.
func Answer(format, id string, body []byte) (status int, contentType string, answer []byte) {
	if own := catalogue()[format].answer; own != nil {
		return own(id, body)
	}
	return http.StatusAccepted, "application/json", []byte(`{"status":"accepted","id":"` + id + `"}`)
}
