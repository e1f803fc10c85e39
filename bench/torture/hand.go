package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"matoi/incident"
)

// hand is somebody who uses the program: one deed after the other, chosen by a source of chance of their own.
type hand struct {
	t      *torture
	name   string
	chance *rand.Rand
	client *http.Client
	n      int
	pause  time.Duration // on average, between two deeds
	do     func(h *hand)

	// What single kinds of hands remember.
	number  incident.Number
	room    string
	rounds  int
	cookie  *http.Cookie
	visitor string
}

// people who are known from the configuration.
var people = []string{"anna", "bert", "carla", "dora", "emil", "fritz"}

// hands are everybody who uses the program.
func (t *torture) hands() []*hand {
	var out []*hand
	add := func(kind string, n int, pause time.Duration, do func(*hand)) {
		for k := range n {
			name := fmt.Sprintf("%s%d", kind, k)
			out = append(out, &hand{t: t, name: name, chance: t.stream(name), pause: pause, do: do, client: &http.Client{Timeout: 20 * time.Second}})
		}
	}
	add("alert", 3, 12*time.Millisecond, (*hand).alert)
	add("note", 2, 15*time.Millisecond, (*hand).note)
	add("life", 4, 10*time.Millisecond, (*hand).life)
	add("chat", 2, 15*time.Millisecond, (*hand).chat)
	add("open", 1, 60*time.Millisecond, (*hand).open)
	add("guest", 1, 250*time.Millisecond, (*hand).guest)
	add("cli", 1, 300*time.Millisecond, (*hand).cli)
	return out
}

// work goes on until the torture ends, and rests while the judge reads.
func (h *hand) work() {
	for !h.t.over.Load() && h.t.ctx.Err() == nil {
		h.t.rest.RLock()
		h.do(h)
		h.t.rest.RUnlock()
		if !h.t.burst.Load() {
			time.Sleep(time.Duration(float64(h.pause) * h.chance.ExpFloat64()))
		}
	}
	h.client.CloseIdleConnections()
}

// token is a word that stands nowhere else.
func (h *hand) token() string {
	h.n++
	return fmt.Sprintf("z%sq%dz", h.name, h.n)
}

// patience is after how many tries that nobody answered a deed is given up; mostly never.
func (h *hand) patience() int {
	if h.chance.IntN(8) == 0 {
		return 1
	}
	return 0
}

func (h *hand) person() string { return people[h.chance.IntN(len(people))] }

// command gives a command that carries a token, and writes both sides of it into the book. what is the kind of fact that it
// makes true once.
func (h *hand) command(kind, as, text, what, token string, posted bool) verdict {
	c := h.t.book.intend(what, token, h.number, posted)
	v := h.t.ask(h, kind, h.patience(), command(as, "", text, token))
	h.t.book.settle(c, v)
	return v
}
