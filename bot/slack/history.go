package slack

import (
	"context"

	slackgo "github.com/slack-go/slack"

	"matoi/incident"
)

// historyPage is how many messages are read at once; Slack asks for 200 at most
// (https://docs.slack.dev/reference/methods/conversations.history).
const historyPage = 200

// messages looks through the messages of a channel, the newest first, or of a thread, the oldest first, until visit says that
// it is done. It waits for the budget.
func (a *Adapter) messages(ctx context.Context, at incident.Place, visit func(m slackgo.Message) (done bool, err error)) error {
	for cursor := ""; ; {
		page, next, err := a.messagePage(ctx, at, cursor)
		if err != nil {
			return err
		}
		for _, m := range page {
			if done, err := visit(m); done || err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func (a *Adapter) messagePage(ctx context.Context, at incident.Place, cursor string) (page []slackgo.Message, next string, err error) {
	if at.Thread != "" {
		err = a.patiently(ctx, "conversations.replies", "", func(ctx context.Context) (err error) {
			page, _, next, err = a.web.GetConversationRepliesContext(ctx, &slackgo.GetConversationRepliesParameters{
				ChannelID: at.Room, Timestamp: at.Thread, Cursor: cursor, Limit: historyPage, IncludeAllMetadata: true,
			})
			return err
		})
		return page, next, err
	}
	err = a.patiently(ctx, "conversations.history", "", func(ctx context.Context) error {
		h, err := a.web.GetConversationHistoryContext(ctx, &slackgo.GetConversationHistoryParameters{
			ChannelID: at.Room, Cursor: cursor, Limit: historyPage, IncludeAllMetadata: true,
		})
		if err == nil {
			page, next = h.Messages, h.ResponseMetaData.NextCursor
		}
		return err
	})
	return page, next, err
}

// wrote reports whether a message is ours.
func (s self) wrote(m slackgo.Message) bool { return m.BotID == s.bot || m.User == s.user }
