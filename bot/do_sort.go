package bot

import (
	"context"
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// priority sets the priority (with a reason where it departs from the matrix), or impact and urgency.
func (b *Bot) priority(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	word, rest := cutWord(c.line.Rest)
	if _, ok := incident.ParsePriority(fold(word)); ok && !c.line.Has("priority") {
		c.line.Flags["priority"], c.line.Rest = []string{fold(word)}, rest
	}
	m := c.policy.Matrix
	cmd := incident.SetPriority{Impact: levelOf(c.line.Flag("impact"), m.Impacts), Urgency: levelOf(c.line.Flag("urgency"), m.Urgencies)}
	var err error
	if cmd.Priority, err = c.priority(); err != nil {
		return Reply{}, err
	}
	if cmd.Reason, err = b.free(ctx, c, "reason"); err != nil {
		return Reply{}, err
	}
	if cmd.Priority == 0 && cmd.Impact == "" && cmd.Urgency == "" {
		if cmd.Reason == "" {
			return Reply{}, incident.Refuse("priority_needed")
		}
		return Reply{}, incident.Refuse("priority_unknown", "Given", cutRunes(cmd.Reason, 20))
	}
	return b.act(ctx, c, cmd)
}

func (b *Bot) category(ctx context.Context, c *call) (Reply, error) {
	id, err := c.categoryOf(c.value("category"))
	if err != nil {
		return Reply{}, err
	}
	if id == "" {
		return Reply{}, incident.Refuse("category_needed", "Known", categoryList(c))
	}
	return b.act(ctx, c, incident.SetCategory{Category: id})
}

// service names the affected services: service payments, checkout; --add keeps those already named.
func (b *Bot) service(ctx context.Context, c *call) (Reply, error) {
	services := c.listed("service")
	if len(services) == 0 {
		services = split(c.line.Rest)
	}
	slices.Sort(services)
	return b.act(ctx, c, incident.SetServices{Services: slices.Compact(services), Add: c.line.Has("add")})
}

func (b *Bot) team(ctx context.Context, c *call) (Reply, error) {
	return b.act(ctx, c, incident.SetTeam{Team: c.value("team")})
}

// assignee sets who works on it: a person, oneself without one, nobody by a dash.
func (b *Bot) assignee(ctx context.Context, c *call) (Reply, error) {
	typed := c.value("person")
	switch fold(typed) {
	case "":
		return b.act(ctx, c, incident.Assign{Person: c.By})
	case "-", "none", "なし":
		return b.act(ctx, c, incident.Assign{})
	}
	p, err := b.person(ctx, c, typed)
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.Assign{Person: p})
}

func (b *Bot) title(ctx context.Context, c *call) (Reply, error) {
	title, _ := c.shorten(c.value("title"))
	return b.act(ctx, c, incident.SetTitle{Title: title})
}

func (b *Bot) summary(ctx context.Context, c *call) (Reply, error) {
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.SetSummary{Text: text})
}

func (b *Bot) occurred(ctx context.Context, c *call) (Reply, error) {
	c.line.Flags["at"] = []string{c.value("at")}
	when, err := c.past("at")
	if err != nil {
		return Reply{}, err
	}
	if when.IsZero() {
		return Reply{}, incident.Refuse("time_needed")
	}
	return b.act(ctx, c, incident.SetOccurred{Happened: when})
}

func (b *Bot) reporter(ctx context.Context, c *call) (Reply, error) {
	r, err := b.reporterOf(ctx, c, c.value("person"), c.line.Flag("contact"))
	if err != nil {
		return Reply{}, err
	}
	if r == (incident.Reporter{}) {
		return Reply{}, incident.Refuse("person_needed")
	}
	return b.act(ctx, c, incident.AddReporter{Reporter: r})
}

// link ties the incident to another one or to a page: link INC-… , link https://… title.
func (b *Bot) link(ctx context.Context, c *call) (Reply, error) {
	target := c.word("url")
	l := incident.Link{Kind: "page", Title: cutRunes(c.value("title"), titleMax)}
	if kind := c.line.Flag("kind"); kind != "" {
		if l.Kind = oneOf(kind, linkKinds(), func(k string, of lang.Lang) string { return words(of, "bot.link_", k) }); l.Kind == "" {
			return Reply{}, incident.Refuse("link_kind", "Given", kind, "Near", linkKinds())
		}
	}
	if n, ok := incident.ParseNumber(fold(target)); ok {
		if _, err := b.visible(ctx, c, n); err != nil {
			return Reply{}, err
		}
		l.Kind, l.To = "related", n // its title is not copied: it may become private
		return b.act(ctx, c, incident.AddLink{Link: l})
	}
	if l.URL = strings.Trim(target, "<>"); !safeURL(l.URL) {
		return Reply{}, incident.Refuse("link_target", "Word", cutRunes(target, 60))
	}
	return b.act(ctx, c, incident.AddLink{Link: l})
}
