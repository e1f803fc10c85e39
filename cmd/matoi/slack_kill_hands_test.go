package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"matoi/bot/slack/slacktest"
	"matoi/lang"
)

// slackClaim is a deed of which the record must know: once where Slack was told 2xx, at most once where it was not.
type slackClaim struct {
	kind     string // of the fact
	token    string // that nothing else carries
	room     string // in which it is told, "" where it is not
	answered bool
	event    string // the ts of the message by which it was done: what came of it is looked up among the deliveries
	how      string
}

// slackBook holds what was asked for.
type slackBook struct {
	mu     sync.Mutex
	claims []slackClaim
	tries  int
	lost   int // tries that Slack was not told 2xx of
}

func (b *slackBook) write(c slackClaim) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.claims = append(b.claims, c)
}

// heard tells whether a try was acknowledged, and counts it. One that took so long that Matoi said it was still at work is as good
// as not.
func (b *slackBook) heard(a slacktest.Answer) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries++
	ok := a.Failure == "" && a.Status == 200 && a.Took < slackAtWork
	if !ok {
		b.lost++
	}
	return ok
}

// slackAtWork is when Matoi answers that it is still at work, a little less (answerTime in bot/slack).
const slackAtWork = 1900 * time.Millisecond

// slackStage is an incident that was there before the first kill.
type slackStage struct{ number, room string }

// slackHand is a person who works in Slack and does one thing after the other.
type slackHand struct {
	w      *slacktest.Workspace
	book   *slackBook
	user   *slacktest.User
	stages []slackStage
	chance *rand.Rand
	opens  int // incidents that this one may still open
	ends   int // incidents that this one may still try to bring to their end
	ended  []slackEnd
	n      int
}

// token is a word that stands nowhere else.
func (h *slackHand) token() string {
	h.n++
	return fmt.Sprintf("tok%sn%dx", h.user.Name, h.n)
}

// work does deeds until ended is closed, and then whatever it takes for an incident to have come to its end.
func (h *slackHand) work(ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			for tries := 0; len(h.ended) == 0 && tries < 5; tries++ {
				h.finish()
			}
			return
		case <-time.After(time.Duration(h.chance.Int64N(int64(1500 * time.Millisecond)))):
		}
		h.deed(h.stages[h.chance.IntN(len(h.stages))])
	}
}

func (h *slackHand) deed(at slackStage) {
	switch h.chance.IntN(8) {
	case 0, 1:
		h.command(at)
	case 2:
		h.mention(at)
	case 3:
		h.whisper(at)
	case 4:
		h.pin(at)
	case 5:
		h.update(at)
	case 6:
		h.open()
	case 7:
		h.end()
	}
}

// command types an entry for the timeline.
func (h *slackHand) command(at slackStage) {
	token := h.token()
	a := h.w.Command(h.user.ID, at.room, "/incident", "log saw "+token)
	c := slackClaim{kind: "noted", token: token, room: at.room, answered: h.book.heard(a), how: "command"}
	if a.Message != nil { // the room hears it: there is nothing else to say
		c.how += ", answered " + a.Message.Shown()
	}
	h.book.write(c)
}

// mention says a command to Matoi in the channel.
func (h *slackHand) mention(at slackStage) {
	token := h.token()
	said := h.w.Say(h.user.ID, at.room, "<@"+h.w.BotUser+"> log saw "+token)
	h.book.write(slackClaim{kind: "noted", token: token, room: at.room, event: said.TS, how: "app_mention"})
}

// whisper says one in the direct messages.
func (h *slackHand) whisper(at slackStage) {
	token := h.token()
	said := h.w.Tell(h.user.ID, "log saw "+token+" --in "+at.number)
	h.book.write(slackClaim{kind: "noted", token: token, room: at.room, event: said.TS, how: "message"})
}

// pin says something, and puts it into the timeline by a reaction. It stands in the channel already.
func (h *slackHand) pin(at slackStage) {
	token := h.token()
	said := h.w.Say(h.user.ID, at.room, "I see "+token)
	h.w.React(h.user.ID, said, "pushpin")
	h.book.write(slackClaim{kind: "noted", token: token, event: said.TS, how: "reaction_added"})
}

// update presses a button of the card and sends the form that it opens, again and again until it gets through: that is one update.
func (h *slackHand) update(at slackStage) {
	pins := h.w.Pins(at.room)
	for _, id := range []string{"card.button_first", "card.button_update", ""} {
		if id == "" || len(pins) == 0 {
			return
		}
		if label := lang.Text(lang.EN, id, nil); offers(pins[0], label) {
			h.book.heard(h.w.Press(h.user.ID, pins[0], label))
			break
		}
	}
	token := h.token()
	h.send("published", token, at.room, map[string]any{"text": "we know " + token})
}

// open opens an incident with the form.
func (h *slackHand) open() {
	if h.opens == 0 {
		return
	}
	h.opens--
	h.book.heard(h.w.Command(h.user.ID, h.w.Room("general"), "/incident", "open"))
	token := h.token()
	h.send("opened", token, "", map[string]any{"title": "trouble " + token, "impact": "large", "urgency": "medium"})
}

// send fills in the form that is open, if one is.
func (h *slackHand) send(kind, token, room string, values map[string]any) {
	views := h.w.Views(h.user.ID)
	if len(views) == 0 {
		return
	}
	c := slackClaim{kind: kind, token: token, room: room, how: "form"}
	for until := time.Now().Add(patience); len(views) > 0 && time.Now().Before(until); views = h.w.Views(h.user.ID) {
		a := h.w.Submit(h.user.ID, views[len(views)-1], values)
		c.how = fmt.Sprintf("form, answered %d %s %v", a.Status, a.Body, a.Errors)
		switch heard := h.book.heard(a); {
		case len(a.Errors) > 0:
			until = time.Now()
		case heard && bytes.Contains(a.Body, []byte(`"update"`)): // something happened meanwhile: it is asked again
		case heard:
			c.answered = true
		default:
			<-time.After(100 * time.Millisecond)
		}
	}
	if len(h.w.Views(h.user.ID)) > 0 {
		h.w.Dismiss(h.user.ID, true)
	}
	h.book.write(c)
}

// offers tells whether a message has a button.
func offers(m slacktest.Message, label string) bool {
	return strings.Contains(m.Shown(), "["+label+"]")
}
