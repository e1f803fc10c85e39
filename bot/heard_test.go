package bot_test

import (
	"testing"

	"matoi/bot"
	"matoi/incident"
)

// What the room hears anyway need not be told once more to the one who did it; everything else must be.
func TestOnlyWhatTheRoomDoesNotHearIsAnsweredInPrivate(t *testing.T) {
	c := newTalk(t)
	i := c.opens("sato", "open P1 決済がタイムアウトする")
	for _, step := range []struct {
		text  string
		heard bool
	}{
		{"ack", false}, // stands on the card alone
		{"role im me", true},
		{"log 再起動したが改善せず", true},
		{"mitigate 上限を上げた --restored partly", false}, // the answer says that the clock goes on
		{"brief", false},
		{"resolve 恒久化した", true},
		{"resolve もう一度", false}, // refused or nothing new: the room hears nothing
	} {
		if got := c.ask(bot.Request{Kind: bot.Typed, By: c.person("sato"), Text: step.text}).Heard; got != step.heard {
			t.Errorf("%q: heard %v, want %v", step.text, got, step.heard)
		}
	}
	c.room = incident.Place{Realm: "console", Room: "general"}
	if c.says("sato", "log 別の場所から --in "+i.Number.String()).Heard {
		t.Error("what is typed elsewhere is not heard there")
	}
}
