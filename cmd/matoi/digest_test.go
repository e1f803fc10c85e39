package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/storage"
)

// reading is a store of digests: who reads theirs at which time, and which were made.
type reading struct {
	mu      sync.Mutex
	readers map[storage.DigestTime][]incident.PersonID
	now     func() time.Time
	had     map[string]bool
	made    []string // person, day, and when by the house's clock
	broken  int      // so often the database is away
}

func newReading(now func() time.Time, readers map[storage.DigestTime][]incident.PersonID) *reading {
	return &reading{readers: readers, now: now, had: map[string]bool{}}
}

func (r *reading) DigestTimes(context.Context) (out []storage.DigestTime, err error) {
	for at := range r.readers {
		out = append(out, at)
	}
	return out, nil
}

func (r *reading) DigestReaders(_ context.Context, at storage.DigestTime) ([]incident.PersonID, error) {
	return r.readers[at], nil
}

func (r *reading) MakeDigests(_ context.Context, day calendar.Date, realm string, people []incident.PersonID) (made int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken > 0 {
		r.broken--
		return 0, errors.New("the database is away")
	}
	for _, p := range people {
		key := fmt.Sprintf("%s %s", p, day)
		if r.had[key] {
			continue
		}
		r.had[key] = true
		made++
		r.made = append(r.made, key+" at "+r.now().UTC().Format("01-02 15:04"))
	}
	return made, nil
}

// told are the digests made since the last time it was asked, sorted.
func (r *reading) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Sorted(slices.Values(r.made))
	r.made = nil
	return strings.Join(out, ", ")
}

// mornings runs digests of a store in a bubble; the time there begins at 2000-01-01 00:00 UTC, a Saturday, which is 9:00 in Tokyo.
func mornings(t *testing.T, house string, readers map[storage.DigestTime][]incident.PersonID, story func(r *reading, m *Morning, clock *time.Duration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tokyo, err := time.LoadLocation("Asia/Tokyo")
		if err != nil {
			t.Fatal(err)
		}
		var set time.Duration // by how much the clock was set
		var mu sync.Mutex
		now := func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return time.Now().Add(set)
		}
		r := newReading(now, readers)
		m := &Morning{Store: r, At: func() string { return house }, Zone: tokyo, Realms: func() []string { return []string{"console"} }, Now: now, Log: slog.New(slog.DiscardHandler)}
		story(r, m, &set)
	})
}

// lives runs it for so long.
func lives(m *Morning, d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	_ = m.Run(ctx)
}

func sees(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestEachGetsTheirDigestAtNineOfTheirOwnZoneOnceADay(t *testing.T) {
	mornings(t, "09:00", map[storage.DigestTime][]incident.PersonID{
		{}:                                    {"tokyo"},
		{Zone: "Europe/London"}:               {"london"},
		{Zone: "America/Los_Angeles"}:         {"la"},
		{Zone: "Asia/Tokyo", Choice: "13:30"}: {"later"},
		{Choice: "off"}:                       {"nobody"},
		{Choice: "on"}:                        {"on"},
	}, func(r *reading, m *Morning, _ *time.Duration) {
		time.Sleep(time.Hour) //nolint:forbidigo // in a bubble
		lives(m, 24*time.Hour)
		sees(t, "a day", r.told(), "la 2000-01-01 at 01-01 17:00, later 2000-01-01 at 01-01 04:30, london 2000-01-01 at 01-01 09:00, "+
			"on 2000-01-01 at 01-01 01:00, on 2000-01-02 at 01-02 00:00, tokyo 2000-01-01 at 01-01 01:00, tokyo 2000-01-02 at 01-02 00:00")
	})
}

func TestAHouseThatSendsNoneSendsToThoseWhoAsked(t *testing.T) {
	mornings(t, "", map[storage.DigestTime][]incident.PersonID{{}: {"tokyo"}, {Choice: "on"}: {"on"}, {Choice: "10:00"}: {"own"}}, func(r *reading, m *Morning, _ *time.Duration) {
		lives(m, 23*time.Hour)
		sees(t, "a day", r.told(), "on 2000-01-01 at 01-01 00:00, own 2000-01-01 at 01-01 01:00")
	})
}

func TestADigestComesUpToThreeHoursLateAndThenNotAtAll(t *testing.T) {
	readers := map[storage.DigestTime][]incident.PersonID{{}: {"tokyo"}}
	for down, want := range map[time.Duration]string{
		90 * time.Minute: "tokyo 2000-01-01 at 01-01 01:30", 2*time.Hour + 59*time.Minute: "tokyo 2000-01-01 at 01-01 02:59", 3*time.Hour + time.Minute: "",
	} {
		mornings(t, "09:00", readers, func(r *reading, m *Morning, _ *time.Duration) {
			time.Sleep(down) //nolint:forbidigo // in a bubble
			lives(m, 5*time.Hour)
			sees(t, "down for "+down.String(), r.told(), want)
		})
	}
}

func TestHoweverOftenItIsStartedADigestIsMadeOnce(t *testing.T) {
	mornings(t, "09:00", map[storage.DigestTime][]incident.PersonID{{}: {"tokyo"}}, func(r *reading, m *Morning, _ *time.Duration) {
		for range 20 {
			again := &Morning{Store: m.Store, At: m.At, Zone: m.Zone, Realms: m.Realms, Now: m.Now, Log: m.Log}
			lives(again, 7*time.Minute)
		}
		sees(t, "twenty starts", r.told(), "tokyo 2000-01-01 at 01-01 00:00")
	})
}

func TestAClockThatIsSetMakesNoDigestTwiceAndLosesNone(t *testing.T) {
	mornings(t, "09:00", map[storage.DigestTime][]incident.PersonID{{}: {"tokyo"}}, func(r *reading, m *Morning, clock *time.Duration) {
		lives(m, time.Hour)
		sees(t, "at nine", r.told(), "tokyo 2000-01-01 at 01-01 00:00")
		*clock -= 2 * time.Hour
		lives(m, 4*time.Hour)
		sees(t, "nine again", r.told(), "")
		lives(m, 20*time.Hour+30*time.Minute) // it is half past eight in Tokyo minus what was set
		before := r.told()
		*clock += time.Hour
		lives(m, 2*time.Hour)
		if all := before + r.told(); strings.Count(all, "2000-01-02") != 1 {
			t.Errorf("over a leap forth: %q", all)
		}
	})
}

func TestTheMorningIsAtNineWhateverSummerTimeDoes(t *testing.T) {
	mornings(t, "09:00", map[storage.DigestTime][]incident.PersonID{{Zone: "Europe/London"}: {"london"}}, func(r *reading, m *Morning, _ *time.Duration) {
		time.Sleep(84*24*time.Hour + time.Hour) //nolint:forbidigo // until 25 March 2000; clocks go forward on the 26th
		lives(m, 3*24*time.Hour)
		sees(t, "in spring", r.told(), "london 2000-03-25 at 03-25 09:00, london 2000-03-26 at 03-26 08:00, london 2000-03-27 at 03-27 08:00")
	})
}

func TestADatabaseThatIsAwayAtNineMakesADigestLate(t *testing.T) {
	mornings(t, "09:00", map[storage.DigestTime][]incident.PersonID{{}: {"tokyo"}}, func(r *reading, m *Morning, _ *time.Duration) {
		r.broken = 5
		lives(m, time.Hour)
		sees(t, "after it is back", r.told(), "tokyo 2000-01-01 at 01-01 00:05")
	})
}
