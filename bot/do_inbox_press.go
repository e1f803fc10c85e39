package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// hush is how long the like of an alert is silenced where nobody says.
const hush = time.Hour

// LooseDeeds are the buttons of an alert that opened nothing. A button without Form does its deed at once, with what its form would have
// been filled with.
type LooseDeeds struct {
	First, More []Button // what people mostly want, and what stands behind it
	// Likely is the incident that the alert is added to by one press: the only open one of its service, or the one in whose room it was
	// asked. Number 0 for none.
	Likely incident.Row
}

// LooseDeeds gives the buttons of each of these alerts for a person.
func (b *Bot) LooseDeeds(ctx context.Context, l lang.Lang, me incident.Person, list []LooseAlert) ([]LooseDeeds, error) {
	return b.looseDeeds(ctx, l, me, incident.Row{}, list)
}

// looseDeeds does it; here is the open incident in whose room they are shown, Number 0 for none.
func (b *Bot) looseDeeds(ctx context.Context, l lang.Lang, me incident.Person, here incident.Row, list []LooseAlert) ([]LooseDeeds, error) {
	rules := mayRule(b.Policy(), me, b.Now())
	likely := map[string]incident.Row{}
	out := make([]LooseDeeds, len(list))
	for k, a := range list {
		row, asked := likely[a.Service]
		if here.Number != 0 {
			row, asked = here, true
		}
		if !asked {
			var err error
			if row, err = b.likely(ctx, me, a.Service); err != nil {
				return nil, err
			}
			likely[a.Service] = row
		}
		out[k] = deedsOf(l, a.Handle, row, rules)
	}
	return out, nil
}

// likely is the only open incident of a service that somebody may see. An alert that was added stays with its incident, so that of several
// a person has to choose.
func (b *Bot) likely(ctx context.Context, me incident.Person, service string) (incident.Row, error) {
	if service == "" {
		return incident.Row{}, nil
	}
	rows, err := b.Store.Find(ctx, incident.Filter{Viewer: incident.Viewer{Person: me.ID, All: me.Auditor}, Open: true, Service: service, Limit: 2})
	if err != nil {
		return incident.Row{}, fmt.Errorf("find the incident of an alert's service: %w", err)
	}
	if len(rows) != 1 {
		return incident.Row{}, nil
	}
	return rows[0], nil
}

func deedsOf(l lang.Lang, handle string, likely incident.Row, rules bool) LooseDeeds {
	at := func(label, command string, args lang.Args) Button {
		return Button{Label: lang.Text(l, "inbox.button_"+label, args), Command: "inbox " + command}
	}
	asks := func(label, command string) Button {
		button := at(label, command+" "+handle, nil)
		button.Form = true
		return button
	}
	d := LooseDeeds{Likely: likely, First: []Button{at("open", "open "+handle, nil), asks("attach", "attach")}}
	if likely.Number != 0 {
		number := likely.Number.String()
		d.First[1] = at("attach_to", "attach "+handle+" "+number, lang.Args{"Number": number})
	}
	d.More = []Button{at("hush", "silence "+handle+" "+length(hush), lang.Args{"For": lang.Span(l, hush)})}
	if rules {
		d.More = append(d.More, at("always_ignore", "rule "+handle+" --then ignore", nil), at("always_open", "rule "+handle+" --then open", nil))
	}
	d.More = append(d.More, asks("edit_open", "open"))
	if likely.Number != 0 {
		d.More = append(d.More, asks("attach_other", "attach"))
	}
	d.More = append(d.More, asks("silence", "silence"))
	if rules {
		d.More = append(d.More, asks("rule", "rule"))
	}
	return d
}

// deeds gives the buttons of alerts to the one who asks. In an incident's room that one is the likely one.
func (b *Bot) deeds(ctx context.Context, c *call, list ...LooseAlert) ([]LooseDeeds, error) {
	n, err := b.inRoom(ctx, c)
	if err != nil {
		return nil, err
	}
	var here incident.Row
	if n != 0 {
		i, err := b.Store.Load(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", n, err)
		}
		if i.Open() && incident.MaySee(i, c.viewer()) {
			here = i.AsRow()
		}
	}
	return b.looseDeeds(ctx, c.lang, c.me, here, list)
}

// mayRule says who makes rules: they decide what becomes of every alert. Managers and who is on call; everybody where nobody is named.
func mayRule(p incident.Policy, me incident.Person, now time.Time) bool {
	return mayOrder(p, me) || me.ID != "" && slices.Contains(p.OnDuty(now), me.ID)
}
