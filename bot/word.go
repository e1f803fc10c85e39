package bot

import (
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// StatusName words a status.
func StatusName(s incident.Status, l lang.Lang) string { return words(l, "status.", string(s)) }

// PriorityName words a priority with its label: P1 最高.
func PriorityName(p incident.Priority, l lang.Lang) string {
	if p == 0 {
		return lang.Text(l, "priority.none", nil)
	}
	return words(l, "priority.", p.String())
}

// RoleName words a role, also one invented for the incident (which may be nil).
func RoleName(i *incident.Incident, id incident.RoleID, l lang.Lang) string {
	return roleName(i, id, l)
}

func roleName(i *incident.Incident, id incident.RoleID, l lang.Lang) string {
	if i != nil {
		if r, ok := i.Role(id); ok && r.Name != "" {
			return r.Name
		}
	}
	return words(l, "role.", string(id))
}

// ClockName words a kind of deadline.
func ClockName(k incident.ClockKind, l lang.Lang) string { return clockName(k, l) }

func clockName(k incident.ClockKind, l lang.Lang) string {
	what, _ := k.Of()
	return words(l, "clock.", string(what))
}

// ChatName words the realm of a chat; where there are several of a kind, with its own name behind it.
func ChatName(realm string, l lang.Lang) string {
	kind, own, _ := strings.Cut(realm, ":")
	name := words(l, "people.realm_", kind)
	if own != "" {
		name += " (" + own + ")"
	}
	return name
}

// words looks up prefix + value; a value that configuration may have made up stands for itself.
func words(l lang.Lang, prefix, value string) string {
	if value != "" && lang.Has(l, prefix+value) {
		return lang.Text(l, prefix+value, nil)
	}
	return value
}

// levelName words a level of impact or urgency; levels of a configured matrix stand for themselves.
func levelName(id string, l lang.Lang) string {
	if id == "" {
		id = incident.Unknown
	}
	return words(l, "priority.level_", id)
}

func audienceName(a string, l lang.Lang) string { return words(l, "update.audience_", a) }

func channelName(c string, l lang.Lang) string { return words(l, "bot.channel_", c) }

func updateName(sort string, l lang.Lang) string { return words(l, "update.sort_", sort) }

func sortName(sort string, l lang.Lang) string { return words(l, "bot.sort_", sort) }

// TaskText words a task: the shipped checklist in the reader's language, others as written.
func TaskText(t incident.Task, l lang.Lang) string { return taskText(t, l) }

// taskText words a task: the shipped checklist by its text id, others as written.
func taskText(t incident.Task, l lang.Lang) string {
	if t.Checklist {
		return words(l, "task.", t.Text)
	}
	return t.Text
}

// CategoryName words a category in the policy's own words; one it does not know stands for itself.
func CategoryName(p incident.Policy, id string, l lang.Lang) string { return categoryName(p, id, l) }

// categoryName words a category in the policy's own words.
func categoryName(p incident.Policy, id string, l lang.Lang) string {
	for _, c := range p.Categories {
		if c.ID == id {
			if l == lang.EN && c.EN != "" {
				return c.EN
			}
			if l == lang.JA && c.JA != "" {
				return c.JA
			}
		}
	}
	return id
}

func reporterName(r incident.Reporter, names Names) string {
	switch {
	case r.Person != "" && r.Contact != "":
		return names(r.Person) + " (" + r.Contact + ")"
	case r.Person != "":
		return names(r.Person)
	}
	return r.Contact
}

// list joins words as the language does.
func list(items []string, l lang.Lang) string {
	return strings.Join(items, lang.Text(l, "bot.comma", nil))
}

// known gives value if it is one of those there is a text for, else the first of them.
func known(value string, of ...string) string {
	if slices.Contains(of, value) {
		return value
	}
	return of[0]
}
