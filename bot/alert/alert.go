package alert

import (
	"time"
)

// The two states of an alert, as Alert.Status and Row.Status hold them. An event that changes neither has the status
// that it was reported with.
const (
	Firing   = "firing"
	Resolved = "resolved"
)

// What a request says happened, as Alert.Event holds it. That a trigger repeats a known alert is for Meet to notice.
const (
	EventTrigger     = "trigger"
	EventUpdate      = "update"
	EventAcknowledge = "acknowledge"
	EventNote        = "note"
	EventResolve     = "resolve"
	// EventFlappingStart says that a check goes to and fro, so that its sender keeps silent; EventFlappingEnd that it has
	// settled, in the state that Alert.Status tells.
	EventFlappingStart = "flapping_start"
	EventFlappingEnd   = "flapping_end"
	// EventMaintenanceStart and EventMaintenanceEnd are about planned work, during which the sender keeps silent.
	EventMaintenanceStart = "maintenance_start"
	EventMaintenanceEnd   = "maintenance_end"
)

// The severities, from worst to unknown, as Alert.Severity holds them.
const (
	Critical = "critical"
	Error    = "error"
	Warning  = "warning"
	Notice   = "info"
	Unknown  = "unknown"
)

// Alert is one message of a monitoring system about one thing that is wrong, or is right again. All texts are cleaned
// and bounded: whoever shows them only has to escape them.
type Alert struct {
	Source   string `json:"source"`
	Status   string `json:"status"`
	Event    string `json:"event"`
	Severity string `json:"severity"`
	// Title is one line of at most 300 runes. It is empty only where an acknowledgement or an all-clear names nothing
	// but its key.
	Title   string `json:"title"`
	Service string `json:"service"`
	Host    string `json:"host"`
	// DedupeKey is the sender's own key behind the name of the source; it is the same from firing to resolved.
	DedupeKey string `json:"dedupe_key"`
	// StartsAt tells the occurrence, in UTC microseconds. It is the time of receipt if Undated.
	StartsAt time.Time `json:"starts_at"`
	// EndsAt is when a resolved alert ended, where the sender says so.
	EndsAt time.Time `json:"ends_at,omitzero"`
	// Undated says that the sender gave no start, or an absurd one, or one of this message alone, so StartsAt tells nothing
	// about the occurrence that burns.
	Undated     bool              `json:"undated,omitempty"`
	Link        string            `json:"link"`
	Runbook     string            `json:"runbook,omitempty"`
	Actor       string            `json:"actor,omitempty"`
	Comment     string            `json:"comment,omitempty"`
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	// Check is what the sender calls the thing it looks at, without machine and values, where it has a name of its own.
	Check string `json:"-"`
	// SenderGroup is Delivery.GroupKey, carried so that a row remembers it.
	SenderGroup string `json:"-"`
	// Timed says that StartsAt is when its sender wrote this very message: what is older came late, and says nothing new.
	Timed bool `json:"-"`
	// Keyed says that its sender means one fire by its key: whatever comes under that while it fires is the same, and counts once.
	Keyed bool `json:"-"`
	// Called is what the sender calls the service, where that is none of its names as the catalogue writes them.
	Called string `json:"-"`

	names *names // of the service; nil where the catalogue does not know it
}

// Delivery is what one request holds.
type Delivery struct {
	Alerts []Alert
	// GroupKey and GroupStatus are Alertmanager's: the group that the alerts were sent for, and whether any alert of it
	// still fires, listed or not.
	GroupKey    string
	GroupStatus string
	// Truncated counts the alerts that the sender or we left out.
	Truncated int
	// Over counts those of them that we left out: what holds more than we take stays visible.
	Over int
	// Unread are the entries that nothing could be made of beside others: what can't be read stays visible.
	Unread Unread
	// DeliveryID is the sender's own id of the request, the same when it is tried again; empty where it has none.
	DeliveryID string
}

// leaveOut notes that a request holds so many more alerts than we take.
func (d *Delivery) leaveOut(n int) {
	d.Truncated += n
	d.Over += n
}

// Unread are entries of a request's list that are no alerts: how many of how many, and of the first its place, from 1, and the id of the
// text that says why.
type Unread struct {
	Count, Of, First int
	Why              string
}

// cannotRead notes that the entry at a place, from 0, of so many is no alert.
func (d *Delivery) cannotRead(at, of int, why string) {
	if d.Unread.Count++; d.Unread.Count == 1 {
		d.Unread.First, d.Unread.Of, d.Unread.Why = at+1, of, why
	}
}

// follows reports whether an event only goes with an alert that is known already, and opens nothing by itself.
func (a Alert) follows() bool { return a.Status == Resolved || a.remarks() }

// remarks reports whether an event says something of an alert that neither sets it alight nor ends it.
func (a Alert) remarks() bool {
	switch a.Event {
	case EventAcknowledge, EventNote, EventFlappingStart, EventMaintenanceStart, EventMaintenanceEnd:
		return true
	}
	return false
}

// severity reads a sender's word for how bad it is, in any case. An unknown word is unknown, never harmless.
func severity(word string) string {
	switch fold(word) {
	case "critical", "crit", "fatal", "emergency", "emerg", "alert", "urgent", "blocker", "disaster", "page", "down", "p0", "p1", "sev0", "sev-0",
		"緊急", "重大", "警報", "致命的", "致命的な障害", "深刻", "最高":
		return Critical
	case "error", "err", "high", "severe", "major", "p2", "sev1", "sev-1",
		"障害", "異常", "エラー", "障害発生", "異常発生", "障害検知", "異常検知", "異常終了", "停止", "重度", "重度の障害", "高":
		return Error
	case "warning", "warn", "average", "medium", "minor", "p3", "sev2", "sev-2",
		"警告", "注意", "警戒", "軽微", "軽度", "軽度の障害", "中":
		return Warning
	case "info", "information", "informational", "notice", "debug", "low", "none", "p4", "p5", "sev3", "sev4", "sev-3", "sev-4",
		"情報", "お知らせ", "通知", "低", "最低":
		return Notice
	}
	return Unknown
}

// badness orders severities so that a worsening can be told; unknown stands below info, for it must never hide one.
func badness(severity string) int {
	switch severity {
	case Critical:
		return 4
	case Error:
		return 3
	case Warning:
		return 2
	case Notice:
		return 1
	}
	return 0
}
