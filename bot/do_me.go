package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// setLang chooses the language in which somebody is answered, or with --room that of an incident's room.
func (b *Bot) setLang(ctx context.Context, c *call) (Reply, error) {
	typed := c.value("lang")
	l, ok := lang.Parse(typed)
	if !ok {
		return Reply{}, incident.Refuse("lang_unknown", "Given", cutRunes(typed, 20))
	}
	if c.line.Has("room") {
		if err := b.locate(ctx, c); err != nil {
			return Reply{}, err
		}
		return b.act(ctx, c, incident.SetLanguage{Lang: string(l)})
	}
	c.me.Lang, c.lang = string(l), l
	if err := b.People.SavePerson(ctx, c.me); err != nil {
		return Reply{}, fmt.Errorf("save a language: %w", err)
	}
	return Reply{Text: lang.Text(l, "bot.lang_set", nil)}, nil
}

// setZone chooses the zone in which somebody writes and reads times.
func (b *Bot) setZone(ctx context.Context, c *call) (Reply, error) {
	typed := c.value("zone")
	name := map[string]string{"jst": "Asia/Tokyo", "日本": "Asia/Tokyo", "東京": "Asia/Tokyo", "utc": "UTC", "gmt": "UTC"}[fold(typed)]
	if name == "" {
		name = typed
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return Reply{}, incident.Refuse("zone_unknown", "Given", cutRunes(typed, 40))
	}
	c.me.Zone = name
	if err := b.People.SavePerson(ctx, c.me); err != nil {
		return Reply{}, fmt.Errorf("save a zone: %w", err)
	}
	return Reply{Text: lang.Text(c.lang, "bot.zone_set", lang.Args{"Zone": name, "Now": lang.DateTime(c.lang, c.now, c.now, zone)})}, nil
}

// me shows as whom the bot knows somebody.
func (b *Bot) me(_ context.Context, c *call) (Reply, error) {
	return Reply{Text: lang.Text(c.lang, "bot.me", lang.Args{
		"Person": Escape(c.names(c.By)), "Lang": lang.Text(c.lang, "bot.lang_"+string(c.lang), nil),
		"Zone": c.zone.String(), "Now": lang.DateTime(c.lang, c.now, c.now, c.zone),
	})}, nil
}

// help shows what one needs now, with all every verb, with a verb's name how it is used.
func (b *Bot) help(ctx context.Context, c *call) (Reply, error) {
	word := strings.TrimSpace(c.value("word"))
	word = strings.TrimPrefix(strings.TrimPrefix(fold(word), fold(b.Name)), " ")
	switch {
	case c.line.Has("all") || slices.Contains(everything(), word):
		return Reply{Text: b.grammar.Help(c.lang, b.Name)}, nil
	case word == "":
		return b.shortHelp(ctx, c)
	}
	v := b.grammar.Verb(word)
	if v == nil {
		return Reply{}, incident.Refuse("unknown_verb", "Word", cutRunes(word, 40), "Near", b.grammar.near(word))
	}
	return Reply{Text: b.grammar.HelpFor(v, c.lang, b.Name)}, nil
}

// everything are the words that ask for all of the help.
func everything() []string {
	return []string{"all", "everything", "すべて", "全て", "全部", "全件"}
}
