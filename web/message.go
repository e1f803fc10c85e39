package web

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"matoi/bot/console"
	"matoi/incident"
)

// What the templates of messages ask for.

type file = incident.File

// follows reports whether a message continues the one above, so that name and face are left out. The script knows the
// same rule (regroup), for what comes live.
func (rd *reader) follows(above, m console.Message) bool {
	return above.Author == m.Author && above.Only == "" && m.Only == "" && m.At.Sub(above.At) < 5*time.Minute &&
		above.Card == nil && m.Card == nil && above.Deleted.IsZero() && m.Deleted.IsZero() && rd.Day(above.At) == rd.Day(m.At)
}

// messageURL shows a message among those around it; threadURL opens the thread that it began. Both work without script.
func messageURL(m console.Message) templ.SafeURL {
	id := strconv.FormatInt(m.ID, 10)
	return templ.SafeURL("/chat/" + url.PathEscape(m.Channel) + "?at=" + id + "#m" + id)
}

func threadURL(m console.Message) templ.SafeURL {
	id := strconv.FormatInt(m.ID, 10)
	return templ.SafeURL("/chat/" + url.PathEscape(m.Channel) + "?thread=" + id + "#t" + id)
}

// The most room that a picture takes among messages, in CSS pixels.
const (
	pictureWidth  = 440
	pictureHeight = 280
)

// preview is the size at which an image of ours is shown among messages; 0 for what is no image, stands elsewhere
// (nothing is fetched from other sites) or has no known size, which would let the page jump when it loads.
func preview(f incident.File) (w, h int) {
	if !strings.HasPrefix(f.Link, "/files/") || f.Width <= 0 || f.Height <= 0 {
		return 0, 0
	}
	scale := min(1, pictureWidth/float64(f.Width), pictureHeight/float64(f.Height))
	return max(1, int(math.Round(float64(f.Width)*scale))), max(1, int(math.Round(float64(f.Height)*scale)))
}

// fileWords says of which kind a file is and how large: PDF, 1.2 MB.
func fileWords(f incident.File) string {
	var words []string
	if _, ending, ok := cutLast(f.Name, "."); ok && len(ending) <= 5 && ending != "" {
		words = append(words, strings.ToUpper(ending))
	}
	if f.Size > 0 {
		words = append(words, bytesWords(f.Size))
	}
	return strings.Join(words, " · ")
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if n := strings.LastIndex(s, sep); n > 0 {
		return s[:n], s[n+len(sep):], true
	}
	return s, "", false
}

// bytesWords is a size as people read it, in units of 1000 as downloads are named.
func bytesWords(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1_000_000:
		return strconv.FormatInt((n+500)/1000, 10) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

// press is where a button stands: on a message, or on an incident's page.
type press struct {
	Message int64
	Thread  int64
	Number  incident.Number
}

// pressed is what a button sends.
type pressed struct {
	Command string `json:"command"`
	Form    bool   `json:"form"`
	Message int64  `json:"message,omitempty"`
	Number  string `json:"number,omitempty"`
	Thread  *int64 `json:"thread,omitempty"` // beside Message, 0 for the top level
}

func (p press) vals(command string, form bool) string {
	v := pressed{Command: command, Form: form, Message: p.Message}
	if p.Message != 0 {
		v.Thread = &p.Thread
	}
	if p.Number != 0 {
		v.Number = p.Number.String()
	}
	return encoded(v)
}

// vals is a JSON object for hx-vals out of name, value pairs.
func vals(kv ...any) string {
	v := map[string]any{}
	for i := 0; i+1 < len(kv); i += 2 {
		v[kv[i].(string)] = kv[i+1]
	}
	return encoded(v)
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(b)
}

func quickReactions() []string { return []string{"📌", "👀", "✅", "🙏"} }

func reactionTitle(rd *reader, emoji string) string {
	if emoji == "📌" {
		return rd.T("web.pin")
	}
	return rd.T("web.react_with", "Emoji", emoji)
}

func joined(people []incident.PersonID) string {
	var out []string
	for _, p := range people {
		out = append(out, string(p))
	}
	return strings.Join(out, " ")
}

func nameList(rd *reader, people []incident.PersonID) string {
	var out []string
	for _, p := range people {
		out = append(out, rd.Name(p))
	}
	return strings.Join(out, rd.T("web.comma"))
}

// Addresses of the chat.

func channelURL(id string) templ.SafeURL { return templ.SafeURL("/chat/" + url.PathEscape(id)) }

func olderQuery(channel string, thread, before int64) string {
	return "/older?channel=" + url.QueryEscape(channel) + "&thread=" + strconv.FormatInt(thread, 10) + "&before=" + strconv.FormatInt(before, 10)
}

func olderURL(channel string, thread, before int64) templ.SafeURL {
	to := "/chat/" + url.PathEscape(channel) + "?before=" + strconv.FormatInt(before, 10)
	if thread != 0 {
		to = "/chat/" + url.PathEscape(channel) + "?thread=" + strconv.FormatInt(thread, 10) + "&upto=" + strconv.FormatInt(before, 10)
	}
	return templ.SafeURL(to)
}

func newerQuery(channel string, after int64) string {
	return "/newer?channel=" + url.QueryEscape(channel) + "&after=" + strconv.FormatInt(after, 10)
}

func newerURL(channel string, after int64) templ.SafeURL {
	return templ.SafeURL("/chat/" + url.PathEscape(channel) + "?after=" + strconv.FormatInt(after, 10))
}

// searchURL is the search for a text; from is the channel one comes from.
func searchURL(text, from string) templ.SafeURL {
	q := url.Values{"q": {text}}
	if from != "" {
		q.Set("from", from)
	}
	return templ.SafeURL("/chat/search?" + q.Encode())
}
