package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// measure adds a permanent measure, which needs an owner and a date or milestone, or moves one: measure done 2 it is in force,
// measure drop 2 not needed any more. Measures, or measure list, shows how they stand.
func (b *Bot) measure(ctx context.Context, c *call) (Reply, error) {
	word, rest := cutWord(c.line.Rest)
	if rest == "" && (isList(word) || word == "" && c.line.Alias == "measures") {
		return b.measures(c), nil
	}
	if c.bare() {
		return b.form(ctx, c)
	}
	if move := moveOf(word); move == "done" || move == "drop" {
		number, after := cutWord(rest)
		if id, err := strconv.Atoi(strings.TrimLeft(fold(number), "#")); err == nil {
			return b.moveMeasure(ctx, c, move, id, after)
		}
		if after == "" {
			return Reply{}, incident.Refuse("measure_number", "Word", word)
		}
	}
	m := incident.Measure{Kind: c.line.Flag("measure"), Due: c.line.Flag("due"), Owner: c.line.Flag("owner")}
	if isPerson(m.Owner) {
		p, err := b.person(ctx, c, m.Owner)
		if err != nil {
			return Reply{}, err
		}
		m.Owner = mention(p)
	}
	var err error
	if m.Text, err = b.free(ctx, c, "text"); err != nil {
		return Reply{}, err
	}
	add := incident.AddMeasure{Measure: m}
	if day, ok := lang.ParseDay(m.Due, c.now, c.zone); ok {
		add.Day = calendar.DateOf(day)
	}
	return b.act(ctx, c, add)
}

// isList reports whether a word asks for a list.
func isList(word string) bool {
	return slices.Contains([]string{"list", "ls", "show", "一覧", "表示"}, fold(word))
}

func (b *Bot) moveMeasure(ctx context.Context, c *call, move string, id int, rest string) (Reply, error) {
	text, err := b.mentions(ctx, rest)
	if err != nil {
		return Reply{}, err
	}
	if move == "done" {
		return b.act(ctx, c, incident.FinishMeasure{ID: id, Result: text})
	}
	return b.act(ctx, c, incident.DropMeasure{ID: id, Reason: text})
}

// measures lists the measures of an incident with what became of each.
func (b *Bot) measures(c *call) Reply {
	if len(c.inc.Measures) == 0 {
		return Reply{Text: lang.Text(c.lang, "chase.no_measures", lang.Args{"Number": c.inc.Number.String(), "Name": b.Name}), Number: c.inc.Number}
	}
	lines := []string{lang.Text(c.lang, "chase.measures", lang.Args{"Number": c.inc.Number.String()})}
	for k, m := range c.inc.Measures {
		lines = append(lines, c.view.measureLine(k+1, m))
	}
	return Reply{Text: strings.Join(lines, "\n"), Number: c.inc.Number}
}

// measureLine is one measure with its state, escaped.
func (v View) measureLine(id int, m incident.Measure) string {
	text := func(s string) string { return Escape(oneLine(unmention(s, v.Names), 200)) }
	state := "chase.state_open"
	switch {
	case m.State == "done":
		state = "chase.state_done"
	case m.State == "dropped":
		state = "chase.state_dropped"
	case !m.Until.IsZero() && !m.Until.After(v.Now):
		state = "chase.state_late"
	}
	line := v.text("chase.measure_line", "ID", id, "Text", text(m.Text), "Owner", text(m.Owner), "Due", text(m.Due), "State", v.text(state, "When", lang.Date(v.Lang, m.Ended, v.Zone)))
	if m.Result != "" {
		line += v.text("chase.measure_result", "Result", text(m.Result))
	}
	return line
}

// isReview reports whether a word after hold means that it is looked at again later.
func isReview(word string) bool {
	return slices.Contains([]string{"review", "extend", "until", "延長", "見直し", "再確認"}, fold(word))
}

// extendHold moves the time at which a hold is looked at again; of a day alone its morning.
func (b *Bot) extendHold(ctx context.Context, c *call, typed string) (Reply, error) {
	t, rest, ok := lang.ParseFuture(typed, c.now, c.zone)
	if !ok || rest != "" {
		day, found := lang.ParseDay(typed, c.now, c.zone)
		if !found {
			return Reply{}, incident.Refuse("time_to_come_unknown", "Word", cutRunes(typed, 40), "Flag", "review")
		}
		t = time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, c.zone)
	}
	return b.act(ctx, c, incident.ExtendHold{Review: t})
}
