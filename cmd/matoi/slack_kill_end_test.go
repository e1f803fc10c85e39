package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/storage"
)

// slackEnd is an incident that was brought to its end under the kills: its number, and what its fix and its closing said.
type slackEnd struct{ number, fix, rest string }

// end opens an incident, resolves and closes it, whether its channel is there by then or not. Whoever gets no answer types it
// again: what happened already is then refused, and that is an answer too.
func (h *slackHand) end() {
	if h.ends == 0 {
		return
	}
	h.ends--
	h.finish()
}

// finish does it once, at the end of a run too: then at least one of each hand comes to its end.
func (h *slackHand) finish() {
	token := h.token()
	a := h.w.Command(h.user.ID, h.w.Room("general"), "/incident", "open P3 ending "+token)
	c := slackClaim{kind: "opened", token: token, answered: h.book.heard(a), how: "command"}
	h.book.write(c)
	if !c.answered || a.Message == nil {
		return // it may be open: what is typed again is another one
	}
	e := slackEnd{number: anyNumber.FindString(a.Message.Shown()), fix: h.token(), rest: h.token()}
	h.insist("resolved", e.fix, "resolve restarted "+e.fix+" --in "+e.number)
	h.insist("closed", e.rest, "close watch "+e.rest+" --in "+e.number)
	h.ended = append(h.ended, e)
}

// insist types a command until it is answered.
func (h *slackHand) insist(kind, token, text string) {
	c := slackClaim{kind: kind, token: token}
	for until := time.Now().Add(patience); !c.answered && time.Now().Before(until); {
		a := h.w.Command(h.user.ID, h.w.Room("general"), "/incident", text)
		if c.answered = h.book.heard(a); a.Message != nil {
			c.how = "command, answered " + a.Message.Shown()
		}
		if !c.answered {
			<-time.After(100 * time.Millisecond)
		}
	}
	h.book.write(c)
}

// over holds that what came to its end is closed, told once that it is, and put away with its report.
func (k *slackKills) over(posts map[string]int) {
	t := k.t
	t.Helper()
	s, err := storage.OpenReadOnly(t.Context(), k.p.data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, h := range k.hands {
		for _, e := range h.ended {
			n, _ := incident.ParseNumber(e.number)
			i, err := s.Load(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			room, _ := i.Room("slack")
			if i.Status != incident.StatusClosed || !k.w.Archived(room.ID) {
				t.Errorf("%s is %s, its channel archived: %v", e.number, i.Status, k.w.Archived(room.ID))
			}
			if !strings.Contains(k.w.Canvas(room.ID), e.fix) {
				t.Errorf("%s: the report in its channel does not know the fix: %.200q", e.number, k.w.Canvas(room.ID))
			}
			for _, token := range []string{e.fix, e.rest} {
				if told := posts[room.ID+" "+token]; told != 1 {
					t.Errorf("%s: %s is told in its channel %d times", e.number, token, told)
				}
			}
			var files []string
			for _, m := range k.w.Messages(room.ID) {
				for _, f := range k.w.Files(m) {
					files = append(files, f.Name)
				}
			}
			if slices.Sort(files); len(slices.Compact(slices.Clone(files))) != len(files) {
				t.Errorf("%s: files stand there twice: %q", e.number, files)
			}
		}
	}
}

// putAway waits for the channels of what came to its end to be archived, which is not counted among what waits.
func (k *slackKills) putAway() {
	k.t.Helper()
	for _, h := range k.hands {
		for _, e := range h.ended {
			eventually(k.t, "the channel of "+e.number+" archived", func() bool {
				names := k.roomsOf(e.number)
				return len(names) == 1 && k.w.Archived(k.w.Room(names[0]))
			})
		}
	}
}

// endings counts the incidents that came to their end.
func (k *slackKills) endings() string {
	n, reports := 0, 0
	for _, h := range k.hands {
		n += len(h.ended)
	}
	for _, c := range k.w.Calls("conversations.canvases.create", "files.completeUploadExternal") {
		if c.Status == 200 {
			reports++
		}
	}
	return fmt.Sprintf("%d incidents brought to their end, %d calls for their reports and pictures", n, reports)
}

// card tells the living card of a room from what else is said there: it repeats no entry, so its mark names none.
func (k *slackKills) card(m slacktest.Message) bool {
	payload, marked := m.Metadata["event_payload"].(map[string]any)
	_, tells := payload["first"]
	return marked && m.Bot != "" && !tells && len(m.Blocks) > 0
}
