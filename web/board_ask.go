package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
)

// The window of the board: how many rows a list shows before it asks whether to show more, how many a column shows,
// and the most that a page is ever asked for.
const (
	perList   = 100
	perColumn = 30
	mostShown = 1000
)

// asked is what a reader wants to see of the incidents. It lives in the address and nowhere else: what is seen can be
// kept, sent to somebody, and works without script.
type asked struct {
	All     bool // also those that are over, newest first, page by page
	Columns bool // by status instead of a list
	Newest  bool // newest first instead of by urgency

	Text     string // words to search for
	Priority incident.Priority
	Status   incident.Status
	Service  string
	Category string
	Vacant   incident.RoleID // nobody holds it
	Mine     bool            // the reader is in it
	Overdue  bool            // a target has passed
	Private  bool            // only private ones, as far as the reader may see them

	Show   int             // rows of a list, beyond perList
	Before incident.Number // the page of All below this one
}

// askedOf reads an address; what it does not understand it leaves out.
func askedOf(q url.Values, all bool) asked {
	a := asked{
		All: all || q.Get("all") != "", Columns: q.Get("as") == "columns", Newest: q.Get("sort") == "newest",
		Text: strings.Join(strings.Fields(clip(q.Get("q"), 200)), " "), Service: clip(q.Get("service"), 100), Category: clip(q.Get("category"), 100),
		Mine: q.Get("mine") != "", Overdue: q.Get("overdue") != "", Private: q.Get("private") != "",
	}
	a.Priority, _ = incident.ParsePriority(q.Get("priority"))
	a.Before, _ = incident.ParseNumber(q.Get("before"))
	if st := incident.Status(q.Get("status")); slices.Contains(incident.Statuses(), st) {
		a.Status = st
	}
	for _, r := range incident.Roles() {
		if string(r.ID) == q.Get("vacant") {
			a.Vacant = r.ID
		}
	}
	if n, err := strconv.Atoi(q.Get("show")); err == nil && n > perList {
		a.Show = min(n, mostShown)
	}
	if a.All {
		a.Columns, a.Overdue, a.Show, a.Vacant = false, false, 0, "" // what is over lacks nobody and misses nothing
	}
	return a
}

// values is the address's query, in one way only: it is also a key.
func (a asked) values() url.Values {
	q := url.Values{}
	set := func(name, value string, when bool) {
		if when {
			q.Set(name, value)
		}
	}
	set("as", "columns", a.Columns)
	set("sort", "newest", a.Newest)
	set("q", a.Text, a.Text != "")
	set("priority", a.Priority.String(), a.Priority != 0)
	set("status", string(a.Status), a.Status != "")
	set("service", a.Service, a.Service != "")
	set("category", a.Category, a.Category != "")
	set("vacant", string(a.Vacant), a.Vacant != "")
	set("mine", "1", a.Mine)
	set("overdue", "1", a.Overdue)
	set("private", "1", a.Private)
	set("show", strconv.Itoa(a.Show), a.Show > perList)
	set("before", a.Before.String(), a.Before != 0)
	return q
}

// URL is the page that shows what is asked for.
func (a asked) URL() string { return withQuery(a.path(), a.values()) }

func (a asked) path() string {
	if a.All {
		return "/incidents"
	}
	return "/"
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// with is the address after a change; the page begins anew.
func (a asked) with(change func(a *asked)) string {
	a.Show, a.Before = 0, 0
	change(&a)
	return askedOf(a.values(), a.All).URL()
}

// filtered reports whether anything is left out on purpose.
func (a asked) filtered() bool { return len(a.chosen()) > 0 }

// cleared keeps only how things are shown.
func (a asked) cleared() asked { return asked{All: a.All, Columns: a.Columns, Newest: a.Newest} }

// chip is one thing that was asked for, with the address that takes it back.
type chip struct{ Name, Value, Without string }

// chosen lists the filters that are set; the texts are put in by the template.
func (a asked) chosen() []string {
	var out []string
	for name := range a.values() {
		switch name {
		case "as", "sort", "show", "before":
		default:
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// without takes one filter back.
func (a asked) without(name string) string {
	q := a.values()
	q.Del(name)
	q.Del("show")
	q.Del("before")
	return askedOf(q, a.All).URL()
}

// lets decides whether a row is shown, except for what only the store knows: words and who is in it.
func (a asked) lets(r *incident.Row, now time.Time) bool {
	switch {
	case a.Priority != 0 && r.Priority != a.Priority,
		a.Status != "" && r.Status != a.Status,
		a.Service != "" && !slices.ContainsFunc(r.Services, func(s string) bool { return strings.EqualFold(s, a.Service) }),
		a.Category != "" && r.Category != a.Category,
		a.Private && !r.Private,
		a.Overdue && (r.Due.IsZero() || r.Due.After(now)),
		a.Vacant != "" && (!atWork(r.Status) || holds(r, a.Vacant)):
		return false
	}
	return true
}

// working reports whether somebody still works on it, so that a role can be wanted.
func working(r incident.Row) bool { return atWork(r.Status) }

func atWork(st incident.Status) bool { return !over(st) && st != incident.StatusResolved }

func holds(r *incident.Row, role incident.RoleID) bool {
	return slices.ContainsFunc(r.Holders, func(h incident.Holder) bool { return h.Role == role })
}

// urgent orders by what presses: priority, the unknown one last, then what is due next, then the newest.
func urgent(a, b incident.Row) int {
	if c := a.Priority.Compare(b.Priority); c != 0 {
		return c
	}
	if !a.Due.Equal(b.Due) {
		switch {
		case a.Due.IsZero():
			return 1
		case b.Due.IsZero():
			return -1
		}
		return a.Due.Compare(b.Due)
	}
	return newest(a, b)
}

func newest(a, b incident.Row) int { return int(min(max(b.Number-a.Number, -1), 1)) }

// jump reads a search that is an incident's number, also as people say it: 1121-001 is of this year, or of the last one
// where that day has not come yet.
func jump(text string, now time.Time) (incident.Number, bool) {
	text = strings.ToUpper(strings.TrimSpace(text))
	if n, ok := incident.ParseNumber(text); ok {
		return n, true
	}
	text = strings.TrimPrefix(text, "#")
	day, count, ok := strings.Cut(strings.TrimPrefix(text, "INC-"), "-")
	if !ok {
		return 0, false
	}
	switch len(day) {
	case 8:
	case 4:
		year := now.Year()
		if day > now.Format("0102") {
			year--
		}
		day = strconv.Itoa(year) + day
	default:
		return 0, false
	}
	return incident.ParseNumber("INC-" + day + "-" + count)
}
