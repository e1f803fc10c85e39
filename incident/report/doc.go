// Package report makes the report of an incident (インシデント報告書) from its record: twelve items, in Japanese or
// English, at any time, as a value that is written as Markdown, as HTML to print, and its timeline as CSV.
//
// # Model
//
// [Build] is a pure function of the fold, the entries and an instant. It gives a [Report]: a head and twelve items, each
// a heading with blocks (lines of text, named values, a table). All texts in it are plain: nothing in a Report is markup,
// whatever an alert was called. Only the writers know a syntax, and each escapes for its own: [Report.Markdown],
// [Report.HTML], [CSV]. Nothing is cut: a text in the report is the whole text of the record.
//
// # What stands in it
//
// Facts in the order in which they happened, not in which they were typed; no guesses, no blame. So the timeline leaves
// out what people supposed (entries of the kind theory, which stay in the record; a cause found stands in the report
// because it was recorded as the cause), what people took back (a 📌 removed), and the traffic of the room (who was
// asked, joined or spoke, reminders, receipts, settings that the other items show). A remark below the timeline counts
// what was recorded as theory or taken back, so that nobody can think it was hidden. A later form of an entry (edited,
// corrected) replaces the earlier one and says so; a message deleted in the chat keeps its text and says so. A target
// that was missed is a fact and stays in.
//
// What the record does not know is said, never invented: the cause is under investigation or unknown, the time of
// occurrence is that of detection, the document is a draft until a version was issued. Names are not in the record:
// whoever builds the report hands them in, and an erased person has none.
//
// # Callers
//
// web (pages, API) and bot (the command). The package knows no chat, no storage and no clock. Shared words (role.<id>,
// status.<status>, priority.<P1…>, task.<id>) come from lang, all others are its own (report.…).
package report
