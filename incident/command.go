package incident

import (
	"time"

	"matoi/incident/calendar"
)

// Command is something asked for: Decide answers with the facts it makes true, or a Refusal.
type Command interface{ command() }

// The commands. Times are already resolved; people are ids.
type (
	// Open opens an incident. Priority 0 is taken from the matrix; Reason explains an override.
	Open struct {
		Title, Summary, Impact, Urgency string
		Priority                        Priority
		Reason, Category                string
		Services                        []string
		Team                            string
		Reporter                        Reporter
		Channel                         string
		Realm                           string // the chat in which it is asked for, if in one
		Happened                        Moment
		Detected, Reported              time.Time
		Private                         bool
		Source                          *Message
		Alert                           *AlertRef
		Group                           string
		Storm                           bool
		Previous                        Number
		Links                           []Link
		Escalation                      string // begun at once, by name; none that the policy lacks
		Ending                          Ending // what becomes of it when all its alerts are over
		Alone                           bool   // nothing merges it but people
	}
	// Note writes a timeline entry. Happened is when, if said; Message is the chat message it came from.
	Note struct {
		Sort, Text string
		Happened   Moment
		Message    *Message
	}
	// Revise gives entry Seq a later form; for a chat message Message names it instead. Why as in Revised.
	Revise struct {
		Seq     int64
		Message *Place
		Text    string
		Why     string
	}
	// AnnounceDeed is 作業宣言; CloseDeed ends it (Seq 0: the actor's latest).
	AnnounceDeed struct{ Text string }
	// CloseDeed tells how it went.
	CloseDeed struct {
		Seq    int64
		Result string
	}
	// SetPriority sets impact and urgency, or the priority itself with a reason.
	SetPriority struct {
		Impact, Urgency string
		Priority        Priority
		Reason          string
		// Why is PriorityDependency where Matoi itself raises, Service what it is for. It never lowers, nor changes what a person set.
		Why, Service string
	}
	// SetTitle, SetSummary, SetCategory, SetServices, SetTeam, Assign and SetOccurred set one thing each.
	SetTitle struct{ Title string }
	// SetLanguage chooses the language of the room; empty is the organisation's.
	SetLanguage struct{ Lang string }
	// SetSummary sets what a layman understands.
	SetSummary struct{ Text string }
	// SetCategory sets the category.
	SetCategory struct{ Category string }
	// SetServices sets the affected services; Add keeps the present ones.
	SetServices struct {
		Services []string
		Add      bool
	}
	// SetTeam puts it into a team's queue.
	SetTeam struct{ Team string }
	// Assign sets the assignee.
	Assign struct{ Person PersonID }
	// SetOccurred corrects when it began.
	SetOccurred struct{ Happened Moment }
	// SetStatus moves to triaged, investigating, identified or mitigated.
	SetStatus struct {
		To   Status
		Text string
	}
	// Restore declares the service usable again; Withdraw takes that back.
	Restore struct {
		Since    Moment
		Text     string
		Withdraw bool
	}
	// RecordWorkaround, RecordFix, RecordCause, RecordImpact and AddMeasure feed the report.
	RecordWorkaround struct{ Text string }
	// RecordFix records what mended it.
	RecordFix struct{ Text string }
	// RecordCause records direct or root cause.
	RecordCause struct{ Direct, Root string }
	// RecordImpact records who was affected.
	RecordImpact struct{ Text string }
	// AddMeasure adds a permanent measure. Day is the one that its Due names, 0 where that is a milestone.
	AddMeasure struct {
		Measure Measure
		Day     calendar.Date
	}
	// Resolve ends the work.
	Resolve struct{ Text string }
	// Confirm is a reporter's answer.
	Confirm struct {
		Fixed       bool
		Text        string
		NeverWorked bool
	}
	// Close ends the record; Pending names what is still open and where.
	Close struct{ Pending string }
	// Reopen starts it again.
	Reopen struct {
		Reason      string
		NeverWorked bool
	}
	// Cancel says that it was none.
	Cancel struct{ Reason string }
	// Merge ends this incident in favour of Into (decided over both by the Desk).
	Merge struct {
		Into Number
		Why  string // dependency, where Matoi itself does it because one service depends on the other; empty for people
	}
	// Undo takes the last deed back that can be.
	Undo struct{}
	// PutHold stops work. Review zero takes the policy's default.
	PutHold struct{ Hold Hold }
	// Resume ends the hold.
	Resume struct{ Why string }
	// InventRole adds a role to this incident.
	InventRole struct{ Name, Duty string }
	// TakeRole gives Role to Person (the actor's own claim, or an assignment).
	TakeRole struct {
		Role   RoleID
		Person PersonID
		Stream string
	}
	// LeaveRole gives it back.
	LeaveRole struct {
		Role   RoleID
		Person PersonID
	}
	// OfferHandover offers the actor's role to To; AnswerHandover answers; TakeOver is one-sided.
	OfferHandover struct {
		Role RoleID
		To   PersonID
	}
	// AnswerHandover accepts, declines or withdraws; Offer 0 is the one made to the actor.
	AnswerHandover struct {
		Offer  int64
		Answer string
	}
	// TakeOver takes a role from a holder who can't answer.
	TakeOver struct {
		Role   RoleID
		Reason string
	}
	// Ask calls a person in. Why as in Asked.
	Ask struct {
		Person PersonID
		Why    string
		Text   string
	}
	// Acknowledge, Decline and GiveETA answer.
	Acknowledge struct{}
	// Decline: can't.
	Decline struct{ Reason string }
	// GiveETA: when the actor will be there.
	GiveETA struct{ ETA time.Time }
	// Enter and Leave follow the room's members; Speak is any message of a person in the room.
	Enter struct{ Realm string }
	// Leave: the actor left the room.
	Leave struct{ Realm string }
	// Speak: the actor wrote in the room.
	Speak struct{}
	// AddTask, ClaimTask, FinishTask and DropTask are the life of a task.
	AddTask struct {
		Text  string
		Owner PersonID
	}
	// ClaimTask takes a task; Person empty is the actor.
	ClaimTask struct {
		ID     int
		Person PersonID
	}
	// FinishTask ends it with a result.
	FinishTask struct {
		ID     int
		Result string
	}
	// DropTask gives it up.
	DropTask struct {
		ID     int
		Reason string
	}
	// Publish publishes an update; Next zero takes the cadence, Sort empty is chosen from the state.
	Publish struct {
		Sort, Audience, Text string
		Next                 time.Time
	}
	// AddReporter adds somebody who wants to know.
	AddReporter struct{ Reporter Reporter }
	// AddLink ties it to another incident or a page.
	AddLink struct{ Link Link }
	// Escalate asks for more.
	Escalate struct {
		How    string
		Person PersonID
		To     string
		Reason string
	}
	// SetAccess changes who may see it.
	SetAccess struct {
		Private bool
		Add     []PersonID
		Remove  []PersonID
	}
	// IssueReport hands the report out.
	IssueReport struct{}

	// MeetAlerts is what a batch of alerts did to this incident. Total and Firing are counted after the batch.
	MeetAlerts struct {
		Attached, Refired, Cleared []AlertRef
		Hushed, Left               []AlertRef
		More, Total, Firing        int64
		Flapping, Settled          []AlertFlap
	}
	// ReceiveRoom is the receipt of a room; FailDelivery that of a delivery given up on.
	ReceiveRoom struct{ Room Room }
	// FailDelivery makes it visible.
	FailDelivery struct {
		Effect, Realm, Why string
		Person             PersonID // whom it was for
		Alone              bool     // they are reached in no other way
	}
	// RecordPage says what became of a call over a way beside the chat.
	RecordPage struct{ Page Paged }
	// Tick is the clock: whatever is due at now.
	Tick struct{}
)

func (Open) command()             {}
func (Note) command()             {}
func (Revise) command()           {}
func (AnnounceDeed) command()     {}
func (CloseDeed) command()        {}
func (SetPriority) command()      {}
func (SetTitle) command()         {}
func (SetLanguage) command()      {}
func (SetSummary) command()       {}
func (SetCategory) command()      {}
func (SetServices) command()      {}
func (SetTeam) command()          {}
func (Assign) command()           {}
func (SetOccurred) command()      {}
func (SetStatus) command()        {}
func (Restore) command()          {}
func (RecordWorkaround) command() {}
func (RecordFix) command()        {}
func (RecordCause) command()      {}
func (RecordImpact) command()     {}
func (AddMeasure) command()       {}
func (Resolve) command()          {}
func (Confirm) command()          {}
func (Close) command()            {}
func (Reopen) command()           {}
func (Cancel) command()           {}
func (Merge) command()            {}
func (Undo) command()             {}
func (PutHold) command()          {}
func (Resume) command()           {}
func (InventRole) command()       {}
func (TakeRole) command()         {}
func (LeaveRole) command()        {}
func (OfferHandover) command()    {}
func (AnswerHandover) command()   {}
func (TakeOver) command()         {}
func (Ask) command()              {}
func (Acknowledge) command()      {}
func (Decline) command()          {}
func (GiveETA) command()          {}
func (Enter) command()            {}
func (Leave) command()            {}
func (Speak) command()            {}
func (AddTask) command()          {}
func (ClaimTask) command()        {}
func (FinishTask) command()       {}
func (DropTask) command()         {}
func (Publish) command()          {}
func (AddReporter) command()      {}
func (AddLink) command()          {}
func (Escalate) command()         {}
func (SetAccess) command()        {}
func (IssueReport) command()      {}
func (MeetAlerts) command()       {}
func (ReceiveRoom) command()      {}
func (FailDelivery) command()     {}
func (RecordPage) command()       {}
func (Tick) command()             {}
