package bot

import (
	"slices"

	"matoi/incident"
	"matoi/lang"
)

// timely are the verbs that fit what an incident is at, in the order in which they are likely: completion offers them
// first. A status that is not among them has none.
func timely() map[incident.Status][]string {
	working := []string{"update", "log", "finding", "theory", "action", "ask", "role"}
	return map[incident.Status][]string{
		"":                     {"open", "list", "status"},
		incident.New:           append([]string{"ack", "role", "priority", "triage", "investigate"}, working...),
		incident.Triaged:       append([]string{"investigate", "role", "priority", "impact"}, working...),
		incident.Investigating: append([]string{"identify", "mitigate"}, append(working, "decision", "escalate", "hold")...),
		incident.Identified:    append([]string{"mitigate", "cause", "fix", "resolve"}, append(working, "decision", "restored")...),
		incident.Mitigated:     append([]string{"restored", "fix", "resolve", "cause", "measure"}, working...),
		incident.OnHold:        {"resume", "update", "log", "clock", "cancel"},
		incident.StatusResolved: {
			"close", "confirm", "notfixed", "reopen", "cause", "measure", "impact", "summary", "report",
		},
		incident.StatusClosed:    {"report", "measure", "correct", "reopen", "summary"},
		incident.StatusCancelled: {"undo", "report", "list"},
		incident.StatusMerged:    {"undo", "list", "report"},
	}
}

// verbOffers lists all verbs, those that fit now in front. i may be nil.
func (g *Grammar) verbOffers(i *incident.Incident, name string, l lang.Lang) []offer {
	var status incident.Status
	heading := lang.Text(l, "compose.fits_here", nil)
	if i != nil {
		status = i.Shown()
		heading = lang.Text(l, "compose.fits_now", lang.Args{"Status": StatusName(status, l)})
	}
	first := timely()[status]
	var out []offer
	for _, id := range first {
		if v := g.byAlias[id]; v != nil {
			out = append(out, g.verbOffer(v, heading, name, l))
		}
	}
	for n := range g.verbs {
		if v := &g.verbs[n]; !slices.Contains(first, v.ID) {
			out = append(out, g.verbOffer(v, lang.Text(l, "help.group_"+v.Group, nil), name, l))
		}
	}
	return out
}

// verbOffer is a verb with what teaches it. In Japanese its Japanese name stands in front.
func (g *Grammar) verbOffer(v *Verb, group, name string, l lang.Lang) offer {
	forms := append([]string{v.ID}, v.Aliases...)
	if own := spoken(v, l); own != v.ID {
		forms = append([]string{own}, forms...)
	}
	return offer{
		Completion: Completion{
			Label: lang.Text(l, "help."+v.ID, nil), Group: group, Usage: name + " " + g.usage(v, l), Example: name + " " + g.Example(v, l),
		},
		forms: forms,
	}
}

// spoken is what a verb is called in a language: its id, or in Japanese its first Japanese alias.
func spoken(v *Verb, l lang.Lang) string {
	if l == lang.JA {
		for _, a := range v.Aliases {
			if !ascii(a) {
				return a
			}
		}
	}
	return v.ID
}
