package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/bot/alert"
)

func beats(t *testing.T, h *house) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 1000, time.UTC)
	a, b := alert.Beat{Name: "backup", Last: at}, alert.Beat{Name: "am", Last: at, State: alert.Silent, Since: at.Add(time.Hour)}
	check := func(what string, got []alert.Beat, err error, want ...alert.Beat) {
		t.Helper()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, -want +have:\n%s", what, err, diff)
		}
	}
	must(t, h.WorkOff(ctx(t), nil, func(ctx context.Context, _ []int64, w alert.Work) error {
		none, err := w.Beats(ctx)
		check("at first", none, err)
		must(t, w.SaveBeats(ctx, []alert.Beat{a, b}))
		a.State, a.Since = alert.Failed, at
		must(t, w.SaveBeats(ctx, []alert.Beat{a}))
		inside, err := w.Beats(ctx)
		check("in the transaction", inside, err, b, a)
		return w.SaveBeats(ctx, nil)
	}))
	got, err := h.Beats(ctx(t))
	check("after it", got, err, b, a)
	gone := errors.New("no")
	err = h.WorkOff(ctx(t), nil, func(ctx context.Context, _ []int64, w alert.Work) error {
		must(t, w.SaveBeats(ctx, []alert.Beat{{Name: "backup"}}))
		return gone
	})
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	got, err = h.Beats(ctx(t))
	check("after one that was rolled back", got, err, b, a)
}
