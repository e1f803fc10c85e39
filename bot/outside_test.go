package bot

import (
	"strings"
	"testing"
	"time"

	"matoi/incident/oncall"
	"matoi/lang"
)

func TestTheAgeOfShiftsFromElsewhereIsSaidAndWhatIsWrongWithThem(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rule string
		s    oncall.Schedule
		want []string
	}{
		{"no source", oncall.Schedule{}, nil},
		{"fresh", oncall.Schedule{AsOf: now.Add(-time.Minute), Outside: &oncall.Outside{}}, []string{"- The shifts from elsewhere were read "}},
		{"old", oncall.Schedule{AsOf: now.Add(-oncall.Old), Outside: &oncall.Outside{}}, []string{"- ⚠ The shifts from elsewhere were read "}},
		{"never", oncall.Schedule{Outside: &oncall.Outside{Trouble: "away *now*"}}, []string{"- ⚠ Nothing has been read", "- ⚠ They can't be read now (away " + Escape("*now*")}},
		{"strangers", oncall.Schedule{AsOf: now, Outside: &oncall.Outside{Unknown: []string{"a_b", "c"}}}, []string{"- The shifts", "- ⚠ Names there that mean nobody here: " + Escape("a_b, c")}},
	} {
		got := View{Lang: lang.EN, Zone: time.UTC, Now: now}.outside(&c.s)
		if len(got) != len(c.want) {
			t.Errorf("%s: have %q", c.rule, got)
			continue
		}
		for n := range got {
			if !strings.HasPrefix(got[n], c.want[n]) {
				t.Errorf("%s: have %q, want %q", c.rule, got[n], c.want[n])
			}
		}
	}
}
