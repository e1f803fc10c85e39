package slack_test

import (
	"slices"
	"strings"

	"matoi/bot/slack"
	"matoi/incident"
)

// secret plays what becomes private: the channel that everybody read is left for another one, which people have to leave who may
// not see it any more.
func (g *guest) secret(town string) {
	g.Helper()
	const title = "Payroll leaks"
	g.command("ann", town, "open P1 "+title)
	room := func() (r incident.Room) {
		if i := g.of(title); i != nil {
			r, _ = i.Room(slack.Realm)
		}
		return r
	}
	g.until("its channel", func() bool { return room().ID != "" })
	old := room()
	left := strings.ToLower(g.of(title).Number.String()) + "-moved"
	g.command("ann", old.ID, "private @Carol")
	g.until("a private channel", func() bool { return room().Private })
	g.until("the old one closed", func() bool { return g.room("ann", "public_channel", left).Archived })
	if room().ID == old.ID {
		g.Error("it goes on in the channel that everybody reads")
	}
	g.until("Ann and Carol invited", func() bool { // others can't ask who is in it
		asked := ""
		for _, c := range g.wire.of("conversations.invite") {
			if c.OK && c.Args.Get("channel") == room().ID {
				asked += " " + c.Args.Get("users")
			}
		}
		return strings.Contains(asked, g.e.users["ann"]) && strings.Contains(asked, g.e.users["carol"])
	})
	inside := func() bool { return slices.Contains(g.members("ann", room().ID), g.e.users["carol"]) }
	g.until("Carol in it", inside)
	g.command("ann", room().ID, "private --remove @Carol")
	g.until("Carol out of it", func() bool { return !inside() })
}
