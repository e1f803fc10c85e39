// Package limit holds reference servers: the least that a server of alerts can do, in several degrees of care, so that
// Matoi's figures can be stated as shares of what this machine allows. Each takes the same requests as the generic hook.
//
//	echo      reads and decodes the alert, answers 202
//	log       as echo, and appends it to a file; one fdatasync for all that wait
//	sqlite    as echo, and stores alert and event in SQLite (WAL, synchronous FULL); one commit for all that wait
//	sqlite1   as sqlite, one commit for each request
//	postgres  as sqlite, the same upserts in PostgreSQL through pgx
//
// sqlite is the mark: durable before the answer, and nothing else. It decides nothing, tells nobody and keeps no history.
package limit
