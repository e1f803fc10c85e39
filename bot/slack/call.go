package slack

import (
	"context"
	"errors"
	"strings"
	"time"

	"matoi/bot"
)

// Slack's Web API answers within seconds or not at all; a call that takes longer is doubtful.
const callTime = 10 * time.Second

// call makes one call of the Web API in the workspace that is ours: within the budget, with a time of its own, and with bot's
// errors. channel is the one that is written into, "" for calls that write into none.
func (a *Adapter) call(ctx context.Context, method, channel string, do func(ctx context.Context) error) error {
	if err := a.settled(ctx); err != nil {
		return err
	}
	return a.spend(ctx, method, channel, do)
}

// spend is call without a look at where it goes.
func (a *Adapter) spend(ctx context.Context, method, channel string, do func(ctx context.Context) error) error {
	if wait, own := a.budget.take(method, channel, a.Now()); wait > 0 {
		return &bot.Wait{After: wait, Own: own}
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	err := fault(method, do(ctx))
	if wait, limited := errors.AsType[*bot.Wait](err); limited {
		if wait.Whole { // nothing said of which channel: it is the method everywhere
			channel, wait.Whole = "", false
		}
		wait.Own = a.budget.shut(method, channel, wait.After, a.Now())
		a.figures.limited.Add(1)
	}
	a.fared(err)
	if !otherToken(method) {
		a.taken(err)
	}
	return err
}

// otherToken reports whether a method is not called with the bot token: connections are opened with the app's, steps are ended with
// their own.
func otherToken(method string) bool {
	return method == "apps.connections.open" || strings.HasPrefix(method, "functions.")
}

// patiently is call for what a person waits for: it waits for the budget itself, as long as ctx lets it.
func (a *Adapter) patiently(ctx context.Context, method, channel string, do func(ctx context.Context) error) error {
	for {
		err := a.call(ctx, method, channel, do)
		wait, asked := errors.AsType[*bot.Wait](err)
		if !asked {
			return err
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait.After {
			return err
		}
		timer := time.NewTimer(wait.After)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}

// fared remembers whether Slack answers: what it refuses is an answer.
func (a *Adapter) fared(err error) {
	_, permanent := errors.AsType[*bot.Permanent](err)
	_, waiting := errors.AsType[*bot.Wait](err)
	if err == nil || permanent || waiting {
		a.answered.Store(a.Now().UnixMicro())
	}
}

// taken says once that Slack does not take the token any more, and once that it does again: nothing reaches Slack meanwhile, and
// nobody there can be told so.
func (a *Adapter) taken(err error) {
	code, _ := said(err)
	switch denied := whys[code] == bot.WhyToken; {
	case denied && !a.figures.denied.Swap(true):
		a.Log.Error("Slack does not take the bot token any more: what is meant for Slack waits, work goes on in the built-in chat. "+
			"Install the app again, put the new token into the configuration and restart", "realm", a.Realm(), "error", err)
	case err == nil && a.figures.denied.Swap(false):
		a.Log.Info("Slack takes the bot token again", "realm", a.Realm())
	}
}
