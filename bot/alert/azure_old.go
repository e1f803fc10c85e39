package alert

import (
	"net/http"
)

// azureOld is the data of the schemas before the common one, which an action group sends where the common one isn't switched on:
// of metrics and of the activity log, which have a context, and of logs
// (https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-non-common-schema-definitions).
type azureOld struct {
	Status  word           `json:"status"`
	Context azureOldMetric `json:"context"`

	Rule        word `json:"AlertRuleName"` // of logs
	Severity    word `json:"Severity"`
	Until       word `json:"SearchIntervalEndtimeUtc"`
	Found       word `json:"LinkToSearchResults"`
	Query       word `json:"SearchQuery"`
	ResultCount word `json:"ResultCount"`
}

// azureOlder is the classic metric alert, which has no data around it.
type azureOlder struct {
	Status  word           `json:"status"`
	Context azureOldMetric `json:"context"`
}

// azureOldMetric says which rule found what.
type azureOldMetric struct {
	ID          word `json:"id"`
	Name        word `json:"name"`
	Description word `json:"description"`
	Severity    word `json:"severity"`
	Timestamp   word `json:"timestamp"`
	Resource    word `json:"resourceName"`
	ResourceID  word `json:"resourceId"`
	Link        word `json:"portalLink"`
	Log         struct {
		Operation   word `json:"operationName"`
		Level       word `json:"level"`
		Status      word `json:"status"`
		At          word `json:"eventTimestamp"`
		ID          word `json:"eventDataId"`
		Correlation word `json:"correlationId"`
		ResourceID  word `json:"resourceId"`
		Caller      word `json:"caller"`
	} `json:"activityLog"`
}

// old decodes the schemas before the common one, in which each request is dated by itself: a rule without a state fires anew at each look.
func (b *azureBody) old(header http.Header) (Delivery, error) {
	c, status := b.Data.azureOld.Context, b.Data.Status
	if b.Data.Status == "" && c.Name == "" && c.Log.Operation == "" {
		c, status = b.azureOlder.Context, b.azureOlder.Status
	}
	a := Alert{Status: Firing, Event: EventTrigger, Labels: map[string]string{}}
	switch log := c.Log; {
	case log.Operation != "":
		a.Title, a.Severity, a.Actor = string(log.Operation)+": "+string(log.Status), string(log.Level), string(log.Caller)
		a.DedupeKey, a.StartsAt = "activity:"+first(string(log.Correlation), string(log.ID)), moment(string(log.At))
		a.Labels["resource"] = string(log.ResourceID)
	case c.Name != "":
		a.Title, a.Description, a.Host, a.Link = string(c.Name), string(c.Description), string(c.Resource), string(c.Link)
		a.DedupeKey, a.StartsAt = "metric:"+digest(string(c.ID), string(c.ResourceID)), moment(string(c.Timestamp))
		a.Severity = azureNumber(c.Severity)
	case b.Data.Rule != "":
		a.Title, a.Description, a.Link = string(b.Data.Rule), string(b.Data.Query), string(b.Data.azureOld.Found)
		a.DedupeKey, a.StartsAt = "log:"+string(b.Data.Rule), moment(string(b.Data.Until))
		a.Severity = azureNumber(b.Data.Severity)
		a.Labels["results"] = string(b.Data.ResultCount)
	default:
		return Delivery{}, undecoded("alert.error_no_title")
	}
	if word := fold(string(status)); word == "deactivated" || word == "resolved" {
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, a.StartsAt
	}
	a.Undated = a.Status == Firing || b.Data.Rule != "" // dated by this word about it
	a.Timed = a.Undated
	return Delivery{Alerts: []Alert{a}, DeliveryID: deliveryID(header)}, nil
}

// azureNumber reads a severity that is the number of "Sev3", or a word.
func azureNumber(s word) string {
	if len(s) == 1 {
		return "sev" + string(s)
	}
	return string(s)
}
