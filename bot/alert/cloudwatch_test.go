package alert

import (
	"encoding/json"
	"slices"
	"testing"
)

// published packs a message as SNS does.
func published(subject, message string) string {
	body, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:1:ops", "Subject": subject, "Message": message})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func cloudWatchState(state, at string) string {
	return `{"AlarmName":"cpu","AlarmArn":"arn:aws:cloudwatch:us-east-1:1:alarm:cpu","NewStateValue":"` + state + `","NewStateReason":"why","StateChangeTime":"` + at + `","Trigger":{"Dimensions":[{"value":"i-1","name":"InstanceId"}]}}`
}

func TestCloudWatchOfOtherShapes(t *testing.T) {
	const key = "arn:aws:cloudwatch:us-east-1:1:alarm:"
	shapes(t, "aws-cloudwatch", []shape{
		{name: "delivered raw", body: cloudWatchState("ALARM", "2026-11-21T02:00:05.123+0000"), want: `trigger unknown "cpu" @i-1 ` + key + `cpu 2026-11-21T02:00:05`},
		{name: "without data", body: published("", cloudWatchState("INSUFFICIENT_DATA", "2026-11-21T02:00:05.123+0000")), want: `note unknown "cpu" @i-1 ` + key + `cpu 2026-11-21T02:00:05 (why)`},
		{
			name: "a composite alarm", body: published("", `{"AlarmName":"shop","AlarmRule":"ALARM(cpu)","AlarmArn":"`+key+`shop","NewStateValue":"ALARM","StateChangeTime":"2026-11-21T02:00:05.123+0000"}`),
			want: `trigger unknown "shop" @ ` + key + `shop 2026-11-21T02:00:05`,
		},
		{
			name: "of metric mathematics", body: published("", `{"AlarmName":"5xx","AWSAccountId":"1","Region":"Asia Pacific (Tokyo)","NewStateValue":"ALARM","Trigger":{"Metrics":[{"Id":"e1","Expression":"a/b"},{"MetricStat":{"Metric":{"MetricName":"m","Dimensions":[{"value":"app/shop/1","name":"LoadBalancer"}]}}}]}}`),
			want: `trigger unknown "5xx" app/shop/1@ 1:Asia Pacific (Tokyo):5xx`,
		},
		{
			name: "by EventBridge", body: published("", `{"version":"0","id":"e","detail-type":"CloudWatch Alarm State Change","source":"aws.cloudwatch","account":"1","time":"2026-11-21T02:00:06Z","region":"us-east-1","resources":["`+key+`cpu"],
			"detail":{"alarmName":"cpu","state":{"value":"ALARM","reason":"why","timestamp":"2026-11-21T02:00:05.123+0000"},"configuration":{"metrics":[{"metricStat":{"metric":{"namespace":"AWS/EC2","name":"CPU","dimensions":{"InstanceId":"i-1"}}}}]}}}`),
			want: `trigger unknown "cpu" @i-1 ` + key + `cpu 2026-11-21T02:00:05`,
		},
		{
			name: "AWS Health, an issue", body: `{"id":"e","detail-type":"AWS Health Event","source":"aws.health","time":"2026-11-21T03:00:00Z","resources":["i-1"],"detail":{"eventArn":"arn:h","service":"EC2","eventTypeCode":"AWS_EC2_ISSUE","eventTypeCategory":"issue","statusCode":"open","startTime":"Sat, 21 Nov 2026 02:00:00 GMT","eventDescription":[{"language":"en_US","latestDescription":"power"}]}}`,
			want: `trigger error "EC2: AWS_EC2_ISSUE" EC2@i-1 arn:h 2026-11-21T02:00:00`,
		},
		{
			name: "AWS Health, closed", body: `{"id":"e","detail-type":"AWS Health Event","source":"aws.health","time":"2026-11-21T03:00:00Z","detail":{"eventArn":"arn:h","service":"EC2","eventTypeCode":"AWS_EC2_ISSUE","eventTypeCategory":"issue","statusCode":"closed","startTime":"Sat, 21 Nov 2026 02:00:00 GMT"}}`,
			want: `resolve error "EC2: AWS_EC2_ISSUE" EC2@ arn:h 2026-11-21T02:00:00 until 03:00:00`,
		},
		{
			name: "GuardDuty", body: `{"detail-type":"GuardDuty Finding","source":"aws.guardduty","time":"2026-11-21T03:00:00Z","detail":{"id":"g1","title":"API call from a Tor node","severity":8.5}}`,
			want: `trigger error "API call from a Tor node" aws.guardduty@ aws.guardduty#GuardDuty Finding#g1`,
		},
		{
			name: "an instance that stops", body: `{"detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","time":"2026-11-21T03:00:00Z","resources":["arn:i-1"],"detail":{"instance-id":"i-1","state":"stopped"}}`,
			want: `trigger unknown "EC2 Instance State-change Notification (stopped): arn:i-1" aws.ec2@i-1 aws.ec2#EC2 Instance State-change Notification#arn:i-1`,
		},
		{name: "JSON of one's own", body: published("x", `{"title":"batch late","severity":"high","status":"firing","dedup_key":"b"}`), want: `trigger error "batch late" @ b`},
		{name: "a text", body: published("ALARM: disk full", "93 %"), want: `trigger unknown "ALARM: disk full" @ subject:` + digest("arn:aws:sns:us-east-1:1:ops", "disk full")},
		{name: "a text that something is over", body: published("[RESOLVED] disk full", "40 %"), want: `resolve unknown "[RESOLVED] disk full" @ subject:` + digest("arn:aws:sns:us-east-1:1:ops", "disk full")},
		{name: "a text without a subject", body: published("", "hello\nworld"), want: `trigger unknown "hello" @ subject:` + digest("arn:aws:sns:us-east-1:1:ops", "hello")},
		{name: "an empty message", body: published("", " "), want: "error_no_title"},
		{name: "a subscription", body: `{"Type":"SubscriptionConfirmation","TopicArn":"t"}`, want: "error_sns_subscribe"},
		{name: "the end of one", body: `{"Type":"UnsubscribeConfirmation","TopicArn":"t"}`, want: "error_sns_unsubscribe"},
		{name: "nulls", body: `{"Type":"Notification","Message":null,"Subject":null}`, want: "error_no_title"},
	})
}

func TestCloudWatchComesInAnyOrder(t *testing.T) {
	alarm, ok := cloudWatchState("ALARM", "2026-11-21T10:00:00.000+0000"), cloudWatchState("OK", "2026-11-21T10:30:00.000+0000")
	later, before := cloudWatchState("ALARM", "2026-11-21T11:00:00.000+0000"), cloudWatchState("OK", "2026-11-21T09:00:00.000+0000")
	none := cloudWatchState("INSUFFICIENT_DATA", "2026-11-21T10:15:00.000+0000")
	row, news := life(t, "aws-cloudwatch", nil, alarm, before, none, ok, alarm, later, ok)
	if want := []News{New, StaleResolved, Noted, Cleared, Repeat, Refired, StaleResolved}; !slices.Equal(news, want) || row.Status != Firing {
		t.Errorf("%v, want %v, then %+v", news, want, row)
	}
}

func TestConsoleLinkLeadsToTheAlarmsPartOfAWS(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:cloudwatch:eu-west-1:1:alarm:a b/c":       "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%20b%2Fc",
		"arn:aws-cn:cloudwatch:cn-north-1:1:alarm:x":       "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/x",
		"arn:aws-us-gov:cloudwatch:us-gov-west-1:1:alarm:": "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#alarmsV2:alarm/",
		"arn:aws:cloudwatch:evil.example/:1:alarm:x":       "",
		"arn:aws:sns:eu-west-1:1:topic":                    "",
		"":                                                 "",
	} {
		if got := consoleLink(arn); got != want {
			t.Errorf("%s leads to %q, want %q", arn, got, want)
		}
	}
}
