package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// The bounds of the short help, which is read on a telephone: lines of commands, and buttons below them.
const (
	shortLines   = 8
	shortButtons = 5
)

// shortHelp is what one needs now: in an incident's room the commands of its moment, elsewhere how to open one and to find
// those there are.
func (b *Bot) shortHelp(ctx context.Context, c *call) (Reply, error) {
	i, err := b.meant(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	var reply Reply
	lines := []string{lang.Text(c.lang, "help.short_intro", lang.Args{"Name": b.Name})}
	verbs := []string{"open", "list", "status", "me"}
	buttons := []Button{
		{Label: c.view.text("form.title_open"), Command: "open", Form: true, Style: "primary"},
		{Label: c.view.text("mine.see_board"), Command: "list"},
		{Label: c.view.text("mine.title"), Command: "list --mine"},
	}
	if i != nil {
		reply.Number = i.Number
		lines = []string{lang.Text(c.lang, "help.short_room", lang.Args{"Title": Escape(c.view.title(i))})}
		verbs, buttons = b.momentOf(c.view, i)
	}
	for _, id := range verbs {
		if v := b.grammar.Verb(id); v != nil {
			lines = append(lines, "- `"+b.grammar.Example(v, c.lang)+"` "+lang.Text(c.lang, "help."+v.ID, nil))
		}
	}
	all := Button{Label: lang.Text(c.lang, "help.all_button", nil), Command: "help all"}
	reply.Text = strings.Join(append(lines, "", lang.Text(c.lang, "help.short_outro", lang.Args{"Name": b.Name})), "\n")
	if !c.NoForms {
		reply.Card = &Card{Tone: Calm, Buttons: append(buttons[:min(len(buttons), shortButtons-1)], all)}
	}
	return reply, nil
}

// meant is the incident of the line or of the room, nil where there is none that may be seen: help is never refused.
func (b *Bot) meant(ctx context.Context, c *call) (*incident.Incident, error) {
	n := c.line.Number
	if n == 0 {
		var err error
		if n, err = b.inRoom(ctx, c); err != nil || n == 0 {
			return nil, err
		}
	}
	i, err := b.visible(ctx, c, n)
	if _, refused := errors.AsType[*incident.Refusal](err); refused {
		return nil, nil //nolint:nilnil // none is an answer
	}
	return i, err
}

// momentOf are the verbs of the buttons on an incident's card, the one that is due first, and the buttons. What people write at
// any time comes behind them.
func (b *Bot) momentOf(v View, i *incident.Incident) (verbs []string, buttons []Button) {
	buttons = v.buttons(i)
	for _, button := range buttons {
		line, refusal := b.grammar.Parse(button.Command)
		if refusal == nil && !slices.Contains(verbs, line.Verb.ID) {
			verbs = append(verbs, line.Verb.ID)
		}
	}
	always := []string{"log", "status"}
	verbs = slices.DeleteFunc(verbs, func(id string) bool { return slices.Contains(always, id) })
	return append(verbs[:min(len(verbs), shortLines-len(always))], always...), buttons
}
