package alert_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
)

// flooded is a queue into which more comes at each look.
type flooded struct {
	*queue
	come func()
}

func (q flooded) Peek(ctx context.Context, round *alert.Round, most int) ([]alert.Raw, error) {
	q.come()
	return q.queue.Peek(ctx, round, most) //nolint:wrapcheck // a test's
}

func TestAFloodKeepsNoSilenceFromBeingHeard(t *testing.T) {
	h := pulsed(t)
	h.call("backup", false)
	opened, looks := 0, 0
	come := func() {
		if opened = len(h.incidents()); opened == 0 && looks < 200 { // it ends when the silence was heard, or not at all
			looks++
			h.now = h.now.Add(time.Minute)
			h.post("generic", `{"title":"x","dedup_key":"x","severity":"info"}`)
		}
	}
	h.workerOn(flooded{&h.queue, come})
	h.work()
	h.wants("P3")
	if opened != 1 || looks > 75 {
		t.Errorf("%d incidents after %d looks while it floods", opened, looks)
	}
}

func TestSignsOfLifeThatWaitAreNoSilence(t *testing.T) {
	h := pulsed(t)
	h.work()
	for range 700 { // more than one look gives, each within the time
		h.now = h.now.Add(20 * time.Minute)
		h.post("generic", `{"title":"x","dedup_key":"x","severity":"info"}`)
	}
	h.work()
	h.wants()
	h.passes(46 * time.Minute)
	h.wants("P2")
}

func TestAHeartbeatIsItselfAfterASilence(t *testing.T) {
	h := pulsed(t)
	var err error
	h.config.Silences, err = alert.NewSilences([]bot.Silence{{Number: 1, Match: map[string][]string{"service": {"orders-db"}}, From: h.now, Until: h.now.Add(3 * time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	h.call("backup", false)
	h.passes(2 * time.Hour)
	h.wants()
	h.passes(61 * time.Minute)
	h.wants("P3")
	if rows := h.rows(h.only().Number); len(rows) != 1 || rows[0].Group != "heartbeat:backup" {
		t.Errorf("%+v", rows)
	}
}

// away is a queue whose database is away at some looks.
type away struct {
	missing
	from, until time.Duration
}

func (q *away) Peek(ctx context.Context, round *alert.Round, most int) ([]alert.Raw, error) {
	if at := time.Since(q.start); at >= q.from && at < q.until {
		return nil, errors.New("the database is away")
	}
	return q.missing.Peek(ctx, round, most)
}

func TestTimeInWhichTheDatabaseWasAwayIsNobodysSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := func() time.Time { return time.Now().UTC() }
		q := &away{missing: missing{slowQueue: slowQueue{start: time.Now(), beats: []alert.Beat{{Name: "job", Last: now()}}}}, from: 5 * time.Minute, until: 2 * time.Hour}
		stop := listens(t, q, now, 5*time.Minute)
		time.Sleep(3 * time.Hour)
		stop()
		if len(q.missed) != 1 || q.missed[0] < 2*time.Hour+15*time.Minute || q.missed[0] > 2*time.Hour+16*time.Minute {
			t.Errorf("missed after %s", fmt.Sprint(q.missed))
		}
	})
}

// One that was taken out of the configuration counts from when it is put back.
func TestAHeartbeatThatIsPutBackCountsFromThen(t *testing.T) {
	h := pulsed(t)
	h.call("backup", false)
	all := h.config.Heartbeats
	h.config.Heartbeats = nil
	h.passes(time.Minute)
	h.passes(72 * time.Hour)
	h.config.Heartbeats = all
	h.passes(time.Minute)
	h.passes(69 * time.Minute)
	h.wants()
	h.passes(2 * time.Minute)
	h.wants("P3")
}

// crawling is a queue that floods, and takes ten seconds for each request.
type crawling struct {
	missing
	id int64
}

func (q *crawling) Peek(_ context.Context, round *alert.Round, _ int) ([]alert.Raw, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.missed) > 0 || time.Since(q.start) > time.Hour {
		return nil, nil
	}
	body := "[" + strings.Repeat(`{"title":"x","severity":"info"},`, 99) + `{"title":"x","severity":"info"}]`
	var raws []alert.Raw
	for range 10 {
		q.id++
		raws = append(raws, alert.Raw{ID: q.id, Source: "generic", Received: time.Now().UTC(), Body: []byte(body)})
	}
	round.Sort([]string{""})
	round.Give("", q.id)
	return raws, nil
}

func (q *crawling) WorkOff(ctx context.Context, ids []int64, work func(context.Context, []int64, alert.Work) error) error {
	if len(ids) > 0 {
		time.Sleep(10 * time.Second) // of synctest's clock: the database is slow
		return nil
	}
	return q.missing.WorkOff(ctx, ids, work)
}

func TestASlowDatabaseInAFloodKeepsNoSilenceFromBeingHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := func() time.Time { return time.Now().UTC() }
		q := &crawling{missing: missing{slowQueue: slowQueue{alone: true, start: time.Now(), beats: []alert.Beat{{Name: "job", Last: now()}}}}}
		stop := listens(t, q, now, 5*time.Minute)
		time.Sleep(2 * time.Hour) // of synctest's clock: the flood goes on
		stop()
		if len(q.missed) != 1 || q.missed[0] > 20*time.Minute {
			t.Errorf("missed after %s", fmt.Sprint(q.missed))
		}
	})
}
