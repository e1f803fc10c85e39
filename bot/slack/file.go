package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

	filesBack = 2000 // messages of a channel that are looked through for a file
)

// File keeps a document as the channel's canvas, of which there is one; where the plan or a policy has none, it is too long or a
// picture, as a file. Slack shows no SVG: people open it, or save it.
func (a *Adapter) File(ctx context.Context, room incident.Room, d bot.Document, _ bool) error {
	if room.Thread != "" || strings.TrimSpace(d.Text) == "" {
		return nil
	}
	if d.Anew {
		return a.fileAnew(ctx, room, d)
	}
	if !d.Picture && utf8.RuneCountInString(d.Text) <= canvasMost {
		err := a.canvas(ctx, room.ID, d)
		_, permanent := errors.AsType[*bot.Permanent](err)
		if err == nil || !permanent && !coded(err, "missing_scope") {
			return err
		}
		a.Log.Info("no canvas here: it becomes a file", "channel", room.ID, "error", err)
	}
	return a.left(a.upload(ctx, room.ID, d), "file", room)
}

// fileAnew takes the text out of what stands there: the canvas is written anew, or goes where it can't be; files go, and if
// there was one the document comes again.
func (a *Adapter) fileAnew(ctx context.Context, room incident.Room, d bot.Document) error {
	if !d.Picture {
		id, err := a.canvasOf(ctx, room.ID)
		if err == nil && id != "" {
			if utf8.RuneCountInString(d.Text) > canvasMost {
				d.Text = shorten(d.Text, canvasMost)
			}
			if err = a.rewrite(ctx, id, d); err != nil {
				err = a.dropCanvas(ctx, id, err)
			}
		}
		if err != nil {
			return err
		}
	}
	old, err := a.filed(ctx, room.ID, d.Name)
	if err != nil || len(old) == 0 {
		return err
	}
	for _, f := range old {
		if err := a.dropFile(ctx, f.ID); err != nil {
			return err
		}
	}
	return a.left(a.upload(ctx, room.ID, d), "file", room) // it may be archived
}

// dropCanvas deletes a canvas that can't be written for good.
func (a *Adapter) dropCanvas(ctx context.Context, id string, why error) error {
	if _, permanent := errors.AsType[*bot.Permanent](why); !permanent || coded(why, "canvas_not_found", "canvas_deleted") {
		return nothingLeft(why)
	}
	return nothingLeft(a.call(ctx, "canvases.delete", "", func(ctx context.Context) error { return a.web.DeleteCanvasContext(ctx, id) }))
}

func (a *Adapter) dropFile(ctx context.Context, id string) error {
	return nothingLeft(a.call(ctx, "files.delete", "", func(ctx context.Context) error { return a.web.DeleteFileContext(ctx, id) }))
}

// nothingLeft lets the errors be of what is not there any more.
func nothingLeft(err error) error {
	if coded(err, "canvas_not_found", "canvas_deleted", "file_not_found", "file_deleted") {
		return nil
	}
	return err
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
	id, err := a.canvasOf(ctx, room)
	if err != nil {
		return err
	}
	if id == "" {
		return &bot.Permanent{Err: fmt.Errorf("the canvas of %s is not to be seen", room)}
	}
	return a.rewrite(ctx, id, d)
}

// canvasOf finds the channel's canvas, "" where there is none.
func (a *Adapter) canvasOf(ctx context.Context, room string) (id string, err error) {
	err = a.call(ctx, "conversations.info", "", func(ctx context.Context) error {
		ch, err := a.web.GetConversationInfoContext(ctx, &slackgo.GetConversationInfoInput{ChannelID: room})
		if err == nil && ch.Properties != nil {
			id = ch.Properties.Canvas.FileId
		}
		return err
	})
	return id, err
}

// rewrite gives a canvas another text.
func (a *Adapter) rewrite(ctx context.Context, id string, d bot.Document) error {
	content := slackgo.DocumentContent{Type: "markdown", Markdown: d.Text}
	return a.call(ctx, "canvases.edit", "", func(ctx context.Context) error {
		return a.web.EditCanvasContext(ctx, slackgo.EditCanvasParams{
			CanvasID: id, Changes: []slackgo.CanvasChange{{Operation: "replace", DocumentContent: content}},
		})
	})
}

// upload gives the channel a file in three steps (https://docs.slack.dev/messaging/working-with-files#upload), and looks whether
// it stands there: Slack says so before it does. One that an earlier try brought stays; older ones of its name go.
func (a *Adapter) upload(ctx context.Context, room string, d bot.Document) error {
	old, err := a.filed(ctx, room, d.Name)
	if err != nil || slices.ContainsFunc(old, func(f slackgo.File) bool { return f.Size == len(d.Text) }) {
		return err
	}
	var to *slackgo.GetUploadURLExternalResponse
	err = a.call(ctx, "files.getUploadURLExternal", "", func(ctx context.Context) (err error) {
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
	if err := a.shared(ctx, room, to.FileID); err != nil {
		return err
	}
	for _, f := range old {
		if err := a.dropFile(ctx, f.ID); err != nil {
			return err
		}
	}
	return nil
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

// filed finds the files of ours that have a name, among the last messages of a channel.
func (a *Adapter) filed(ctx context.Context, room, name string) (found []slackgo.File, err error) {
	me, err := a.me(ctx)
	if err != nil {
		return nil, err
	}
	seen := 0
	err = a.messages(ctx, incident.Place{Realm: a.Realm(), Room: room}, func(m slackgo.Message) (bool, error) {
		seen++
		for _, f := range m.Files {
			if f.Name == name && (f.User == me.user || m.User == me.user) {
				found = append(found, f)
			}
		}
		return seen >= filesBack, nil
	})
	return found, err
}
