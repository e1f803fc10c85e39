package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// alert fires or clears one of the hand's alerts, and often says the same again, as senders do.
func (h *hand) alert() {
	key := fmt.Sprintf("z%sk%dz", h.name, h.n-h.chance.IntN(min(h.n, 30)+1))
	if h.chance.IntN(3) > 0 {
		h.n++
		key = fmt.Sprintf("z%sk%dz", h.name, h.n)
	}
	if h.chance.IntN(40) == 0 {
		h.n++
		key = fmt.Sprintf("z%sk%dz", h.name, h.n)
		h.t.book.sent(key, true, h.t.ask(h, rubbish, h.patience(), hook(fmt.Sprintf(`{"no title": "%s %s"}`, rubbish, key))))
		return
	}
	firing := h.chance.IntN(6) > 0
	status := map[bool]string{true: "firing", false: "resolved"}[firing]
	service := fmt.Sprintf("service-%d", h.chance.IntN(4))
	body := fmt.Sprintf(`{"title":"disk of %s is full","dedup_key":%q,"severity":"error","service":%q,"status":%q}`, service, key, service, status)
	for range 1 + h.chance.IntN(3)/2 {
		h.t.book.sent(key, firing, h.t.ask(h, "alert", h.patience(), hook(body)))
	}
}

// rubbish is a request that no format knows: it is kept apart, with the reason.
const rubbish = "rubbish"

// note writes into the timeline of an incident of its own, and opens another one when that is long.
func (h *hand) note() {
	if h.number == 0 || h.rounds > 400 {
		h.opening("P3", "a place for notes")
		return
	}
	h.rounds++
	token := h.token()
	h.command("log", h.person(), fmt.Sprintf("log wrote %s %s --in %s", token, secretOf(token), h.number), "noted", token, true)
}

// opening opens an incident that the hand then works on.
func (h *hand) opening(priority, title string) {
	h.number, h.rounds, h.room = 0, 0, ""
	token := h.token()
	v := h.command("open", "anna", fmt.Sprintf("open %s %s %s", priority, title, token), "opened", token, false)
	h.number = v.number
}

// open opens incidents that nobody looks after: their deadlines pass.
func (h *hand) open() {
	if h.n > 0 && h.chance.IntN(1+h.n/20) > 0 { // ever more seldom: each costs a room and its reminders
		return
	}
	h.opening([]string{"P1", "P2", "P3", "P4", "P5"}[h.chance.IntN(5)], "nobody cares")
	h.number = 0
}

// life leads an incident through its life, now and then in an odd order.
func (h *hand) life() {
	if h.number == 0 || h.rounds > 12+h.chance.IntN(12) {
		h.opening([]string{"P1", "P2", "P3", "P3", "P4"}[h.chance.IntN(5)], "a life")
		return
	}
	h.rounds++
	in := " --in " + h.number.String()
	token := h.token()
	text := token + " " + secretOf(token)
	switch h.chance.IntN(12) {
	case 0:
		h.t.ask(h, "ack", 0, command(h.person(), "", "ack"+in, token))
	case 1, 2:
		h.handover(in)
	case 3:
		h.command("hold", "anna", "hold user waits "+text+in, "put_on_hold", token, true)
	case 4:
		h.t.ask(h, "resume", 0, command("anna", "", "resume"+in, token))
	case 5, 6:
		h.command("update", h.person(), "update we know "+text+in, "published", token, true)
	case 7:
		h.command("finding", h.person(), "finding saw "+text+in, "noted", token, true)
	case 8:
		h.command("deed", h.person(), "deed restarts "+text+in, "deed_announced", token, true)
	case 9:
		h.command("resolve", "anna", "resolve mended "+text+in, "resolved", token, true)
	case 10:
		h.command("close", "anna", "close pending "+text+in, "closed", token, true)
	case 11:
		h.command("reopen", "anna", "reopen broke "+text+in, "reopened", token, true)
	}
}

// handover gives anna's role to another, who answers or does not; then it expires. Taking it back is a take-over.
func (h *hand) handover(in string) {
	h.t.ask(h, "role", 0, command("anna", "", "role im @anna"+in, h.token()))
	to := people[1+h.chance.IntN(2)]
	h.t.ask(h, "handover offer", 0, command("anna", "", "handover @"+to+in, h.token()))
	switch h.chance.IntN(4) {
	case 0: // it expires
	case 1:
		h.t.ask(h, "handover decline", 0, command(to, "", "handover decline"+in, h.token()))
	default:
		h.t.ask(h, "handover accept", 0, command(to, "", "handover accept"+in, h.token()))
		token, taker := h.token(), "carla"
		if to == taker {
			taker = "bert"
		}
		h.command("takeover", taker, "takeover im asleep "+token+" "+secretOf(token)+in, "taken_over", token, true)
	}
}

// guest is somebody whom the configuration does not name: the first command makes them known. After some deeds they leave, and
// may be erased.
func (h *hand) guest() {
	if h.number == 0 || h.rounds > 80 {
		h.opening("P5", "for guests")
		return
	}
	if h.visitor == "" {
		h.visitor = secretOf(h.token())
	}
	h.rounds++
	token := h.token()
	h.command("log of a guest", h.visitor, fmt.Sprintf("log saw %s %s --in %s", token, secretOf(token), h.number), "noted", token, true)
	if h.chance.IntN(4) == 0 {
		h.t.book.leave(h.visitor)
		h.visitor = ""
	}
}

// cli says a command through the program's own tool, again with the same key where it failed to get through.
func (h *hand) cli() {
	if h.number == 0 || h.rounds > 50 {
		h.opening("P4", "for the command line")
		return
	}
	h.rounds++
	token := h.token()
	c := h.t.book.intend("noted", token, h.number, true)
	var v verdict
	for v.status == 0 && h.t.ctx.Err() == nil && (h.patience() == 0 || v.tries == 0) {
		v.tries++
		began := time.Now()
		args := []string{"say", "--as", "dora", "--in", h.number.String(), "--key", token, "--addr", h.t.somebody().address.Load().(string), "--", "log", "typed", token, secretOf(token)}
		cmd := exec.CommandContext(h.t.ctx, h.t.children[0].binary, args...)
		cmd.Env = append(cmd.Environ(), "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		switch text := string(out); {
		case h.t.ctx.Err() != nil: // the run was ended, and the tool with it
			v.lost++
		case err == nil:
			v.status = 200
		case strings.Contains(text, "nobody answers"):
			v.tries--
			time.Sleep(10 * time.Millisecond)
		case h.t.troubles.since(began) || slices.ContainsFunc([]string{"reset", "EOF", "broken pipe"}, func(s string) bool { return strings.Contains(text, s) }):
			v.lost++
		default:
			v.status = 422
			h.t.fail("matoi say: %v %s", err, text)
		}
	}
	h.t.book.count("matoi say", v)
	h.t.book.settle(c, v)
}
