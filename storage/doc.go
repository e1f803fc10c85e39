// Package storage keeps everything Matoi must not lose, in SQLite or in PostgreSQL, with one SQL text for both.
//
// # What is truth and what is kept for reading
//
// The entries of an incident are the truth: append-only and hash-chained. The incident's row is their fold, kept
// beside them so that lists are plain SQL; Verify shows that both agree. Entries, row and outbox are written in one
// transaction by Change, which runs the caller's pure function inside it.
//
// # One writer, many readers (SQLite)
//
// A single goroutine owns the only connection that writes. All who want to write put a job into its queue; it runs
// as many as wait (at most 256, for at most 5 ms, people's before machines') in one transaction and answers them
// after the commit, so that a storm pays for the disk by the batch. A job that refuses has not written yet, so
// the batch goes on without it. If a statement fails, the batch is rolled back and its jobs are done again one by one,
// each in a transaction of its own, so that one job's failure never is another's. Readers have four connections of
// their own, which cannot write.
//
// # Many writers (PostgreSQL)
//
// Every job is its own transaction with row locks, taken in the order of numbers; conflicts are tried again. Only
// the intake of raw alerts is batched as above. Processes wake each other by NOTIFY, which is only a hint: whoever
// waits on Watch also polls.
//
// # What an older version wrote
//
// A migration only adds. What it adds is filled in after the start, in small writes between which people get theirs
// (renew.go): incidents of another FoldVersion are folded anew, messages get the words they lack. Renewed tells when that is
// done.
//
// # What is found by words
//
// Texts are kept as tokens (knowledge.Index), one a row, and asked for by terms (knowledge.Query). A term that is only the
// beginning of a token is a range of the index, never a pattern: token columns have the order of characters, on PostgreSQL by
// COLLATE "C", whatever the database's language.
//
// # What callers may rely on
//
// What has been answered is on the disk. Times are UTC microseconds. An unknown incident, person or message is
// incident.ErrNotFound, a lost race incident.ErrConflict; ErrInUse, ErrNewer, ErrCorrupt and ErrFull are what an operator
// must hear of, each saying what to do.
//
// The package is called by the desk, the bot, the console, the alert worker and the pages, each through an
// interface of its own. It must never know a chat platform, a policy or a text that people read.
package storage
