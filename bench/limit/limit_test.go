package limit

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// kept is what a mode has stored: alerts, how often they came together, events.
type kept struct{ alerts, count, events int }

func TestWhatIsAnsweredIsKept(t *testing.T) {
	for mode, look := range map[string]func(t *testing.T, place string) (kept, string){
		"sqlite": lookSQLite, "sqlite1": lookSQLite, "postgres": lookPostgres,
	} {
		t.Run(mode, func(t *testing.T) {
			place := t.TempDir()
			if mode == "postgres" {
				place = database(t)
			}
			ask(t, mode, place, 40)
			got, problem := look(t, place)
			if want := (kept{alerts: 20, count: 40, events: 20}); got != want || problem != "" {
				t.Errorf("kept %+v, want %+v: %s", got, want, problem)
			}
		})
	}
	t.Run("log", func(t *testing.T) {
		place := t.TempDir()
		ask(t, "log", place, 40)
		raw, err := os.ReadFile(filepath.Join(place, "alerts.log"))
		if n := strings.Count(string(raw), `"dedup":"k-`); err != nil || n != 40 {
			t.Errorf("%d lines, %v", n, err)
		}
	})
	t.Run("echo", func(t *testing.T) { ask(t, "echo", t.TempDir(), 4) })
}

// ask sends alerts, two for each key, many at a time, and ends the server.
func ask(t *testing.T, mode, place string, alerts int) {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, mode, place, listen) }()
	client := http.Client{Timeout: time.Minute}
	post := func(body string) int {
		answer, err := client.Post("http://"+listen.Addr().String()+"/alert", "application/json", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	var all sync.WaitGroup
	for k := range alerts {
		all.Go(func() {
			if code := post(fmt.Sprintf(`{"summary":"s","details":"d","dedup":"k-%d","source":"test"}`, k%(alerts/2))); code != http.StatusAccepted {
				t.Errorf("answered %d", code)
			}
		})
	}
	all.Wait()
	if code := post(`{"summary":`); code != http.StatusBadRequest {
		t.Errorf("half a body was answered %d", code)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
}

const lookAt = `SELECT (SELECT count(*) FROM alert), (SELECT CAST(sum(count) AS BIGINT) FROM alert), (SELECT count(*) FROM event)`

func lookSQLite(t *testing.T, place string) (k kept, problem string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(place, "alerts.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), lookAt).Scan(&k.alerts, &k.count, &k.events); err != nil {
		problem = err.Error()
	}
	return k, problem
}

func lookPostgres(t *testing.T, place string) (k kept, problem string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), lookAt).Scan(&k.alerts, &k.count, &k.events); err != nil {
		problem = err.Error()
	}
	return k, problem
}

// database makes one of its own on the server that MATOI_TEST_POSTGRES names, and drops it at the end.
func database(t *testing.T) string {
	t.Helper()
	server := os.Getenv("MATOI_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("MATOI_TEST_ALL") != "" {
			t.Fatal("MATOI_TEST_POSTGRES names no server")
		}
		t.Skip("needs PostgreSQL: MATOI_TEST_POSTGRES")
	}
	name := "limit_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	do := func(text string) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, server)
		if err == nil {
			_, err = conn.Exec(ctx, text)
			_ = conn.Close(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	do("CREATE DATABASE " + name)
	t.Cleanup(func() { do("DROP DATABASE " + name + " WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func TestTheDiskIsTimedAndLeftClean(t *testing.T) {
	folder := t.TempDir()
	took, err := Disk(folder, 20*time.Millisecond)
	left, _ := os.ReadDir(folder)
	if err != nil || took <= 0 || len(left) != 0 {
		t.Errorf("%s %v, %d files left", took, err, len(left))
	}
	if _, err := Disk(filepath.Join(folder, "none"), time.Millisecond); err == nil {
		t.Error("a folder that is not there was timed")
	}
}
