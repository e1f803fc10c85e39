package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// waited cuts what waited for one person behind a head to what is told with it: in each incident up to the second question of
// all, for each keeps its own buttons. What has nothing to say any more goes along and counts for nothing; where too little is
// left each is told by itself.
func (p *Pump) waited(ctx context.Context, head incident.Delivery, behind []incident.Delivery) (with []incident.Delivery) {
	words, question, once := 0, "", p.bot.glancing()
	ended := map[incident.Number]bool{}
	for k, d := range append([]incident.Delivery{head}, behind...) {
		if ended[d.Effect.Number] {
			continue
		}
		var out Outgoing
		err := p.guarded(d, func() (err error) {
			out, err = once.Render(ctx, d)
			return err
		})
		asks := ""
		if out.Skip == "" {
			asks = out.Message.asks()
		}
		switch {
		case k == 0 && (err != nil || out.Skip != ""):
			return nil
		case err != nil, asks != "" && question != "" && asks != question:
			ended[d.Effect.Number] = true
			continue
		case out.Skip == "":
			words++
		}
		if k > 0 {
			with = append(with, d)
		}
		if asks != "" {
			question = asks
		}
	}
	if words < missedLeast {
		return nil
	}
	return with
}

// asks is the first answer to the question that a message asks one person, "" where it asks nothing. Messages with the same
// answer ask the same.
func (m Message) asks() string {
	if m.Card == nil || len(m.Card.Buttons) == 0 || !m.Asks && !m.Card.Question {
		return ""
	}
	return m.Card.Buttons[0].Command
}

// renderWaited words what one person was not told while their chat was away: in full what they are asked, else the last that
// they can do something about; of the others a line each, with the time at which it was to be told, and where it is of several
// incidents with the number.
func (b *Bot) renderWaited(ctx context.Context, out *Outgoing, d incident.Delivery) error {
	type word struct {
		at time.Time
		n  incident.Number
		m  Message
	}
	var all []word
	once := b.glancing()
	for _, one := range lane(d) {
		o, err := once.Render(ctx, one)
		if err != nil {
			return err
		}
		if o.Skip == "" {
			all = append(all, word{one.Waiting, one.Effect.Number, o.Message})
		}
	}
	if len(all) == 0 {
		return nil
	}
	chosen := 0
	for k, w := range all {
		if first := all[chosen].m; w.m.asks() != "" || first.asks() == "" && (len(buttons(w.m)) > 0 || len(buttons(first)) == 0) {
			chosen = k
		}
	}
	v := b.View(ctx, out.Message.Lang, nil)
	v = b.viewOf(ctx, d.Effect.Person, v)
	several := slices.ContainsFunc(all, func(w word) bool { return w.n != all[0].n })
	head := v.text("bot.waited", "From", v.when(all[0].at), "To", v.when(all[len(all)-1].at), "N", len(all))
	main := all[chosen].m
	var lines []string
	for _, w := range slices.Delete(slices.Clone(all), chosen, chosen+1) {
		line := "**" + lang.Clock(v.Lang, w.at, v.Zone) + "** "
		if several {
			line += v.named(w.n) + " "
		}
		lines = append(lines, line+gist(w.m))
	}
	if over := len(lines) - missedShown; over > 0 {
		lines = lines[over:]
		more := v.text("bot.missed_more", "N", over, "Link", v.link(d.Effect.Number))
		if several {
			more = v.text("bot.waited_more", "N", over, "Link", strings.TrimRight(v.BaseURL, "/")+"/mine")
		}
		head += "\n" + more
	}
	out.Message.Text, out.Message.Card, out.Message.Pings = head+"\n"+strings.Join(lines, "\n"), main.Card, main.Pings
	for _, w := range all {
		if w.n == d.Effect.Number {
			out.Message.Tells = out.Message.Tells.and(w.m.Tells)
			continue
		}
		out.Message.Tells = out.Message.Tells.also(w.n)
	}
	return nil
}

// named is the number of an incident, leading to its page where there is one.
func (v View) named(n incident.Number) string {
	if n == 0 { // what is told of no incident
		return ""
	}
	if page := v.link(n); page != "" {
		return "[" + n.String() + "](" + page + ")"
	}
	return n.String()
}

func buttons(m Message) []Button {
	if m.Card == nil {
		return nil
	}
	return m.Card.Buttons
}

// gist is what a message says, in one line.
func gist(m Message) string {
	text := m.Text
	if m.Card != nil {
		text = m.Card.Text + "\n" + m.Text
	}
	var parts []string
	for line := range strings.Lines(text) {
		if line = strings.TrimLeft(strings.TrimSpace(line), "-> "); line != "" {
			parts = append(parts, line)
		}
	}
	short := cutRunes(strings.Join(parts, " "), missedLine)
	if open := strings.LastIndexByte(short, '<'); open > strings.LastIndexByte(short, '>') { // a mention that was cut
		short = short[:open] + "…"
	}
	return short
}
