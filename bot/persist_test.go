package bot

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

func TestAnOutcomeIsWrittenOnceTheDatabaseIsBack(t *testing.T) {
	for _, x := range []struct {
		name  string
		away  time.Duration
		other error // instead of the database's trouble
		want  error
	}{
		{"at once", 0, nil, nil},
		{"back in time", 20 * time.Second, nil, nil},
		{"longer than the lease", time.Hour, nil, incident.ErrUnavailable},
		{"what is no trouble of the database", time.Hour, incident.ErrConflict, incident.ErrConflict},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, writes := time.Now(), 0
				err := (&Pump{}).persist(t.Context(), func(context.Context) error {
					writes++
					switch {
					case time.Since(began) >= x.away:
						return nil
					case x.other != nil:
						return x.other
					}
					return incident.ErrUnavailable
				})
				if !errors.Is(err, x.want) || time.Since(began) > lease-callTime || writes > 60 {
					t.Errorf("%v after %s and %d writes, want %v before the lease ends", err, time.Since(began), writes, x.want)
				}
			})
		})
	}
}

func TestTheEndOfTheProcessEndsTheKeepingToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		err := (&Pump{}).persist(ctx, func(ctx context.Context) error { return errors.Join(ctx.Err(), incident.ErrUnavailable) })
		if !errors.Is(err, incident.ErrUnavailable) || errors.Is(err, context.Canceled) || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
