package slacktest

import "time"

// User is a person or a bot of the workspace.
type User struct {
	ID, Name, Real, Email string
	Locale, Zone          string // "ja-JP", "Asia/Tokyo"; else en-US and UTC
	Deleted, Guest        bool
	Foreign               string // the team of a person from outside (Slack Connect)
	bot                   bool
	updated               int64
}

// Person makes a person who is in #general. Only Name is needed.
func (w *Workspace) Person(u User) *User {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.meet(u)
}

// meet makes a user; callers hold mu or are alone.
func (w *Workspace) meet(u User) *User {
	if u.ID == "" {
		u.ID = w.id("U")
	}
	fill := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	fill(&u.Real, u.Name)
	if !u.bot {
		fill(&u.Email, u.Name+"@example.com")
	}
	fill(&u.Locale, "en-US")
	fill(&u.Zone, "UTC")
	w.users[u.ID] = &u
	w.order = append(w.order, u.ID)
	if general := w.named("general"); general != nil && !u.Guest {
		general.join(u.ID)
	}
	return &u
}

// Change edits a person as the profile page or an administrator does, and sends user_change.
func (w *Workspace) Change(user string, edit func(*User)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.person(user)
	if u == nil {
		return
	}
	edit(u)
	u.updated = w.Now().Unix()
	if u.Deleted {
		for _, c := range w.channels {
			c.leave(u.ID)
		}
	}
	w.emit("user_change", nil, object{"user": w.userJSON(u, true), "cache_ts": u.updated})
}

// person finds a user for the test's own calls: an unknown one is a mistake of the test.
func (w *Workspace) person(id string) *User {
	u := w.users[id]
	if u == nil {
		w.t.Fatalf("slacktest: nobody has the id %q", id)
	}
	return u
}

func (w *Workspace) teamOf(u *User) string {
	if u.Foreign != "" {
		return u.Foreign
	}
	return w.Team
}

// userJSON is the object of users.info; the locale comes with include_locale only, the address with users:read.email.
func (w *Workspace) userJSON(u *User, address bool) object {
	profile := object{"real_name": u.Real, "display_name": u.Name, "real_name_normalized": u.Real, "display_name_normalized": u.Name, "team": w.teamOf(u)}
	if address && u.Email != "" {
		profile["email"] = u.Email
	}
	zone, err := time.LoadLocation(u.Zone)
	if err != nil {
		zone = time.UTC
	}
	label, offset := w.Now().In(zone).Zone()
	out := object{
		"id": u.ID, "team_id": w.teamOf(u), "name": u.Name, "deleted": u.Deleted, "real_name": u.Real, "profile": profile,
		"is_admin": false, "is_owner": false, "is_restricted": u.Guest, "is_ultra_restricted": false, "is_bot": u.bot,
		"is_app_user": false, "updated": u.updated,
	}
	if !u.Deleted {
		out["tz"], out["tz_label"], out["tz_offset"] = u.Zone, label, offset
	}
	switch { // whoever shares a channel with us is of another workspace, and no stranger
	case u.Foreign != "":
		shares := false
		for _, room := range w.channels {
			shares = shares || room.has(u.ID) && room.has(w.BotUser)
		}
		out["is_stranger"] = !shares
	case w.Enterprise != "":
		out["enterprise_user"] = object{"id": u.ID, "enterprise_id": w.Enterprise, "enterprise_name": "Example Grid", "is_admin": false, "is_owner": false, "teams": []string{w.Team}}
	}
	return out
}

func (w *Workspace) usersInfo(c *call) (object, error) {
	u := w.users[c.str("user")]
	if u == nil {
		return nil, no("user_not_found")
	}
	out := w.userJSON(u, w.has("users:read.email"))
	if c.flag("include_locale") {
		out["locale"] = u.Locale
	}
	return object{"user": out}, nil
}

func (w *Workspace) usersList(c *call) (object, error) {
	if err := w.needTeam(c); err != nil {
		return nil, err
	}
	page, next, err := paged(c, w.order, 1000)
	if err != nil {
		return nil, err
	}
	members := []object{}
	for _, id := range page {
		out := w.userJSON(w.users[id], w.has("users:read.email"))
		if c.flag("include_locale") {
			out["locale"] = w.users[id].Locale
		}
		members = append(members, out)
	}
	return object{"members": members, "cache_ts": w.Now().Unix(), "response_metadata": object{"next_cursor": next}}, nil
}

func (w *Workspace) usersLookupByEmail(c *call) (object, error) {
	for _, id := range w.order {
		if u := w.users[id]; u.Email != "" && u.Email == c.str("email") && !u.Deleted {
			return object{"user": w.userJSON(u, true)}, nil
		}
	}
	return nil, no("users_not_found")
}
