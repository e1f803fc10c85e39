package alert

import "testing"

func TestOpsgenieOfOtherShapes(t *testing.T) {
	const start = `"alertId":"a1","message":"disk","createdAt":1795250000123,"updatedAt":1795250060123000000,"priority":"P3","entity":"db"`
	body := func(action, more string) string { return `{"action":"` + action + `","alert":{` + start + more + `}}` }
	shapes(t, "opsgenie", []shape{
		{name: "acknowledgement withdrawn", body: body("UnAcknowledge", ""), want: `update warning "disk" db@ a1 2026-11-21T08:33:20`},
		{name: "worse", body: body("UpdatePriority", `,"oldPriority":"P5"`), want: `update warning "disk" db@ a1 2026-11-21T08:33:20`},
		{name: "deleted", body: body("Delete", ""), want: `resolve warning "disk" db@ a1 2026-11-21T08:33:20 until 08:34:20`},
		{name: "tags added", body: body("AddTags", `,"addedTags":"x"`), want: `note warning "disk" db@ a1 2026-11-21T08:33:20 (AddTags)`},
		{name: "snoozed", body: body("Snooze", ``), want: `note warning "disk" db@ a1 2026-11-21T08:33:20 (Snooze)`},
		{name: "escalated", body: body("Escalate", ``), want: `update warning "disk" db@ a1 2026-11-21T08:33:20`},
		{name: "an action of one's own", body: body("再起動", `,"note":"試した"`), want: `note warning "disk" db@ a1 2026-11-21T08:33:20 (試した)`},
		{name: "no action", body: body("", ``), want: `trigger warning "disk" db@ a1 2026-11-21T08:33:20`},
		{name: "an alias alone", body: `{"action":"Close","alert":{"alias":"x"}}`, want: `resolve unknown "" @ x`},
		{name: "nulls", body: `{"action":null,"alert":null}`, want: "error_no_title"},
	})
}
