package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
)

// readMost is the most that is read of one answer.
const readMost = 8 << 20

// fetch calls a method and leaves its answer as it is: for what other apps wrote, which slack-go would have to understand.
// Its errors are slack-go's, so that fault knows them.
func (a *Adapter) fetch(ctx context.Context, method string, args url.Values, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Config.apiURL()+method, strings.NewReader(args.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+a.Config.BotToken.Reveal())
	resp, err := a.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusTooManyRequests {
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			return &slackgo.RateLimitedError{RetryAfter: time.Duration(seconds) * time.Second}
		}
	}
	if resp.StatusCode != http.StatusOK {
		return slackgo.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, readMost))
	if err != nil {
		return err
	}
	var said struct {
		OK       bool   `json:"ok"`
		Err      string `json:"error"`
		Needed   string `json:"needed"`
		Provided string `json:"provided"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return err
	}
	if !said.OK {
		return slackgo.SlackErrorResponse{Err: said.Err, Needed: said.Needed, Provided: said.Provided}
	}
	return decode(body, into)
}

// message reads one message: of a channel, or of a thread, where history does not show it.
func (a *Adapter) message(ctx context.Context, at incident.Place) (*incident.Message, error) {
	var found struct {
		Messages []note `json:"messages"`
	}
	args := url.Values{
		"channel": {at.Room}, "ts": {at.Message}, "latest": {at.Message}, "oldest": {at.Message}, "inclusive": {"true"}, "limit": {"2"},
	}
	err := a.patiently(ctx, "conversations.replies", "", func(ctx context.Context) error {
		return a.fetch(ctx, "conversations.replies", args, &found)
	})
	if err != nil {
		return nil, err
	}
	for _, n := range found.Messages {
		if n.TS == at.Message {
			return a.recorded(ctx, at.Room, n)
		}
	}
	return nil, &bot.Permanent{Err: fmt.Errorf("message %s: %w", at.Message, bot.ErrGone)}
}

// recorded is a message as the record keeps it: its own time, author, text, link and files.
func (a *Adapter) recorded(ctx context.Context, channel string, n note) (*incident.Message, error) {
	a.mu.Lock()
	me := a.self
	a.mu.Unlock()
	out := &incident.Message{
		Place: incident.Place{Realm: a.Realm(), Room: channel, Thread: n.Thread, Message: n.TS},
		At:    stamp(n.TS), Text: a.fromSlack(ctx, n.words()), Link: me.link(channel, n.TS, n.Thread),
	}
	if n.Thread == n.TS {
		out.Place.Thread = ""
	}
	if n.User != "" && n.BotID == "" {
		who, err := a.met(ctx, n.User, n.Username)
		if err != nil {
			return nil, err
		}
		out.Author = who.person
	} else {
		out.AuthorName = n.by()
	}
	for _, f := range n.Files {
		if f.Name != "" {
			out.Files = append(out.Files, incident.File{Name: f.Name, Link: f.Link, Type: f.Type, Size: f.Size, Width: f.Width, Height: f.Height})
		}
	}
	return out, nil
}
