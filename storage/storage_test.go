package storage_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib"

	"matoi/storage"
	"matoi/storage/storagetest"
)

func TestSQLiteKeepsTheContract(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storagetest.Place {
		dir := t.TempDir()
		return storagetest.Place{
			Options: storage.Options{Path: dir},
			Exec: func(t *testing.T, query string, args ...any) {
				db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "matoi.db")+"?_pragma=busy_timeout(5000)")
				exec(t, db, err, query, args...)
			},
		}
	})
}

func TestPostgreSQLKeepsTheContract(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storagetest.Place {
		address := schema(t)
		return storagetest.Place{
			Options: storage.Options{Postgres: address},
			Exec: func(t *testing.T, query string, args ...any) {
				db, err := sql.Open("pgx", address)
				exec(t, db, err, query, args...)
			},
		}
	})
}

func TestPostgreSQLFindsBeginningsByTheIndex(t *testing.T) {
	address := schema(t)
	s, err := storage.Open(t.Context(), storage.Options{Postgres: address})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("pgx", address+"&enable_seqscan=off")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"token", "message_token"} {
		rows, err := db.Query(`EXPLAIN SELECT 1 FROM ` + table + ` WHERE token >= 'pay' AND token < 'payz'`)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, strings.TrimSpace(line))
		}
		if err := rows.Err(); err != nil || !strings.Contains(strings.Join(plan, "\n"), "Index Cond: ((token >= 'pay'::text) AND (token < 'payz'::text))") {
			t.Errorf("%s is read by %q %v", table, plan, err)
		}
	}
}

// schema makes an empty schema on the server that MATOI_TEST_POSTGRES names.
func schema(t testing.TB) (address string) {
	t.Helper()
	server := os.Getenv("MATOI_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("MATOI_TEST_ALL") == "1" {
			t.Fatal("MATOI_TEST_ALL is set, but MATOI_TEST_POSTGRES names no server")
		}
		t.Skip("needs a PostgreSQL server: set MATOI_TEST_POSTGRES to its address")
	}
	name := "matoi_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	run := func(query string) {
		db, err := sql.Open("pgx", server)
		exec(t, db, err, query)
	}
	run(`CREATE SCHEMA ` + name)
	t.Cleanup(func() { run(`DROP SCHEMA ` + name + ` CASCADE`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func exec(t testing.TB, db *sql.DB, err error, query string, args ...any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
}
