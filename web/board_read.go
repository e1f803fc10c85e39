package web

import (
	"context"
	"reflect"
	"slices"

	"matoi/incident"
)

// changedRows is a store that knows which incidents changed.
type changedRows interface {
	// Changed lists those that did after a moment that it gave before; known is false where that can't be told.
	Changed(since int64) (numbers []incident.Number, now int64, known bool)
	// Rows reads the rows of incidents; those that there are not are missing.
	Rows(ctx context.Context, numbers []incident.Number) ([]incident.Row, error)
}

// mostAnew is of how many incidents the rows are read one by one; where more changed, all are read.
const mostAnew = 500

// sight gives what there is now: was where nothing differs. With thousands of incidents open reading them all takes a tenth of a
// second, and in a storm there is a change all the time; so only what changed is read where the store knows it.
func (b *boardRows) sight(ctx context.Context, was *sight) (*sight, error) {
	var numbers []incident.Number
	upto, known := int64(0), false
	if b.some != nil {
		numbers, upto, known = b.some.Changed(b.upto)
	}
	var s *sight
	var err error
	if known && was != nil && was.whole && len(numbers) <= mostAnew {
		s, err = b.anew(ctx, was, numbers)
	}
	if s == nil && err == nil {
		s, err = b.everything(ctx, was)
	}
	if err == nil {
		b.upto = upto
	}
	return s, err
}

// everything reads all rows.
func (b *boardRows) everything(ctx context.Context, was *sight) (*sight, error) {
	rows, err := b.find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Statuses: unfinished(), Limit: mostRead + 1})
	if err != nil {
		return nil, err
	}
	whole := len(rows) <= mostRead
	if !whole {
		rows = rows[:mostRead]
	}
	slices.SortStableFunc(rows, urgent)
	if was != nil && slices.EqualFunc(was.rows, rows, func(a, b incident.Row) bool { return a.Number == b.Number && a.Version == b.Version }) {
		return was, nil
	}
	return newSight(rows, whole), nil
}

// anew reads the rows of some incidents and puts them in the places of the former ones; nil where there are too many now.
func (b *boardRows) anew(ctx context.Context, was *sight, numbers []incident.Number) (*sight, error) {
	if len(numbers) == 0 {
		return was, nil
	}
	read, err := b.some.Rows(ctx, numbers)
	if err != nil {
		return nil, err
	}
	read = slices.DeleteFunc(read, overRow)
	slices.SortFunc(read, urgent)
	changed := make(map[incident.Number]bool, len(numbers))
	for _, n := range numbers {
		changed[n] = true
	}
	kept, gone := make([]incident.Row, 0, len(was.rows)), make([]incident.Row, 0, len(numbers))
	from := 0
	for k := range was.rows { // by index: a row is large
		if changed[was.rows[k].Number] {
			kept, gone = append(kept, was.rows[from:k]...), append(gone, was.rows[k])
			from = k + 1
		}
	}
	kept = append(kept, was.rows[from:]...)
	if reflect.DeepEqual(gone, read) { // both by urgency
		return was, nil
	}
	if len(kept)+len(read) > mostRead {
		return nil, nil
	}
	return newSight(merged(kept, read), true), nil
}

// merged puts a few rows between many, both by urgency.
func merged(many, few []incident.Row) []incident.Row {
	out, from := make([]incident.Row, 0, len(many)+len(few)), 0
	for _, r := range few {
		at, _ := slices.BinarySearchFunc(many, r, urgent)
		out, from = append(append(out, many[from:at]...), r), at
	}
	return append(out, many[from:]...)
}

func anyPrivate(rows []incident.Row) bool {
	for k := range rows {
		if rows[k].Private {
			return true
		}
	}
	return false
}

func newSight(rows []incident.Row, whole bool) *sight {
	return &sight{
		rows: rows, whole: whole, hidden: anyPrivate(rows),
		seen: map[incident.PersonID]map[incident.Number]bool{}, found: map[string]map[incident.Number]bool{}, views: map[string]*boardView{},
	}
}
