// Package lang is everything that depends on the language of a reader or a
// writer: the texts people see, the choice between Japanese and English, and
// time as people type it and read it.
//
// # Texts
//
// Every sentence the product shows is looked up by an id such as
// "time.just_now" with [Text]. The sentences live in texts/<area>.ja.json and
// texts/<area>.en.json, flat files of id and text/template text, or of plural
// forms {"one": …, "other": …} chosen by the argument N. Each language has
// natural text of its own; neither is a translation of the other. A missing id
// is shown as ⟦id⟧, so that a mistake is seen and nothing breaks at 3 a.m.; a
// test fails before that happens.
//
// Arguments are put in as they are, with no escaping of any kind: they may come
// from a stranger's alert. Whoever writes the result into HTML, chat markup or
// CSV escapes it there.
//
// # Time
//
// [ParseMoment] reads when something happened, [ParseFuture] when something
// will, [ParseDuration] how long; all read at the start of a text and give back
// what follows, because people type "14:35 再起動した" in one breath. They would
// rather not see a time than take a number out of a sentence: "3時間かかった" has
// none. [Ago], [Span], [Clock], [Date], [DateTime] and [Stamp] write time.
//
// # Typing
//
// [Fold] evens out what keyboards and phones do to commands (full-width forms,
// smart quotes, dashes), [Clean] takes out of stored text what can harm readers
// or databases.
//
// # Who calls it
//
// Everyone above the domain: bot, web, report, cmd. It knows nothing of ours: no
// incident, no storage, no platform; it reads neither clock nor environment.
package lang
