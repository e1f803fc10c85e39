package slacktest

import "slices"

// group is a user group. They exist on paid plans only.
type group struct {
	id, name, handle string
	users            []string
}

// Group makes a user group and gives its id.
func (w *Workspace) Group(handle string, users ...string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := &group{id: w.id("S"), name: handle, handle: handle, users: users}
	w.groups[g.id] = g
	return g.id
}

// GroupUsers gives the members of a user group, by its handle or id.
func (w *Workspace) GroupUsers(handle string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.groups {
		if g.id == handle || g.handle == handle {
			return slices.Clone(g.users)
		}
	}
	return nil
}

func (w *Workspace) groupJSON(g *group, users bool) object {
	out := object{
		"id": g.id, "team_id": w.Team, "is_usergroup": true, "name": g.name, "handle": g.handle, "description": "", "is_external": false,
		"date_create": 0, "date_update": 0, "date_delete": 0, "auto_type": nil, "user_count": len(g.users),
	}
	if users {
		out["users"] = append([]string{}, g.users...)
	}
	return out
}

// allowed refuses user groups on a free plan and where a policy keeps them for administrators.
func (w *Workspace) grouping() error {
	switch {
	case w.Free:
		return no("plan_upgrade_required")
	case w.Policies["usergroups"]:
		return no("permission_denied")
	}
	return nil
}

func (w *Workspace) usergroupsList(c *call) (object, error) {
	if err := w.needTeam(c); err != nil {
		return nil, err
	}
	out := []object{}
	for _, id := range sorted(w.groups) {
		out = append(out, w.groupJSON(w.groups[id], c.flag("include_users")))
	}
	return object{"usergroups": out}, nil
}

func (w *Workspace) usergroupsCreate(c *call) (object, error) {
	if err := w.grouping(); err != nil {
		return nil, err
	}
	if err := w.needTeam(c); err != nil {
		return nil, err
	}
	if c.str("name") == "" {
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: name"})
	}
	for _, g := range w.groups {
		switch {
		case g.name == c.str("name"):
			return nil, no("name_already_exists")
		case g.handle == c.str("handle") && c.str("handle") != "":
			return nil, no("handle_already_exists")
		}
	}
	g := &group{id: w.id("S"), name: c.str("name"), handle: c.str("handle")}
	w.groups[g.id] = g
	return object{"usergroup": w.groupJSON(g, true)}, nil
}

// usergroupsUsersUpdate replaces the whole list, which can't become empty.
func (w *Workspace) usergroupsUsersUpdate(c *call) (object, error) {
	if err := w.grouping(); err != nil {
		return nil, err
	}
	g := w.groups[c.str("usergroup")]
	users := c.words("users")
	switch {
	case g == nil:
		return nil, no("no_such_subteam")
	case len(users) == 0:
		return nil, no("no_users_provided")
	case slices.ContainsFunc(users, func(u string) bool { return w.users[u] == nil || w.users[u].Deleted || w.users[u].bot }):
		return nil, no("invalid_users")
	}
	g.users = users
	return object{"usergroup": w.groupJSON(g, true)}, nil
}

func (w *Workspace) usergroupsUsersList(c *call) (object, error) {
	g := w.groups[c.str("usergroup")]
	if g == nil {
		return nil, no("no_such_subteam")
	}
	return object{"users": append([]string{}, g.users...)}, nil
}
