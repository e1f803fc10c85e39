package bot

import (
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// rolesNamed finds the roles that what was typed may mean: by id, alias or name of any language; a part of a
// name fits every role that has it, so that an ambiguous word asks instead of guessing. A whole name means its role,
// whatever else was called after it. i may be nil.
func rolesNamed(i *incident.Incident, typed string) []incident.RoleID {
	typed = squash(typed)
	if typed == "" {
		return nil
	}
	all := incident.Roles()
	if i != nil {
		all = append(all, i.Custom...)
	}
	var fits, whole []incident.RoleID
	for _, r := range all {
		names := append([]string{string(r.ID), r.Name, lang.Text(lang.JA, "role."+string(r.ID), nil), lang.Text(lang.EN, "role."+string(r.ID), nil)}, r.Aliases...)
		if slices.ContainsFunc(names, func(name string) bool { return fitsRole(squash(name), typed) }) {
			fits = append(fits, r.ID)
		}
		if slices.ContainsFunc(names, func(name string) bool { return squash(name) == typed }) {
			whole = append(whole, r.ID)
		}
	}
	if len(whole) > 0 {
		return whole
	}
	return fits
}

// squash evens out how a role is written: tech-lead, Tech Lead and tech_lead are one.
func squash(s string) string {
	return strings.Join(strings.FieldsFunc(fold(s), func(r rune) bool { return r == ' ' || r == '-' || r == '_' || r == '・' || r == '\u3000' }), " ")
}

// fitsRole: the whole name, or some of its words; for scripts without spaces, two characters of it or more.
func fitsRole(name, typed string) bool {
	switch {
	case name == "" || strings.HasPrefix(name, "⟦"):
		return false
	case name == typed:
		return true
	case typed[0] < 0x80:
		return strings.Contains(" "+name+" ", " "+typed+" ")
	}
	return len([]rune(typed)) >= 2 && strings.Contains(name, typed)
}

// roleOf finds the one role that is meant: role_unknown and role_ambiguous name what may have been.
func (c *call) roleOf(typed string) (incident.RoleID, error) {
	switch fits := rolesNamed(c.inc, typed); len(fits) {
	case 1:
		return fits[0], nil
	case 0:
		return "", incident.Refuse("role_unknown", "Role", cutRunes(typed, 40), "Near", c.nearRoles(typed))
	default:
		return "", incident.Refuse("role_ambiguous", "Word", cutRunes(typed, 40), "Near", c.roleNames(fits))
	}
}

func (c *call) roleNames(ids []incident.RoleID) []string {
	var out []string
	for _, id := range ids {
		name := roleName(c.inc, id, c.lang)
		if c.lang == lang.EN && !strings.HasPrefix(string(id), "own-") {
			name = string(id)
		}
		out = append(out, name)
	}
	return out
}

func (c *call) nearRoles(typed string) []string {
	var names []string
	for _, r := range incident.Roles() {
		names = append(append(names, string(r.ID)), r.Aliases...)
	}
	return nearest(typed, names, 3)
}
