// Package storagetest is the contract of storage: what must hold on every database. Tests of package storage run it on
// SQLite always, and on PostgreSQL where there is one.
//
// It must never know which database it runs on.
package storagetest
