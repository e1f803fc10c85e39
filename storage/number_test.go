package storage

import (
	"errors"
	"testing"
	"time"

	"matoi/bot/alert"
)

func TestIdsOfRequestsGrowOverTransactionsThatFailAndOverAStart(t *testing.T) {
	o := Options{Path: t.TempDir()}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	put := func() int64 {
		t.Helper()
		id, err := s.PutRaw(t.Context(), alert.Raw{Source: "am", Received: time.Now(), Body: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	counter := func() (n int64) {
		t.Helper()
		if err := row(t.Context(), s.reader, `SELECT n FROM counter WHERE day = $1`, []any{counterRaw}, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	first, second := put(), put()
	if second != first+1 || counter() != idsAtOnce {
		t.Errorf("%d behind %d, and the counter at %d", second, first, counter())
	}
	failed := errors.New("failed")
	if err := s.writeAlone(t.Context(), func(*tx) error { return failed }); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if third := put(); third <= second || counter() < third {
		t.Errorf("%d behind %d after a failure, and the counter at %d", third, second, counter())
	}
	last := put()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if again := put(); again <= last {
		t.Errorf("%d behind %d after a start", again, last)
	}
}
