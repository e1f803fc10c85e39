package storagetest

import (
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
)

// erasesReasons: who is erased is named by no reason of a silence or a rule any more; other reasons stay.
func erasesReasons(t *testing.T, h *house) {
	p := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "ann"}, "Ann Lee", "ann@example.com"))
	h.channel(console.Channel{ID: "general"})
	said := ok[console.Message](t)(h.AddMessage(ctx(t), console.Message{Channel: "general", Text: "Silence #1: ann lee asked for it", Key: "posted", At: h.now()}))
	reasons := []string{"ann lee asked for it", "for Joann Leeds", "ask ann@example.com, please"}
	want := []string{incident.Blank, "for Joann Leeds", incident.Blank}
	for k, why := range reasons {
		one := ok[bot.Silence](t)(h.ChangeSilence(ctx(t), incident.Cause{}, 0, func(s bot.Silence) (bot.Silence, []incident.Effect, error) {
			s.Kind, s.Match, s.Why, s.By = bot.ForNoise, map[string][]string{"service": {"db"}}, why, p.ID
			s.From, s.Until, s.Place = h.now(), h.now().Add(time.Hour), incident.Place{Realm: "console", Room: "general"}
			return s, nil, nil
		}))
		made := ok[alert.StoredRule](t)(h.MakeAlertRule(ctx(t), "", alert.StoredRule{
			Rule: alert.Rule{Name: strings.Repeat("x", k+1), Do: alert.Ignore}, By: p.ID, Why: why,
		}))
		equal(t, "silence", one.Number, int64(k+1))
		equal(t, "rule", made.Number, int64(k+1))
	}
	must(t, h.Erase(ctx(t), p.ID, incident.By{}, "asked for"))
	rules := ok[[]alert.StoredRule](t)(h.AlertRules(ctx(t), false))
	for k := range reasons {
		equal(t, "reason of a silence", ok[bot.Silence](t)(h.Silence(ctx(t), int64(k+1))).Why, want[k])
		equal(t, "reason of a rule", rules[len(rules)-1-k].Why, want[k])
	}
	equal(t, "what was posted of it", ok[console.Message](t)(h.Message(ctx(t), said.ID)).Text, incident.Blank)
	if broken, err := h.Verify(ctx(t), nil); broken != nil || err != nil {
		t.Errorf("verify: %v %v", broken, err)
	}
}
