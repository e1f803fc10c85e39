// Package alert turns what monitoring systems send into alerts, and decides what an alert means for the incidents that
// are open: new, a repeat, cleared, fired anew, or old news.
//
// # Two steps
//
// A sender that isn't answered within a second or so sends again, and one that is told "bad request" asks again at every
// flush for ever. So a request is first checked for its secret (Auth), stored raw as one cheap row, and answered
// (Answer). Only then, in batches, the rows are worked off: decoded (Source.Decode), met with what is known (Meet), judged by the
// rules (Rules.For), and turned into commands. A mistake in a decoder therefore loses nothing: mend it and work the row
// again. What can't be decoded stays visible with its Reason.
//
// # Alerts are rows
//
// An alert is a row of its own (Row), not an entry of an incident's timeline. It is found by its source and its key,
// which stays the same from firing to resolved. Its occurrence is told by its start: the same key with the same start is
// the same fire, however often it is announced and however many senders announce it; a later start is a new one.
//
//	              New               Repeat, Worsened, Noted
//	(unknown) ───────────► firing ◄──────────────┐
//	    │                   │  ▲ └────────────────┘
//	    │ UnknownResolve    │  │
//	    │           Cleared │  │ Refired (later start)
//	    ▼                   ▼  │
//	    └────────────────► resolved ◄────────────┐
//	                        └─────────────────────┘
//	                          StaleResolved, Repeat
//
// Senders list alerts that were resolved minutes ago again and again while their group still fires; such stale news
// changes nothing. Nor does firing news about a start that has been resolved already: one occurrence never opens twice.
// Some senders (PagerDuty's events, plain JSON) carry no start, or only the time of each message: their alerts are
// Undated, and belong to the occurrence that burns, or begin a new one if none does. What was written before the known
// one began (Timed) came late, and changes nothing either.
//
// Alertmanager can be told to cut the list of alerts, also in the message that says all is well. What it never lists is
// closed by the state of its group (Delivery.Unlisted).
//
// # What becomes of a fire
//
// What opens an incident first joins the open one that its kind (GroupKey) opened, also where that was merged into
// another. Past some openings by one source within minutes the rest join one storm incident. The same start never opens
// again; a new start goes to the alert's incident while that is open, asks there to reopen within an hour after its
// end, and later opens a new one that is linked to it.
//
// A rule may want to wait (Waiting): the row then keeps when it is judged again (Due) and what that needs (Row.Whole), and the Worker
// looks when the queue is empty, by the rules of that moment. What a silence hides is looked at again in the same way.
//
// Where services depend on one another (Config.Depends), what would open an incident joins the one that a service below has had lately;
// and what opens below takes in the incidents above it that are as young and that nobody has touched (gather), for their alerts may come
// first. A rule may keep out of both (Alone). Such a service is never part of a storm.
//
// The Worker does all that in batches, one transaction each: a parcel is a request decoded and judged before it, so
// that the single writer isn't kept; a batch meets rows in memory; a meeting gathers what the batch does to one
// incident, which becomes one fact. A transaction that is lost is done again and doubles nothing, since the request
// leaves the queue in the same commit. A request that came before, by the number that its sender gave it, is done with at
// once. One that fails by itself steps aside, is tried three times, and stays visible with the reason.
//
// # Who calls it
//
// Package web takes the request in (Auth.Check, and Notary.Check for what Amazon signs; Intake, Answer), cmd starts the Worker, shows what would happen
// (Explain) and reads the configuration (Config). Storage keeps Raw and Row, and is the Queue.
//
// This package must never know a chat platform or a database. It gives reasons as the id of a text with arguments
// (Reason), so that everybody reads them in a language of their own. Everything but the Worker and the Notary is pure; the
// time is an argument.
package alert
