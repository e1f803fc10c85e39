package slack_test

import (
	"context"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
)

func TestTheHouseIsWorkedBySocketMode(t *testing.T) {
	f := newFloorBy(t, slacktest.Options{Functions: map[string][]string{"open_incident": {"title"}}}, true)
	i, room := f.open("Checkout times out")
	said := f.w.Say(f.ann.ID, room, "the pool is empty")
	f.w.React(f.ann.ID, said, "pushpin")
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	f.w.Home(f.ann.ID)
	f.w.Until("a page", func() bool { return f.w.HomeOf(f.ann.ID).Hash != "" })
	f.clean()
}

// Commands are sent once: none may fall between two connections.
func TestNoCommandIsLostWhileSlackReplacesConnections(t *testing.T) {
	f := newFloorBy(t, slacktest.Options{}, true)
	i, room := f.open("Checkout times out")
	lost := 0
	for n := range 12 {
		switch n {
		case 2:
			f.w.Disconnect("warning", 1)
		case 6:
			f.w.Disconnect("refresh_requested", 1)
		case 9:
			f.w.Disconnect("warning", 0)
		}
		if got := f.w.Command(f.ann.ID, room, "/incident", "log step "+strings.Repeat("x", n+1)); got.Failure != "" {
			lost++
		}
	}
	if n := len(f.facts(i.Number, "noted")); n != 12 || lost > 0 {
		t.Errorf("%d of 12 stand there, %d people saw an error", n, lost)
	}
	f.w.Until("new connections before the old ones end", func() bool { return f.w.Sockets() >= 4 })
	f.clean()
}

// A connection that breaks between a command and its acknowledgement: it is done once, and the answer goes another way.
func TestAConnectionThatBreaksBeforeTheAnswer(t *testing.T) {
	f := newFloorBy(t, slacktest.Options{}, true)
	i, room := f.open("Checkout times out")
	reached, go_ := make(chan struct{}, 1), make(chan struct{})
	f.between.instead(func(ctx context.Context, r bot.Request) (bot.Reply, error) {
		if r.Kind != bot.Typed {
			return f.bot.Handle(ctx, r)
		}
		reply, err := f.bot.Handle(ctx, r)
		reached <- struct{}{}
		<-go_
		reply.Heard, reply.Text = false, "it stands there now"
		return reply, err
	})
	done := make(chan slacktest.Answer)
	go func() { done <- f.w.Command(f.ann.ID, room, "/incident", "log restarted the pool") }()
	<-reached
	f.w.Cut()
	if got := <-done; got.Failure == "" {
		t.Fatal("the answer came through a connection that was cut")
	}
	close(go_)
	f.w.Until("the answer by another way", func() bool { return f.saw(f.ann, "it stands there now") })
	f.w.Until("two connections", func() bool { return f.w.Sockets() == 2 })
	if n := len(f.facts(i.Number, "noted")); n != 1 {
		t.Errorf("it stands there %d times", n)
	}
}

// Slack drops an acknowledgement of 20 kB and more without a word.
func TestALongAnswerIsNoAcknowledgement(t *testing.T) {
	f := newFloorBy(t, slacktest.Options{}, true)
	f.between.instead(func(context.Context, bot.Request) (bot.Reply, error) {
		card := &bot.Card{Title: "long", Text: strings.Repeat("あ", 2500)}
		for range 8 {
			card.Fields = append(card.Fields, bot.Field{Name: "n", Value: strings.Repeat("い", 1000), Wide: true})
		}
		return bot.Reply{Card: card}, nil
	})
	if got := f.w.Command(f.ann.ID, "general", "/incident", "brief"); got.Failure != "" {
		t.Errorf("the person saw %s", got.Failure)
	}
	f.w.Until("the answer", func() bool { return f.saw(f.ann, "long") })
	f.clean()
}

// Slack may be away: the connections come back with it, and events that were not taken come again.
func TestSlackGoesAwayAndComesBack(t *testing.T) {
	f := newFloorBy(t, slacktest.Options{}, true)
	i, room := f.open("Checkout times out")
	f.w.Down()
	f.w.Until("no connection", func() bool { return f.w.Sockets() == 0 })
	f.w.Up()
	f.w.Until("two connections", func() bool { return f.w.Sockets() == 2 })
	f.w.Command(f.ann.ID, room, "/incident", "log restarted the pool")
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	f.clean()
}
