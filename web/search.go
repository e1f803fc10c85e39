package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"matoi/bot/console"
)

// perSearch is how many messages a page of results shows.
const perSearch = 30

// excerpt is how many characters of a message stand in a result, and lead how many of them before the first hit.
const (
	excerpt = 320
	lead    = 80
)

// findings are what a search came to.
type findings struct {
	Text   string
	From   console.Channel // the channel one came from, ID is empty for none
	Here   bool            // only there
	List   []console.Message
	More   bool
	Before int64
}

// searchPage looks for messages: ?q= in the channel ?from= when ?here= is set, else everywhere. A channel that is
// called "search" is reached under its name as long as nothing is looked for.
func (s *Server) searchPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if !r.URL.Query().Has("q") {
		if _, err := s.Console.Open(r.Context(), rd.Viewer, "search"); err == nil {
			r.SetPathValue("channel", "search")
			return s.chatPage(w, r, rd)
		}
	}
	v, err := s.newChatView(r, rd)
	if err != nil {
		return err
	}
	f := findings{Text: strings.TrimSpace(r.FormValue("q")), Here: r.FormValue("here") != ""}
	f.Before, _ = strconv.ParseInt(r.FormValue("before"), 10, 64)
	if from := r.FormValue("from"); from != "" {
		if f.From, err = s.Console.Open(r.Context(), rd.Viewer, from); err != nil && !isMissing(err) {
			return err
		}
	}
	if f.Text != "" {
		in := ""
		if f.Here {
			in = f.From.ID
		}
		if f.List, f.More, err = s.Console.Search(r.Context(), rd.Viewer, f.Text, in, f.Before, perSearch); err != nil {
			return err
		}
	}
	v.Title = rd.T("room.search_title")
	if f.Text != "" {
		v.Title = f.Text
	}
	names, err := s.titles(r, rd, f.List)
	if err != nil {
		return err
	}
	v.Other = searchResults(rd, f, names)
	return s.chatScreen(w, r, rd, v)
}

// titles are the names of the channels in which messages stand.
func (s *Server) titles(r *http.Request, rd *reader, list []console.Message) (map[string]string, error) {
	names := map[string]string{}
	for _, m := range list {
		if names[m.Channel] != "" {
			continue
		}
		ch, err := s.Console.Open(r.Context(), rd.Viewer, m.Channel)
		if err != nil {
			return nil, err
		}
		names[m.Channel] = channelTitle(rd, ch)
	}
	return names, nil
}

// hit is a part of an excerpt: something that was looked for, or what stands between.
type hit struct {
	Text string
	Hit  bool
}

// hits cuts a message down to what stands around the first word that was looked for, and tells the words apart.
func (rd *reader) hits(m console.Message, query string) []hit {
	text := rd.Plain(m.Text)
	if m.Card != nil {
		text = strings.TrimSpace(text + "\n" + rd.Plain(m.Card.Title+"\n"+m.Card.Text))
	}
	return marked(text, sought(query))
}

// sought are the words of a query that can stand in a text, folded, without its filters.
func sought(query string) []string {
	var words []string
	for _, w := range strings.Fields(strings.ReplaceAll(query, "\u3000", " ")) {
		w = even(w)
		if strings.HasPrefix(w, "from:") || strings.HasPrefix(w, "in:") || w == "" {
			continue
		}
		words = append(words, strings.Trim(w, `"'「」『』、。,.!?！？`))
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

// even makes characters comparable as search compares them.
func even(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// marked finds the words in a text, compared in their even form, and shortens it around the first.
func marked(text string, words []string) []hit {
	runes := []rune(norm.NFC.String(text)) // so that a character and its marks are one
	in := make([]bool, len(runes))
	first := -1
	for i := range runes {
		n := 0
		for _, w := range words {
			n = max(n, beginsEven(runes[i:], w))
		}
		for k := i; k < i+n; k++ {
			in[k] = true
		}
		if n > 0 && first < 0 {
			first = i
		}
	}
	from := max(0, first-lead)
	to := min(len(runes), from+excerpt)
	var out []hit
	if from > 0 {
		out = append(out, hit{Text: "…"})
	}
	for i := from; i < to; {
		k := i
		for k < to && in[k] == in[i] {
			k++
		}
		out = append(out, hit{Text: string(runes[i:k]), Hit: in[i]})
		i = k
	}
	if to < len(runes) {
		out = append(out, hit{Text: "…"})
	}
	return out
}

// beginsEven is how many characters of a text make up the word that it begins with; 0 if it does not.
func beginsEven(text []rune, word string) int {
	rest := word
	for n, r := range text {
		e := even(string(r))
		if e == "" || !strings.HasPrefix(rest, e) {
			return 0
		}
		if rest = rest[len(e):]; rest == "" {
			return n + 1
		}
	}
	return 0
}
