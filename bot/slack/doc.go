// Package slack is the adapter for Slack: what happens there becomes requests of the bot, and what the pump delivers
// becomes channels, messages and cards there.
//
// # The two halves
//
// Outgoing (room.go, post.go, people.go): every call of Slack's Web API goes through call.go, which asks the budget first
// (budget.go: the published tiers), then calls, then turns Slack's errors into those of bot.Chat (fault.go). Nothing is
// sent from here that the pump did not hand over: what must survive is in the outbox before Slack hears of it.
//
// Incoming (http.go, socket.go): both doors check who speaks (verify.go; the socket's own ticket) and hand the raw payload to
// the same inbox (command.go, event.go, interact.go, option.go), which makes a bot.Request of it, with a cause that is the
// same when Slack sends the payload again. Slack is answered within three seconds, after the commit. Forms are modals
// (modal.go), and lie on each other (stack.go).
//
// # Where it is
//
// Ids mean something within one workspace, or one organisation of them. The record remembers which (identity.go): nothing is
// sent to another one, and nothing of another one is taken, also before Slack said who we are.
//
// # What it must never know
//
// Rules of incidents, SQL, and the time of day other than from Options.Now. Types of slack-go end at this package's door.
//
// The platform's rules stand at the code that obeys them, each with its place in docs.slack.dev.
package slack
