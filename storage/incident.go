package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"matoi/incident"
	"matoi/incident/knowledge"
)

// Load reads an incident as it is now; incident.ErrNotFound for an unknown number. Who may see it is for the caller to
// ask (incident.MaySee).
func (s *Storage) Load(ctx context.Context, n incident.Number) (*incident.Incident, error) {
	if kept, sure := s.folds.settled(n); sure {
		return kept.incident, nil
	}
	i, err := load(s.briefly(ctx), s.reader, &s.folds, n)
	return i, s.wrap(err, "load %s", n)
}

// load reads the fold, or folds anew where a former FoldVersion wrote it.
func load(ctx context.Context, q querier, f *folds, n incident.Number) (*incident.Incident, error) {
	var version int
	var state string
	err := row(ctx, q, `SELECT fold_version, state FROM incident WHERE number = $1`, []any{int64(n)}, &version, &state)
	if err != nil {
		return nil, err
	}
	if version != incident.FoldVersion {
		return refold(ctx, q, n, 0)
	}
	i, err := f.decode(n, state)
	if err != nil {
		return nil, fmt.Errorf("decode the state: %w", err)
	}
	return i, nil
}

// refold folds the entries up to last (0: all).
func refold(ctx context.Context, q querier, n incident.Number, last int64) (*incident.Incident, error) {
	events, err := entries(ctx, q, n, 0, last, 0)
	if err != nil {
		return nil, err
	}
	return incident.Fold(n, events), nil
}

// Timeline reads the entries behind seq after, at most limit (0: 200), oldest first.
func (s *Storage) Timeline(ctx context.Context, n incident.Number, after int64, limit int) ([]incident.Event, error) {
	if limit <= 0 {
		limit = 200
	}
	events, err := entries(ctx, s.reader, n, after, 0, limit)
	return events, s.wrap(err, "timeline of %s", n)
}

// entries reads the entries after < seq <= last (0: all), at most limit (0: all).
func entries(ctx context.Context, q querier, n incident.Number, after, last int64, limit int) ([]incident.Event, error) {
	query := `SELECT seq, kind, at, body, salt, digest, hash FROM entry WHERE number = $1 AND seq > $2`
	a := args{int64(n), after}
	if last > 0 {
		query += ` AND seq <= ` + a.add(last)
	}
	query += ` ORDER BY seq`
	if limit > 0 {
		query += atMost + a.add(limit)
	}
	return all(ctx, q, query, a, func(r *sql.Rows) (e incident.Event, err error) {
		var at int64
		var kind string
		var body []byte
		e.Number = n
		if err := r.Scan(&e.Seq, &kind, &at, &body, &e.Salt, &e.Digest, &e.Hash); err != nil {
			return e, err
		}
		e.At = instant(at)
		return e, incident.Decode(&e, kind, body)
	})
}

const rowColumns = `incident.number, title, status, priority, provisional, incident.private, category, services, manager, assignee,
	opened, changed, target_due, firing, version, due_kind, acting, holders`

func scanRow(r *sql.Rows) (incident.Row, error) {
	var i incident.Row
	var services, holders string
	var opened, changed, due int64
	err := r.Scan((*int64)(&i.Number), &i.Title, &i.Status, &i.Priority, &i.Provisional, &i.Private, &i.Category, &services,
		&i.Manager, &i.Assignee, &opened, &changed, &due, &i.Firing, &i.Version, &i.DueKind, &i.Acting, &holders)
	if err != nil {
		return i, err
	}
	i.Opened, i.Changed, i.Due = instant(opened), instant(changed), instant(due)
	return i, errors.Join(readJSON(services, &i.Services), readJSON(holders, &i.Holders))
}

// Find lists incidents that the viewer may see, newest first.
func (s *Storage) Find(ctx context.Context, f incident.Filter) ([]incident.Row, error) {
	var a args
	where := visible(&a, f.Viewer)
	if len(f.Statuses) > 0 {
		where += ` AND ` + having(&a, f.Statuses)
	}
	if f.Open {
		where += ` AND open`
	}
	if f.Priority != 0 {
		where += ` AND priority = ` + a.add(int64(f.Priority))
	}
	if f.Category != "" {
		where += ` AND category = ` + a.add(f.Category)
	}
	if f.Private {
		where += ` AND incident.private`
	}
	if !f.Overdue.IsZero() {
		where += ` AND target_due > 0 AND target_due < ` + a.add(micro(f.Overdue))
	}
	if f.Vacant != "" {
		where += ` AND NOT EXISTS (SELECT 1 FROM part WHERE part.number = incident.number AND part.role = ` + a.add(string(f.Vacant)) + `)`
	}
	if f.Mine != "" {
		part := ` AND incident.number IN (SELECT part.number FROM part WHERE part.person = ` + a.add(string(f.Mine))
		if f.As != "" {
			part += ` AND part.role = ` + a.add(string(f.As))
		}
		where += part + `)`
	}
	if f.Before != 0 {
		where += ` AND incident.number < ` + a.add(int64(f.Before))
	}
	terms := f.Text[:min(len(f.Text), askedTokens)]
	if f.Service != "" {
		terms = append(slices.Clone(terms), knowledge.Exactly(serviceToken(f.Service))...)
	}
	for _, term := range terms {
		where += ` AND incident.number IN (SELECT number FROM token WHERE ` + matching(&a, "token", term) + `)`
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	query := `SELECT ` + rowColumns + ` FROM incident WHERE ` + where + ` ORDER BY incident.number DESC LIMIT ` + a.add(limit)
	q := s.reader
	if len(terms) > 0 {
		q = s.read // the texts of searches vary: they are not worth keeping
	}
	found, err := all(ctx, q, query, a, scanRow)
	return found, s.wrap(err, "find incidents")
}

// Alike lists open incidents whose title or services share at least a quarter of the tokens, the most alike first.
func (s *Storage) Alike(ctx context.Context, tokens []string, v incident.Viewer, limit int) ([]incident.Row, error) {
	tokens = tokens[:min(len(tokens), askedTokens)]
	if len(tokens) == 0 {
		return nil, nil
	}
	var a args
	query := `SELECT ` + rowColumns + ` FROM incident JOIN (
			SELECT token.number AS number, count(*) AS shared FROM token WHERE token.strong AND token.token IN (` + list(&a, tokens) + `)
			GROUP BY token.number HAVING count(*) * 4 >= ` + a.add(len(tokens)) + `
		) alike ON alike.number = incident.number
		WHERE open AND ` + visible(&a, v) + ` ORDER BY alike.shared DESC, incident.number DESC LIMIT ` + a.add(max(limit, 1))
	found, err := all(ctx, s.read, query, a, scanRow)
	return found, s.wrap(err, "find incidents alike")
}

// InRoom finds the incident worked in a place, 0 if there is none. A thread in an incident's own room belongs to it too.
func (s *Storage) InRoom(ctx context.Context, p incident.Place) (incident.Number, error) {
	numbers, err := all(s.briefly(ctx), s.reader,
		`SELECT number FROM room WHERE realm = $1 AND room = $2 AND thread IN ($3, '') ORDER BY thread = '' LIMIT 1`,
		[]any{p.Realm, p.Room, p.Thread}, one[int64])
	if err != nil || len(numbers) == 0 {
		return 0, s.wrap(err, "find the incident of a room")
	}
	return incident.Number(numbers[0]), nil
}

// Stale lists incidents whose due_at was set by another version of the policy and may be wrong under this one.
func (s *Storage) Stale(ctx context.Context, policy string, limit int) ([]incident.Number, error) {
	numbers, err := numbersOf(all(ctx, s.reader, `SELECT number FROM incident WHERE due_at > 0 AND due_policy <> $1
		UNION SELECT number FROM incident WHERE open AND due_policy <> $1 ORDER BY number LIMIT $2`, []any{policy, limit}, one[int64]))
	return numbers, s.wrap(err, "find deadlines of another policy")
}

func numbersOf(raw []int64, err error) ([]incident.Number, error) {
	out := make([]incident.Number, len(raw))
	for k, n := range raw {
		out[k] = incident.Number(n)
	}
	return out, err
}

func asStrings[T ~string](in []T) []string {
	out := make([]string, len(in))
	for k, v := range in {
		out[k] = string(v)
	}
	return out
}

// column is one column of the table incident with its value.
type column struct {
	name  string
	value any
}

// columns are the row of an incident but for the clock's two (due_at, due_policy): Change writes them, Verify compares.
func columns(i *incident.Incident) ([]column, error) {
	r := i.AsRow()
	services, err := jsonText(r.Services, len(r.Services))
	if err != nil {
		return nil, err
	}
	holders, err := jsonText(r.Holders, len(r.Holders))
	if err != nil {
		return nil, err
	}
	state, err := json.Marshal(i)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", i.Number, err)
	}
	return []column{
		{"number", int64(i.Number)},
		{"version", i.Version},
		{"title", r.Title},
		{"status", string(r.Status)},
		{"priority", int64(r.Priority)},
		{"provisional", r.Provisional},
		{"private", r.Private},
		{"open", i.Open()},
		{"category", r.Category},
		{"services", services},
		{"manager", string(r.Manager)},
		{"assignee", string(r.Assignee)},
		{"opened", micro(r.Opened)},
		{"changed", micro(r.Changed)},
		{"closed", micro(i.Closed)},
		{"target_due", micro(r.Due)},
		{"firing", r.Firing},
		{"alert_source", i.Alerts.Source},
		{"alert_group", i.Alerts.Group},
		{"alert_storm", i.Alerts.Storm},
		{"head", i.Head},
		{"fold_version", int64(incident.FoldVersion)},
		{"state", string(state)},
		{"due_kind", string(r.DueKind)},
		{"acting", r.Acting},
		{"holders", holders},
	}, nil
}

// incidentTexts are the statements that write columns; their order is that of columns, due_at and due_policy last. An update
// names the number behind them.
var incidentTexts = sync.OnceValues(func() (insert, update string) {
	cs, _ := columns(&incident.Incident{}) // never fails: an empty incident has a JSON form
	names, sets := "", ""
	for k, c := range append(cs, column{"due_at", 0}, column{"due_policy", ""}) {
		if k > 0 {
			names += ", "
		}
		names += c.name
		if k > 0 {
			if k > 1 {
				sets += ", "
			}
			sets += c.name + " = $" + strconv.Itoa(k)
		}
	}
	n := len(cs) + 2
	insert = `INSERT INTO incident (` + names + `) VALUES ` + values(1, n)
	return insert, `UPDATE incident SET ` + sets + ` WHERE number = $` + strconv.Itoa(n) + ` AND version = $` + strconv.Itoa(n+1)
})
