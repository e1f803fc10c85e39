package storagetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"matoi/storage"
)

func rosterCopies(t *testing.T, h *house) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	first := storage.RosterCopy{Source: "payments", Origin: "1", Body: []byte("BEGIN:VCALENDAR\x00\xff"), ETag: `"x"`, Modified: "Sun, 22 Nov 2026 09:00:00 GMT", FetchedAt: at}
	failed := first
	failed.Error = "the server answered 502"
	never := storage.RosterCopy{Source: "network", Origin: "2", Body: []byte{}, Error: "away"}
	for _, c := range []storage.RosterCopy{first, never, failed} {
		if err := h.SaveRosterCopy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	older := first
	older.FetchedAt, older.Body = at.Add(-time.Minute), []byte("older")
	if err := h.SaveRosterCopy(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	check := func(want ...storage.RosterCopy) {
		t.Helper()
		got, err := h.RosterCopies(t.Context())
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v, -want +have:\n%s", err, diff)
		}
	}
	check(never, failed)
	older.Origin = "3" // another source is never older
	if err := h.SaveRosterCopy(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	check(never, older)
}
