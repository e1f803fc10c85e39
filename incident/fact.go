package incident

import (
	"maps"
	"slices"
	"time"
)

// Fact is something that became true. Kind is its stored name and never changes.
type Fact interface{ Kind() string }

// AlertRef is what a fact keeps of an alert; the alert itself is a row of its own.
type AlertRef struct {
	Source  string    `json:"source"`
	Key     string    `json:"key"`
	Title   string    `json:"title" erase:"text"`
	Service string    `json:"service,omitempty"`
	Host    string    `json:"host,omitempty" erase:"text"`
	Link    string    `json:"link,omitempty" erase:"text"`
	Start   time.Time `json:"start"`
}

// AlertFlap is an alert that came and went so often, within that time or since it began.
type AlertFlap struct {
	Alert  AlertRef      `json:"alert"`
	Times  int64         `json:"times"`
	Within time.Duration `json:"within,omitempty"` // in which it was too often, and for how long it must hold still
	Sender bool          `json:"sender,omitempty"` // its monitoring system says so and keeps silent
}

// The facts. Those that set deadlines carry the resolved targets.
type (
	// Opened is the first fact of every incident.
	Opened struct {
		Title       string    `json:"title" erase:"text"`
		Summary     string    `json:"summary,omitempty" erase:"text"`
		Impact      string    `json:"impact"`
		Urgency     string    `json:"urgency"`
		Priority    Priority  `json:"priority"`
		Provisional bool      `json:"provisional,omitempty"`
		Override    string    `json:"override,omitempty" erase:"text"`
		Category    string    `json:"category,omitempty"`
		Services    []string  `json:"services,omitempty"`
		Team        string    `json:"team,omitempty"`
		Reporter    Reporter  `json:"reporter,omitzero"`
		Channel     string    `json:"channel,omitempty"`
		Realm       string    `json:"realm,omitempty"`   // the chat in which it was asked for
		Happened    Moment    `json:"happened,omitzero"` // occurred
		Detected    time.Time `json:"detected,omitzero"`
		Reported    time.Time `json:"reported,omitzero"`
		Private     bool      `json:"private,omitempty"`
		Source      *Message  `json:"source,omitempty"`
		Alert       *AlertRef `json:"alert,omitempty"`
		Group       string    `json:"group,omitempty"`
		Storm       bool      `json:"storm,omitempty"`
		Previous    Number    `json:"previous,omitempty"`
		Checklist   []string  `json:"checklist,omitempty"`
		Targets     Targets   `json:"targets"`
		Restore     time.Time `json:"restore"` // where the restoration clock starts
		Links       []Link    `json:"links,omitempty"`
		Ending      Ending    `json:"ending,omitzero"` // when all its alerts are over
		Alone       bool      `json:"alone,omitempty"` // nothing merges it but people
	}
	// Titled is a new title.
	Titled struct {
		Title string `json:"title" erase:"text"`
	}
	// Summarised is a summary a layman understands.
	Summarised struct {
		Text string `json:"text" erase:"text"`
	}
	// Prioritised sets impact, urgency and priority, with the targets that follow.
	Prioritised struct {
		Impact      string   `json:"impact"`
		Urgency     string   `json:"urgency"`
		Priority    Priority `json:"priority"`
		From        Priority `json:"from"`
		Provisional bool     `json:"provisional,omitempty"`
		Override    string   `json:"override,omitempty" erase:"text"`
		Reason      string   `json:"reason,omitempty" erase:"text"` // said though the matrix gives the same
		Why         string   `json:"why,omitempty"`                 // PriorityDependency, where Matoi itself did it
		Service     string   `json:"service,omitempty"`             // of Why: one that depends on the incident's; empty where there are several
		Targets     Targets  `json:"targets"`
	}
	// Categorised sets the category.
	Categorised struct {
		Category string `json:"category"`
		Team     string `json:"team,omitempty"` // the support team the category leads to
	}
	// ServicesNamed sets the affected services.
	ServicesNamed struct {
		Services []string `json:"services"`
	}
	// Teamed puts the incident into a team's queue.
	Teamed struct {
		Team string `json:"team"`
	}
	// Assigned sets the assignee (担当者), empty for none.
	Assigned struct {
		Person PersonID `json:"person"`
	}
	// StatusChanged moves between new, triaged, investigating, identified and mitigated.
	StatusChanged struct {
		From Status `json:"from"`
		To   Status `json:"to"`
		Text string `json:"text,omitempty" erase:"text"`
	}
	// Retargeted gives an incident other targets though its priority stayed: Why is policy, category or service.
	Retargeted struct {
		Targets Targets `json:"targets"`
		Why     string  `json:"why"`
	}
	// RestorationDeclared says that the service is usable again since Since; apart from resolved.
	RestorationDeclared struct {
		Since Moment `json:"since"`
		Text  string `json:"text,omitempty" erase:"text"`
		Every Length `json:"every"` // update cadence from now on
	}
	// RestorationWithdrawn takes it back: it was not usable after all.
	RestorationWithdrawn struct {
		Text  string `json:"text,omitempty" erase:"text"`
		Every Length `json:"every"`
	}
	// WorkaroundRecorded, FixRecorded, CauseRecorded, ImpactRecorded and MeasureAdded feed the report.
	WorkaroundRecorded struct {
		Text string `json:"text" erase:"text"`
	}
	// FixRecorded is what mended it, apart from the workaround.
	FixRecorded struct {
		Text string `json:"text" erase:"text"`
	}
	// CauseRecorded keeps direct and root cause apart; empty leaves the other as it is.
	CauseRecorded struct {
		Direct string `json:"direct,omitempty" erase:"text"`
		Root   string `json:"root,omitempty" erase:"text"`
	}
	// ImpactRecorded describes who and what was affected.
	ImpactRecorded struct {
		Text string `json:"text" erase:"text"`
	}
	// MeasureAdded is a permanent measure against recurrence.
	MeasureAdded struct {
		Measure Measure `json:"measure"`
	}
	// Resolved ends the work; the reporters are asked.
	Resolved struct {
		Text string `json:"text,omitempty" erase:"text"`
		From Status `json:"from"`
		How  string `json:"how,omitempty"` // alerts, where they were over and quiet for as long as was asked for
	}
	// Confirmed is a reporter's answer.
	Confirmed struct {
		Person PersonID `json:"person"`
		Fixed  bool     `json:"fixed"`
		Text   string   `json:"text,omitempty" erase:"text"`
	}
	// Closed ends the record. How is manager, confirmed or silence.
	Closed struct {
		How     string `json:"how"`
		Pending string `json:"pending,omitempty" erase:"text"` // what is still open and where
		From    Status `json:"from"`
	}
	// Reopened starts it again. NeverWorked counts the interval as downtime, "broke again" does not.
	Reopened struct {
		Reason      string  `json:"reason,omitempty" erase:"text"`
		NeverWorked bool    `json:"never_worked,omitempty"`
		Targets     Targets `json:"targets"`
		From        Status  `json:"from"`
	}
	// Cancelled says that it was no incident.
	Cancelled struct {
		Reason string `json:"reason" erase:"text"`
		From   Status `json:"from"`
	}
	// MergedInto ends this incident in favour of another.
	MergedInto struct {
		Into Number `json:"into"`
		From Status `json:"from"`
		Why  string `json:"why,omitempty"` // dependency, where Matoi itself did it
	}
	// Absorbed is its counterpart: reporters come along.
	Absorbed struct {
		Number    Number     `json:"number"`
		Title     string     `json:"title" erase:"text"`
		Reporters []Reporter `json:"reporters,omitempty"`
		Total     int64      `json:"total,omitempty"`
		Firing    int64      `json:"firing,omitempty"`
	}
	// Released undoes Absorbed.
	Released struct {
		Number Number `json:"number"`
		Total  int64  `json:"total,omitempty"`
		Firing int64  `json:"firing,omitempty"`
	}
	// Undone takes the deed of entry Seq back; Back is the state returned to.
	Undone struct {
		Seq     int64   `json:"seq"`
		Of      string  `json:"of"`
		Back    Before  `json:"back"`
		Targets Targets `json:"targets"`
	}
	// PutOnHold stops work with a reason and a review time.
	PutOnHold struct {
		Hold Hold `json:"hold"`
	}
	// Resumed ends a hold. Why is answered, review or by_hand.
	Resumed struct {
		Why string `json:"why"`
	}
	// RoleInvented adds a role to this incident.
	RoleInvented struct {
		Role Role `json:"role"`
	}
	// RoleTaken gives a role to a person.
	RoleTaken struct {
		Role   RoleID   `json:"role"`
		Person PersonID `json:"person"`
		Stream string   `json:"stream,omitempty"`
		From   PersonID `json:"from,omitempty"` // who held it until then, for a role of one
	}
	// RoleLeft gives a role back.
	RoleLeft struct {
		Role   RoleID   `json:"role"`
		Person PersonID `json:"person"`
	}
	// HandoverOffered waits for the other's answer; the brief is generated when it is shown.
	HandoverOffered struct {
		Role  RoleID    `json:"role"`
		From  PersonID  `json:"from"`
		To    PersonID  `json:"to"`
		Until time.Time `json:"until"`
	}
	// HandoverAnswered ends an offer. Answer is accepted, declined, expired or withdrawn.
	HandoverAnswered struct {
		Offer  int64    `json:"offer"`
		Role   RoleID   `json:"role"`
		From   PersonID `json:"from"`
		To     PersonID `json:"to"`
		Answer string   `json:"answer"`
	}
	// TakenOver is the one-sided change of holder.
	TakenOver struct {
		Role   RoleID   `json:"role"`
		From   PersonID `json:"from"`
		To     PersonID `json:"to"`
		Reason string   `json:"reason" erase:"text"`
	}
	// ActingBegan: the first to acknowledge acts as manager until someone takes the role.
	ActingBegan struct {
		Person PersonID `json:"person"`
	}
	// Asked calls a person. Why is manager, unacknowledged, escalation, help or role; Call and Trigger say which escalation does.
	Asked struct {
		Person  PersonID `json:"person"`
		Why     string   `json:"why"`
		Role    RoleID   `json:"role,omitempty"`
		Text    string   `json:"text,omitempty" erase:"text"`
		Call    string   `json:"call,omitempty"`
		Trigger string   `json:"trigger,omitempty"`
	}
	// Called is a step of an escalation: whom it went to, and whom it did not find. Each person is Asked besides.
	Called struct {
		Escalation string     `json:"escalation"`
		Handed     string     `json:"handed,omitempty"` // to another escalation, whose step it is
		Trigger    string     `json:"trigger"`          // Trigger.Key
		Since      time.Time  `json:"since"`            // which occurrence of the trigger
		Taken      int        `json:"taken"`            // steps so far, those that found nobody included
		Round      int        `json:"round"`            // from 1
		Step       int        `json:"step"`             // from 1
		Of         int        `json:"of"`               // so many
		Line       string     `json:"line,omitempty"`
		People     []PersonID `json:"people,omitempty"`
		Missing    []string   `json:"missing,omitempty"`         // targets that gave nobody, since the last step: "on_call:payments"
		Asleep     []PersonID `json:"asleep,omitempty"`          // passed over, because it is night where they are
		Room       bool       `json:"room,omitempty"`            // it is said in the room
		To         string     `json:"to,omitempty" erase:"text"` // a vendor, in words
		Slow       bool       `json:"slow,omitempty"`            // all rounds are over: it goes on at the pace of reminders

		Late time.Duration `json:"late,omitempty"` // as in Reminded
	}
	// Paged is what became of a call over one way beside the chat: State is sent or failed, Way its name.
	Paged struct {
		Person PersonID `json:"person"`
		Seq    int64    `json:"seq"` // of Asked
		Way    string   `json:"way"`
		State  string   `json:"state"`
		Why    string   `json:"why,omitempty" erase:"text"`
	}
	// Acknowledged: a person is on it.
	Acknowledged struct {
		Person PersonID `json:"person"`
	}
	// Declined: a person can't.
	Declined struct {
		Person PersonID `json:"person"`
		Reason string   `json:"reason,omitempty" erase:"text"`
	}
	// ETAGiven: when a person will be there.
	ETAGiven struct {
		Person PersonID  `json:"person"`
		ETA    time.Time `json:"eta"`
	}
	// Joined and Left follow the room's members.
	Joined struct {
		Person PersonID `json:"person"`
		Realm  string   `json:"realm"`
	}
	// Left: a person left the room.
	Left struct {
		Person PersonID `json:"person"`
		Realm  string   `json:"realm"`
	}
	// Spoke is the first message of a person of ours, where it is the first deed (response target).
	Spoke struct {
		Person PersonID `json:"person"`
	}
	// Noted is an entry people write or pin. Sort is note, finding, theory, decision or action; or SeenBySender, which nobody of the house
	// writes: the text is who acknowledged an alert where it comes from, and the name of its source.
	Noted struct {
		Sort    string   `json:"sort"`
		Text    string   `json:"text" erase:"text"`
		Message *Message `json:"message,omitempty"`
	}
	// Revised is a later form of entry Seq. Why is edited, deleted, unpinned or corrected.
	Revised struct {
		Seq  int64  `json:"seq"`
		Text string `json:"text" erase:"text"`
		Why  string `json:"why"`
	}
	// DeedAnnounced is 作業宣言: "I am about to …".
	DeedAnnounced struct {
		Text  string `json:"text" erase:"text"`
		Clash int64  `json:"clash,omitempty"` // seq of the open deed it may clash with
	}
	// DeedClosed tells how the deed of entry Seq went.
	DeedClosed struct {
		Seq    int64  `json:"seq"`
		Result string `json:"result" erase:"text"`
	}
	// TaskAdded, TaskClaimed, TaskDone and TaskDropped are the life of a task.
	TaskAdded struct {
		ID        int      `json:"id"`
		Text      string   `json:"text" erase:"text"`
		Checklist bool     `json:"checklist,omitempty"`
		Owner     PersonID `json:"owner,omitempty"`
	}
	// TaskClaimed: a person does it now.
	TaskClaimed struct {
		ID     int      `json:"id"`
		Person PersonID `json:"person"`
	}
	// TaskDone: it is done, with its result.
	TaskDone struct {
		ID     int    `json:"id"`
		Result string `json:"result,omitempty" erase:"text"`
	}
	// TaskDropped: it need not be done.
	TaskDropped struct {
		ID     int    `json:"id"`
		Reason string `json:"reason,omitempty" erase:"text"`
	}
	// Published is an update, stored exactly as sent. Sort is first, update, restored or final.
	Published struct {
		Sort     string    `json:"sort"`
		Audience string    `json:"audience"`
		Text     string    `json:"text" erase:"text"`
		Next     time.Time `json:"next,omitzero"`
		Promised bool      `json:"promised,omitempty"` // Next was said by a person, not taken from the cadence
	}
	// ReporterAdded adds somebody who wants to know.
	ReporterAdded struct {
		Reporter Reporter `json:"reporter"`
	}
	// OccurrenceSet corrects when it began.
	OccurrenceSet struct {
		Happened Moment    `json:"happened"`
		Restore  time.Time `json:"restore,omitzero"` // where the restoration clock starts now
	}
	// Linked ties the incident to another one or to a page.
	Linked struct {
		Link Link `json:"link"`
	}
	// RoomOpened is the receipt of a room. Of one that was known already Was is the name it had: it has another one now, or
	// something else about it changed.
	RoomOpened struct {
		Room Room   `json:"room"`
		Was  string `json:"was,omitempty"`
	}
	// AlertsMet is one fact per incident and batch: which alerts attached, cleared or fired anew.
	AlertsMet struct {
		Attached []AlertRef `json:"attached,omitempty"`
		Refired  []AlertRef `json:"refired,omitempty"`
		Cleared  []AlertRef `json:"cleared,omitempty"`
		More     int64      `json:"more,omitempty"` // further ones not listed
		Total    int64      `json:"total"`          // alerts of this incident after the batch
		Firing   int64      `json:"firing"`

		Flapping []AlertFlap `json:"flapping,omitempty"` // that begin to come and go: they are only counted from now on
		Settled  []AlertFlap `json:"settled,omitempty"`  // that have held still

		Hushed []AlertRef `json:"hushed,omitempty"` // that fire anew under a silence: they count, and the room isn't told
		Left   []AlertRef `json:"left,omitempty"`   // that fired still when this was over, fire anew and belong elsewhere since
	}
	// Reminded: a reminder went out for a clock. Step is a share in percent, 100 at the miss, above it after it.
	Reminded struct {
		Clock ClockKind `json:"clock"`
		Step  int       `json:"step"`
		Due   time.Time `json:"due"`
		Rung  int       `json:"rung,omitempty"` // of what repeats, from 1 since the last sign of life (ladder.go)
		Up    PersonID  `json:"up,omitempty"`   // which manager is told, too
		To    PersonID  `json:"to,omitempty"`   // whom alone it is for: what they put off is over

		Late time.Duration `json:"late,omitempty"` // after its own time, where that was LateFrom and more: Matoi or its database was away
	}
	// TargetMissed: the clock's target passed.
	TargetMissed struct {
		Clock ClockKind `json:"clock"`
		Step  int       `json:"step"` // as in Reminded: 100, or above when it was noticed late
		Due   time.Time `json:"due"`

		Late time.Duration `json:"late,omitempty"` // as in Reminded
	}
	// Escalated asks for more. How is functional or hierarchical.
	Escalated struct {
		How    string   `json:"how"`
		Line   int      `json:"line,omitempty"`
		Person PersonID `json:"person,omitempty"`
		To     string   `json:"to,omitempty" erase:"text"` // team or vendor, in words
		Reason string   `json:"reason" erase:"text"`
		Policy string   `json:"policy,omitempty"` // the escalation that was asked for by name; How is then policy
	}
	// DeliveryFailed makes a delivery that was given up on visible.
	DeliveryFailed struct {
		Effect string   `json:"effect"`
		Realm  string   `json:"realm"`
		Why    string   `json:"why" erase:"text"`
		Person PersonID `json:"person,omitempty"` // whom it was for
		Alone  bool     `json:"alone,omitempty"`  // they are reached in no other way
	}
	// AccessSet changes who may see the incident.
	AccessSet struct {
		Private bool       `json:"private"`
		Members []PersonID `json:"members,omitempty"`
		Removed []PersonID `json:"removed,omitempty"` // taken out, though they were asked or joined before
	}
	// LanguageChosen: the room is written in Lang from now on; empty is the organisation's.
	LanguageChosen struct {
		Lang string `json:"lang"`
	}
	// TextErased: the texts of earlier entries were taken out of the record, for a reason that names nobody. It vouches for
	// what was left of each.
	TextErased struct {
		Entries []Remains `json:"entries"`
		Reason  string    `json:"reason"`
	}
	// ReportIssued: the report was handed out as version Version.
	ReportIssued struct {
		Version int `json:"version"`
	}
)

// facts makes an empty value of each kind; the key is what Kind returns.
func facts() map[string]func() Fact {
	return map[string]func() Fact{
		"opened": zero[Opened], "titled": zero[Titled], "summarised": zero[Summarised], "prioritised": zero[Prioritised], "retargeted": zero[Retargeted],
		"categorised": zero[Categorised], "services_named": zero[ServicesNamed], "teamed": zero[Teamed], "assigned": zero[Assigned],
		"status_changed": zero[StatusChanged], "restored": zero[RestorationDeclared], "restoration_withdrawn": zero[RestorationWithdrawn],
		"workaround": zero[WorkaroundRecorded], "fix": zero[FixRecorded], "cause": zero[CauseRecorded], "impact": zero[ImpactRecorded],
		"measure_added": zero[MeasureAdded], "resolved": zero[Resolved], "confirmed": zero[Confirmed], "closed": zero[Closed],
		"reopened": zero[Reopened], "cancelled": zero[Cancelled], "merged_into": zero[MergedInto], "absorbed": zero[Absorbed],
		"released": zero[Released], "undone": zero[Undone], "put_on_hold": zero[PutOnHold], "resumed": zero[Resumed],
		"role_invented": zero[RoleInvented], "role_taken": zero[RoleTaken], "role_left": zero[RoleLeft],
		"handover_offered": zero[HandoverOffered], "handover_answered": zero[HandoverAnswered], "taken_over": zero[TakenOver],
		"acting_began": zero[ActingBegan], "asked": zero[Asked], "acknowledged": zero[Acknowledged], "declined": zero[Declined],
		"eta_given": zero[ETAGiven], "joined": zero[Joined], "left": zero[Left], "spoke": zero[Spoke], "noted": zero[Noted],
		"revised": zero[Revised], "deed_announced": zero[DeedAnnounced], "deed_closed": zero[DeedClosed], "task_added": zero[TaskAdded],
		"task_claimed": zero[TaskClaimed], "task_done": zero[TaskDone], "task_dropped": zero[TaskDropped], "published": zero[Published],
		"reporter_added": zero[ReporterAdded], "occurrence_set": zero[OccurrenceSet], "linked": zero[Linked], "room_opened": zero[RoomOpened],
		"alerts_met": zero[AlertsMet], "reminded": zero[Reminded], "target_missed": zero[TargetMissed], "escalated": zero[Escalated],
		"delivery_failed": zero[DeliveryFailed], "access_set": zero[AccessSet], "report_issued": zero[ReportIssued], "language_chosen": zero[LanguageChosen],
		"text_erased": zero[TextErased], "called": zero[Called], "paged": zero[Paged], "further_began": zero[FurtherBegan], "further_corrected": zero[FurtherCorrected],
		"further_filed": zero[FurtherFiled], "further_excused": zero[FurtherExcused], "further_resumed": zero[FurtherResumed], "measure_done": zero[MeasureDone], "measure_dropped": zero[MeasureDropped], "hold_extended": zero[HoldExtended], "snoozed": zero[Snoozed],
	}
}

func zero[T any, P interface {
	*T
	Fact
}]() Fact {
	return P(new(T))
}

// Kinds lists every kind of fact, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds())) }
