// Package incident holds the rules of incident management: what an incident is, which facts a command makes
// true, which deadlines follow and what the world must be told. It imports the standard library only, and its own
// calendar (business time) and oncall (rotations), which do the same; it does no I/O and has no clock of its own: now is
// an argument.
//
// # The life of an incident
//
// A command (command.go) arrives at the one door, Desk.Do, from a chat, an alert or a tick of the clock.
// Inside one transaction of the Store pure functions run:
//
//	Policy.Decide   which facts does it make true (or a Refusal, before anything is written)
//	Incident.Apply  what is the state then
//	Policy.NextDue  when must the clock look again
//	Policy.Effects  what must be told to whom
//
// Facts (fact.go) are the source of truth: append-only, hash-chained per incident (chain.go). The Incident is
// their fold. Apply never reads Policy: facts carry resolved numbers.
//
// The statuses and the ways between them:
//
//	open ──► new ─► triaged ─► investigating ─► identified ─► mitigated      any of these to any other, in either
//	          │        │             │               │            │         direction, and straight to resolved
//	          └────────┴─────────────┴───────┬───────┴────────────┘
//	                                         │  on hold stands beside: it keeps the status it returns to
//	                                         ▼
//	          reopen ◄──────────────────  resolved ──► closed     P1, P2: the incident manager closes
//	            │  (never worked / broke again)  ▲        │       P3-P5: the reporters confirm, or silence does
//	            └─► investigating                └────────┘       reopen within 5 business days
//
//	          any but closed ──► cancelled      undo goes back
//	          any but closed ──► merged         undo goes back, on both sides
//
// Undo takes the last deed back (a setting, a status, a priority, restored, resolved, closed, cancelled, merged): what
// it changed, and the clocks it ended or moved, but nothing that others did since.
//
// Restored (the service is usable again) is a fact of its own beside the status: it stops the restoration
// clock, may be back-dated, and may be withdrawn. Resolving declares it when nobody has.
//
// # The clock
//
// A target (targets.go) is a length of open time or of business days (length.go) in the hours of a service; the facts carry
// a copy of these hours, so that a deadline stays what it was when calendars change. Where the policy changes, open
// incidents follow by a fact (Retargeted). All that can become due is listed in one place (due.go): clocks, hand-over offers,
// and the next step of each call. An Escalation (escalation.go) is a policy of who is called; a Call (call.go) is one under
// way, begun by a trigger (call_trigger.go), which goes on step by step (call_step.go) until somebody answers.
//
// # Who calls it
//
// bot and web through Desk.Do, bot/alert through a Desk on the store of its batch, cmd's clock through
// Desk.Sweep. It must never know a chat platform, a database or a language: refusals and facts carry codes that
// package lang words.
package incident
