package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

func TestWhatEveryPartSaysOfADatabaseThatIsAwayIsSaidSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := logger(Log{Level: "info", Format: "text"}, &out)
		away := fmt.Errorf("claim: %w", incident.ErrUnavailable)
		begin := time.Now()
		for time.Since(begin) < time.Hour {
			log.Error("claim deliveries", "error", away)
			log.With("part", "clock").Error("clock", "doing", "look", "error", away)
			log.Error("clock", "doing", "work", "error", away)
			time.Sleep(time.Second)
		}
		if n := strings.Count(out.String(), "claim deliveries"); n != 6 || strings.Count(out.String(), "doing=") != 12 {
			t.Errorf("claim deliveries was said %d times in\n%s", n, out.String())
		}
		if !strings.Contains(out.String(), "left_out=59") || !strings.Contains(out.String(), "part=clock") {
			t.Errorf("how often is not told:\n%s", out.String())
		}
		out.Reset()
		for range 5 {
			log.Error("request broke", "reference", "abc", "error", away)
			log.Error("claim deliveries", "error", errors.New("a mistake of ours"))
			log.Info("claim deliveries")
		}
		if n := strings.Count(out.String(), "\n"); n != 15 {
			t.Errorf("%d lines of what must be said each time:\n%s", n, out.String())
		}
		out.Reset()
		time.Sleep(3 * time.Hour)
		log.LogAttrs(t.Context(), slog.LevelError, "claim deliveries", slog.Any("error", away))
		if !strings.Contains(out.String(), "claim deliveries") {
			t.Error("a new trouble was not said")
		}
	})
}
