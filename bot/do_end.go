package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"matoi/incident"
	"matoi/lang"
)

// resolve ends the work; its text is the fix.
func (b *Bot) resolve(ctx context.Context, c *call) (Reply, error) {
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.Resolve{Text: text})
}

// confirm is a reporter's answer: confirm, or notfixed.
func (b *Bot) confirm(ctx context.Context, c *call) (Reply, error) {
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	fixed := c.line.Verb.ID == "confirm"
	reply, err := b.act(ctx, c, incident.Confirm{Fixed: fixed, Text: text, NeverWorked: !fixed})
	return b.orGoOn(ctx, c, text, reply, err)
}

// reopen starts it again; what is on hold and not over goes on, since 再開 means both.
func (b *Bot) reopen(ctx context.Context, c *call) (Reply, error) {
	if c.inc.Hold != nil && c.inc.Open() && c.line.Alias == "再開" {
		return b.resume(ctx, c)
	}
	reason, err := b.free(ctx, c, "reason")
	if err != nil {
		return Reply{}, err
	}
	reply, err := b.act(ctx, c, incident.Reopen{Reason: reason, NeverWorked: c.line.Has("never")})
	return b.orGoOn(ctx, c, reason, reply, err)
}

// orGoOn opens a linked new incident where the old one was closed too long ago to be reopened.
func (b *Bot) orGoOn(ctx context.Context, c *call, reason string, reply Reply, err error) (Reply, error) {
	refusal, refused := errors.AsType[*incident.Refusal](err)
	if !refused || refusal.Code != "reopen_late" {
		return reply, err
	}
	old := c.inc
	for _, l := range old.Links {
		if l.Kind != "next" {
			continue
		}
		// The one it goes on in may be what this very request opened, and is sent again for want of an answer.
		if again, err := b.didNext(ctx, c); err != nil {
			return Reply{}, err
		} else if !again {
			return Reply{}, incident.Refuse("goes_on", "Number", l.To.String())
		}
	}
	if reason == "" {
		reason = old.Summary
	}
	res, err := b.doIn(ctx, c, 0, incident.Open{
		Title: old.Title, Summary: reason, Impact: old.Impact, Urgency: old.Urgency, Priority: old.Priority, Reason: old.Override,
		Category: old.Category, Services: old.Services, Team: old.Team, Channel: c.receipt(), Realm: cmp.Or(old.Realm, c.Place.Realm), Reported: c.now, Private: old.Private, Previous: old.Number,
	}, incident.By{Person: c.By})
	if err != nil {
		return Reply{}, err
	}
	if res.Incident == nil {
		return Reply{}, errors.New("an opening without an incident")
	}
	n := res.Incident.Number
	if old.Private {
		if _, err := b.doIn(ctx, c, n, incident.SetAccess{Private: true, Add: old.Insiders()}, incident.By{Person: c.By}); err != nil {
			return Reply{}, err
		}
	}
	if _, err := b.doIn(ctx, c, old.Number, incident.AddLink{Link: incident.Link{Kind: "next", To: n}}, incident.By{Person: c.By}); err != nil {
		return Reply{}, err
	}
	reply = b.opened(c, res.Incident, nil)
	reply.Text += "\n" + lang.Text(c.lang, "bot.went_on", lang.Args{"Number": old.Number.String()})
	return reply, nil
}

func (b *Bot) closing(ctx context.Context, c *call) (Reply, error) {
	pending, err := b.free(ctx, c, "pending")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.Close{Pending: pending})
}

func (b *Bot) cancel(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	reason, err := b.free(ctx, c, "reason")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.Cancel{Reason: reason})
}

// merge ends this incident in favour of another one.
func (b *Bot) merge(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	typed := c.word("into")
	n, ok := incident.ParseNumber(fold(typed))
	if !ok {
		return Reply{}, incident.Refuse("number", "Word", cutRunes(typed, 40))
	}
	if _, err := b.visible(ctx, c, n); err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.Merge{Into: n})
}

func (b *Bot) undo(ctx context.Context, c *call) (Reply, error) {
	return b.act(ctx, c, incident.Undo{})
}

// access makes an incident private or public, or changes who else may see a private one.
func (b *Bot) access(ctx context.Context, c *call) (Reply, error) {
	if c.line.Verb.ID == "public" {
		return b.act(ctx, c, incident.SetAccess{Private: false})
	}
	var people []incident.PersonID
	for len(people) < 20 {
		p, err := b.someone(ctx, c, "person")
		if err != nil {
			return Reply{}, err
		}
		if p == "" || slices.Contains(people, p) {
			break
		}
		people = append(people, p)
	}
	cmd := incident.SetAccess{Private: true, Add: people}
	if c.line.Has("remove") {
		cmd.Add, cmd.Remove = nil, people
	}
	return b.act(ctx, c, cmd)
}
