package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/bot"
	"matoi/incident"
)

// machine is the program under the model: the same App as the real one, whose loops the test turns by hand.
type machine struct {
	*model
	t      *rapid.T
	folder string // of all stores of this run
	app    *App
	stores int
	deeds  int
	image  string // where the store is copied to after the next call of a chat, as if the process died there; empty for not
}

// camera is a chat whose calls may be followed by a crash: the image of the store is taken between the call and its receipt.
type camera struct {
	bot.Chat
	m *machine
}

func (c *camera) Post(ctx context.Context, to incident.Place, msg bot.Message, doubtful bool) (incident.Receipt, error) {
	r, err := c.Chat.Post(ctx, to, msg, doubtful)
	return r, errors.Join(err, c.m.shoot())
}

func (c *camera) OpenRoom(ctx context.Context, spec bot.RoomSpec) (incident.Room, error) {
	r, err := c.Chat.OpenRoom(ctx, spec)
	return r, errors.Join(err, c.m.shoot())
}

func (m *machine) shoot() error {
	if m.image == "" {
		return nil
	}
	to := m.image
	m.image = ""
	return copied(m.app.Config.Data, to)
}

// copied copies a store as a crash would leave it: the file and its log of writes, nothing flushed.
func copied(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"matoi.db", "matoi.db-wal", "matoi.lock"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// start opens the store of a folder.
func (m *machine) start(data string) {
	c, err := ParseConfig("matoi.yaml", []byte("lang: en\npeople: [{name: anna}, {name: bert}]\n"), world())
	if err != nil {
		m.t.Fatal(err)
	}
	c.Data = data
	m.app = NewApp(AppOptions{
		Config: c, Mute: true, ByHand: true, Now: func() time.Time { return m.now },
		Wrap: func(c bot.Chat) bot.Chat { return &camera{c, m} },
	})
	if err := m.app.Start(context.Background()); err != nil {
		m.t.Fatalf("start: %v", err)
	}
}

func (m *machine) stop() {
	if err := m.app.Stop(context.Background()); err != nil {
		m.t.Fatalf("stop: %v", err)
	}
}

func (m *machine) next() string {
	m.stores++
	return filepath.Join(m.folder, fmt.Sprint(m.stores))
}

// send gives a request to the program's own handler and returns status and the incident the answer speaks of.
func (m *machine) send(r request) (status int, number string) {
	path, body := "/hooks/generic", r.hook
	if r.hook == "" {
		path = "/api/v1/commands"
		b, _ := json.Marshal(map[string]string{"as": r.who, "text": r.text})
		body = string(b)
	}
	w := httptest.NewRecorder()
	q := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(body))
	q.Header.Set("Content-Type", "application/json")
	if r.key != "" {
		q.Header.Set("Idempotency-Key", r.key)
	}
	m.app.Handler().ServeHTTP(w, q)
	var said struct{ Incident struct{ Number string } }
	_ = json.Unmarshal(w.Body.Bytes(), &said)
	if w.Code/100 == 5 {
		m.t.Fatalf("%+v: %d %s", r, w.Code, w.Body)
	}
	return w.Code, said.Incident.Number
}

// ask sends a command and remembers it where it was accepted.
func (m *machine) ask(who, text string, of *must) (number string, ok bool) {
	m.deeds++
	r := request{who: who, text: text, key: fmt.Sprint("deed ", m.deeds), of: of}
	if of != nil {
		r.text += " --in " + of.number.String()
	}
	r.status, r.number = m.send(r)
	if ok = r.status == http.StatusOK; ok {
		m.causes = append(m.causes, r)
	}
	return r.number, ok
}

func (m *machine) open(t *rapid.T) {
	if len(m.incidents) >= 4 {
		t.Skip("enough incidents") // rapid draws another action; no test is skipped
	}
	p := rapid.SampledFrom([]incident.Priority{incident.P1, incident.P2, incident.P3, incident.P4}).Draw(t, "priority")
	title := fmt.Sprintf("title %d", m.deeds)
	number, ok := m.ask("anna", fmt.Sprintf("open %s %s", p, title), nil)
	n, parsed := incident.ParseNumber(number)
	if !ok || !parsed {
		t.Fatalf("an opening was refused: %q", number)
	}
	m.opened(n, title, p)
}

// work gives any command to any incident; whether it is accepted is the program's to say, what then is true the model's.
func (m *machine) work(t *rapid.T) {
	if len(m.incidents) == 0 {
		t.Skip("no incident")
	}
	i := rapid.SampledFrom(m.incidents).Draw(t, "incident")
	who := rapid.SampledFrom([]string{"anna", "bert"}).Draw(t, "who")
	verb := rapid.SampledFrom([]string{"log", "log", "role", "handover", "accept", "decline", "hold", "resume", "update", "resolve", "close", "reopen", "ack"}).Draw(t, "verb")
	other := map[string]string{"anna": "bert", "bert": "anna"}[who]
	detail := fmt.Sprintf("n%dn", m.deeds)
	text := map[string]string{
		"role": "role im @" + who, "handover": "handover @" + other, "accept": "handover accept", "decline": "handover decline", "hold": "hold user " + detail,
		"resume": "resume", "ack": "ack",
	}[verb]
	if text == "" {
		text = verb + " " + detail
	}
	if verb == "handover" {
		detail = other
	}
	number, ok := m.ask(who, text, i)
	if verb == "log" && !ok {
		t.Fatalf("a note was refused")
	}
	if (verb == "accept" || verb == "decline") && ok && i.offer != who {
		t.Fatalf("%s answered an offer to %q", who, i.offer)
	}
	if ok {
		m.accepted(i, who, verb, detail, number != i.number.String())
	}
}

// again sends something that was accepted once more: it changes nothing, and gets its first answer.
func (m *machine) again(t *rapid.T) {
	if len(m.causes) == 0 {
		t.Skip("nothing to send again")
	}
	r := rapid.SampledFrom(m.causes).Draw(t, "request")
	if status, number := m.send(r); status != r.status || number != r.number {
		t.Fatalf("%+v was answered %d %s when it came again", r, status, number)
	}
}

func (m *machine) alert(t *rapid.T) {
	key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
	over := rapid.Bool().Draw(t, "over")
	status := map[bool]string{true: "resolved", false: "firing"}[over]
	body := fmt.Sprintf(`{"title":"disk is full","dedup_key":%q,"severity":"error","status":%q}`, key, status)
	for range rapid.IntRange(1, 3).Draw(t, "times") {
		if status, _ := m.send(request{hook: body}); status != http.StatusAccepted {
			t.Fatalf("an alert was answered %d", status)
		}
		m.fire(key, over)
		m.now = m.now.Add(time.Millisecond)
	}
}

func (m *machine) workOff(t *rapid.T) {
	if _, err := m.app.worker.WorkOff(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) drain(t *rapid.T) {
	if _, err := m.app.pump.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// calm tells all there is to tell. What is put off for the pace of the chat takes some seconds, in which more may fall due.
func (m *machine) calm(t *rapid.T) {
	for range 20 {
		m.drain(t)
		if _, outbox, err := m.app.store.Waiting(context.Background()); err != nil {
			t.Fatal(err)
		} else if outbox == 0 {
			return
		}
		m.now = m.now.Add(time.Second)
		m.tick(t)
	}
}

func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(rapid.SampledFrom([]time.Duration{time.Second, 4 * time.Minute, offerFor, time.Hour, 9 * time.Hour, confirmFor, 6 * 24 * time.Hour}).Draw(t, "time"))
}

// tick sweeps, and sweeps again, which finds nothing.
func (m *machine) tick(t *rapid.T) {
	for range 2 {
		if _, err := m.app.desk.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	m.swept()
}

// restart stops and starts, or goes on with an image of the store as a crash leaves it.
func (m *machine) restart(t *rapid.T) {
	data := m.app.Config.Data
	if crash := rapid.Bool().Draw(t, "crash"); crash {
		data = m.next()
		if err := copied(m.app.Config.Data, data); err != nil {
			t.Fatal(err)
		}
	}
	m.stop()
	m.start(data)
}

// die is a crash in the middle of the outbox: after a call of the chat, before its receipt is kept.
func (m *machine) die(t *rapid.T) {
	image := m.next()
	m.image = image
	m.drain(t)
	if m.image != "" { // there was nothing to be said
		m.image = ""
		return
	}
	m.stop()
	m.start(image)
}

// TestModel lets anything happen in any order and holds the program to the model after each step. A failure is shrunk, and
// printed with the seed that brings it again.
func TestModel(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // each check is a program with its store
		_ = f.Value.Set("25")
		defer func() { _ = f.Value.Set(f.DefValue) }()
	}
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{model: newModel(time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)), t: r, folder: t.TempDir()}
		m.start(m.next())
		defer func() { _ = m.app.Stop(context.Background()) }()
		r.Repeat(map[string]func(*rapid.T){
			"open": m.open, "work": m.work, "work too": m.work, "work as well": m.work, "again": m.again, "alert": m.alert, "workOff": m.workOff,
			"drain": m.drain, "wait": m.wait, "tick": m.tick, "restart": m.restart, "die": m.die,
			"": m.check,
		})
		m.restart(r)
		m.workOff(r)
		m.tick(r)
		m.calm(r)
		m.check(r)
		m.finish(r)
	})
}
