// Package bot is the conversation: it turns what people type, press, send and react into commands for the
// incident desk, and turns the outbox into messages.
//
// # In
//
// Adapters (bot/console, bot/slack, …) decode their platform into a Request and show the Reply. Everything between is
// here: Bot.Handle reads one grammar table (grammar.go, verbs.go), which also completes, prints the help in both
// languages and names the inputs of forms, so that every button has a typed equal. It finds out who asks, in which
// language and zone, and which incident is meant (handle.go), makes one or a few incident commands (do_*.go) under
// the request's own cause, and words the answer from the entries that were recorded. A request that comes again
// therefore changes nothing and gets the same answer.
//
// # Out
//
// The Pump (pump.go) claims deliveries, asks Bot.Render for the message as it is true at that moment (render.go,
// card.go, brief.go, post.go, private.go), sends it through the Chat of its realm and stores the receipt.
//
// # Text
//
// Say words every kind of fact in one plain line; cards and posts are small Markdown in which everything from
// outside went through Escape. People are mention tokens (<@p17>), so that the chat shows names that can still
// be erased; View.Names puts real names where a page or an API wants them.
//
// It must never know which platform it talks to, nor how anything is stored.
package bot
