package alert

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// snsBody is a message of Amazon's Simple Notification Service (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
// Its Message is a text, in which CloudWatch and others put JSON of their own. With raw message delivery the message comes alone.
type snsBody struct {
	Type      word `json:"Type"`
	MessageID word `json:"MessageId"`
	TopicARN  word `json:"TopicArn"`
	Subject   word `json:"Subject"`
	Message   word `json:"Message"`
	Token     word `json:"Token"`
	Subscribe word `json:"SubscribeURL"`
	Timestamp word `json:"Timestamp"`
	Version   word `json:"SignatureVersion"`
	CertURL   word `json:"SigningCertURL"`
	Signature word `json:"Signature"`
}

// The types of messages.
const (
	snsNotification = "Notification"
	snsSubscribe    = "SubscriptionConfirmation"
	snsUnsubscribe  = "UnsubscribeConfirmation"
)

// cloudWatchAlarm is the message of a CloudWatch alarm, of one metric, of metric mathematics, or of other alarms (a composite one)
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html). It carries no severity.
type cloudWatchAlarm struct {
	Name        word `json:"AlarmName"`
	Description word `json:"AlarmDescription"`
	Account     word `json:"AWSAccountId"`
	State       word `json:"NewStateValue"`
	Old         word `json:"OldStateValue"`
	Why         word `json:"NewStateReason"`
	Changed     word `json:"StateChangeTime"`
	Region      word `json:"Region"`
	ARN         word `json:"AlarmArn"`
	Rule        word `json:"AlarmRule"` // of a composite one
	Trigger     struct {
		Metric     word                  `json:"MetricName"`
		Namespace  word                  `json:"Namespace"`
		Dimensions []cloudWatchDimension `json:"Dimensions"`
		Metrics    []struct {
			Stat struct {
				Metric struct {
					Metric     word                  `json:"MetricName"`
					Namespace  word                  `json:"Namespace"`
					Dimensions []cloudWatchDimension `json:"Dimensions"`
				} `json:"Metric"`
			} `json:"MetricStat"`
		} `json:"Metrics"`
	} `json:"Trigger"`
}

type cloudWatchDimension struct {
	Name  word `json:"name"`
	Value word `json:"value"`
}

// cloudWatch decodes what SNS brings: CloudWatch's alarms, events of EventBridge, and whatever else was published.
func cloudWatch(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b snsBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	d := Delivery{DeliveryID: first(string(b.MessageID), header.Get("X-Amz-Sns-Message-Id"))}
	switch b.Type {
	case snsSubscribe:
		return Delivery{}, undecoded("alert.error_sns_subscribe", "Topic", line(string(b.TopicARN), maxName))
	case snsUnsubscribe:
		return Delivery{}, undecoded("alert.error_sns_unsubscribe", "Topic", line(string(b.TopicARN), maxName))
	case snsNotification:
	default: // raw message delivery
		b = snsBody{Message: word(body), TopicARN: word(header.Get("X-Amz-Sns-Topic-Arn"))}
	}
	a, err := b.alert()
	if err != nil {
		return Delivery{}, err
	}
	if topic := string(b.TopicARN); topic != "" {
		if a.Labels == nil {
			a.Labels = map[string]string{}
		}
		a.Labels["topic"] = topic[strings.LastIndex(topic, ":")+1:]
	}
	d.Alerts = []Alert{a}
	return d, nil
}

// alert reads the message by what it looks like.
func (b *snsBody) alert() (Alert, error) {
	message := []byte(b.Message)
	if !strings.HasPrefix(strings.TrimSpace(string(b.Message)), "{") || tooDeep(message) {
		return b.plain()
	}
	var alarm cloudWatchAlarm
	if unmarshal(message, &alarm) == nil && alarm.Name != "" && alarm.State != "" {
		return alarm.alert(), nil
	}
	var event eventBridge
	if unmarshal(message, &event) == nil && event.Kind != "" && event.From != "" {
		return event.alert()
	}
	if doc, err := thoroughly(message); err == nil {
		if a, told := genericAlert(ordinaryMapping(), ordinaryTrails(), doc, time.UTC); told {
			return a, nil
		}
	}
	return b.plain()
}

// plain reads a message that is no JSON that anybody knows: its subject is the title, and tells by a word whether something is
// over. Budgets, RDS and people publish such.
func (b *snsBody) plain() (Alert, error) {
	a := Alert{Status: Firing, Event: EventTrigger, Title: first(string(b.Subject), firstLine(string(b.Message))), Description: string(b.Message)}
	if strings.TrimSpace(a.Title) == "" {
		return Alert{}, undecoded("alert.error_no_title")
	}
	subject := strings.Trim(fold(a.Title), "[] ")
	for _, over := range []string{"ok:", "ok]", "resolved", "recovered", "closed", "復旧", "回復", "解消", "解決"} {
		if rest, is := strings.CutPrefix(subject, over); is {
			a.Status, a.Event, subject = Resolved, EventResolve, rest
			break
		}
	}
	for _, began := range []string{"alarm:", "alarm]", "firing", "alert:", "triggered", "発生", "障害"} {
		subject = strings.TrimPrefix(subject, began)
	}
	a.DedupeKey = "subject:" + digest(string(b.TopicARN), strings.Trim(subject, "[]:： "))
	return a, nil
}

// alert translates an alarm. Each state is dated by its own change, for SNS delivers in any order: an OK that is older than the
// ALARM changes nothing. An alarm without data neither burns nor is over, so it is noted.
func (m *cloudWatchAlarm) alert() Alert {
	a := Alert{
		Status: Firing, Event: EventTrigger,
		Title:       string(m.Name),
		Description: strings.TrimSpace(string(m.Description) + "\n" + string(m.Why)),
		DedupeKey:   first(string(m.ARN), string(m.Account)+":"+string(m.Region)+":"+string(m.Name)),
		StartsAt:    moment(string(m.Changed)),
		Link:        consoleLink(string(m.ARN)),
		Labels:      map[string]string{},
	}
	metric, namespace, dimensions := m.Trigger.Metric, m.Trigger.Namespace, m.Trigger.Dimensions
	for _, more := range m.Trigger.Metrics {
		at := more.Stat.Metric
		metric, namespace = word(first(string(metric), string(at.Metric))), word(first(string(namespace), string(at.Namespace)))
		dimensions = append(dimensions, at.Dimensions...)
	}
	for _, dimension := range dimensions {
		if name := string(dimension.Name); a.Labels[name] == "" {
			a.Labels[name] = string(dimension.Value)
		}
	}
	a.Service, a.Host = whose(a.Labels)
	for name, value := range map[string]word{"account": m.Account, "region": m.Region, "metric": metric, "namespace": namespace, "rule": m.Rule} {
		if value != "" {
			a.Labels[name] = string(value)
		}
	}
	switch fold(string(m.State)) {
	case "ok":
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, a.StartsAt
	case "insufficient_data":
		a.Event, a.Comment = EventNote, string(m.Why)
	}
	return a
}

// whose reads service and host out of the dimensions of a metric.
func whose(dimensions map[string]string) (service, host string) {
	service = first(dimensions["ServiceName"], dimensions["LoadBalancer"], dimensions["FunctionName"], dimensions["ApiName"], dimensions["QueueName"])
	return service, first(dimensions["InstanceId"], dimensions["DBInstanceIdentifier"], dimensions["CacheClusterId"])
}

// consoleLink gives the page of an alarm in the console of the part of AWS that its ARN names.
func consoleLink(arn string) string {
	part := strings.SplitN(arn, ":", 7) // arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME
	if len(part) < 7 || part[2] != "cloudwatch" || part[5] != "alarm" || !regionName(part[3]) {
		return ""
	}
	domain := "console.aws.amazon.com"
	switch part[1] {
	case "aws-cn":
		domain = "console.amazonaws.cn"
	case "aws-us-gov":
		domain = "console.amazonaws-us-gov.com"
	}
	return "https://" + part[3] + "." + domain + "/cloudwatch/home?region=" + part[3] + "#alarmsV2:alarm/" + url.PathEscape(part[6])
}

// regionName reports whether a text is one like "ap-northeast-1", which may stand in the name of a host.
func regionName(s string) bool {
	for k := range len(s) {
		if c := s[k]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || k == 0) {
			return false
		}
	}
	return s != "" && len(s) <= 32 && s[len(s)-1] != '-'
}
