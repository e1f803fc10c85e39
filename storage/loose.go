package storage

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"matoi/bot/alert"
)

// mostLooked is how many alerts one look for some of them reads. Sources share it, so that one with very many hides nothing of others.
const mostLooked = 100_000

// SQLite takes a column for known, and reads no row for it, where the index says it as these do: latest = TRUE, not latest alone.
// ownedNames gives every occurrence: its index tells them sooner than the rows would tell the latest.
const (
	looseSources = `SELECT source, count(*) FROM alert WHERE number = 0 AND latest = TRUE GROUP BY source ORDER BY source`
	looseNames   = `SELECT source, key FROM alert WHERE number = 0 AND latest = TRUE`
	ownedNames   = `SELECT source, key FROM alert WHERE number > 0`
	looseNewest  = `SELECT key, first_seen FROM alert WHERE source = $1 AND number = 0 AND latest = TRUE ORDER BY first_seen DESC, key DESC LIMIT $2`
	looseBrief   = `SELECT source, key, first_seen, status, count, last_seen, title, service, host, severity, link, outcome, rule, reason, due FROM alert
		WHERE source = $1 AND number = 0 AND latest = TRUE ORDER BY first_seen DESC, key DESC LIMIT $2`
)

// looseSource is a source with how many of its alerts wait.
type looseSource struct {
	name    string
	waiting int
}

// LooseAlerts finds alerts that opened nothing, the newest first. Each counts once, by its latest row.
func (s *Storage) LooseAlerts(ctx context.Context, ask alert.LooseAsk) (out alert.LooseFound, err error) {
	sources, err := all(ctx, s.reader, looseSources, nil, func(r *sql.Rows) (l looseSource, err error) { return l, r.Scan(&l.name, &l.waiting) })
	if err != nil {
		return out, s.wrap(err, "count the alerts that opened nothing")
	}
	for _, l := range sources {
		out.Waiting += l.waiting
		out.Sources = append(out.Sources, l.name)
	}
	if ask.From != nil {
		sources = slices.DeleteFunc(sources, func(l looseSource) bool { return !ask.From(l.name) })
	}
	slices.SortStableFunc(sources, func(a, b looseSource) int { return cmp.Compare(a.waiting, b.waiting) })
	var names []occurrence
	for k, budget := 0, mostLooked; k < len(sources); k++ {
		source := sources[k]
		looked := min(source.waiting, budget/(len(sources)-k))
		found, n, err := s.looseOf(ctx, source.name, ask, looked)
		if err != nil {
			return out, s.wrap(err, "alerts of %s that opened nothing", source.name)
		}
		names = append(names, found...)
		switch {
		case ask.Lets == nil:
			out.Found += source.waiting
		default:
			budget -= looked
			out.Found += n
			out.More = out.More || looked < source.waiting
		}
	}
	slices.SortStableFunc(names, func(a, b occurrence) int {
		return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.source, a.source), cmp.Compare(b.key, a.key))
	})
	out.Rows, err = s.rowsOf(ctx, names[:min(len(names), max(ask.Limit, 0))])
	return out, s.wrap(err, "alerts that opened nothing")
}

// looseOf names the newest alerts of a source that are asked for, and counts those among the newest that it looks through.
func (s *Storage) looseOf(ctx context.Context, source string, ask alert.LooseAsk, looked int) (names []occurrence, n int, err error) {
	if ask.Lets == nil {
		names, err = all(ctx, s.reader, looseNewest, []any{source, ask.Limit}, func(r *sql.Rows) (occurrence, error) {
			o := occurrence{source: source}
			return o, r.Scan(&o.key, &o.first)
		})
		return names, 0, err
	}
	_, err = all(ctx, s.reader, looseBrief, []any{source, looked}, func(r *sql.Rows) (none struct{}, err error) {
		var a alert.Row
		var first, last, due int64
		if err := r.Scan(&a.Source, &a.Key, &first, &a.Status, &a.Count, &last, &a.Title, &a.Service, &a.Host, &a.Severity, &a.Link, &a.Outcome, &a.Rule, &a.Reason, &due); err != nil {
			return none, err
		}
		a.FirstSeen, a.LastSeen, a.Due = instant(first), instant(last), instant(due)
		if ask.Lets(a) {
			if n++; n <= ask.Limit {
				names = append(names, occurrence{source: source, key: a.Key, first: first})
			}
		}
		return none, nil
	})
	return names, n, err
}

// rowsOf reads the latest rows of those, in their order; what an incident has meanwhile is left out.
func (s *Storage) rowsOf(ctx context.Context, names []occurrence) (out []alert.Row, err error) {
	keys := map[string][]string{}
	for _, o := range names {
		keys[o.source] = append(keys[o.source], o.key)
	}
	read := make(map[alertKey]alert.Row, len(names))
	for source, own := range keys {
		for chunk := range slices.Chunk(own, mostKeys) {
			a := args{source}
			query := `SELECT ` + alertColumns + ` FROM alert WHERE source = $1 AND latest AND number = 0 AND key IN (` + list(&a, padded(chunk)) + `)`
			rows, err := all(ctx, s.reader, query, a, scanAlert)
			if err != nil {
				return nil, err
			}
			for _, r := range rows {
				read[alertKey{r.Source, r.Key}] = r
			}
		}
	}
	for _, o := range names {
		if r, is := read[alertKey{o.source, o.key}]; is {
			out = append(out, r)
		}
	}
	return out, nil
}
