package storage

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

// firstOnly makes a folder with a database that only the first migration has seen, holding what stands in the tables of
// another one.
func firstOnly(t *testing.T, from string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	db, err := sql.Open("sqlite", dsn(filepath.Join(folder, sqliteFile), "journal_mode(WAL)", "foreign_keys(0)"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	p, err := sqliteDialect.provider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	do := func(query string) {
		t.Helper()
		if _, err := db.Exec(query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	do(`ATTACH DATABASE '` + filepath.Join(from, sqliteFile) + `' AS source`)
	tables, err := all(t.Context(), db, `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`, nil, one[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		columns, err := all(t.Context(), db, `SELECT name FROM pragma_table_info($1, 'main')`, []any{table}, one[string])
		if err != nil {
			t.Fatal(err)
		}
		names := strings.Join(columns, ", ")
		do(`INSERT INTO main.` + table + ` (` + names + `) SELECT ` + names + ` FROM source.` + table)
	}
	do(`DELETE FROM counter WHERE day < -4`)
	do(`UPDATE incident SET fold_version = 2`)
	return folder
}

func TestADatabaseThatOnlyTheFirstMigrationMadeIsFilledIn(t *testing.T) {
	was := t.TempDir()
	s, err := Open(t.Context(), Options{Path: was})
	if err != nil {
		t.Fatal(err)
	}
	n := opened(t, s)
	if _, err := s.SaveChannel(t.Context(), console.Channel{ID: "general"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddMessage(t.Context(), console.Message{Channel: "general", Author: "p1", Text: "再起動したが改善せず", At: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	want, err := s.Find(t.Context(), incident.Filter{Mine: "p1"})
	if err != nil || len(want) != 1 || want[0].DueKind == "" {
		t.Fatalf("%+v %v", want, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), Options{Path: firstOnly(t, was)}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	<-s.Renewed()
	rows, err := s.Find(t.Context(), incident.Filter{Mine: "p1"})
	if err != nil || len(rows) != 1 || rows[0].Number != n || rows[0].DueKind != want[0].DueKind {
		t.Errorf("found %+v %v, want %+v", rows, err, want)
	}
	found, err := s.Search(t.Context(), console.Query{Text: "再起動", Limit: 5})
	if err != nil || len(found) != 1 {
		t.Errorf("searched: %+v %v", found, err)
	}
	if b, err := s.Verify(t.Context(), nil); b != nil || err != nil {
		t.Errorf("verify: %v %v", b, err)
	}
}

func TestABrokenRecordIsNotRenewedOver(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	n := opened(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, sqliteFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{`UPDATE incident SET fold_version = 2, title = 'as it was'`, `UPDATE entry SET digest = hash WHERE seq = 1`} {
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), Options{Path: dir}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	<-s.Renewed()
	rows, err := s.Find(t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}})
	if err != nil || len(rows) != 1 || rows[0].Title != "as it was" {
		t.Errorf("the row became %+v %v", rows, err)
	}
	if b, err := s.Verify(t.Context(), nil); err != nil || b == nil || b.Number != n {
		t.Errorf("verify: %v %v", b, err)
	}
}

// Who works on an incident before its turn to be renewed writes all that an older Matoi left out: nobody would come after.
func TestAChangeOfAnOlderRowLeavesNothingForTheRenewal(t *testing.T) {
	for name, cmd := range map[string]incident.Command{"with a fact": incident.Note{Sort: "note", Text: "x"}, "without one": incident.Tick{}} {
		s, err := Open(t.Context(), Options{Path: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		n := opened(t, s)
		d := incident.Desk{Store: s, Policy: func() incident.Policy { return incident.DefaultPolicy(s.zone) }, Now: s.now}
		pinned := incident.Note{Sort: "note", Text: "log", Message: &incident.Message{
			Place: incident.Place{Realm: "console", Room: "general", Message: "1"}, Files: []incident.File{{Name: "a.log", Link: "/files/00112233445566778899aabbccddeeff/a.log"}},
		}}
		if _, err := d.Do(t.Context(), n, pinned, incident.By{Person: "p1"}, incident.Cause{}); err != nil {
			t.Fatal(err)
		}
		err = s.write(t.Context(), false, func(tx *tx) error {
			tx.s.folds.touch(n) // an older Matoi wrote it, and this one has not read it yet
			for _, query := range []string{`DELETE FROM part`, `DELETE FROM exhibit`, `UPDATE incident SET fold_version = 1`} {
				if _, err := tx.exec(query); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Do(t.Context(), n, cmd, incident.By{Person: "p1"}, incident.Cause{}); err != nil {
			t.Fatal(err)
		}
		broken, err := s.Verify(t.Context(), func(incident.Number) {})
		if broken != nil || err != nil {
			t.Errorf("%s: %v %v", name, broken, err)
		}
	}
}
