package bot

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Completion is one way to go on. Text takes the place of what Advice.Replace counts; Label says what it is.
type Completion struct {
	Text    string `json:"text"`
	Label   string `json:"label,omitempty"`
	Also    string `json:"also,omitempty"`    // another way to write the same
	Group   string `json:"group,omitempty"`   // the heading it stands under
	Usage   string `json:"usage,omitempty"`   // of a verb: its form
	Example string `json:"example,omitempty"` // of a verb: a line that works
}

// completions bounds how many values are offered at once; verbs are all shown.
const completions = 20

// offer is a value that may be typed. Forms are the ways to write it, the first is written where nothing was typed
// yet; other words find it too, and then the first form is written.
type offer struct {
	Completion
	forms []string
	other []string
	loose bool // found by any part of its words, as people are by their given name
}

// fit tells how well an offer answers to what was typed (0 best) and what would be written.
func (o offer) fit(typed string) (word string, rank int, ok bool) {
	if typed == "" {
		return o.forms[0], 0, true
	}
	for _, f := range o.forms {
		if strings.HasPrefix(bareWord(f), typed) {
			return f, 0, true
		}
	}
	for _, f := range o.other {
		if strings.HasPrefix(fold(f), typed) {
			return o.forms[0], 1, true
		}
	}
	if utf8.RuneCountInString(typed) < 2 && ascii(typed) {
		return "", 0, false
	}
	for _, f := range append(append(slices.Clone(o.forms), o.other...), o.Label) {
		if strings.Contains(fold(f), typed) {
			return o.forms[0], 2, true
		}
	}
	return "", 0, false
}

// bareWord is a form as it is compared: folded, without the quote it may begin with.
func bareWord(s string) string { return strings.TrimLeft(fold(s), `"`) }

// matching keeps the offers that answer to what was typed, the best first. Where one begins with it, those that only
// hold it somewhere are left out, unless they are loose.
func matching(typed string, all []offer, limit int) []Completion {
	type found struct {
		Completion
		rank  int
		loose bool
	}
	var list []found
	best := 2
	typed = bareWord(typed)
	for _, o := range all {
		word, rank, ok := o.fit(typed)
		if !ok {
			continue
		}
		c := o.Completion
		c.Text = word
		if c.Also == "" {
			if i := slices.IndexFunc(o.forms, func(f string) bool { return f != word }); i >= 0 {
				c.Also = o.forms[i]
			}
		}
		list, best = append(list, found{c, rank, o.loose}), min(best, rank)
	}
	list = slices.DeleteFunc(list, func(f found) bool { return !f.loose && f.rank > max(best, 1) || !f.loose && best == 0 && f.rank > 0 })
	if typed != "" {
		slices.SortStableFunc(list, func(a, b found) int { return cmp.Compare(a.rank, b.rank) })
	}
	var out []Completion
	for _, f := range list[:min(limit, len(list))] {
		out = append(out, f.Completion)
	}
	return out
}
