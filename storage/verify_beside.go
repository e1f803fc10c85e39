package storage

import (
	"context"
	"database/sql"
	"slices"

	"matoi/incident"
)

// beside is a table that keeps something of incidents for questions in SQL. query gives what it says of one, want is what
// the entries say.
type beside struct {
	table, query string
	want         []string
}

// besides are the tables of which every row must be there, and no other one.
func besides(i *incident.Incident, events []incident.Event) []beside {
	var insiders []string
	if i.Private {
		insiders = asStrings(i.Insiders())
	}
	var parts, exhibits []string
	for _, p := range i.Parts() {
		parts = append(parts, string(p.Role)+" "+string(p.Person))
	}
	for _, e := range events {
		exhibits = append(exhibits, uploadsOf(e.Files())...)
	}
	return []beside{
		{"insider", `SELECT person FROM insider WHERE number = $1`, insiders},
		{"part", `SELECT role || ' ' || person FROM part WHERE number = $1`, parts},
		{"exhibit", `SELECT upload FROM exhibit WHERE number = $1`, exhibits},
		{"token", `SELECT token FROM token WHERE number = $1 AND strong`, strongTokens(i)},
		{"token", `SELECT token FROM token WHERE number = $1 AND NOT strong`, weakTokens(i)},
	}
}

// compareBeside looks at the rows that open an incident to people and rooms, and by which it is found.
func compareBeside(ctx context.Context, q querier, n incident.Number, events []incident.Event, broken func(string, ...any) (*incident.Broken, error)) (*incident.Broken, error) {
	i := incident.Fold(n, events)
	for _, b := range besides(i, events) {
		have, err := all(ctx, q, b.query, []any{int64(n)}, one[string])
		if err != nil {
			return nil, err
		}
		want := distinct(b.want)
		if have = distinct(have); slices.Equal(have, want) {
			continue
		}
		if b.table == "token" { // words of a title are not for whoever reads a report
			return broken("the rows of token are not the words of its title, summary and services")
		}
		for _, v := range have {
			if _, found := slices.BinarySearch(want, v); !found {
				return broken("the rows of %s hold %q, the entries do not", b.table, v)
			}
		}
		return broken("the rows of %s lack something that the entries say", b.table)
	}
	return compareRooms(ctx, q, i, broken)
}

// compareRooms lets rooms be missing: another incident may have been given the place since.
func compareRooms(ctx context.Context, q querier, i *incident.Incident, broken func(string, ...any) (*incident.Broken, error)) (*incident.Broken, error) {
	rooms, err := all(ctx, q, `SELECT realm, room, thread FROM room WHERE number = $1`, []any{int64(i.Number)}, func(r *sql.Rows) (at incident.Room, err error) {
		return at, r.Scan(&at.Realm, &at.ID, &at.Thread)
	})
	if err != nil {
		return nil, err
	}
	for _, at := range rooms {
		if !slices.ContainsFunc(i.Rooms, func(r incident.Room) bool { return r.Realm == at.Realm && r.ID == at.ID && r.Thread == at.Thread }) {
			return broken("the rows give it the room %s %s, the entries do not", at.Realm, at.ID)
		}
	}
	return nil, nil
}
