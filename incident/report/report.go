package report

import (
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Source is what a report is made of.
type Source struct {
	Incident *incident.Incident
	Entries  []incident.Event // all of them, in order of Seq
	// Names gives the name of a person, or a word for somebody unknown or erased. Nil shows ids.
	Names func(incident.PersonID) string
	// Department gives the department of a person, "" when unknown. May be nil.
	Department func(incident.PersonID) string
	Zone       *time.Location  // of all times in the report; nil is UTC
	Policy     incident.Policy // words of the matrix and the categories
}

// Report is the finished document as a value. Its texts are plain, never markup.
type Report struct {
	Lang   lang.Lang
	Number incident.Number
	Title  string // what kind of document it is
	Draft  bool   // no version was ever issued
	Head   []Pair // subject, priority, status, version
	Items  []Item // the twelve, always all of them and in the same order

	course []row // the timeline with what only the CSV shows
	zone   *time.Location
}

// Item is one of the twelve. ID is stable and the same in all languages.
type Item struct {
	ID      string // number, date, author, occurred, restored, summary, scope, cause, timeline, workaround, measures, people
	Heading string
	Blocks  []Block
}

// Block is a part of an item: a label above it if it has one, then whatever is set.
type Block struct {
	Label  string
	Text   []string // each a paragraph of one line
	Pairs  []Pair
	Table  *Table
	Remark bool // speaks about the record rather than the incident; shown smaller
}

// Pair is a named value. The value may have several lines.
type Pair struct{ Name, Value string }

// Table has a head and rows of the same width. Cells may have several lines.
type Table struct {
	Head []string
	Rows [][]string
}

// Build makes the report as of now from what s holds. It never fails: what is not known is said to be unknown.
func Build(s Source, l lang.Lang, now time.Time) Report {
	b := newBuilder(s, l, now)
	return Report{
		Lang: l, Number: s.Incident.Number, Title: b.say("report.title", nil), Draft: s.Incident.Report.First.IsZero(),
		Head: b.head(),
		Items: []Item{
			{"number", b.say("report.item_number", nil), []Block{lines(s.Incident.Number.String())}},
			{"date", b.say("report.item_date", nil), b.date()},
			{"author", b.say("report.item_author", nil), b.author()},
			{"occurred", b.say("report.item_occurred", nil), b.occurred()},
			{"restored", b.say("report.item_restored", nil), b.restored()},
			{"summary", b.say("report.item_summary", nil), b.summary()},
			{"scope", b.say("report.item_scope", nil), b.scope()},
			{"cause", b.say("report.item_cause", nil), b.cause()},
			{"timeline", b.say("report.item_timeline", nil), b.timeline()},
			{"workaround", b.say("report.item_workaround", nil), b.workaround()},
			{"measures", b.say("report.item_measures", nil), b.measures()},
			{"people", b.say("report.item_people", nil), b.people()},
		},
		course: b.course, zone: b.Zone,
	}
}

// Item finds one of the twelve by its ID.
func (r Report) Item(id string) (Item, bool) {
	for _, i := range r.Items {
		if i.ID == id {
			return i, true
		}
	}
	return Item{}, false
}

func lines(text ...string) Block { return Block{Text: text} }

// add appends a named value, if there is one.
func add(pairs []Pair, name, value string) []Pair {
	if value == "" {
		return pairs
	}
	return append(pairs, Pair{name, value})
}
