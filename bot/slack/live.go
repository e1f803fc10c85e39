package slack

import (
	"context"
	"encoding/json"
	"sync"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
)

// filledIn makes a form again after an input was filled in on which the rest of it depends: what else stands in it stays. The
// hash keeps an older answer from taking the place of a newer one; the newest takes its place whatever stands there.
func (a *Adapter) filledIn(ctx context.Context, i interacted, who known) error {
	var kept slip
	if err := json.Unmarshal([]byte(i.View.Metadata), &kept); err != nil {
		return errUnreadable
	}
	fields, err := a.answers(ctx, i.View)
	if err != nil {
		return err
	}
	r := bot.Request{Kind: bot.WantForm, By: who.person, Place: kept.Place, Text: kept.Command, Fields: fields, Lang: who.lang}
	a.forms.touch(i.View.ID, i.Trigger)
	own := context.WithoutCancel(ctx)
	a.aside(func() {
		ctx, cancel := context.WithTimeout(own, callTime)
		defer cancel()
		reply, err := a.Handler.Handle(ctx, r)
		if err != nil || reply.Form == nil {
			a.Log.Info("make a form again", "command", kept.Command, "error", err)
			return
		}
		view, err := a.view(ctx, who, r, *reply.Form, kept.Below)
		if err == nil {
			err = a.update(ctx, view, i.View.ID, i.View.Hash)
		}
		if coded(err, "hash_conflict") && a.forms.newest(i.View.ID, i.Trigger) {
			err = a.update(ctx, view, i.View.ID, "")
		}
		if err != nil && !coded(err, "hash_conflict", "not_found") { // not_found: it was sent, or closed
			a.Log.Warn("make a form again", "command", kept.Command, "error", err)
		}
	})
	return nil
}

func (a *Adapter) update(ctx context.Context, view slackgo.ModalViewRequest, id, hash string) error {
	return a.patiently(ctx, "views.update", "", func(ctx context.Context) error {
		_, err := a.web.UpdateViewContext(ctx, view, "", hash, id)
		return err
	})
}

// forms remember what was done last in each open form.
type forms struct {
	mu   sync.Mutex
	last map[string]string
}

func (f *forms) touch(view, trigger string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil || len(f.last) > othersMost {
		f.last = map[string]string{}
	}
	f.last[view] = trigger
}

func (f *forms) newest(view, trigger string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last[view] == trigger
}
