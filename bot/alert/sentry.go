package alert

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// sentryBody is a webhook of Sentry's integration platform (https://docs.sentry.io/integrations/integration-platform/webhooks/). Its
// header Sentry-Hook-Resource says what data holds. The rest is of the older plugin "webhooks", which has no such header
// (https://github.com/getsentry/sentry, src/sentry/plugins/sentry_webhooks): one event, and no word when an issue is resolved.
type sentryBody struct {
	Action word `json:"action"`
	Actor  struct {
		Name word `json:"name"`
		Type word `json:"type"`
	} `json:"actor"`
	Data struct {
		Event  *sentryEvent `json:"event"`
		Error  *sentryEvent `json:"error"`
		Issue  *sentryIssue `json:"issue"`
		Metric *struct {
			ID      word   `json:"id"`
			Title   word   `json:"title"`
			Started word   `json:"date_started"`
			Closed  word   `json:"date_closed"`
			Of      []word `json:"projects"`
			Rule    struct {
				Name        word `json:"name"`
				Environment word `json:"environment"`
				Query       word `json:"query"`
			} `json:"alert_rule"`
		} `json:"metric_alert"`
		Said    word `json:"description_text"`
		URL     word `json:"web_url"`
		Rule    word `json:"triggered_rule"`
		Comment word `json:"comment"`
		IssueID word `json:"issue_id"`
		At      word `json:"timestamp"`
		Project word `json:"project_slug"`
	} `json:"data"`

	ID      word         `json:"id"` // of the issue
	Project word         `json:"project"`
	Culprit word         `json:"culprit"`
	Level   word         `json:"level"`
	Message word         `json:"message"`
	URL     word         `json:"url"`
	Event   *sentryEvent `json:"event"`
}

// sentryEvent is one error.
type sentryEvent struct {
	Title    word            `json:"title"`
	Level    word            `json:"level"`
	Culprit  word            `json:"culprit"`
	Message  word            `json:"message"`
	Datetime word            `json:"datetime"`
	IssueID  word            `json:"issue_id"`
	URL      word            `json:"url"`
	WebURL   word            `json:"web_url"`
	Tags     json.RawMessage `json:"tags"` // pairs, as lists or objects
	Release  word            `json:"release"`
}

// sentryIssue is a kind of error, which lasts.
type sentryIssue struct {
	ID        word `json:"id"`
	ShortID   word `json:"shortId"`
	Title     word `json:"title"`
	Level     word `json:"level"`
	Status    word `json:"status"`
	Substatus word `json:"substatus"`
	Culprit   word `json:"culprit"`
	FirstSeen word `json:"firstSeen"`
	WebURL    word `json:"web_url"`
	Permalink word `json:"permalink"`
	Project   struct {
		Slug word `json:"slug"`
	} `json:"project"`
	Category word `json:"issueCategory"`
	Assigned struct {
		Name word `json:"name"`
	} `json:"assignedTo"`
}

// sentry decodes a webhook. An event's time is that of one error among many, so it dates nothing; an issue stays the same when it
// comes back after it was resolved, so neither its end nor its return are dated by when it was first seen.
func sentry(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b sentryBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	resource, action := fold(header.Get("Sentry-Hook-Resource")), fold(string(b.Action))
	sent := moment(header.Get("Sentry-Hook-Timestamp"))
	var a Alert
	switch {
	case b.Data.Metric != nil:
		a = b.metric(action)
	case b.Data.Comment != "" || resource == "comment":
		if b.Data.IssueID == "" || action == "deleted" {
			return Delivery{}, idle("comment " + action)
		}
		a = Alert{Status: Firing, Event: EventNote, DedupeKey: "issue:" + string(b.Data.IssueID), Comment: string(b.Data.Comment), Service: string(b.Data.Project), Actor: string(b.Actor.Name)}
	case b.Data.Issue != nil && (resource == "" || resource == "issue"):
		a = b.issue(action, sent)
	case b.Data.Event != nil:
		a = b.Data.Event.alert()
	case b.Data.Error != nil:
		a = b.Data.Error.alert()
	case b.Event != nil:
		a = b.plugin()
	case resource == "installation":
		return Delivery{}, undecoded("alert.error_setup", "Sender", "Sentry", "What", line(resource+" "+action, maxName))
	case resource != "":
		return Delivery{}, idle(resource + " " + action) // Seer's progress, activities, artifacts
	default:
		return Delivery{}, undecoded("alert.error_no_title")
	}
	if a.DedupeKey == "issue:" {
		if a.DedupeKey = ""; a.Title == "" {
			return Delivery{}, undecoded("alert.error_no_title")
		}
	}
	if b.Data.Rule != "" && a.Labels != nil {
		a.Labels["rule"] = string(b.Data.Rule)
	}
	return Delivery{Alerts: []Alert{a}, DeliveryID: first(header.Get("Request-ID"), deliveryID(header))}, nil
}

// metric translates a metric alert, which has a start and an end of its own.
func (b *sentryBody) metric(action string) Alert {
	sent := b.Data.Metric
	a := Alert{
		Status: Firing, Event: EventTrigger, Severity: action,
		Title:       first(string(sent.Title), string(sent.Rule.Name)),
		DedupeKey:   "metric:" + string(sent.ID),
		StartsAt:    moment(string(sent.Started)),
		Link:        string(b.Data.URL),
		Description: string(b.Data.Said),
		Labels:      map[string]string{"projects": joined(sent.Of), "environment": string(sent.Rule.Environment), "query": string(sent.Rule.Query)},
	}
	if len(sent.Of) > 0 {
		a.Service = string(sent.Of[0])
	}
	if action == "resolved" {
		a.Status, a.Event, a.Severity, a.EndsAt = Resolved, EventResolve, "", moment(string(sent.Closed))
	}
	return a
}

// issue translates what became of an issue. One that is archived is not over: somebody has seen it, and it may come back.
func (b *sentryBody) issue(action string, sent time.Time) Alert {
	i := b.Data.Issue
	a := Alert{
		Status: Firing, Event: EventTrigger,
		Severity:    sentryLevel(i.Level),
		Title:       string(i.Title),
		Service:     string(i.Project.Slug),
		DedupeKey:   "issue:" + string(i.ID),
		StartsAt:    moment(string(i.FirstSeen)),
		Link:        first(string(i.WebURL), string(i.Permalink)),
		Description: string(i.Culprit),
		Labels:      map[string]string{"short_id": string(i.ShortID), "category": string(i.Category), "substatus": string(i.Substatus)},
	}
	if b.Actor.Type != "application" {
		a.Actor = string(b.Actor.Name)
	}
	switch action {
	case "resolved":
		a.Status, a.Event, a.Undated, a.EndsAt = Resolved, EventResolve, true, sent
	case "unresolved":
		a.StartsAt, a.Undated = sent, true
	case "archived", "ignored":
		a.Event, a.Comment = EventAcknowledge, string(i.Substatus)
	case "assigned":
		a.Event, a.Comment = EventNote, string(i.Assigned.Name)
	}
	return a
}

// alert translates one error.
func (e *sentryEvent) alert() Alert {
	tags := sentryTags(e.Tags)
	a := Alert{
		Status: Firing, Event: EventTrigger, Undated: true,
		Severity:    sentryLevel(e.Level),
		Title:       first(string(e.Title), string(e.Message)),
		Service:     tags["service"],
		Host:        tags["server_name"],
		DedupeKey:   "issue:" + string(e.IssueID),
		StartsAt:    moment(string(e.Datetime)),
		Link:        string(e.WebURL),
		Description: string(e.Culprit),
		Labels:      tags,
	}
	if _, rest, found := strings.Cut(string(e.URL), "/projects/"); found && a.Service == "" { // …/projects/ORGANISATION/PROJECT/events/…
		if part := strings.Split(rest, "/"); len(part) > 2 {
			a.Service = part[1]
		}
	}
	if e.Release != "" {
		a.Labels["release"] = string(e.Release)
	}
	return a
}

// plugin translates an event of the older plugin.
func (b *sentryBody) plugin() Alert {
	a := b.Event.alert()
	a.DedupeKey, a.Service = "issue:"+string(b.ID), first(a.Service, string(b.Project))
	a.Title = first(a.Title, string(b.Message))
	a.Link, a.Description = string(b.URL), first(string(b.Culprit), a.Description)
	if a.Severity == "" {
		a.Severity = sentryLevel(b.Level)
	}
	return a
}

// sentryLevel reads a level; "debug" is as harmless as "info".
func sentryLevel(level word) string {
	if fold(string(level)) == "debug" {
		return Notice
	}
	return string(level)
}

// sentryTags reads pairs of names and values.
func sentryTags(raw json.RawMessage) map[string]string {
	tags := map[string]string{}
	var pairs [][]word
	if json.Unmarshal(raw, &pairs) == nil {
		for _, pair := range pairs {
			if len(pair) == 2 {
				tags[string(pair[0])] = string(pair[1])
			}
		}
		return tags
	}
	var objects []struct {
		Key   word `json:"key"`
		Value word `json:"value"`
	}
	_ = json.Unmarshal(raw, &objects)
	for _, tag := range objects {
		tags[string(tag.Key)] = string(tag.Value)
	}
	return tags
}
