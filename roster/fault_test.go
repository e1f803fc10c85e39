package roster_test

import (
	"errors"
	"fmt"
	"testing"

	"matoi/roster"
)

// What a copy keeps of an error is read in the reader's language; the log has the words.
func TestAFaultIsKeptByItsCode(t *testing.T) {
	refused := &roster.Fault{Code: "refused", Detail: "401", Err: fmt.Errorf("%w (401)", roster.ErrRefused)}
	for want, err := range map[string]error{
		"refused|401":   &roster.Later{Err: fmt.Errorf("page 2: %w", refused)},
		"unreachable|":  roster.Fail("unreachable", "", "the server can't be reached"),
		"words of it":   errors.New("words of it"),
		"host|no|where": roster.Fail("host", "no|where", "x"),
	} {
		if got := roster.Trouble(err); string(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !errors.Is(refused, roster.ErrRefused) || refused.Error() != "the key or address is refused (401)" {
		t.Errorf("%v", refused)
	}
}
