package alert

import (
	"encoding/json"
	"strconv"
	"strings"
)

// eventBridge is an event of Amazon EventBridge, which a rule may send to SNS
// (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html). Its detail is read for what the events of
// alarms (…/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html), AWS Health and GuardDuty hold.
type eventBridge struct {
	ID        word   `json:"id"`
	Kind      word   `json:"detail-type"`
	From      word   `json:"source"`
	Account   word   `json:"account"`
	Time      word   `json:"time"`
	Region    word   `json:"region"`
	Resources []word `json:"resources"`
	Detail    struct {
		AlarmName word            `json:"alarmName"`
		State     json.RawMessage `json:"state"` // an object, or with other events a word
		Status    word            `json:"status"`
		Config    struct {
			Description word `json:"description"`
			Metrics     []struct {
				Stat struct {
					Metric struct {
						Name       word            `json:"name"`
						Namespace  word            `json:"namespace"`
						Dimensions map[string]word `json:"dimensions"`
					} `json:"metric"`
				} `json:"metricStat"`
			} `json:"metrics"`
		} `json:"configuration"`

		EventARN    word `json:"eventArn"` // AWS Health
		Service     word `json:"service"`
		TypeCode    word `json:"eventTypeCode"`
		Category    word `json:"eventTypeCategory"`
		StatusCode  word `json:"statusCode"`
		StartTime   word `json:"startTime"`
		Description []struct {
			Text word `json:"latestDescription"`
		} `json:"eventDescription"`

		ID       word `json:"id"` // GuardDuty
		Title    word `json:"title"`
		Said     word `json:"description"`
		Severity word `json:"severity"`
		Instance word `json:"instance-id"` // EC2
	} `json:"detail"`
}

// alert translates an event.
func (e *eventBridge) alert() (Alert, error) {
	switch {
	case e.Detail.AlarmName != "":
		return e.alarm(), nil
	case e.Detail.TypeCode != "":
		return e.health()
	}
	var state word
	_ = json.Unmarshal(e.Detail.State, &state)
	state = word(first(string(state), string(e.Detail.Status)))
	about := joined(e.Resources)
	a := Alert{
		Title:     first(string(e.Detail.Title), strings.Trim(string(e.Kind)+" ("+string(state)+"): "+about, ": ")),
		Severity:  e.grade(),
		Service:   string(e.From),
		Host:      string(e.Detail.Instance),
		DedupeKey: strings.Join([]string{string(e.From), string(e.Kind), first(string(e.Detail.ID), about)}, "#"),
		StartsAt:  moment(string(e.Time)), Undated: true, Timed: true, // the time of this event
		Description: string(e.Detail.Said),
		Labels:      e.labels(),
	}
	if a.Event, a.Status = genericEvent(string(state)); a.Status == Resolved {
		a.EndsAt = a.StartsAt
	}
	return a, nil
}

// alarm translates the change of an alarm's state into what SNS would have brought without EventBridge.
func (e *eventBridge) alarm() Alert {
	var state struct {
		Value word `json:"value"`
		Why   word `json:"reason"`
		At    word `json:"timestamp"`
	}
	_ = json.Unmarshal(e.Detail.State, &state)
	m := cloudWatchAlarm{
		Name: e.Detail.AlarmName, Description: e.Detail.Config.Description, Account: e.Account, Region: e.Region, ARN: word(first(plainWords(e.Resources)...)),
		State: state.Value, Why: state.Why, Changed: word(first(string(state.At), string(e.Time))),
	}
	for _, metric := range e.Detail.Config.Metrics {
		at := metric.Stat.Metric
		m.Trigger.Metric, m.Trigger.Namespace = at.Name, at.Namespace
		for _, name := range sortedNames(at.Dimensions) {
			m.Trigger.Dimensions = append(m.Trigger.Dimensions, cloudWatchDimension{word(name), at.Dimensions[name]})
		}
	}
	return m.alert()
}

// health translates what AWS says of itself: an issue burns until it is closed, a scheduled change or a notice of the account
// waits as information.
func (e *eventBridge) health() (Alert, error) {
	a := Alert{
		Status: Firing, Event: EventTrigger, Severity: Notice,
		Title:     string(e.Detail.Service) + ": " + string(e.Detail.TypeCode),
		Service:   string(e.Detail.Service),
		Host:      first(plainWords(e.Resources)...),
		DedupeKey: first(string(e.Detail.EventARN), string(e.ID)),
		StartsAt:  moment(string(e.Detail.StartTime)),
		Labels:    e.labels(),
	}
	a.Labels["category"] = string(e.Detail.Category)
	if fold(string(e.Detail.Category)) == "issue" {
		a.Severity = Error
	}
	for _, said := range e.Detail.Description {
		a.Description = strings.TrimSpace(a.Description + "\n" + string(said.Text))
	}
	if fold(string(e.Detail.StatusCode)) == "closed" {
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, moment(string(e.Time))
	}
	return a, nil
}

// grade reads a severity that is a word, or GuardDuty's number: 9 and more is critical, 7 high, 4 medium
// (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html).
func (e *eventBridge) grade() string {
	n, err := strconv.ParseFloat(string(e.Detail.Severity), 64)
	switch {
	case err != nil:
		return string(e.Detail.Severity)
	case n >= 9:
		return Critical
	case n >= 7:
		return Error
	case n >= 4:
		return Warning
	}
	return Notice
}

func (e *eventBridge) labels() map[string]string {
	labels := map[string]string{}
	for name, value := range map[string]word{"account": e.Account, "region": e.Region, "from": e.From, "detail_type": e.Kind} {
		if value != "" {
			labels[name] = string(value)
		}
	}
	return labels
}

// plainWords turns a list of lenient texts into plain ones.
func plainWords(list []word) []string {
	plain := make([]string, len(list))
	for k, w := range list {
		plain[k] = string(w)
	}
	return plain
}
