package main

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"matoi/bot/slack"
	"matoi/lang"
)

// Slacks are the Slack workspaces in which incidents are worked: one as a mapping, or several as a list of them.
type Slacks []slack.Config

// UnmarshalYAML reads one or many, each over the defaults.
func (s *Slacks) UnmarshalYAML(n *yaml.Node) error {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	entries := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		entries = n.Content
	}
	*s = nil
	all := &yaml.LoadErrors{}
	for _, e := range entries {
		one := slack.DefaultConfig()
		err := e.Load(&one)
		if wrong, many := errors.AsType[*yaml.LoadErrors](err); many {
			all.Errors = append(all.Errors, wrong.Errors...)
		} else if err != nil {
			return err
		}
		*s = append(*s, one)
	}
	if len(all.Errors) > 0 {
		return all
	}
	return nil
}

// On are those that are to be used.
func (s Slacks) On() (out Slacks) {
	for _, c := range s {
		if c.On() {
			out = append(out, c)
		}
	}
	return out
}

// realms names them in places.
func (s Slacks) realms() (all, own []string) {
	for _, c := range s.On() {
		all = append(all, c.Realm())
		if c.Rooms == slack.Declared {
			own = append(own, c.Realm())
		}
	}
	return all, own
}

func (c *Config) checkSlack(t *tree) {
	if len(c.Slack) == 0 { // nothing was written behind the key
		c.Slack = Slacks{slack.DefaultConfig()}
	}
	if t.env.Blind {
		return
	}
	names, tokens := map[string]bool{}, map[string]bool{}
	for n, one := range c.Slack {
		key := "slack"
		if t.at["slack[0]"] != nil {
			key = fmt.Sprintf("slack[%d]", n)
		}
		for _, m := range one.Mistakes() {
			t.wrong(key+"."+m.Key, m.ID, nil)
		}
		token := one.BotToken.Reveal()
		switch {
		case len(c.Slack) > 1 && !one.On():
			t.wrong(key+".bot_token", "config.slack_bot_token", nil)
		case token != "" && tokens[token]:
			t.wrong(key+".bot_token", "config.slack_token_twice", nil)
		}
		switch {
		case names[one.Name] && one.Name == "":
			t.wrong(key+".name", "config.slack_nameless", nil)
		case names[one.Name]:
			t.wrong(key+".name", "config.twice", lang.Args{"Word": one.Name})
		}
		names[one.Name], tokens[token] = true, true
	}
}
