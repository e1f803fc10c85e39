package main

// slackGroup measures Slack against a workspace of our own that has the published limits in force (bot/slack/slacktest) and takes
// 100 ms for a call. What a row must reach is argued in docs/performance.md.
func slackGroup() group {
	return group{name: "slack", whole: true, measure: (*bed).slack, rows: []row{
		{"slack-room", "Slack: from command to usable room (channel, card, people), one incident, p95", "s", 2, 1, false},
		{"slack-rooms-minute", "… twenty declared over a minute, p95", "s", 2, 1, false},
		{"slack-rooms-once", "… twenty declared at once, p95", "s", 10, 3, false},
		{"slack-ack-command", "Slack: slash command answered while 1,000 alerts/s arrive, p99 (Slack waits 3 s)", "ms", 1000, 100, false},
		{"slack-ack-event", "… event acknowledged, p99", "ms", 1000, 100, false},
		{"slack-idle", "from alert to call of Slack, idle, p50", "ms", 20, 5, false},
		{"slack-2000", "2,000 distinct alerts at once, Slack with its limits: newest state in Slack within", "s", 5, 5, false},
	}}
}

func (b *bed) slack() error {
	m, noise, err := b.gobench("cmd/matoi", "^BenchmarkSlack", 1)
	if len(m) == 0 && err != nil {
		return err
	}
	room := []string{"p50-s", "max-s", "429s"}
	load := []string{"alerts/s", "alerts-refused", "unanswered"}
	b.fill(m, noise, []benched{
		{"slack-room", "SlackRoomAlone", "p95-s", room},
		{"slack-rooms-minute", "SlackRoomsInAMinute", "p95-s", room},
		{"slack-rooms-once", "SlackRoomsAtOnce", "p95-s", room},
		{"slack-ack-command", "SlackAck", "command-p99-ms", append(load, "command-p50-ms")},
		{"slack-ack-event", "SlackAck", "event-p99-ms", []string{"event-p50-ms", "events"}},
		{"slack-idle", "SlackIdle", "p50-ms", []string{"p99-ms", "announced-p50-ms"}},
		{"slack-2000", "SlackStorm2000", "newest-s", []string{"sending-s", "messages", "429s"}},
	})
	return err
}
