package storage

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// away is a Storage whose PostgreSQL does not answer.
func away(t *testing.T) *Storage {
	t.Helper()
	db, err := sql.Open("sqlite", "file:away?mode=memory")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := fresh(Options{})
	s.d, s.db, s.read, s.reader = postgresDialect, db, db, db
	s.writer = startWriter(s, &poolSession{ctx: context.Background(), db: db})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestWithoutItsDatabaseTheWriterAnswersWithAnErrorAndLivesOn(t *testing.T) {
	s := away(t)
	for range 3 {
		if _, err := s.PutRaw(t.Context(), alert.Raw{Source: "am", Body: []byte("x")}); err == nil {
			t.Error("a request was taken in without a database")
		}
		if err := s.write(t.Context(), true, func(*tx) error { return nil }); err == nil {
			t.Error("a job was done without a database")
		}
	}
}

func TestWhatCouldNotBeClaimedIsNotHandedOut(t *testing.T) {
	s := openHere(t)
	opened(t, s)
	p := spyOn(s)
	p.fail = func(what string) error {
		if what == "commit" {
			return errors.New("the disk is full")
		}
		return nil
	}
	got, err := s.Claim(t.Context(), time.Now().Add(time.Second), time.Minute, 10)
	if err == nil || len(got) != 0 {
		t.Errorf("claimed %d deliveries with error %v; without the commit another one may hold them", len(got), err)
	}
}

func TestWhatIsTheDatabasesTroubleIsToldApartFromMistakes(t *testing.T) {
	for _, err := range []error{ErrFull, ErrCorrupt, ErrGone, sql.ErrConnDone} {
		got := sqliteDialect.mapped(err)
		if !errors.Is(got, incident.ErrUnavailable) || !errors.Is(got, err) || got.Error() != err.Error() {
			t.Errorf("%v became %v", err, got)
		}
	}
	for _, err := range []error{incident.ErrConflict, incident.ErrNotFound, context.DeadlineExceeded, incident.Refuse("no"), errors.New("a bug")} {
		if got := sqliteDialect.mapped(err); errors.Is(got, incident.ErrUnavailable) || !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestABackupIsReadByItsOwnNameAlsoWhereNothingCanBeWritten(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	opened(t, s)
	copied := filepath.Join(t.TempDir(), "monday.db")
	if err := errors.Join(s.Backup(t.Context(), copied), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o500), os.Chmod(filepath.Join(dir, sqliteFile), 0o400)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700) //nolint:errcheck // for the clean-up
	for _, place := range []string{copied, dir} {
		r, err := OpenReadOnly(t.Context(), place)
		if err != nil {
			t.Errorf("%s: %v", place, err)
			continue
		}
		found := 0
		if b, err := r.Verify(t.Context(), func(incident.Number) { found++ }); b != nil || err != nil || found != 1 {
			t.Errorf("%s: %v %v, %d incidents", place, b, err, found)
		}
		_ = r.Close()
	}
}

func TestAPostgresThatSaysNothingIsNotWaitedForForEver(t *testing.T) {
	for address, want := range map[string]time.Duration{
		"postgres://matoi@127.0.0.1/matoi":                   10 * time.Second,
		"postgres://matoi@127.0.0.1/matoi?connect_timeout=3": 3 * time.Second,
	} {
		if c, err := postgresConfig(address); err != nil || c.ConnectTimeout != want {
			t.Errorf("%s: %v %v, want %v", address, c.ConnectTimeout, err, want)
		}
	}
}
