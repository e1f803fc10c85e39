package incident

import "time"

// Workspace is where a chat is at home on its platform: a workspace, a server or a tenant, with the organisation around it.
// Ids of channels and people mean something within it only.
type Workspace struct {
	Realm string // the chat, e.g. "console"
	ID    string // "" where a whole organisation has the app
	Org   string // "" where there is none around it
	Name  string
	User  string // our own account there
	Bot   string // its other id, where the platform writes that into messages
	Site  string // the address of its pages, with a slash behind it; "" for none
	Since time.Time
}

// Same reports whether an id of the one means the same in the other: within an organisation it does.
func (w Workspace) Same(o Workspace) bool {
	return w.ID != "" && w.ID == o.ID || w.Org != "" && w.Org == o.Org
}
