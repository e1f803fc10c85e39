// Package markup reads the small Markdown that all chats share (bot/escape.go writes it): **bold**, *italic*, ~~struck~~, `code`,
// fenced blocks, quotes, lists and lists in them, headings, links, backslash escapes and <@person>. Everything else is text,
// :shortcodes: and HTML too, and links lead to http, https, mailto or a path of ours only.
//
// A Sink is told what a text is made of, in order; each chat writes its own manner of it: HTML for the pages, mrkdwn, and so
// on. The package knows no chat and nothing of incidents.
package markup
