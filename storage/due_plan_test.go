package storage

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"matoi/incident"
)

// However many deadlines are armed, the clock reads what is due, and one row of each priority to know when it must look next.
func TestTheClockReadsNoMoreThanWhatIsDue(t *testing.T) {
	server := os.Getenv("MATOI_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("MATOI_TEST_ALL") == "1" {
			t.Fatal("MATOI_TEST_ALL is set, but MATOI_TEST_POSTGRES names no server")
		}
		t.Skip("needs a PostgreSQL server: set MATOI_TEST_POSTGRES to its address")
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	do := func(query string) {
		if _, err := db.Exec(query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	name := "matoi_due_" + uuid.NewString()[:8]
	do(`CREATE SCHEMA ` + name)
	t.Cleanup(func() { do(`DROP SCHEMA ` + name + ` CASCADE`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	s, err := Open(t.Context(), Options{Postgres: u.String()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	opened := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	policy := incident.DefaultPolicy(time.UTC)
	desk := incident.Desk{Store: s, Policy: func() incident.Policy { return policy }, Now: func() time.Time { return opened }}
	r, err := desk.Do(t.Context(), 0, incident.Open{Title: "x", Priority: incident.P1}, incident.By{}, incident.Cause{})
	if err != nil {
		t.Fatal(err)
	}
	const armed, due = 20_000, 7
	copied := fmt.Sprintf(`INSERT INTO %s.incident SELECT (json_populate_record(i, json_build_object('number', number + k,
		'priority', 1 + k %% 5, 'due_at', due_at + CASE WHEN k <= %d THEN 0 ELSE 86400000000 END))).* FROM %s.incident i, generate_series(1, %d) k WHERE number = %d`,
		name, due-1, name, armed, int64(r.Incident.Number))
	do(copied)
	do(`ANALYZE ` + name + `.incident`)
	read := regexp.MustCompile(`Scan.*incident_pressing.*actual time=\S+ rows=(\d+) loops=(\d+)`)
	waste := regexp.MustCompile(`Seq Scan|Rows Removed by|Heap Fetches: [1-9]\d{4}`)
	first, next := dueTexts()
	at := micro(policy.NextDue(r.Incident))
	for query, x := range map[string]struct {
		args []any
		most int
	}{first: {[]any{at, 256}, due}, next: {[]any{at}, len(pressing)}} {
		plan, err := all(t.Context(), s.reader, `EXPLAIN (ANALYZE, SUMMARY OFF) `+query, x.args, func(r *sql.Rows) (line string, err error) { return line, r.Scan(&line) })
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, line := range plan {
			if waste.MatchString(line) {
				t.Errorf("it reads what it needs not: %s", line)
			}
			if found := read.FindStringSubmatch(line); found != nil {
				n, _ := strconv.Atoi(found[1])
				loops, _ := strconv.Atoi(found[2])
				rows += n * loops
			}
		}
		if rows > x.most || query == first && rows != due {
			t.Errorf("%d rows are read, want %d:\n%v", rows, x.most, plan)
		}
	}
}
