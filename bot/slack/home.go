package slack

import (
	"context"
	"encoding/json"
	"sync"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/lang"
)

// A page may have so many blocks, and 250 kB in all (https://docs.slack.dev/surfaces/app-home, views.publish); of the bytes some
// are kept for what stands around the blocks.
const (
	homeBlocks = 100
	homeBytes  = 240_000
)

// homes has each person's page made by one at a time, so that the newest state is the last that is shown.
type homes struct {
	mu  sync.Mutex
	own map[string]*sync.Mutex
}

func (h *homes) of(user string) *sync.Mutex {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.own == nil || len(h.own) > othersMost {
		h.own = map[string]*sync.Mutex{}
	}
	if h.own[user] == nil {
		h.own[user] = &sync.Mutex{}
	}
	return h.own[user]
}

// opened shows somebody their page. Slack is answered first: nobody waits for it.
func (a *Adapter) opened(ctx context.Context, h happened) error {
	if h.Tab != "home" {
		return nil
	}
	own := context.WithoutCancel(ctx)
	a.aside(func() { a.publish(own, h.user(), h.View.Hash) })
	return nil
}

// home renews the page on which something was pressed.
func (a *Adapter) home(ctx context.Context, user string, v shown) {
	if v.Type == "home" {
		a.publish(ctx, user, v.Hash)
	}
}

// publish puts somebody's work on their page (https://docs.slack.dev/reference/methods/views.publish). Where another page was
// put there since, ours is made again from what is so now.
func (a *Adapter) publish(ctx context.Context, user, hash string) {
	one := a.homes.of(user)
	one.Lock()
	defer one.Unlock()
	err := a.renew(ctx, user, hash)
	if coded(err, "hash_conflict") {
		err = a.renew(ctx, user, "")
	}
	if err != nil {
		a.Log.Warn("show somebody their page", "user", user, "error", err)
	}
}

func (a *Adapter) renew(ctx context.Context, user, hash string) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	who, err := a.met(ctx, user, "")
	if err != nil {
		return err
	}
	work, err := a.Handler.Home(ctx, who.person, who.lang)
	if err != nil {
		return err
	}
	view := slackgo.HomeTabViewRequest{Type: slackgo.VTHomeTab, CallbackID: "home"}
	view.Blocks.BlockSet = a.page(ctx, who.lang, work)
	return a.patiently(ctx, "views.publish", "", func(ctx context.Context) error {
		_, err := a.web.PublishViewContext(ctx, slackgo.PublishViewContextRequest{UserID: user, View: view, Hash: hashOf(hash)})
		return err
	})
}

func hashOf(hash string) *string {
	if hash == "" {
		return nil
	}
	return &hash
}

// page lays cards out below each other, with a line between them. Those for which there is no room are left out, with a link to
// where they are.
func (a *Adapter) page(ctx context.Context, l lang.Lang, work []bot.Card) []slackgo.Block {
	var out []slackgo.Block
	size := 0
	for n, card := range work {
		c := cards{show: a.show(ctx, nil), base: a.BaseURL, lang: l}
		blocks := c.card(bot.Message{Card: &card, Lang: l})
		if n > 0 {
			blocks = append([]slackgo.Block{slackgo.NewDividerBlock()}, blocks...)
		}
		raw, err := json.Marshal(blocks)
		if size += len(raw); err != nil || len(out)+len(blocks) >= homeBlocks || size > homeBytes {
			return append(out, slackgo.NewContextBlock("", c.md(c.more("/incidents"), contextMost)))
		}
		out = append(out, blocks...)
	}
	return out
}
