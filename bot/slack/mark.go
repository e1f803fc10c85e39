package slack

import (
	slackgo "github.com/slack-go/slack"

	"matoi/bot"
)

// marker is the kind of metadata by which our messages are known again, with its fields: the key, which entries of the
// record the message repeats, and of which other incidents it tells (https://docs.slack.dev/messaging/message-metadata).
const (
	marker     = "matoi_message"
	key        = "key"
	firstEntry = "first"
	lastEntry  = "last"
	withTitle  = "title"
	withOthers = "also"
)

// marked marks a message that has a key.
func marked(m bot.Message) []slackgo.MsgOption {
	if m.Key == "" {
		return nil
	}
	fields := map[string]any{key: m.Key}
	if t := m.Tells; t.Last != 0 {
		fields[firstEntry], fields[lastEntry], fields[withTitle] = t.First, t.Last, t.Title
		if t.Also != "" {
			fields[withOthers] = t.Also
		}
	}
	return []slackgo.MsgOption{slackgo.MsgOptionMetadata(slackgo.SlackMetadata{EventType: marker, EventPayload: fields})}
}

// markOf reads the mark of a message; without one the key is "".
func markOf(m slackgo.Message) (string, bot.Tells) {
	if m.Metadata.EventType != marker {
		return "", bot.Tells{}
	}
	fields := m.Metadata.EventPayload
	number := func(name string) int64 {
		n, _ := fields[name].(float64) // as JSON has them
		return int64(n)
	}
	k, _ := fields[key].(string)
	titled, _ := fields[withTitle].(bool)
	also, _ := fields[withOthers].(string)
	return k, bot.Tells{First: number(firstEntry), Last: number(lastEntry), Title: titled, Also: also}
}
