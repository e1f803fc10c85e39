package storage

import "testing"

func TestPlaceholdersInOrderNeedNoNames(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT 1`: `SELECT 1`,
		`SELECT a FROM b WHERE c = $1 AND d IN ($2, $3)`:   `SELECT a FROM b WHERE c = ? AND d IN (?, ?)`,
		`VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`: `VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		`SELECT '$1 it''s ?' WHERE a = $1`:                 `SELECT '$1 it''s ?' WHERE a = ?`,
		`SELECT $2, $1`:                                    `SELECT $2, $1`,
		`SELECT $1, $1`:                                    `SELECT $1, $1`,
		`SELECT $1 WHERE n + $2 > $1`:                      `SELECT $1 WHERE n + $2 > $1`,
		`SELECT ?, $1`:                                     `SELECT ?, $1`,
		`SELECT $name`:                                     `SELECT $name`,
	} {
		if got := unnamed(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
