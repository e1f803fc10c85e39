package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"matoi/incident"
	"matoi/lang"
)

func TestEveryReasonIsASentenceWithoutTheChatsOwnWords(t *testing.T) {
	t.Parallel()
	for _, why := range whys() {
		for _, l := range []lang.Lang{lang.JA, lang.EN} {
			got := failed("post", "slack:acme", string(why)+": chat.postMessage: C0123", l)
			if strings.Contains(got, "⟦") || !strings.Contains(got, "Slack (acme)") || strings.Contains(got, string(why)+":") {
				t.Errorf("%s in %s: %q", why, l, got)
			}
			if raw := strings.Contains(got, "C0123"); raw != (why == WhyScope || why == WhySilent || why == WhyOther) {
				t.Errorf("%s in %s: what the chat said stands there: %t: %q", why, l, raw, got)
			}
		}
	}
	if got := failed("post", "slack", "chat.postMessage: fatal: x", lang.EN); !strings.Contains(got, "(chat.postMessage: fatal: x)") {
		t.Errorf("what an older version kept: %q", got)
	}
}

func TestWhyOfAnErrorIsKeptWithIt(t *testing.T) {
	t.Parallel()
	for want, err := range map[Why]error{
		WhyArchived: &Permanent{Err: fmt.Errorf("%w: %w", Because(errors.New("is_archived"), WhyArchived), ErrGone)},
		WhyScope:    fmt.Errorf("post: %w", Because(errors.New("missing_scope"), WhyScope)),
		WhyStranger: &Permanent{Err: fmt.Errorf("who: %w", ErrStranger)},
		WhySilent:   errors.New("connection reset"),
		WhyOther:    &Permanent{Err: errors.New("invalid_blocks")},
	} {
		if got := WhyOf(err); got != want {
			t.Errorf("%v: got %s, want %s", err, got, want)
		}
	}
}

func TestACardDoubtsNothingOfARoomThatWasReplaced(t *testing.T) {
	t.Parallel()
	v := View{Lang: lang.EN}
	i := &incident.Incident{Rooms: []incident.Room{{Realm: "slack", ID: "C2"}}, Doubts: []string{"tell slack: stranger: x", "post slack: archived: C1"}}
	if got := v.doubt(i); !strings.Contains(got, "does not know this person") {
		t.Errorf("got %q", got)
	}
	i.Rooms[0].ID = "C1"
	if got := v.doubt(i); !strings.Contains(got, "was archived") {
		t.Errorf("got %q", got)
	}
}
