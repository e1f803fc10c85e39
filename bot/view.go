package bot

import (
	"context"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// View is for whom something is shown: names, language, zone, and the moment of showing.
type View struct {
	Names   Names
	Lang    lang.Lang
	Zone    *time.Location
	Now     time.Time
	BaseURL string // "" gives no links
	Policy  incident.Policy
	lags    *lags
	busy    func(service string) []incident.Row // open incidents that everybody may see; nil knows of none
	here    string                              // the realm in which it is shown, "" for pages
}

// View is what pages show with: real names, in the reader's language; zone nil is the organisation's.
func (b *Bot) View(ctx context.Context, l lang.Lang, zone *time.Location) View {
	p := b.Policy()
	if zone == nil {
		zone = p.Zone
	}
	return View{Names: b.names(ctx, l), Lang: l, Zone: zone, Now: b.Now(), BaseURL: b.BaseURL, Policy: p, lags: b.lags, busy: b.busyOnce(ctx, p)}
}

func (v View) text(id string, kv ...any) string {
	return sayer{l: v.Lang}.text(id, kv...)
}

func (v View) when(t time.Time) string { return lang.DateTime(v.Lang, t, v.Now, v.Zone) }

func (v View) moment(m incident.Moment) string {
	return lang.When(v.Lang, lang.Moment{At: m.At, Approx: m.Approx}, v.Now, v.Zone)
}

// say words an entry in one escaped line.
func (v View) say(e incident.Event, i *incident.Incident) string {
	return Escape(sayer{i: i, names: v.Names, l: v.Lang, zone: v.Zone, now: v.Now, policy: v.Policy}.shown(e))
}

// shown is the fact's text with mentions put back.
func (s sayer) shown(e incident.Event) string { return unmention(s.fact(e), s.names) }

// link is the incident's page.
func (v View) link(n incident.Number) string {
	if v.BaseURL == "" {
		return ""
	}
	return strings.TrimRight(v.BaseURL, "/") + "/incidents/" + n.String()
}

// button makes a button whose typed equal works anywhere, not only in the incident's room. The label is the text
// button.<id>.
func (v View) button(n incident.Number, label, command string) Button {
	return Button{Label: label, Command: inCommand(n, command)}
}

func (v View) form(n incident.Number, label, verb string) Button {
	b := v.button(n, label, verb)
	b.Form = true
	return b
}

// inCommand adds --in behind the verb's words.
func inCommand(n incident.Number, command string) string { return command + " --in " + n.String() }

// plain keeps a title from pinging or being read as markup where a platform shows plain text.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, lang.Clean(strings.ReplaceAll(s, "@", "@"+silence)))
}

// title is the number with the title, the title short enough for a line.
func (v View) title(i *incident.Incident) string {
	return i.Number.String() + " " + plain(cutRunes(unmention(i.Title, v.Names), 150))
}

// priority is P2 高 with its impact × urgency, and whether it is provisional.
func (v View) priority(i *incident.Incident) string {
	line := v.text("card.priority", "Priority", PriorityName(i.Priority, v.Lang), "Impact", Escape(levelName(i.Impact, v.Lang)), "Urgency", Escape(levelName(i.Urgency, v.Lang)))
	if i.Provisional {
		line += " " + v.text("card.provisional")
	}
	return line
}

// clock names a deadline; a promise says to whom it was made.
func (v View) clock(c *incident.Clock) string {
	name := clockName(c.Kind, v.Lang)
	if c.Audience == "" {
		return name
	}
	return v.text("card.clock_for", "Clock", name, "Audience", audienceName(c.Audience, v.Lang))
}

// due words a running clock: what, when, and how long until then.
func (v View) due(c *incident.Clock) string {
	id := "card.due"
	if !c.Due.After(v.Now) {
		id = "card.overdue"
	}
	return v.text(id, "Clock", v.clock(c), "Due", v.when(c.Due), "Ago", lang.Ago(v.Lang, v.Now.Sub(c.Due)))
}
