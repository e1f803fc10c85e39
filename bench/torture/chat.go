package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// chat is a person in the browser: says something in the room of an incident, pins it, takes the pin off, gives a command.
func (h *hand) chat() {
	switch {
	case h.cookie == nil:
		h.login()
		return
	case h.number == 0 || h.rounds > 60:
		h.opening("P3", "talk")
		return
	case h.room == "":
		h.enter()
		return
	}
	h.rounds++
	token := h.token()
	if h.chance.IntN(4) == 0 {
		c := h.t.book.intend("noted", token, h.number, true)
		h.t.book.settle(c, h.t.ask(h, "typed in chat", h.patience(), h.form("/do/say", token, "channel", h.room, "text", "/incident log "+token+" "+secretOf(token))))
		return
	}
	said := []string{"channel", h.room, "text", "I say " + token + " " + secretOf(token)}
	var filed *claim
	if h.chance.IntN(8) == 0 {
		if link := h.upload(token); link != "" {
			said = append(said, "file", link)
			filed = h.t.book.intend("filed", token, h.number, false)
		}
	}
	c := h.t.book.intend("said", token, h.number, false)
	v := h.t.ask(h, "said in chat", h.patience(), h.form("/do/say", token, said...))
	h.t.book.settle(c, v)
	if filed != nil {
		h.t.book.settle(filed, v)
	}
	if !v.answered() || h.chance.IntN(2) == 0 {
		return
	}
	if id := h.find(token); id != "" {
		h.pin(id, token)
	}
}

// pin puts the message into the record by a reaction, and perhaps takes it back.
func (h *hand) pin(id, token string) {
	c := h.t.book.intend("noted", token, h.number, false)
	v := h.t.ask(h, "reaction", h.patience(), h.form("/do/react", token+"p", "message", id, "emoji", "📌", "on", "1"))
	h.t.book.settle(c, v)
	if !v.answered() || h.chance.IntN(2) == 0 {
		return
	}
	c = h.t.book.intend("unpinned", token, h.number, false)
	h.t.book.settle(c, h.t.ask(h, "reaction off", h.patience(), h.form("/do/react", token+"u", "message", id, "emoji", "📌", "on", "0")))
}

// upload brings a file of two pieces, to be sent with a message. One whose answer was lost is brought again: what nobody sends is
// swept some day.
func (h *hand) upload(token string) (link string) {
	body := strings.Repeat(secretOf(token)+" is in it\n", 10_000)
	v := h.t.ask(h, "upload", 0, func(ctx context.Context, base string) (*http.Request, error) {
		query := url.Values{"channel": {h.room}, "name": {token + ".txt"}}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/do/upload?"+query.Encode(), strings.NewReader(body))
		if err == nil {
			r.AddCookie(h.cookie)
			r.Header.Set("Content-Type", "application/octet-stream")
		}
		return r, err
	})
	var up struct{ Link string }
	if err := json.Unmarshal(v.body, &up); v.answered() && err != nil {
		h.t.fail("an upload was answered with %.100s", v.body)
	}
	return up.Link
}

// login tells the pages who the hand is.
func (h *hand) login() {
	h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	h.t.ask(h, "login", 0, func(ctx context.Context, base string) (*http.Request, error) {
		return posted(ctx, base+"/do/who", url.Values{"name": {people[3]}, "deed": {h.token()}})
	})
	h.cookie = &http.Cookie{Name: "matoi_who", Value: h.t.who[people[3]]}
}

// form is a deed of a page, named so that it may be sent again.
func (h *hand) form(path, deed string, kv ...string) request {
	return func(ctx context.Context, base string) (*http.Request, error) {
		values := url.Values{"deed": {deed}}
		for k := 0; k < len(kv); k += 2 {
			values.Set(kv[k], kv[k+1])
		}
		r, err := posted(ctx, base+path, values)
		if err == nil {
			r.AddCookie(h.cookie)
			r.Header.Set("HX-Request", "true")
		}
		return r, err
	}
}

func posted(ctx context.Context, address string, values url.Values) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(values.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, err
}

// enter finds the room of the incident, which is opened a moment after it.
func (h *hand) enter() {
	v := h.t.ask(h, "read", 0, h.page("/api/v1/incidents/"+h.number.String()))
	var said struct{ Rooms []struct{ Name string } }
	if json.Unmarshal(v.body, &said) == nil && len(said.Rooms) > 0 {
		h.room = said.Rooms[0].Name
	}
}

var article = regexp.MustCompile(`<article id="m(\d+)"`)

// find reads the room's page for the message that carries the token; it may have scrolled away.
func (h *hand) find(token string) string {
	v := h.t.ask(h, "read", 0, h.page("/chat/"+h.room))
	for part := range strings.SplitSeq(string(v.body), "</article>") {
		if id := article.FindStringSubmatch(part); id != nil && strings.Contains(part, token) {
			return id[1]
		}
	}
	return ""
}

// page reads an address as the hand.
func (h *hand) page(path string) request {
	return func(ctx context.Context, base string) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		if h.cookie != nil {
			r.AddCookie(h.cookie)
		}
		return r, nil
	}
}
