package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
)

// answerLate answers somebody after Slack's three seconds.
func (a *Adapter) answerLate(ctx context.Context, to string, who known, r bot.Request, user string, reply bot.Reply, err error) {
	if out := a.replied(ctx, who, r, reply, err); out != nil {
		a.whisper(ctx, to, who, r, user, out)
	}
}

// whisper says something to one person: by the response_url, else where they asked, else in a direct message. It is told
// once: a way that may have worked is not followed by another.
func (a *Adapter) whisper(ctx context.Context, to string, who known, r bot.Request, user string, out any) {
	if to != "" {
		err := a.later(ctx, to, out)
		if err == nil {
			return
		}
		a.Log.Info("answer by response_url", "error", err)
		if lost(err) {
			return
		}
	}
	w, ok := out.(whisper)
	if !ok || user == "" {
		return
	}
	if err := a.tellWhere(ctx, r, user, w); err != nil {
		a.Log.Warn("answer a person", "person", who.person, "error", err)
	}
}

// later answers by a response_url: five times within thirty minutes
// (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
func (a *Adapter) later(ctx context.Context, to string, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.HTTP.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%w: %s", errAnswered, resp.Status)
	}
	return nil
}

// tellBack answers somebody who has no response_url: where they asked, else by a direct message.
func (a *Adapter) tellBack(ctx context.Context, who known, r bot.Request, user string, reply bot.Reply, err error) {
	if out := a.replied(ctx, who, r, reply, err); out != nil {
		a.whisper(ctx, "", who, r, user, out)
	}
}

// tellWhere says it where it was asked, seen by the one person only, or in the channel that the person has with us.
func (a *Adapter) tellWhere(ctx context.Context, r bot.Request, user string, w whisper) error {
	options := []slackgo.MsgOption{slackgo.MsgOptionText(w.Text, false)}
	if blocks, ok := w.Blocks.([]slackgo.Block); ok && len(blocks) > 0 {
		options = append(options, slackgo.MsgOptionBlocks(blocks...))
	}
	inThread := options
	if r.Place.Thread != "" {
		inThread = append(slices.Clone(options), slackgo.MsgOptionTS(r.Place.Thread))
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	to := r.Place.Room
	if strings.HasPrefix(to, "D") {
		options = inThread
	} else {
		if to != "" {
			err := a.patiently(ctx, "chat.postEphemeral", "", func(ctx context.Context) error {
				_, err := a.web.PostEphemeralContext(ctx, to, user, inThread...)
				return err
			})
			if err == nil {
				return nil
			}
			a.Log.Debug("answer where it was asked", "error", err)
		}
		var err error
		if to, err = a.directly(ctx, user); err != nil {
			return err
		}
	}
	return a.patiently(ctx, "chat.postMessage", to, func(ctx context.Context) error {
		_, _, err := a.web.PostMessageContext(ctx, to, options...)
		return err
	})
}

// directly is the channel of direct messages with a person.
func (a *Adapter) directly(ctx context.Context, user string) (string, error) {
	var id string
	err := a.patiently(ctx, "conversations.open", "", func(ctx context.Context) error {
		ch, _, _, err := a.web.OpenConversationContext(ctx, &slackgo.OpenConversationParameters{Users: []string{user}})
		if err == nil {
			id = ch.ID
		}
		return err
	})
	return id, err
}
