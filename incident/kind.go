package incident

import "sync"

var kinds = sync.OnceValue(facts)

// The stored names.
func (*Opened) Kind() string               { return "opened" }
func (*Titled) Kind() string               { return "titled" }
func (*Summarised) Kind() string           { return "summarised" }
func (*Prioritised) Kind() string          { return "prioritised" }
func (*Retargeted) Kind() string           { return "retargeted" }
func (*Categorised) Kind() string          { return "categorised" }
func (*ServicesNamed) Kind() string        { return "services_named" }
func (*Teamed) Kind() string               { return "teamed" }
func (*Assigned) Kind() string             { return "assigned" }
func (*StatusChanged) Kind() string        { return "status_changed" }
func (*RestorationDeclared) Kind() string  { return "restored" }
func (*RestorationWithdrawn) Kind() string { return "restoration_withdrawn" }
func (*WorkaroundRecorded) Kind() string   { return "workaround" }
func (*FixRecorded) Kind() string          { return "fix" }
func (*CauseRecorded) Kind() string        { return "cause" }
func (*ImpactRecorded) Kind() string       { return "impact" }
func (*MeasureAdded) Kind() string         { return "measure_added" }
func (*Resolved) Kind() string             { return "resolved" }
func (*Confirmed) Kind() string            { return "confirmed" }
func (*Closed) Kind() string               { return "closed" }
func (*Reopened) Kind() string             { return "reopened" }
func (*Cancelled) Kind() string            { return "cancelled" }
func (*MergedInto) Kind() string           { return "merged_into" }
func (*Absorbed) Kind() string             { return "absorbed" }
func (*Released) Kind() string             { return "released" }
func (*Undone) Kind() string               { return "undone" }
func (*PutOnHold) Kind() string            { return "put_on_hold" }
func (*Resumed) Kind() string              { return "resumed" }
func (*RoleInvented) Kind() string         { return "role_invented" }
func (*RoleTaken) Kind() string            { return "role_taken" }
func (*RoleLeft) Kind() string             { return "role_left" }
func (*HandoverOffered) Kind() string      { return "handover_offered" }
func (*HandoverAnswered) Kind() string     { return "handover_answered" }
func (*TakenOver) Kind() string            { return "taken_over" }
func (*ActingBegan) Kind() string          { return "acting_began" }
func (*Asked) Kind() string                { return "asked" }
func (*Acknowledged) Kind() string         { return "acknowledged" }
func (*Declined) Kind() string             { return "declined" }
func (*ETAGiven) Kind() string             { return "eta_given" }
func (*Joined) Kind() string               { return "joined" }
func (*Left) Kind() string                 { return "left" }
func (*Spoke) Kind() string                { return "spoke" }
func (*Noted) Kind() string                { return "noted" }
func (*Revised) Kind() string              { return "revised" }
func (*DeedAnnounced) Kind() string        { return "deed_announced" }
func (*DeedClosed) Kind() string           { return "deed_closed" }
func (*TaskAdded) Kind() string            { return "task_added" }
func (*TaskClaimed) Kind() string          { return "task_claimed" }
func (*TaskDone) Kind() string             { return "task_done" }
func (*TaskDropped) Kind() string          { return "task_dropped" }
func (*Published) Kind() string            { return "published" }
func (*ReporterAdded) Kind() string        { return "reporter_added" }
func (*OccurrenceSet) Kind() string        { return "occurrence_set" }
func (*Linked) Kind() string               { return "linked" }
func (*RoomOpened) Kind() string           { return "room_opened" }
func (*AlertsMet) Kind() string            { return "alerts_met" }
func (*Reminded) Kind() string             { return "reminded" }
func (*TargetMissed) Kind() string         { return "target_missed" }
func (*Escalated) Kind() string            { return "escalated" }
func (*DeliveryFailed) Kind() string       { return "delivery_failed" }
func (*AccessSet) Kind() string            { return "access_set" }
func (*ReportIssued) Kind() string         { return "report_issued" }
func (*LanguageChosen) Kind() string       { return "language_chosen" }
func (*TextErased) Kind() string           { return "text_erased" }
func (*Called) Kind() string               { return "called" }
func (*Paged) Kind() string                { return "paged" }
