package storage

import "matoi/incident"

// The conditions of the indexes incident_over and incident_unfinished, word for word: only so does a database use them.
const (
	isOver     = `status IN ('closed', 'cancelled', 'merged')`
	unfinished = `status NOT IN ('closed', 'cancelled', 'merged')`
)

// having asks for some of the statuses. Where all of them are over, or none is, an index leads past the others: there are
// many times more incidents that are over than others, and of those there may be thousands that are newer.
func having(a *args, statuses []incident.Status) string {
	over := 0
	for _, st := range statuses {
		if st == incident.StatusClosed || st == incident.StatusCancelled || st == incident.StatusMerged {
			over++
		}
	}
	some := `status IN (` + list(a, asStrings(statuses)) + `)`
	switch over {
	case 0:
		return unfinished + ` AND ` + some
	case len(statuses):
		return isOver + ` AND ` + some
	}
	return some
}
