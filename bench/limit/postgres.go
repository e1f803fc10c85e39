package limit

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// both is upsert and event in one statement, so that a commit of many alerts is one round trip.
const both = `WITH kept AS (` + upsert + `) INSERT INTO event(alert, at, kind, data) SELECT id, $5, 'created', $7 FROM kept WHERE count = 1`

// postgresKeeper has one connection: like SQLite, one writer that takes all that waits.
type postgresKeeper struct{ conn *pgx.Conn }

func openPostgres(ctx context.Context, address string) (keeper, error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(schema, "id INTEGER PRIMARY KEY", "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
	_, err = conn.Exec(ctx, strings.ReplaceAll(text, "INTEGER", "BIGINT"))
	return &postgresKeeper{conn}, err
}

// keep sends everything in one pipeline; without BEGIN it is one transaction all the same.
func (k *postgresKeeper) keep(notes []*note) error {
	batch := &pgx.Batch{}
	for _, n := range notes {
		now := time.Now().UnixNano()
		batch.Queue(both, "svc", n.Dedup, n.Summary, n.Details, now, now, n.Source)
	}
	return k.conn.SendBatch(context.Background(), batch).Close()
}

func (k *postgresKeeper) close() error { return k.conn.Close(context.Background()) }
