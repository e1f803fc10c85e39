// Package web is what people open in a browser: the list of incidents, an incident's page and report, the screen of
// the built-in chat, people and alerts; and the addresses under which the API, the hooks and the operator's pages
// are mounted.
//
// # How a page is made
//
// Pages are rendered on the server by templ components (*.templ, with the generated Go beside them) from a reader
// (reader.go: who looks, in which language and time zone) and from what the Store gives. One style sheet and one
// script of our own stand in static/, htmx beside them; nothing is loaded from elsewhere, and the content security
// policy allows neither inline scripts nor inline styles.
//
// # How a deed is done
//
// Every button, form and text box posts to /do/… (do.go). The request becomes a console.Deed and goes through the
// one door, bot.Handle: a page can do nothing that could not be typed. What comes back is a small piece of HTML for
// the live region #reply: a notice, or a dialog with the form that was asked for.
//
// # How a page stays true
//
// A page names the stream it follows (/live/…) and the point up to which it was rendered. The stream (live_stream.go)
// sends what changed since, as pieces of HTML that know their place; after a break of any kind the script asks again
// with the last point it has seen, so nothing is missed and nothing stands twice.
//
// The chat is read once for all of its streams, by the hub (live_hub.go): it keeps the last changes in a ring of bounded
// size (live_ring.go), each rendered once for a language and time zone, and who may read which channel as it is now
// (live_door.go). A stream has no queue, only its place in the ring: whoever falls behind the ring reads from the store,
// whoever does not read at all is cut off by the write deadline. What stands around the messages is painted one stream
// after the other where it changed (live_scene.go). Boards and incidents look for themselves (follow, keep) and share
// what they render (shared). Who types and who is here is told (live_murmur.go, presence.go) and stored nowhere.
//
// # Who may see what
//
// Everything goes through incident.MaySee, by the Viewer of the reader, in the Store's queries or in bot/console.
// What may not be seen answers 404 like what does not exist.
//
// The package knows no SQL and no chat platform but the built-in one. It reads neither environment nor clock: both
// come in Options.
package web
