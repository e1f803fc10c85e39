package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// snoozeFor is how long reminders are put off where nothing is said.
const snoozeFor = 30 * time.Minute

// snooze puts reminders off for the one who asks: snooze 30m, until 15:00, never, off; for one deadline with its name behind.
func (b *Bot) snooze(ctx context.Context, c *call) (Reply, error) {
	cmd, rest := incident.Snooze{}, strings.TrimSpace(c.line.Rest)
	cmd.Clock, rest = clockNamed(rest)
	switch word := fold(rest); {
	case slices.Contains(snoozeOff(), word):
		cmd.Off = true
	case slices.Contains(snoozeNever(), word), word == "" && fold(c.line.Alias) == "通知オフ":
	case word == "":
		cmd.Until = c.now.Add(snoozeFor)
	default:
		var ok bool
		if cmd.Until, ok = c.until(rest); !ok {
			return Reply{}, incident.Refuse("snooze_unknown", "Word", cutRunes(rest, 40))
		}
	}
	reply, err := b.act(ctx, c, cmd)
	if err == nil && !cmd.Off {
		reply.Text += "\n" + lang.Text(c.lang, "remind.but", lang.Args{"Name": b.Name})
	}
	return reply, err
}

// snoozeNever are the words for no reminder ever, and snoozeOff those that end a quiet time.
func snoozeNever() []string {
	return []string{"never", "forever", "for good", "ずっと", "無期限", "今後なし", "以後なし"}
}

func snoozeOff() []string {
	return []string{"off", "end", "stop", "解除", "終了", "再開", "やめる"}
}

// until reads how long, or until when: 30m, until 15:00, 15時まで.
func (c *call) until(text string) (time.Time, bool) {
	if word, rest := cutWord(text); slices.Contains([]string{"until", "till", "for"}, fold(word)) {
		text = rest
	}
	text = strings.TrimSpace(strings.TrimSuffix(text, "まで"))
	at, rest, ok := lang.ParseFuture(text, c.now, c.zone)
	if ok && strings.Trim(rest, " 間") == "" {
		return at, true
	}
	return time.Time{}, false
}

// clockNamed takes the name of a deadline off the end or the front of a text, in either language or as it is stored.
func clockNamed(text string) (incident.ClockKind, string) {
	folded := fold(text)
	for _, k := range incident.Snoozable() {
		for _, name := range []string{clockName(k, lang.JA), clockName(k, lang.EN), string(k), strings.ReplaceAll(string(k), "_", " ")} {
			f := fold(name)
			if rest, ok := strings.CutSuffix(folded, f); ok && (rest == "" || strings.HasSuffix(rest, " ")) {
				return k, strings.TrimSpace(rest)
			}
			if rest, ok := strings.CutPrefix(folded, f); ok && (rest == "" || strings.HasPrefix(rest, " ")) {
				return k, strings.TrimSpace(rest)
			}
		}
	}
	return "", text
}

// snoozed words that somebody put reminders off, or wants them again.
func (s sayer) snoozed(f *incident.Snoozed) string {
	of := ""
	if f.Clock != "" {
		of = s.text("fact.snoozed_of", "Clock", clockName(f.Clock, s.l))
	}
	args := []any{"Person", s.names(f.Person), "Of", of}
	switch {
	case f.Off:
		return s.text("fact.snoozed_off", args...)
	case f.Until.IsZero():
		return s.text("fact.snoozed_never", args...)
	}
	return s.text("fact.snoozed", append(args, "Until", s.time(f.Until))...)
}

// quiet says of an incident how what is overdue repeats, and who has put reminders off.
func (v View) quiet(i *incident.Incident) (lines []string) {
	if slices.ContainsFunc(i.Clocks, func(c incident.Clock) bool { return c.Running() && c.Step >= 100 }) {
		lines = append(lines, "- "+v.text("remind.ladder"))
	}
	for _, s := range i.Snoozing(v.Now) {
		of := ""
		if s.Clock != "" {
			of = v.text("fact.snoozed_of", "Clock", clockName(s.Clock, v.Lang))
		}
		id, args := "remind.quiet_never", []any{"Person", Escape(v.Names(s.Person)), "Of", of}
		if !s.Until.IsZero() {
			id, args = "remind.quiet_until", append(args, "Until", v.when(s.Until))
		}
		lines = append(lines, "- "+v.text(id, args...))
	}
	return lines
}
