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

// concerns are the kinds of facts that change what a form decides. Forms that only add (log, task, measure) are
// overtaken by nothing.
func concerns(verb string) []string {
	life := []string{
		"status_changed", "restored", "restoration_withdrawn", "resolved", "confirmed", "closed", "reopened", "cancelled",
		"merged_into", "undone", "put_on_hold", "resumed",
	}
	switch verb {
	case "update":
		return append(life, "published", "prioritised", "impact", "workaround")
	case "mitigate", "restored", "resolve", "close", "reopen", "cancel", "merge", "hold":
		return life
	case "priority":
		return []string{"prioritised"}
	case "role", "handover", "takeover":
		return []string{"role_taken", "role_left", "role_invented", "handover_offered", "handover_answered", "taken_over", "acting_began"}
	case "escalate":
		return []string{"escalated"}
	}
	return nil
}

// looked is how many entries behind a form are read, and shown: who was away longer reads the timeline.
const (
	looked = 500
	told   = 8
)

// overtaken gives the form back, as it was filled in, with what others changed of its matter since it was opened: a form
// left open overnight must not overwrite what happened meanwhile. Sent once more it is taken. nil means nothing did.
func (b *Bot) overtaken(ctx context.Context, c *call) (*Reply, error) {
	if c.Kind != Sent || c.Seen == 0 || c.inc == nil || c.inc.Version <= c.Seen {
		return nil, nil
	}
	kinds := concerns(c.line.Verb.ID)
	if kinds == nil {
		return nil, nil
	}
	if known, err := b.Store.Knows(ctx, c.Place.Realm+":"+c.Cause); err != nil || known { // sent again: done already
		return nil, err
	}
	events, err := b.Store.Timeline(ctx, c.inc.Number, c.Seen, looked)
	if err != nil {
		return nil, fmt.Errorf("read what happened meanwhile: %w", err)
	}
	events = slices.DeleteFunc(events, func(e incident.Event) bool { return e.By == c.By || !slices.Contains(kinds, e.Fact.Kind()) })
	if len(events) == 0 {
		return nil, nil
	}
	reply, err := b.form(ctx, c)
	if err != nil {
		return nil, err
	}
	f := reply.Form
	for k, in := range f.Inputs { // as it was filled in, emptied inputs included
		if value, sent := c.Fields[in.Name]; sent {
			f.Inputs[k].Value = value
		}
	}
	lines := []string{lang.Text(c.lang, "form.meanwhile", nil)}
	for _, e := range events[max(0, len(events)-told):] {
		lines = append(lines, "- "+b.dated(c, e))
	}
	f.Text = strings.TrimSpace(strings.Join(lines, "\n") + "\n\n" + f.Text)
	return &reply, nil
}

// dated is an entry with its time and who made it.
func (b *Bot) dated(c *call, e incident.Event) string {
	text := Escape(cutRunes(sayer{i: c.inc, names: c.names, l: c.lang, zone: c.zone, now: c.now, policy: c.policy}.shown(e), 300))
	if e.By != "" {
		text = lang.Text(c.lang, "form.who_did", lang.Args{"Who": Escape(c.names(e.By)), "Text": text})
	}
	return lang.Text(c.lang, "bot.entry", lang.Args{"When": c.view.moment(occurrence(e)), "Seq": e.Seq, "Text": text})
}

// just is how long ago a deed of another still explains why there is nothing left to do.
const just = 2 * time.Minute

// quicker adds to an answer that nothing was left to do who did it, and when: two people press the same button in the
// same second, and both see the one deed.
func (b *Bot) quicker(ctx context.Context, c *call, reply Reply) (Reply, error) {
	if c.line == nil || c.inc == nil || reply.Refused != nil && !slices.Contains(outrun(), reply.Refused.Code) {
		return reply, nil
	}
	i, err := b.Store.Load(ctx, c.inc.Number) // as it is now, not as it was before the deed failed
	if err != nil {
		return reply, fmt.Errorf("read who was quicker: %w", err)
	}
	events, err := b.Store.Timeline(ctx, i.Number, max(0, i.Version-20), 20)
	if err != nil {
		return reply, fmt.Errorf("read who was quicker: %w", err)
	}
	for _, e := range slices.Backward(events) {
		if e.By != "" && e.By != c.By && c.now.Sub(e.At) <= just && slices.Contains(matter(c.line.Verb.ID), e.Fact.Kind()) {
			c.inc = i
			reply.Text += "\n" + lang.Text(c.lang, "bot.just_before", lang.Args{"Entry": b.dated(c, e)})
			return reply, nil
		}
	}
	return reply, nil
}

// outrun are the refusals that another's deed a moment ago may explain.
func outrun() []string {
	return []string{
		"already_so", "already_on_hold", "over", "merged", "reopen_first", "role_held", "role_exists", "task_taken", "task_unknown", "no_deed",
		"not_on_hold", "no_offer", "nothing_to_undo", "goes_on", "not_restored", "undo_instead", "not_holding",
	}
}

// matter is what a deed of a verb is about.
func matter(verb string) []string {
	switch verb {
	case "confirm", "notfixed", "undo", "resume", "investigate", "identify", "ack":
		return concerns("resolve")
	case "task":
		return []string{"task_claimed", "task_done", "task_dropped", "task_added"}
	case "deed":
		return []string{"deed_closed"}
	}
	return concerns(verb)
}
