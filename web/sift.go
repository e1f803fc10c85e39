package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// perWindow is how many entries are shown at once; aboveIt how many of them stand above the one that was asked for.
const (
	perWindow = 100
	aboveIt   = 20
)

// sift is what a reader wants to see of a timeline. It lives in the address of the page.
type sift struct {
	Groups   []string // none: all but bookkeeping
	Who      incident.PersonID
	From, To time.Time // From <= when < To
	Revised  bool
	Files    bool
	Text     string
	Oldest   bool // the oldest first
}

// inputTime is how a browser writes a moment without a zone; the reader's is meant.
const inputTime = "2006-01-02T15:04"

func parseSift(q url.Values, zone *time.Location) sift {
	f := sift{
		Who: incident.PersonID(q.Get("who")), Revised: q.Get("revised") == "1", Files: q.Get("files") == "1",
		Text: strings.TrimSpace(q.Get("q")), Oldest: q.Get("order") == "oldest",
	}
	if r := []rune(f.Text); len(r) > 200 {
		f.Text = string(r[:200])
	}
	for _, g := range groups() {
		if slices.Contains(q["kind"], g) {
			f.Groups = append(f.Groups, g)
		}
	}
	if t, err := time.ParseInLocation(inputTime, q.Get("from"), zone); err == nil {
		f.From = t
	}
	if t, err := time.ParseInLocation(inputTime, q.Get("to"), zone); err == nil {
		f.To = t.Add(time.Minute) // the minute that was named belongs to it
	}
	return f
}

// values is the filter as an address says it; what is not asked for is left out.
func (f sift) values(zone *time.Location) url.Values {
	q := url.Values{}
	set := func(name, value string, when bool) {
		if when {
			q.Set(name, value)
		}
	}
	if len(f.Groups) > 0 {
		q["kind"] = f.Groups
	}
	set("who", string(f.Who), f.Who != "")
	set("from", f.From.In(zone).Format(inputTime), !f.From.IsZero())
	set("to", f.To.Add(-time.Minute).In(zone).Format(inputTime), !f.To.IsZero())
	set("revised", "1", f.Revised)
	set("files", "1", f.Files)
	set("q", f.Text, f.Text != "")
	set("order", "oldest", f.Oldest)
	return q
}

// active counts what is asked for beside the order.
func (f sift) active() int {
	n := 0
	for _, on := range []bool{len(f.Groups) > 0, f.Who != "", !f.From.IsZero() || !f.To.IsZero(), f.Revised, f.Files, f.Text != ""} {
		if on {
			n++
		}
	}
	return n
}

// shows reports whether entries of a group are asked for.
func (f sift) shows(group string) bool {
	if len(f.Groups) == 0 {
		return group != "book"
	}
	return slices.Contains(f.Groups, group)
}

// sifter asks of each entry whether it is wanted.
type sifter struct {
	sift
	r     record
	words []string // that must all occur
	hay   []string
}

func (r record) sifter(f sift, l lang.Lang) sifter {
	return sifter{sift: f, r: r, words: strings.Fields(evened(f.Text)), hay: r.words[l]}
}

func (s sifter) wants(k int32) bool {
	e := s.r.events[k]
	if group, _ := kindOf(e.Fact); !s.shows(group) {
		return false
	}
	if when := e.When(); !s.From.IsZero() && when.Before(s.From) || !s.To.IsZero() && !when.Before(s.To) {
		return false
	}
	if s.Who != "" && !s.r.by(e, s.Who) {
		return false
	}
	if s.Revised && len(s.r.revised[e.Seq]) == 0 || s.Files && !hasFiles(e) {
		return false
	}
	return s.says(k)
}

// says reports whether every word occurs in the entry or in one of its later forms.
func (s sifter) says(k int32) bool {
	for _, w := range s.words {
		if s.hay == nil {
			return false
		}
		found := strings.Contains(s.hay[k], w)
		for _, at := range s.r.revised[s.r.events[k].Seq] {
			found = found || strings.Contains(s.hay[at], w)
		}
		if !found {
			return false
		}
	}
	return true
}

// by reports whether a person did, wrote down or revised an entry.
func (r record) by(e incident.Event, who incident.PersonID) bool {
	if e.By == who || e.Recorder == who || author(e) == who {
		return true
	}
	return slices.ContainsFunc(r.revised[e.Seq], func(k int) bool { return r.events[k].By == who })
}

func hasFiles(e incident.Event) bool {
	f, ok := e.Fact.(*incident.Noted)
	return ok && f.Message != nil && len(f.Message.Files) > 0
}

// spot says which part of what is wanted is shown: around an entry, below one or above one. Zero is the beginning.
type spot struct{ At, Below, Above int64 }

func parseSpot(q url.Values) spot {
	return spot{At: parseSeq(q.Get("at")), Below: parseSeq(q.Get("below")), Above: parseSeq(q.Get("above"))}
}

// window is a part of what is wanted, in the order in which it is shown.
type window struct {
	Entries     []incident.Event
	Total       int // wanted in all
	Above       int // wanted ones that stand above the window, and below it
	Below       int
	Days        []dayMark
	First, Last int64 // seqs at the ends
}

// dayMark is a day on which something wanted happened; Seq is its first entry as shown.
type dayMark struct {
	Day time.Time
	Seq int64
	N   int
}

// window cuts out what is shown. An entry that was asked for by its seq is there in any case: where the filter leaves
// it out, the filter is dropped, and ok is false.
func (r record) window(f sift, at spot, l lang.Lang, zone *time.Location) (w window, ok bool) {
	if e, known := r.at(at.At); known {
		if of, revision := e.Fact.(*incident.Revised); revision {
			at.At = of.Seq
		}
	}
	hits := r.hits(f, l)
	place := func(seq int64) int {
		return slices.IndexFunc(hits, func(k int32) bool { return r.events[k].Seq == seq })
	}
	from, ok := 0, true
	switch {
	case at.At > 0:
		p := place(at.At)
		if _, known := r.at(at.At); p < 0 && known {
			f, ok = sift{Groups: groups(), Oldest: f.Oldest}, false
			hits = r.hits(f, l)
			p = place(at.At)
		}
		from = max(0, p-aboveIt)
	case at.Below > 0:
		from = place(at.Below) + 1
	case at.Above > 0:
		from = max(0, place(at.Above)-perWindow)
	}
	to := min(len(hits), from+perWindow)
	if at.Above > 0 {
		to = max(from, place(at.Above))
	}
	w = window{Total: len(hits), Above: from, Below: len(hits) - to, Days: r.days(hits, zone)}
	for _, k := range hits[from:to] {
		w.Entries = append(w.Entries, r.events[k])
	}
	if n := len(w.Entries); n > 0 {
		w.First, w.Last = w.Entries[0].Seq, w.Entries[n-1].Seq
	}
	return w, ok
}

func (r record) hits(f sift, l lang.Lang) []int32 {
	s := r.sifter(f, l)
	var out []int32
	for _, k := range r.order {
		if s.wants(k) {
			out = append(out, k)
		}
	}
	if !f.Oldest {
		slices.Reverse(out)
	}
	return out
}

// days lists the days of what is shown, in its order.
func (r record) days(hits []int32, zone *time.Location) []dayMark {
	var out []dayMark
	var from, to time.Time // of the day that is being counted
	for _, k := range hits {
		when := r.events[k].When()
		if len(out) == 0 || when.Before(from) || !when.Before(to) {
			y, m, d := when.In(zone).Date()
			from, to = time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
			out = append(out, dayMark{Day: from, Seq: r.events[k].Seq})
		}
		out[len(out)-1].N++
	}
	return out
}

func parseSeq(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
