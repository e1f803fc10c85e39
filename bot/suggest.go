package bot

import (
	"context"
	"fmt"
	"strings"

	"matoi/incident"
	"matoi/incident/knowledge"
)

// suggestIncidents finds open incidents by number or by words; first the one whose number was typed, open or not.
func (b *Bot) suggestIncidents(ctx context.Context, c *call, typed string, most int) ([]Option, error) {
	var rows []incident.Row
	if n, ok := incident.ParseNumber(fold(strings.TrimSpace(typed))); ok {
		i, err := b.visible(ctx, c, n)
		if err == nil {
			rows = append(rows, i.AsRow())
		}
	} else {
		found, err := b.Store.Find(ctx, incident.Filter{Viewer: c.viewer(), Open: true, Text: knowledge.Query(typed), Limit: most})
		if err != nil {
			return nil, fmt.Errorf("look for incidents: %w", err)
		}
		rows = found
	}
	out := make([]Option, 0, len(rows))
	for _, r := range rows {
		out = append(out, Option{r.Number.String(), r.Number.String() + " " + plain(cutRunes(unmention(r.Title, c.view.Names), 60))})
	}
	return out, nil
}

// fitting keeps the options that what was typed is part of: those that begin with it first.
func fitting(all []Option, typed string, most int) []Option {
	word := fold(strings.TrimSpace(typed))
	var first, then []Option
	for _, o := range all {
		switch label := fold(o.Label); {
		case strings.HasPrefix(label, word):
			first = append(first, o)
		case strings.Contains(label, word):
			then = append(then, o)
		}
	}
	out := append(first, then...)
	return out[:min(len(out), most)]
}
