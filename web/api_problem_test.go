package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhatEndsWithItsAskerIsNotLoggedAsBroken(t *testing.T) {
	left, leave := context.WithCancel(t.Context())
	leave()
	for name, x := range map[string]struct {
		asker context.Context //nolint:containedctx // the request's
		err   error
		want  bool
	}{
		"somebody who has gone":        {left, fmt.Errorf("load: %w", context.Canceled), false},
		"a panic of theirs":            {left, errors.New("panic: nil map"), true},
		"somebody who still waits":     {t.Context(), fmt.Errorf("load: %w", context.Canceled), true},
		"a disk that fails meanwhile":  {left, errors.New("disk I/O error"), true},
		"a disk that fails for people": {t.Context(), errors.New("disk I/O error"), true},
	} {
		var log bytes.Buffer
		breakage(slog.New(slog.NewTextHandler(&log, nil)), httptest.NewRequest("POST", "/api/v1/commands", nil).WithContext(x.asker), x.err)
		if got := strings.Contains(log.String(), "request broke"); got != x.want {
			t.Errorf("%s: logged %q", name, log.String())
		}
	}
}
