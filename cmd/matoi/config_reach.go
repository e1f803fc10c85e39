package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"matoi/bot"
	"matoi/bot/gateway"
	"matoi/bot/mail"
	"matoi/incident"
	"matoi/lang"
)

// WayOf is one way to reach a member: chat, mail, {mail: address} or {gateway: name, to: number}.
type WayOf struct {
	// Gateway is the name of one of the gateways.
	Gateway string `yaml:"gateway"`
	// To is the number, or whatever the gateway calls people by.
	To string `yaml:"to"`
	// Mail is an address that differs from the member's own.
	Mail string `yaml:"mail"`

	word string // chat or mail alone
}

// UnmarshalYAML reads chat and mail as plain words, the others as keys.
func (w *WayOf) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Load(&w.word)
	}
	type keys WayOf
	return n.Load((*keys)(w))
}

// way is what is meant; wrong is the id of a text about what it is not, under a key of its own.
func (w WayOf) way() (way bot.Way, key, wrong string) {
	switch {
	case w.word == bot.ChatRealm || w.word == bot.MailRealm:
		return bot.Way{Realm: w.word}, "", ""
	case w.word != "" || (w.Gateway == "") == (w.Mail == "") || (w.Gateway == "") != (w.To == ""):
		return way, "", "config.way"
	case w.Mail != "":
		way, refused := bot.ReadWay(bot.MailRealm, w.Mail)
		if refused != nil {
			return way, ".mail", "config.way_mail"
		}
		return way, "", ""
	}
	way, refused := bot.ReadWay(bot.RealmOf(w.Gateway), w.To)
	if refused != nil {
		return way, ".to", "config.way_number"
	}
	return way, "", ""
}

// checkReach checks how people are reached outside chat.
func (c *Config) checkReach(t *tree) {
	if !t.env.Blind {
		for _, m := range c.Mail.Mistakes() {
			t.wrong("mail."+m.Key, m.ID, nil)
		}
	}
	names := map[string]bool{}
	var known []string
	for i, g := range c.Gateways {
		key := fmt.Sprintf("gateways[%d]", i)
		t.once(key+".name", g.Name, names)
		known = append(known, g.Name)
		for _, m := range g.Mistakes() {
			if !t.env.Blind || m.Key != "secrets" {
				t.wrong(key+"."+m.Key, m.ID, nil)
			}
		}
	}
	for i, m := range c.People {
		for j, w := range m.Ways {
			key := fmt.Sprintf("people[%d].ways[%d]", i, j)
			if _, at, wrong := w.way(); wrong != "" {
				t.wrong(key+at, wrong, lang.Args{"Word": w.Mail + w.To})
			} else if w.Gateway != "" && !slices.Contains(known, w.Gateway) {
				t.wrong(key+".gateway", "config.gateway_unknown", lang.Args{"Word": w.Gateway, "Known": strings.Join(known, ", ")})
			}
		}
	}
}

// ways are how the members are reached unless they choose themselves.
func (c *Config) ways(ctx context.Context, people Directory) (map[incident.PersonID][]bot.Way, error) {
	out := map[incident.PersonID][]bot.Way{}
	for _, m := range c.People {
		if len(m.Ways) == 0 {
			continue
		}
		p, err := people.Meet(ctx, incident.Identity{Realm: "console", ID: m.Name}, m.Name, m.Email)
		if err != nil {
			return nil, fmt.Errorf("make %s known: %w", m.Name, err)
		}
		for _, w := range m.Ways {
			if way, _, wrong := w.way(); wrong == "" {
				out[p.ID] = append(out[p.ID], way)
			}
		}
	}
	return out, nil
}

// pagers reach people as the configuration says.
func (c *Config) pagers(now func() time.Time) (out []bot.Pager) {
	if c.Mail.On() {
		out = append(out, mail.New(mail.Options{Config: c.Mail}))
	}
	for _, g := range c.Gateways {
		out = append(out, gateway.New(gateway.Options{Config: g, Now: now}))
	}
	return out
}

// Ways are how the configuration reaches a person.
func (v *Live) Ways(id incident.PersonID) []bot.Way { return v.now.Load().ways[id] }

// reach makes what reaches people outside the room, by the configuration of the moment. The chats are asked in their order; the
// built-in one, which knows everybody, comes last.
func (a *App) reach() *bot.Pagers {
	return bot.NewPagers(bot.PagersOptions{
		Store: a.store, People: a.store, Configured: a.live.Ways, BaseURL: a.URL(), Lang: lang.Lang(a.Config.Lang), Now: a.Now, Log: a.Log,
		Realms: func() []bot.Pager {
			c := a.live.now.Load().config
			all := append([]bot.Pager{bot.NewChatPager(a.chats)}, c.pagers(a.Now)...)
			for k := range all {
				if a.Reached != nil {
					all[k] = a.Reached(all[k])
				}
			}
			return all
		},
	})
}

// chats are those in which people are told in private.
func (a *App) chats() (out []bot.Chat) {
	for _, one := range a.slack {
		out = append(out, one)
	}
	return append(out, a.chat)
}

// gateways are those of the moment.
func (a *App) gateways() []gateway.Config { return a.live.now.Load().config.Gateways }
