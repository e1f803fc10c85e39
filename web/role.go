package web

import (
	"context"
	"sync"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// inventedRoles keeps the names of roles that exist in one incident only: a row holds their ids, the record their names.
type inventedRoles struct {
	mu   sync.Mutex
	kept map[incident.Number]map[incident.RoleID]string
}

// mostInvented bounds how many incidents' own roles are remembered.
const mostInvented = 500

// name gives the name of a role that was invented in an incident, "" for one that cannot be read now. What is known is
// not read again: a role is never renamed, and another one has another id.
func (c *inventedRoles) name(s *Server, n incident.Number, id incident.RoleID) string {
	c.mu.Lock()
	name, ok := c.kept[n][id]
	c.mu.Unlock()
	if ok {
		return name
	}
	i, err := s.Store.Load(context.Background(), n)
	if err != nil {
		return ""
	}
	names := map[incident.RoleID]string{id: ""}
	for _, r := range i.Custom {
		names[r.ID] = r.Name
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= mostInvented {
		c.kept = map[incident.Number]map[incident.RoleID]string{}
	}
	c.kept[n] = names
	return names[id]
}

// Role is a role of an incident in full.
func (rd *reader) Role(n incident.Number, id incident.RoleID) string {
	if !lang.Has(rd.Lang, "role."+string(id)) {
		if name := rd.server.invented.name(rd.server, n, id); name != "" {
			return name
		}
	}
	return bot.RoleName(nil, id, rd.Lang)
}

// roleShort is a role in a word, for places where it stands beside a face.
func (rd *reader) roleShort(n incident.Number, id incident.RoleID) string {
	if text := "board.role_" + string(id); lang.Has(rd.Lang, text) {
		return rd.T(text)
	}
	return rd.Role(n, id)
}

// heldTitle says who holds what in full.
func (rd *reader) heldTitle(n incident.Number, h incident.Holder) string {
	role := rd.Role(n, h.Role)
	if h.Stream != "" {
		role += " (" + h.Stream + ")"
	}
	return rd.T("board.holds", "Role", role, "Name", rd.Name(h.Person))
}
