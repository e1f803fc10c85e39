package alert_test

import (
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
)

// minutes lets so many pass, looking each.
func (h *house) minutes(n int) {
	h.t.Helper()
	for range n {
		h.later(time.Minute)
	}
}

// What counts a length of time is late by a minute at most where the clock was set back meanwhile, by little or by much; and what lay ahead
// when the process started is no later than its whole length.
func TestAClockThatWasSetBackMakesNothingLate(t *testing.T) {
	flaps := alert.Rule{Name: "all", Do: alert.Open, Priority: "P3"}
	for _, c := range []struct {
		name  string
		rule  alert.Rule
		begin func(h *house) // and two minutes pass
		rest  int            // minutes after which it is to be done
		whole int            // minutes of the whole length
		done  func(h *house) bool
	}{
		{
			"a wait", patient, func(h *house) { h.fire("disk full") }, 3, 5,
			func(h *house) bool { return len(h.incidents()) == 1 },
		},
		{
			"a wait that counts lapses", counting, func(h *house) { h.fire("disk full"); h.work(); h.fire("door open") }, 8, 10,
			func(h *house) bool { return h.says() == "wait_lapsed wait_lapsed" },
		},
		{
			"the rest of what flaps", flaps, func(h *house) {
				h.config.Flapping = alert.Damping{Times: 2, Within: 10 * time.Minute}
				h.fire("disk full")
				h.work()
				for range 3 {
					h.now = h.now.Add(time.Second)
					h.clear("disk full")
					h.now = h.now.Add(time.Second)
					h.fire("disk full")
					h.work()
				}
				if since, _ := h.rows(h.only().Number)[0].Flaps(); since.IsZero() {
					h.t.Error("it does not flap")
				}
			}, 8, 10,
			func(h *house) bool { since, _ := h.rows(h.only().Number)[0].Flaps(); return since.IsZero() },
		},
		{
			"a heartbeat",
			alert.Rule{Name: "none", Do: alert.Ignore, Source: "x"},
			func(h *house) {
				h.config.Heartbeats = []alert.Heartbeat{{Name: "job", Every: alert.Span(10 * time.Minute), Grace: alert.Span(5 * time.Minute)}}
				h.call("job", false)
			}, 13, 15,
			func(h *house) bool { return len(h.incidents()) == 1 },
		},
	} {
		for _, by := range []time.Duration{90 * time.Second, 4 * time.Minute, 3 * time.Hour, 400 * 24 * time.Hour} {
			for _, anew := range []bool{false, true} {
				if anew && by < 4*time.Minute { // nothing lies ahead then
					continue
				}
				t.Run(c.name+", by "+by.String()+map[bool]string{true: ", and a start"}[anew], func(t *testing.T) {
					h := newHouse(t, c.rule)
					c.begin(h)
					h.work()
					h.minutes(2)
					h.now = h.now.Add(-by)
					wait := c.rest
					if anew {
						h.restart()
						wait = c.whole
					}
					h.work()
					h.minutes(wait - 1)
					if !anew && c.done(h) {
						t.Error("it came too early")
					}
					h.minutes(2)
					if !c.done(h) {
						t.Errorf("it is late: %q %q", h.story(), h.says())
					}
				})
			}
		}
	}
}

// What was received before the clock was set back, and is worked off after, counts from then.
func TestWhatWaitedWhileTheClockWasSetBackCountsFromThen(t *testing.T) {
	h := newHouse(t, patient)
	h.config.Heartbeats = []alert.Heartbeat{{Name: "job", Every: alert.Span(10 * time.Minute), Grace: alert.Span(5 * time.Minute)}}
	h.fire("disk full")
	h.now = h.now.Add(-time.Hour)
	h.work()
	h.minutes(4)
	h.wants()
	h.minutes(1)
	h.wants("P3")
}

// A silence ends at the time that people named, whatever the clock was.
func TestASilenceKeepsItsEndWhenTheClockIsSetBack(t *testing.T) {
	h := newHouse(t)
	until := h.now.Add(time.Hour)
	silences, err := alert.NewSilences([]bot.Silence{{Number: 1, Kind: bot.ForNoise, Match: map[string][]string{"service": {"shop"}}, From: h.now.Add(-time.Hour), Until: until}})
	if err != nil {
		t.Fatal(err)
	}
	h.config.Silences = silences
	h.fire("disk full")
	h.work()
	h.now = h.now.Add(-30 * time.Minute)
	h.minutes(89)
	h.wants()
	h.minutes(2)
	h.wants("P2")
}
