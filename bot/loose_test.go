package bot_test

import (
	"context"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/lang"
)

// full is an inbox in which very many alerts wait, none of which fits among the newest.
type full struct{ bot.Inbox }

func (full) Loose(context.Context, lang.Lang, bot.LooseAsk) (bot.LooseFound, error) {
	return bot.LooseFound{More: true}, nil
}

// Who finds nothing among the newest is told how to look further back, unless they did so.
func TestNothingAmongTheNewestTellsHowToLookFurtherBack(t *testing.T) {
	c := newTalk(t)
	c.bot.Inbox = full{}
	for _, l := range lang.All() {
		c.lang = l
		c.says("佐藤", "inbox disk", "`source=…`")
		c.says("佐藤", "inbox disk source=<!channel>", bot.Escape("<!channel>"))
		for _, text := range []string{"inbox disk source=Zabbix", "受信箱 disk 送信元=zabbix", "inbox disk --source zabbix"} {
			if reply := c.says("佐藤", text, "zabbix"); strings.Contains(reply.Text, "source=") {
				t.Errorf("%s: %s", text, reply.Text)
			}
		}
	}
}
