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

// compareBeside looks at the rows that open an incident to people and rooms, and by which it is found. Of an older fold only
// who may see it, which is the same in every one.
func compareBeside(ctx context.Context, q querier, i *incident.Incident, events []incident.Event, folded int64, broken func(string, ...any) (*incident.Broken, error)) (*incident.Broken, error) {
	for _, b := range besides(i, events) {
		if folded != incident.FoldVersion && b.table != "insider" {
			continue
		}
		have, err := all(ctx, q, b.query, []any{int64(i.Number)}, one[string])
		if err != nil {
			return nil, err
		}
		want := distinct(b.want)
		if have = distinct(have); slices.Equal(have, want) {
			continue
		}
		if b.table == "token" { // words of a title are not for whoever reads a report
			return broken("words")
		}
		for _, v := range have {
			if _, found := slices.BinarySearch(want, v); !found {
				return broken("row_more", "Table", b.table, "Value", v)
			}
		}
		return broken("row_missing", "Table", b.table)
	}
	return compareRooms(ctx, q, i, broken)
}

// compareRooms lets a room be missing only where another incident was given the place.
func compareRooms(ctx context.Context, q querier, i *incident.Incident, broken func(string, ...any) (*incident.Broken, error)) (*incident.Broken, error) {
	type place struct{ realm, room, thread string }
	rooms, err := all(ctx, q, `SELECT realm, room, thread FROM room WHERE number = $1`, []any{int64(i.Number)}, func(r *sql.Rows) (at place, err error) {
		return at, r.Scan(&at.realm, &at.room, &at.thread)
	})
	if err != nil {
		return nil, err
	}
	for _, r := range i.Rooms {
		at := place{r.Realm, r.ID, r.Thread}
		if k := slices.Index(rooms, at); k >= 0 {
			rooms = slices.Delete(rooms, k, k+1)
			continue
		}
		others, err := givenTo(ctx, q, i.Number, r)
		if err != nil {
			return nil, err
		}
		if !others {
			return broken("room_missing", "Realm", r.Realm, "Room", r.ID)
		}
	}
	for _, at := range rooms {
		return broken("room_more", "Realm", at.realm, "Room", at.room)
	}
	return nil, nil
}

// givenTo reports whether another incident ever was worked in a room. It reads the openings of all rooms, which is rarely
// needed.
func givenTo(ctx context.Context, q querier, n incident.Number, room incident.Room) (bool, error) {
	opened, err := all(ctx, q, `SELECT body FROM entry WHERE kind = 'room_opened' AND number <> $1`, []any{int64(n)}, one[[]byte])
	for _, body := range opened {
		var e incident.Event
		if incident.Decode(&e, "room_opened", body) != nil {
			continue // its own incident shows it
		}
		if f, ok := e.Fact.(*incident.RoomOpened); ok && f.Room.Realm == room.Realm && f.Room.ID == room.ID && f.Room.Thread == room.Thread {
			return true, err
		}
	}
	return false, err
}
