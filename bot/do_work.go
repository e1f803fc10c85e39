package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// task adds a task, or moves one: task claim 3, task done 3 it holds, task drop 3 not needed.
func (b *Bot) task(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	word, rest := cutWord(c.line.Rest)
	if move := moveOf(word); move != "" {
		number, after := cutWord(rest)
		if c.line.Has("task") {
			number, after = c.line.Flag("task"), rest
		}
		if id, err := strconv.Atoi(strings.TrimLeft(fold(number), "#")); err == nil {
			return b.moveTask(ctx, c, move, id, after)
		}
		if move != "add" && after == "" {
			return Reply{}, incident.Refuse("task_number", "Word", word)
		}
		if move == "add" {
			c.line.Rest = rest
		}
	}
	owner, err := b.someone(ctx, c, "owner")
	if err != nil {
		return Reply{}, err
	}
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.AddTask{Text: text, Owner: owner})
}

func moveOf(word string) string {
	switch fold(word) {
	case "claim", "take", "start", "着手", "引き受け", "担当":
		return "claim"
	case "done", "finish", "完了", "済", "終了":
		return "done"
	case "drop", "skip", "中止", "不要", "取り下げ":
		return "drop"
	case "add", "new", "追加":
		return "add"
	}
	return ""
}

func (b *Bot) moveTask(ctx context.Context, c *call, move string, id int, rest string) (Reply, error) {
	c.line.Rest = rest
	switch move {
	case "claim":
		p, err := b.someone(ctx, c, "owner")
		if err != nil {
			return Reply{}, err
		}
		return b.act(ctx, c, incident.ClaimTask{ID: id, Person: p})
	case "done":
		result, err := b.mentions(ctx, rest)
		if err != nil {
			return Reply{}, err
		}
		return b.act(ctx, c, incident.FinishTask{ID: id, Result: result})
	case "drop":
		reason, err := b.mentions(ctx, rest)
		if err != nil {
			return Reply{}, err
		}
		return b.act(ctx, c, incident.DropTask{ID: id, Reason: reason})
	}
	return Reply{}, incident.Refuse("task_number", "Word", move)
}

func (b *Bot) checklist(_ context.Context, c *call) (Reply, error) {
	items := c.view.items(c.inc)
	if len(items) == 0 {
		return Reply{Text: lang.Text(c.lang, "bot.no_tasks", lang.Args{"Name": b.Name}), Number: c.inc.Number}, nil
	}
	var lines []string
	for _, t := range items {
		mark := "☐ "
		if t.Done {
			mark = "☑ "
		}
		line := mark + t.Text
		if t.Who != "" {
			line += " — " + t.Who
		}
		lines = append(lines, line)
	}
	card := &Card{Title: c.view.title(c.inc), Items: items}
	return c.shown(lang.Text(c.lang, "bot.tasks", lang.Args{"Number": c.inc.Number.String(), "Lines": strings.Join(lines, "\n")}), card), nil
}

// move sets triaged, investigating or identified; the text of identify is the cause.
func (b *Bot) move(ctx context.Context, c *call) (Reply, error) {
	to := map[string]incident.Status{"triage": incident.Triaged, "investigate": incident.Investigating, "identify": incident.Identified}[c.line.Verb.ID]
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.SetStatus{To: to, Text: text})
}

func (b *Bot) cause(ctx context.Context, c *call) (Reply, error) {
	root := c.line.Has("root") || strings.Contains(c.line.Alias, "root") || c.line.Alias == "根本原因"
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	if root {
		return b.act(ctx, c, incident.RecordCause{Root: text})
	}
	return b.act(ctx, c, incident.RecordCause{Direct: text})
}

func (b *Bot) impact(ctx context.Context, c *call) (Reply, error) {
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.RecordImpact{Text: text})
}

// mitigate records the workaround and the status, and asks whether all can work again: yes declares restored.
func (b *Bot) mitigate(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	usable := ""
	if typed := c.line.Flag("restored"); typed != "" {
		if usable = usableOf(typed); usable == "" {
			return Reply{}, incident.Refuse("flag_value", "Flag", "--restored")
		}
	}
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	since, err := c.past("since")
	if err != nil {
		return Reply{}, err
	}
	var results []incident.Result
	moved, err := b.do(ctx, c, incident.SetStatus{To: incident.Mitigated, Text: text})
	var refusal *incident.Refusal
	switch {
	case usable != "" && errors.As(err, &refusal) && refusal.Code == "already_so":
	case err != nil:
		return Reply{}, err
	default:
		results = append(results, moved)
	}
	if usable == "yes" {
		restored, err := b.do(ctx, c, incident.Restore{Since: since})
		if err != nil {
			return Reply{}, err
		}
		return b.recorded(c, append(results, restored)...), nil
	}
	reply := b.recorded(c, results...)
	switch {
	case usable == "partly" || usable == "no":
		reply.Text += "\n" + lang.Text(c.lang, "bot.not_restored", nil)
		reply.Heard = false
	case c.inc.Restored.IsZero():
		n := c.inc.Number
		reply.Text += "\n" + lang.Text(c.lang, "bot.ask_usable", lang.Args{"Name": b.Name})
		reply.Card = &Card{Title: lang.Text(c.lang, "card.ask_restored", nil), Question: true, Buttons: []Button{
			c.view.button(n, lang.Text(c.lang, "card.button_usable", nil), "restored"),
			c.view.button(n, lang.Text(c.lang, "card.button_partly", nil), "mitigate --restored partly"),
		}}
	}
	return reply, nil
}

func usableOf(typed string) string {
	switch fold(typed) {
	case "partly", "partial", "一部", "一部のみ":
		return "partly"
	}
	on, ok := yes(typed)
	switch {
	case !ok:
		return ""
	case on:
		return "yes"
	}
	return "no"
}

// restored declares the service usable again, now or at the time in front of the text; --withdraw takes it back.
func (b *Bot) restored(ctx context.Context, c *call) (Reply, error) {
	cmd := incident.Restore{Withdraw: c.line.Has("withdraw")}
	var err error
	if !cmd.Withdraw {
		if cmd.Since, err = c.leadingTime("since"); err != nil {
			return Reply{}, err
		}
	}
	if cmd.Text, err = b.free(ctx, c, "text"); err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, cmd)
}

func (b *Bot) fix(ctx context.Context, c *call) (Reply, error) {
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.RecordFix{Text: text})
}

// hold stops work with a reason and a review time: hold vendor waiting for the part --review tomorrow 9:00.
func (b *Bot) hold(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	if word, rest := cutWord(c.line.Rest); c.inc.Hold != nil && isReview(word) {
		return b.extendHold(ctx, c, rest)
	}
	h := incident.Hold{For: c.line.Flag("for"), Ticket: c.line.Flag("ticket"), Contact: c.line.Flag("contact")}
	if word, rest := cutWord(c.line.Rest); h.For == "" && holdOf(word) != "" && rest != "" {
		h.For, c.line.Rest = holdOf(word), rest
	} else if h.For != "" {
		if h.For = holdOf(h.For); h.For == "" {
			return Reply{}, incident.Refuse("hold_for", "Given", c.line.Flag("for"))
		}
	}
	var err error
	if h.Review, err = c.future("review"); err != nil {
		return Reply{}, err
	}
	if h.Promised, err = c.future("promised"); err != nil {
		return Reply{}, err
	}
	if h.Reason, err = b.free(ctx, c, "reason"); err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.PutHold{Hold: h})
}

func holdOf(typed string) string {
	if f := oneOf(typed, holds(), func(h string, l lang.Lang) string { return words(l, "bot.hold_", h) }); f != "" {
		return f
	}
	return map[string]string{"利用者": "user", "ユーザー": "user", "ユーザ": "user", "customer": "user", "ベンダー": "vendor", "ベンダ": "vendor", "部品": "part", "変更": "change"}[fold(typed)]
}

func (b *Bot) resume(ctx context.Context, c *call) (Reply, error) {
	return b.act(ctx, c, incident.Resume{})
}
