// Package slacktest is a Slack workspace for tests: a small working server that keeps channels, messages, people and
// modals, says no with Slack's own words, and plays Slack's side of every delivery to an app.
//
// # Out: what the app calls
//
// Workspace.ServeHTTP answers /api/<method> as Slack does: the token in the header or the form, scopes per method, rate
// limits per method and channel, every Block Kit limit, real error codes. It listens on 127.0.0.1 (Start) or is called in
// memory (HTTP, Dial), which also works inside testing/synctest. Every request is kept (Calls, WriteCalls).
//
// # In: what Slack sends
//
// People are driven by calls such as Say, React, Command, Press, Choose, Submit and Home. Each makes the change in the
// workspace and the deliveries that Slack would make: signed HTTP (Connect) or Socket Mode (as soon as the app has opened a
// connection), three seconds to answer, retries for events only, response URLs and trigger ids that run out.
//
// # Seeing
//
// Texts, Messages, Ephemerals, Views, Topic, Members, Pins, Bookmarks, HomeOf and DMs tell what people see; Until waits for
// it to be seen, Settle for the events to be acknowledged. Troubles tells what the app did that Slack would have shown to
// people as an error, or dropped without a word: a good test ends with none.
//
// # Breaking
//
// Fail sets faults (the nth call of a method, an answer lost after the work was done, a delay, 429 with and without
// Retry-After), Down takes the workspace away, Hold keeps events back and Release lets them go in any order, Send delivers
// what nobody would (old stamps, wrong secrets, replays).
//
// # Several workspaces
//
// One app in two workspaces has one signing secret: make a second Workspace with another Options.Team, give it the first
// one's SigningSecret, and Connect both to the same app.
//
// The rules are those of docs.slack.dev; where Slack's own texts give no number, the comment at the rule says from where it is.
// It must never import the adapter, nor a Slack library: it would share their mistakes.
package slacktest
