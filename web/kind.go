package web

import "matoi/incident"

// kindOf sorts a fact for people who read a timeline: into a group that can be filtered by, and under a word of its own
// (the text page.kind_<word>). The group book is bookkeeping, which is left out until asked for.
func kindOf(f incident.Fact) (group, word string) {
	for _, family := range []func(incident.Fact) (string, string){recordKind, workKind, lifeKind, peopleKind} {
		if group, word = family(f); group != "" {
			return group, word
		}
	}
	return "book", "book"
}

// groups are the groups of kinds in the order in which a filter offers them; their names are page.group_<group>.
func groups() []string {
	return []string{"decision", "finding", "work", "update", "life", "people", "alert", "due", "note", "book"}
}

func recordKind(f incident.Fact) (group, word string) {
	switch f := f.(type) {
	case *incident.Noted:
		switch f.Sort {
		case "decision":
			return "decision", "decision"
		case "finding":
			return "finding", "finding"
		case "theory":
			return "finding", "theory"
		case "action":
			return "work", "action"
		}
		if f.Message != nil {
			return "note", "message"
		}
		return "note", "note"
	case *incident.CauseRecorded:
		return "finding", "cause"
	case *incident.ImpactRecorded:
		return "finding", "impact"
	case *incident.Published:
		return "update", "update"
	case *incident.Erased, *incident.TextErased:
		return "note", "erased"
	}
	return "", ""
}

func workKind(f incident.Fact) (group, word string) {
	switch f.(type) {
	case *incident.DeedAnnounced, *incident.DeedClosed:
		return "work", "deed"
	case *incident.TaskAdded, *incident.TaskClaimed, *incident.TaskDone, *incident.TaskDropped:
		return "work", "task"
	case *incident.WorkaroundRecorded:
		return "work", "workaround"
	case *incident.FixRecorded:
		return "work", "fix"
	case *incident.MeasureAdded, *incident.MeasureDone, *incident.MeasureDropped:
		return "work", "measure"
	case *incident.AlertsMet:
		return "alert", "alert"
	case *incident.TargetMissed:
		return "due", "missed"
	case *incident.FurtherBegan, *incident.FurtherCorrected, *incident.FurtherFiled, *incident.FurtherExcused, *incident.FurtherResumed:
		return "due", "duty"
	case *incident.DeliveryFailed:
		return "due", "undelivered"
	case *incident.Reminded:
		return "book", "reminder"
	case *incident.ReportIssued:
		return "book", "report"
	}
	return "", ""
}

func lifeKind(f incident.Fact) (group, word string) {
	switch f.(type) {
	case *incident.Opened:
		return "life", "opened"
	case *incident.StatusChanged, *incident.Reopened, *incident.Cancelled, *incident.Undone:
		return "life", "status"
	case *incident.MergedInto, *incident.Absorbed, *incident.Released, *incident.Linked:
		return "life", "link"
	case *incident.RestorationDeclared, *incident.RestorationWithdrawn:
		return "life", "restored"
	case *incident.Resolved, *incident.Confirmed:
		return "life", "resolved"
	case *incident.Closed:
		return "life", "closed"
	case *incident.PutOnHold, *incident.HoldExtended, *incident.Resumed:
		return "life", "hold"
	case *incident.Prioritised, *incident.Retargeted:
		return "life", "priority"
	case *incident.Titled, *incident.Summarised, *incident.Categorised, *incident.ServicesNamed, *incident.Teamed, *incident.OccurrenceSet,
		*incident.ReporterAdded, *incident.AccessSet:
		return "life", "setting"
	}
	return "", ""
}

func peopleKind(f incident.Fact) (group, word string) {
	switch f.(type) {
	case *incident.RoleTaken, *incident.RoleLeft, *incident.RoleInvented, *incident.ActingBegan, *incident.Assigned:
		return "people", "role"
	case *incident.HandoverOffered, *incident.HandoverAnswered, *incident.TakenOver:
		return "people", "handover"
	case *incident.Acknowledged, *incident.Declined, *incident.ETAGiven:
		return "people", "responder"
	case *incident.Escalated, *incident.Called:
		return "people", "escalated"
	case *incident.Paged, *incident.Joined, *incident.Left, *incident.Spoke, *incident.RoomOpened, *incident.Asked, *incident.LanguageChosen:
		return "book", "room"
	case *incident.Snoozed:
		return "book", "reminder"
	}
	return "", ""
}
