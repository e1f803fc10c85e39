package bot

import (
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// word gives a refusal in the reader's language. Its arguments are put into words first: people by name, times
// in the reader's zone, roles and statuses as they are called.
func (b *Bot) word(c *call, r *incident.Refusal) string {
	args := lang.Args{"Name": b.Name}
	for key, value := range r.Args {
		switch v := value.(type) {
		case incident.PersonID:
			args[key] = Escape(c.names(v))
		case time.Time:
			args[key] = lang.DateTime(c.lang, v, c.now, c.zone)
		case []string:
			args[key] = Escape(list(v, c.lang))
		case string:
			args[key] = wordArg(c, key, v)
		default:
			args[key] = v
		}
	}
	text := lang.Text(c.lang, "refusal."+r.Code, args)
	if near, ok := r.Args["Near"].([]string); ok && len(near) > 0 {
		id := "bot.near"
		switch r.Code {
		case "which_incident":
			id = "bot.near_open"
		case "role_ambiguous", "role_needed", "audience_unknown", "channel_unknown", "link_kind",
			"further_deed", "further_rule_needed", "further_which", "further_stage", "further_unknown", "further_not_begun":
			id = "bot.near_all" // these are all there are, not a guess
		}
		text += "\n" + lang.Text(c.lang, id, lang.Args{"Near": nearLines(r.Code, near)})
	}
	return text
}

func wordArg(c *call, key, v string) string {
	switch key {
	case "Status":
		return words(c.lang, "status.", v)
	case "Role":
		return Escape(roleName(c.inc, incident.RoleID(v), c.lang))
	}
	return Escape(cutRunes(unmention(v, c.names), 300))
}

// nearLines shows what may have been meant: open incidents one a line, words as they are typed.
func nearLines(code string, near []string) string {
	if code == "which_incident" {
		return "- " + strings.Join(near, "\n- ")
	}
	var out []string
	for _, n := range near {
		out = append(out, "`"+strings.ReplaceAll(n, "`", "'")+"`")
	}
	return strings.Join(out, " ")
}

// choices are buttons for what may have been meant: one press instead of typing it all again.
func (b *Bot) choices(c *call, r *incident.Refusal) *Card {
	near, _ := r.Args["Near"].([]string)
	if c.Kind != Typed || len(near) == 0 {
		return nil
	}
	card := &Card{Tone: Calm, Question: true}
	for _, n := range near[:min(len(near), 5)] {
		command := ""
		switch r.Code {
		case "unknown_verb":
			_, rest := cutWord(strings.TrimPrefix(strings.TrimSpace(c.Text), b.Name+" "))
			command = strings.TrimSpace(n + " " + rest)
		case "verb_missing":
			command = n + " " + strings.TrimPrefix(strings.TrimSpace(c.Text), b.Name+" ")
		case "which_incident":
			number, _, _ := strings.Cut(n, " ")
			command = strings.TrimSpace(c.Text) + " --in " + number
		case "role_ambiguous":
			ids := rolesNamed(c.inc, n)
			if len(ids) != 1 {
				continue
			}
			command = strings.TrimSpace("role --role "+string(ids[0])+" "+mention(c.person)) + " --in " + c.inc.Number.String()
		}
		if _, refusal := b.grammar.Parse(command); command != "" && refusal == nil {
			card.Buttons = append(card.Buttons, Button{Label: cutRunes(n, 60), Command: command})
		}
	}
	if len(card.Buttons) == 0 {
		return nil
	}
	return card
}

// inputOf tells which input of the sent form a refusal speaks of.
func (b *Bot) inputOf(c *call, r *incident.Refusal) string {
	if c.Kind != Sent || c.line == nil {
		return ""
	}
	if f, ok := r.Args["Flag"].(string); ok {
		return strings.TrimLeft(f, "-")
	}
	var names []string
	switch r.Code {
	case "title_needed", "title_long":
		names = []string{"title"}
	case "impact_unknown":
		names = []string{"impact"}
	case "urgency_unknown":
		names = []string{"urgency"}
	case "override_reason", "reason_needed":
		names = []string{"reason"}
	case "text_needed", "text_long", "measure_vague":
		names = []string{"text", "reason", "summary"}
	case "person_needed", "person_unknown", "person_ambiguous", "handover_self":
		names = []string{"person", "reporter", "owner", "target", "by"}
	case "role_unknown", "role_ambiguous", "role_needed", "role_held":
		names = []string{"role"}
	case "past", "time_unknown", "time_to_come_unknown", "time_needed", "future", "restored_before_occurred":
		names = []string{"next", "review", "eta", "at", "since", "occurred"}
	case "category_unknown":
		names = []string{"category"}
	case "number":
		names = []string{"into"}
	}
	for _, n := range names {
		if _, ok := c.Fields[n]; ok {
			return n
		}
	}
	return ""
}
