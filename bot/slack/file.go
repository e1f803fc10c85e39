package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

var _ bot.Filer = (*Adapter)(nil)

const (
	canvasMost = 90000 // characters; of 100,000 Slack was seen to refuse some

	shareLooks = 10 // for a file that is shared a moment after it was said to be (bolt-js issue 2115)
	shareEvery = 500 * time.Millisecond
)

// File keeps a document as the channel's canvas, of which there is one; where the plan or a policy has none, or it is too
// long, as a file.
func (a *Adapter) File(ctx context.Context, room incident.Room, d bot.Document, doubtful bool) error {
	if room.Thread != "" || strings.TrimSpace(d.Text) == "" {
		return nil
	}
	if utf8.RuneCountInString(d.Text) <= canvasMost {
		err := a.canvas(ctx, room.ID, d)
		_, permanent := errors.AsType[*bot.Permanent](err)
		if err == nil || !permanent && !coded(err, "missing_scope") {
			return err
		}
		a.Log.Info("no canvas here: it becomes a file", "channel", room.ID, "error", err)
	}
	return a.left(a.upload(ctx, room.ID, d, doubtful), "file", room)
}

// canvas makes the channel's canvas, or writes it anew.
func (a *Adapter) canvas(ctx context.Context, room string, d bot.Document) error {
	content := slackgo.DocumentContent{Type: "markdown", Markdown: d.Text}
	err := a.call(ctx, "conversations.canvases.create", "", func(ctx context.Context) error {
		_, err := a.web.CreateChannelCanvasContext(ctx, room, content)
		return err
	})
	if !coded(err, "channel_canvas_already_exists") {
		return err
	}
	var id string
	err = a.call(ctx, "conversations.info", "", func(ctx context.Context) error {
		ch, err := a.web.GetConversationInfoContext(ctx, &slackgo.GetConversationInfoInput{ChannelID: room})
		if err == nil && ch.Properties != nil {
			id = ch.Properties.Canvas.FileId
		}
		return err
	})
	if err != nil {
		return err
	}
	if id == "" {
		return &bot.Permanent{Err: fmt.Errorf("the canvas of %s is not to be seen", room)}
	}
	return a.call(ctx, "canvases.edit", "", func(ctx context.Context) error {
		return a.web.EditCanvasContext(ctx, slackgo.EditCanvasParams{
			CanvasID: id, Changes: []slackgo.CanvasChange{{Operation: "replace", DocumentContent: content}},
		})
	})
}

// upload gives the channel a file in three steps (https://docs.slack.dev/messaging/working-with-files#upload), and looks whether
// it stands there: Slack says so before it does.
func (a *Adapter) upload(ctx context.Context, room string, d bot.Document, doubtful bool) error {
	if doubtful {
		if there, err := a.filed(ctx, room, d.Name); there || err != nil {
			return err
		}
	}
	var to *slackgo.GetUploadURLExternalResponse
	err := a.call(ctx, "files.getUploadURLExternal", "", func(ctx context.Context) (err error) {
		to, err = a.web.GetUploadURLExternalContext(ctx, slackgo.GetUploadURLExternalParameters{FileName: d.Name, FileSize: len(d.Text)})
		return err
	})
	if err != nil {
		return err
	}
	sending, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := a.web.UploadToURL(sending, slackgo.UploadToURLParameters{UploadURL: to.UploadURL, Content: d.Text, Filename: d.Name}); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	err = a.within(ctx, room, func() error {
		return a.call(ctx, "files.completeUploadExternal", "", func(ctx context.Context) error {
			_, err := a.web.CompleteUploadExternalContext(ctx, slackgo.CompleteUploadExternalParameters{
				Files: []slackgo.FileSummary{{ID: to.FileID, Title: d.Title}}, Channel: room,
			})
			return err
		})
	})
	if err != nil {
		return err
	}
	return a.shared(ctx, room, to.FileID)
}

// shared waits for a file to stand in the channel.
func (a *Adapter) shared(ctx context.Context, room, id string) error {
	for range shareLooks {
		var f *slackgo.File
		err := a.call(ctx, "files.info", "", func(ctx context.Context) (err error) {
			f, _, _, err = a.web.GetFileInfoContext(ctx, id, 1, 1)
			return err
		})
		if err != nil {
			return err
		}
		if len(f.Shares.Public[room])+len(f.Shares.Private[room]) > 0 {
			return nil
		}
		if !rest(ctx, shareEvery) {
			break
		}
	}
	return fmt.Errorf("the file %s was taken and does not stand in %s", id, room)
}

// filed looks for a file of ours by its name among the last messages.
func (a *Adapter) filed(ctx context.Context, room, name string) (bool, error) {
	me, err := a.me(ctx)
	if err != nil {
		return false, err
	}
	var last []slackgo.Message
	err = a.call(ctx, "conversations.history", "", func(ctx context.Context) error {
		h, err := a.web.GetConversationHistoryContext(ctx, &slackgo.GetConversationHistoryParameters{ChannelID: room, Limit: 100})
		if err == nil {
			last = h.Messages
		}
		return err
	})
	for _, m := range last {
		for _, f := range m.Files {
			if f.Name == name && (f.User == me.user || m.User == me.user) {
				return true, err
			}
		}
	}
	return false, err
}
