package web

import (
	"strconv"

	"matoi/incident"
	"matoi/lang"
)

// notice is the deadline of the next update, nil while none is due.
func (v incidentView) notice() *clockView {
	for k := range v.Clocks {
		switch c := &v.Clocks[k]; c.Kind {
		case incident.FirstNotice, incident.CustomerNotice, incident.NextUpdate:
			if c.Running() {
				return c
			}
		}
	}
	return nil
}

// hasRole reports whether a person holds a role, acting included.
func hasRole(i *incident.Incident, p incident.PersonID, role incident.RoleID) bool {
	return i.Has(p, role) || role == incident.Manager && i.Manager() == "" && i.Acting == p && p != ""
}

// runningCount, tasksLeft and plainCount say in a word what is in a panel that may be folded.
func runningCount(rd *reader, list []clockView) string {
	n := 0
	for _, c := range list {
		if c.Met.IsZero() {
			n++
		}
	}
	return rd.T("page.clocks_count", "N", n)
}

func tasksLeft(rd *reader, i *incident.Incident) string {
	open, all := openTasks(i)
	if all == 0 {
		return ""
	}
	return rd.T("page.tasks_left", "Open", open, "N", all)
}

func plainCount(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// promisedWord is the id of what is said of the next update: promised by a person, or taken from the cadence.
func promisedWord(u updateView) string {
	if u.Promised {
		return "page.next_promised"
	}
	return "page.next_cadence"
}

func answerWord(r incident.Reporter) string {
	if r.Answer == "fixed" {
		return "page.says_fixed"
	}
	return "page.says_not_fixed"
}

func linkWord(rd *reader, kind string) string {
	if id := "bot.link_" + kind; lang.Has(rd.Lang, id) {
		return lang.Text(rd.Lang, id, nil)
	}
	return kind
}

func linkTitle(rd *reader, l incident.Link) string {
	if l.Title == "" {
		return l.URL
	}
	return rd.Plain(l.Title)
}

// openedBy is who opened an incident: a person, the monitoring, or Matoi.
func openedBy(rd *reader, i *incident.Incident) string {
	if i.Opener == "" && i.Alerts.Source != "" {
		return lang.Text(rd.Lang, "card.by_alert", nil)
	}
	return rd.Name(i.Opener)
}
