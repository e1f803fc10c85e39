package alert

import (
	"testing"
	"time"
)

func TestWhatAnAlertMeans(t *testing.T) {
	at := noon()
	start, later, earlier := at.Add(-time.Minute), at.Add(-time.Second), at.Add(-time.Hour)
	seen := at.Add(-30 * time.Second)
	firing := &Row{Key: "k", Start: start, Status: Firing, Count: 1, FirstSeen: seen, LastSeen: seen, Incident: 20261121000001, Severity: Warning}
	guessed := &Row{Key: "k", Start: seen, Status: Firing, Count: 1, FirstSeen: seen, LastSeen: seen}
	resolved := &Row{Key: "k", Start: start, Status: Resolved, Count: 3, FirstSeen: seen, LastSeen: seen, ResolvedAt: seen, Incident: 20261121000001, Severity: Warning}
	fire := func(start time.Time) Alert {
		return Alert{DedupeKey: "k", Status: Firing, Event: EventTrigger, StartsAt: start, Severity: Warning}
	}
	clear := func(start time.Time) Alert {
		return Alert{DedupeKey: "k", Status: Resolved, Event: EventResolve, StartsAt: start}
	}
	undated := func(a Alert) Alert { a.Undated = true; return a }
	acknowledge := Alert{DedupeKey: "k", Status: Firing, Event: EventAcknowledge, StartsAt: at, Undated: true}
	worse := fire(start)
	worse.Severity = Critical
	for _, c := range []struct {
		name   string
		known  *Row
		alert  Alert
		want   News
		status string
		start  time.Time
		count  int64
	}{
		{"first of its key", nil, fire(start), New, Firing, start, 1},
		{"same start again", firing, fire(start), Repeat, Firing, start, 2},
		{"late message about an older start", firing, fire(earlier), Repeat, Firing, start, 2},
		{"same start after resolve never opens again", resolved, fire(start), Repeat, Resolved, start, 4},
		{"worse than before", firing, worse, Worsened, Firing, start, 2},
		{"worse than before, but over", resolved, worse, Repeat, Resolved, start, 4},
		{"later start after resolve", resolved, fire(later), Refired, Firing, later, 1},
		{"later start while it fires", firing, fire(later), Refired, Firing, later, 1},
		{"all-clear", firing, clear(start), Cleared, Resolved, start, 1},
		{"all-clear of a later start that was never heard of", firing, clear(later), Cleared, Resolved, later, 1},
		{"all-clear again", resolved, clear(start), StaleResolved, Resolved, start, 3},
		{"all-clear of an older start while the next fires", firing, clear(earlier), StaleResolved, Firing, start, 1},
		{"all-clear of an older start than a guessed one", guessed, clear(earlier), Cleared, Resolved, earlier, 1},
		{"all-clear of an older start", resolved, clear(earlier), StaleResolved, Resolved, start, 3},
		{"all-clear of a later start that never fired here", resolved, clear(later), UnknownResolve, Resolved, later, 0},
		{"all-clear of an unknown key", nil, clear(start), UnknownResolve, Resolved, start, 0},
		{"undated again", firing, undated(fire(at)), Repeat, Firing, start, 2},
		{"undated after resolve", resolved, undated(fire(at)), Refired, Firing, at, 1},
		{"undated all-clear", firing, undated(clear(at)), Cleared, Resolved, start, 1},
		{"undated all-clear again", resolved, undated(clear(at)), StaleResolved, Resolved, start, 3},
		{"acknowledged", firing, acknowledge, Noted, Firing, start, 1},
		{"acknowledged after resolve", resolved, acknowledge, Noted, Resolved, start, 3},
		{"acknowledged, but never seen", nil, acknowledge, Noted, "", time.Time{}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			row, news := Meet(c.known, c.alert, at)
			if news != c.want || row.Status != c.status || !row.Start.Equal(c.start) || row.Count != c.count {
				t.Errorf("%s, %s from %v, counted %d; want %s, %s from %v, counted %d", news, row.Status, row.Start, row.Count, c.want, c.status, c.start, c.count)
			}
			if (row.Status == Resolved) == row.ResolvedAt.IsZero() {
				t.Errorf("%s, resolved at %v", row.Status, row.ResolvedAt)
			}
			if c.known != nil && row.Incident != c.known.Incident {
				t.Errorf("the incident %s is forgotten", c.known.Incident)
			}
			if news == StaleResolved && row != *c.known {
				t.Errorf("stale news changed the row to %+v", row)
			}
			if again, second := Meet(&row, c.alert, at); row.Key != "" && (second != Repeat && second != StaleResolved && second != Noted || again.Status != row.Status) {
				t.Errorf("the same request tried again is %s and leaves it %s", second, again.Status)
			}
		})
	}
}

// play works captured requests off in order and tells what each alert meant.
func play(t *testing.T, names ...string) (map[string]*Row, []News) {
	t.Helper()
	rows := make(map[string]*Row)
	var all []News
	for _, name := range names {
		received := load(t, name).Received
		for _, a := range decoded(t, name).Alerts {
			row, news := Meet(rows[a.DedupeKey], a, received)
			if all = append(all, news); row.Key != "" {
				rows[a.DedupeKey] = &row
			}
		}
	}
	return rows, all
}

func TestCapturedStoriesMeanWhatHappened(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  []News
	}{
		{"fires, clears, fires anew", []string{"alertmanager-instancedown-1-firing.json", "alertmanager-instancedown-2-resolved.json", "alertmanager-instancedown-3-refiring.json"}, []News{New, Cleared, Refired}},
		{"two that don't see each other", []string{"alertmanager-ha-duplicate-a.json", "alertmanager-ha-duplicate-b.json"}, []News{New, Repeat}},
		{"tried three times", []string{"alertmanager-bare-1-firing.json", "alertmanager-bare-1-firing.json", "alertmanager-bare-1-firing.json"}, []News{New, Repeat, Repeat}},
		{
			"stale in a living group",
			[]string{"alertmanager-grouped-1-firing.json", "alertmanager-grouped-2-partly-resolved.json", "alertmanager-grouped-3-resolved-and-new.json", "alertmanager-grouped-4-stale-resolved-again.json"},
			[]News{New, New, Cleared, Repeat, Cleared, New, New, New, New, New, New, New, New, Refired, StaleResolved},
		},
		{"PagerDuty's events", []string{"pdevents-am-1-trigger.json", "pdevents-am-2-update.json", "pdevents-am-3-resolve.json", "pdevents-am-3-resolve.json"}, []News{New, Repeat, Cleared, StaleResolved}},
		{"PagerDuty's events without payload", []string{"pdevents-zabbix-1-trigger.json", "pdevents-zabbix-2-acknowledge.json", "pdevents-zabbix-3-resolve.json"}, []News{New, Noted, Cleared}},
		{"an acknowledgement ahead of its alert", []string{"pdevents-zabbix-2-acknowledge.json", "pdevents-zabbix-1-trigger.json"}, []News{Noted, New}},
		{"a group that grows", []string{"alertmanager034-1-first.json", "alertmanager034-2-new-alert-in-group.json", "alertmanager034-3-some-resolved.json", "alertmanager034-4-repeat.json", "alertmanager034-5-all-resolved.json"}, []News{New, Repeat, New, Cleared, Repeat, Repeat, Cleared}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := play(t, c.files...)
			if len(got) != len(c.want) {
				t.Fatalf("%v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("news %d is %s, want %s", i, got[i], c.want[i])
				}
			}
		})
	}
}

func TestAlertsThatACutMessageLeavesOutAreClosedWithTheirGroup(t *testing.T) {
	first, last := decoded(t, "alertmanager-maxalerts-1-firing.json"), decoded(t, "alertmanager-maxalerts-2-resolved.json")
	at := noon().Add(24 * time.Hour)
	var rows []Row
	for _, a := range first.Alerts {
		row, _ := Meet(nil, a, noon())
		rows = append(rows, row)
	}
	left := rows[0]
	left.Key = "alertmanager:once-listed"
	elsewhere := left
	elsewhere.SenderGroup = "another"
	rows = append(rows, left, elsewhere)
	if over := first.Unlisted(rows, at); over != nil {
		t.Errorf("a firing group closes %+v", over)
	}
	over := last.Unlisted(rows, at)
	if len(over) != 1 || over[0].Key != left.Key || over[0].Status != Resolved || !over[0].ResolvedAt.Equal(at) {
		t.Errorf("closed %+v", over)
	}
	last.Truncated = 0
	if over := last.Unlisted(rows, at); over != nil {
		t.Errorf("a complete list closes %+v", over)
	}
}

func TestClearedWhenTheSenderSaysSo(t *testing.T) {
	a := decoded(t, "alertmanager-instancedown-2-resolved.json").Alerts[0]
	if a.EndsAt.IsZero() {
		t.Fatal("the captured end is not read")
	}
	row, _ := Meet(&Row{Start: a.StartsAt, Status: Firing}, a, a.EndsAt.Add(time.Minute))
	if !row.ResolvedAt.Equal(a.EndsAt) {
		t.Errorf("resolved at %v, the sender said %v", row.ResolvedAt, a.EndsAt)
	}
}

func TestRowRemembersWhatTheRulesSaid(t *testing.T) {
	row := Row{}.Judged(Outcome{Do: Open, Rule: "pay", Why: because("alert.reason_rule", "Rule", "pay")})
	if row.Outcome != Open || row.Rule != "pay" || ParseReason(row.Reason).Args["Rule"] != "pay" {
		t.Errorf("%+v", row)
	}
}

func TestAnEndOfLongAgoIsOfAClockThatIsWrong(t *testing.T) {
	long := noon().Add(-6 * 365 * 24 * time.Hour)
	row, _ := Meet(nil, Alert{Status: Resolved, StartsAt: long, EndsAt: long}, noon())
	if !row.ResolvedAt.Equal(noon()) {
		t.Errorf("over at %v, which is old enough to be pruned", row.ResolvedAt)
	}
}
