// Package bot is the conversation: it turns what people type, press, send and react into commands for the
// incident desk, and turns the outbox into messages.
//
// Adapters (bot/console, bot/slack, …) decode their platform into a Request and show the Reply; after that
// everything is shared. Handle reads one grammar table (command.go) that also completes and prints the help in both
// languages. The pump (pump.go) claims effects, renders them from the state of the moment and sends them
// through a Chat.
//
// It must never know which platform it talks to.
package bot
