// Package console is the built-in chat: channels, messages, threads, reactions, cards and forms, kept in Matoi's
// own database and shown by package web. It is a chat adapter like any other behind bot.Chat, and the room to
// fall back to when another chat is down.
//
// # Two sides
//
// Outbound, the pump calls the methods of bot.Chat (room.go, post.go): they make channels and messages. All of
// them may be repeated: a room is adopted by its name when it is the same incident's, a message is unique by its
// Key.
//
// Inbound, web decodes what a person did into a [Deed] and one of Say, React, Unreact, Rewrite, Delete, Menu, Press,
// Submit, Join and Leave; Make, Direct and Upload, Read and what reads concern the chat alone. Each turns it into one bot.Request and hands that to the Handler. A message that begins
// with the command's name is a command: it is not stored, and its reply is a message that only its author sees.
// The record goes first: what a deed means for an incident is recorded before the chat's own rows change, so a
// process that dies between the two leaves a chat that is mended by doing the same again, never a lost fact.
//
// # Who sees what
//
// A channel of a private incident is for whoever may see the incident (incident.MaySee), so that an incident made
// private in its middle hides its room at once; any other private channel is for its members, also where its incident
// was made public since; a direct channel "@p3" is what Matoi says to person p3, "@p1,p7" what those two say to each other, and not
// even an auditor reads along. Messages with Only are for one person. Everything web reads comes through read.go, search.go
// and unread.go, which apply this.
//
// # Files
//
// A file is taken in by [Console.Upload] before its message, in pieces, so that a large one holds nobody up. Its type is read
// off its content. Until a message is sent with it only its author sees it; after a day [Console.Tidy] takes it away. Then
// whoever may read the channel may read the file, and whoever may see the incident into whose record a message with it came.
// A deleted message gives its files back to Tidy, but not one that a record holds.
//
// # Finding and reading
//
// [Console.Search] asks for words as the search for incidents does. What a person has read is one mark for each channel that
// only moves forward ([Console.Read]); what is unread is counted from it, up to MostUnread. Mentions are rows of their own:
// those that people write, and of Matoi's own only those that it means (bot.Message.Pings), since its texts name people all
// the time.
//
// # Following
//
// Every change of a message gives it a new Rev. A reader that has seen everything up to a Rev asks [Console.Feed]
// for what is above it: nothing is missed and nothing comes twice, whatever happened to the connection or the
// process in between.
//
// The package knows neither HTTP nor SQL: Store is met by package storage. It renders nothing. (Of net/http it uses the table
// by which browsers tell types of content.)
package console
