package incident

import (
	"strings"
	"unicode/utf8"
)

// needText refuses an empty text, and one that stands there already.
func needText(text, now string, f Fact) ([]Entry, *Refusal) {
	switch {
	case strings.TrimSpace(text) == "":
		return no("text_needed")
	case text == now:
		return no("already_so")
	}
	return just(f)
}

// tooLong refuses texts past MaxText in whatever command carries them.
func tooLong(cmd Command) *Refusal {
	for _, t := range texts(cmd) {
		if len(t) > MaxText && utf8.RuneCountInString(t) > MaxText {
			return refuse("text_long", "Max", MaxText)
		}
	}
	return nil
}

// texts lists the free texts of a command.
func texts(cmd Command) []string {
	switch c := cmd.(type) {
	case Note:
		return []string{c.Text}
	case Revise:
		return []string{c.Text}
	case AnnounceDeed:
		return []string{c.Text}
	case CloseDeed:
		return []string{c.Result}
	case Publish:
		return []string{c.Text}
	case SetPriority:
		return []string{c.Reason}
	case SetSummary:
		return []string{c.Text}
	case SetCategory:
		return []string{c.Category}
	case SetServices:
		return c.Services
	case SetTeam:
		return []string{c.Team}
	case RecordWorkaround:
		return []string{c.Text}
	case RecordFix:
		return []string{c.Text}
	case RecordCause:
		return []string{c.Direct, c.Root}
	case RecordImpact:
		return []string{c.Text}
	case AddMeasure:
		return []string{c.Measure.Text, c.Measure.Kind, c.Measure.Owner, c.Measure.Due}
	case FinishMeasure:
		return []string{c.Result}
	case DropMeasure:
		return []string{c.Reason}
	case AddTask:
		return []string{c.Text}
	case FinishTask:
		return []string{c.Result}
	case DropTask:
		return []string{c.Reason}
	case AddReporter:
		return []string{c.Reporter.Contact}
	case AddLink:
		return []string{c.Link.URL, c.Link.Title}
	default:
		return textsOfLife(cmd)
	}
}

func textsOfLife(cmd Command) []string {
	switch c := cmd.(type) {
	case SetStatus:
		return []string{c.Text}
	case Restore:
		return []string{c.Text}
	case Resolve:
		return []string{c.Text}
	case Confirm:
		return []string{c.Text}
	case Close:
		return []string{c.Pending}
	case Reopen:
		return []string{c.Reason}
	case Cancel:
		return []string{c.Reason}
	case PutHold:
		return []string{c.Hold.Reason, c.Hold.Ticket, c.Hold.Contact}
	case InventRole:
		return []string{c.Name, c.Duty}
	case TakeRole:
		return []string{c.Stream}
	case TakeOver:
		return []string{c.Reason}
	case Ask:
		return []string{c.Text}
	case Decline:
		return []string{c.Reason}
	case Escalate:
		return []string{c.To, c.Reason}
	}
	return textsOfFurther(cmd)
}
