package storage

import "matoi/incident"

// visible is the twin of incident.MaySee in SQL, for queries over the table incident: a contract test over random
// incidents and viewers holds them together. Rows of insider exist only while an incident is private.
func visible(a *args, v incident.Viewer) string {
	if v.All {
		return "TRUE"
	}
	return "(NOT incident.private OR EXISTS (SELECT 1 FROM insider WHERE insider.number = incident.number AND insider.person = " +
		a.add(string(v.Person)) + "))"
}

// seen is visible for channels of the built-in chat. A channel in which an incident is worked shows to whoever may see
// the incident; a private channel to its members, and where it is an incident's also to the insiders. Direct messages are
// their members' alone.
func seen(a *args, v incident.Viewer) string {
	member := "EXISTS (SELECT 1 FROM member WHERE member.channel = channel.id AND member.person = " + a.add(string(v.Person)) + ")"
	all := "FALSE"
	if v.All {
		all = "NOT channel.direct"
	}
	return "(CASE WHEN channel.number = 0 THEN NOT channel.private OR " + member + " OR " + all +
		" ELSE EXISTS (SELECT 1 FROM incident WHERE incident.number = channel.number AND " + visible(a, v) +
		" AND (NOT channel.private OR incident.private OR " + member + " OR " + all + ")) END)"
}
