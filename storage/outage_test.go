package storage

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"matoi/bot/alert"
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
