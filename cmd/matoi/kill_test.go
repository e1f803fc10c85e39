package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// kills is how often the process is killed, each time costing about half a second; MATOI_TEST_KILLS asks for more.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MATOI_TEST_KILLS")
	if text == "" {
		return 12
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// binary builds the real program, as it is shipped.
func binary(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "matoi")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return file
}

// process is the program while it is started and killed again and again.
type process struct {
	t       *testing.T
	file    string
	data    string
	address atomic.Value // of the process that runs, or ran last
	cmd     *exec.Cmd
	errs    log
	flags   []string // beside --listen and --data
	starts  []time.Duration
}

// start runs the program until it says that it is ready.
func (p *process) start() {
	p.t.Helper()
	began := time.Now()
	p.cmd = exec.Command(p.file, append([]string{"--listen", "127.0.0.1:0", "--data", p.data}, p.flags...)...)
	p.cmd.Env = append(os.Environ(), "LC_ALL=C")
	p.cmd.Stderr = &p.errs
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url := regexp.MustCompile(`http://[0-9.:]+`).FindString(line)
	if err != nil || url == "" {
		_ = p.cmd.Wait()
		p.t.Fatalf("it did not start: %v %q\n%s", err, line, p.errs.String())
	}
	p.address.Store(url)
	p.starts = append(p.starts, time.Since(began))
	go func() { _, _ = io.Copy(io.Discard, out) }()
}

// kill ends it without a word.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
}

// post sends a request until it is answered 2xx, whoever runs meanwhile, and gives the body.
func (p *process) post(client *http.Client, path, body, key string) string {
	for {
		r, err := http.NewRequestWithContext(p.t.Context(), "POST", p.address.Load().(string)+path, strings.NewReader(body))
		if err != nil {
			p.t.Error(err)
			return ""
		}
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		answer, err := client.Do(r)
		if err != nil {
			if p.t.Context().Err() != nil {
				return ""
			}
			<-time.After(5 * time.Millisecond)
			continue
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		switch {
		case answer.StatusCode/100 == 4:
			p.t.Errorf("%s %s: %s %s", path, body, answer.Status, text)
			return ""
		case answer.StatusCode/100 == 2 && err == nil:
			return string(text)
		}
	}
}

// get reads JSON.
func (p *process) get(path string, to any) {
	p.t.Helper()
	answer, err := http.Get(p.address.Load().(string) + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, ok := to.(*string); ok {
		b, _ := io.ReadAll(answer.Body)
		*text = string(b)
		return
	}
	if err := json.NewDecoder(answer.Body).Decode(to); err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
}

// signals takes a broken configuration, then a good one, and stops when it is told to.
func (p *process) signals() {
	t := p.t
	t.Helper()
	p.kill()
	file := write(t, "lang: ja\n")
	p.flags = []string{"--config", file}
	p.start()
	for text, says := range map[string]string{"lang: klingon\n": "klingon", "lang: ja\nrooms_from: P2\n": "the policy changed"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the log says "+says, func() bool { return strings.Contains(p.errs.String(), says) })
	}
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil || time.Since(began) > stopWithin {
		t.Errorf("told to stop it ended with %v after %s", err, time.Since(began))
	}
}

// TestKilledAtAnyMomentNothingIsLostOrDoubled posts alerts and commands from several sides while the process is killed and
// started again and again. What was answered 2xx must then be there exactly once, in the record and in the rooms.
func TestKilledAtAnyMomentNothingIsLostOrDoubled(t *testing.T) {
	p := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data")}
	p.start()
	t.Cleanup(p.kill)
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	number := numberIn(t, p.post(client, "/api/v1/commands", `{"as":"alice","channel":"#general","text":"open P3 Under fire"}`, "first"))

	var said, opened, alerts sync.Map // text -> true, title -> number, key -> true
	var stop atomic.Bool
	var hands sync.WaitGroup
	for hand := range 3 {
		hands.Go(func() {
			for n := 0; !stop.Load(); n++ {
				text := fmt.Sprintf("entry %d-%d-x", hand, n)
				p.post(client, "/api/v1/commands", fmt.Sprintf(`{"as":"alice","text":"log %s --in %s"}`, text, number), text)
				said.Store(text, true)
			}
		})
		hands.Go(func() {
			for n := 0; !stop.Load(); n++ {
				key := fmt.Sprintf("alert-%d-%d-x", hand, n)
				p.post(client, "/hooks/generic", fmt.Sprintf(`{"summary":"disk of machine %d","dedup_key":%q,"severity":"error"}`, hand, key), "")
				alerts.Store(key, true)
			}
		})
	}
	hands.Go(func() {
		for n := 0; !stop.Load() && n < 60; n++ {
			title := fmt.Sprintf("Opened %d-x", n)
			body := p.post(client, "/api/v1/commands", fmt.Sprintf(`{"as":"bob","channel":"#general","text":"open P3 %s"}`, title), title)
			opened.Store(title, numberIn(t, body))
		}
	})
	n := kills(t)
	for range n {
		<-time.After(100*time.Millisecond + rand.N(250*time.Millisecond)) // a moment nobody chose
		p.kill()
		p.start()
	}
	stop.Store(true)
	hands.Wait()
	p.settle()
	p.judge(number, &said, &opened, &alerts)
	slices.Sort(p.starts)
	middle, slowest := p.starts[len(p.starts)/2], p.starts[len(p.starts)-1]
	t.Logf("%d kills, starts took %s, at most %s; %d entries, %d incidents, %d alerts", n, middle.Round(time.Millisecond),
		slowest.Round(time.Millisecond), size(&said), size(&opened), size(&alerts))
	if middle > time.Second {
		t.Errorf("a start took %s", middle)
	}
	if strings.Contains(p.errs.String(), "level=ERROR") {
		t.Errorf("logged:\n%s", p.errs.String())
	}
	p.signals()
}

func numberIn(t *testing.T, body string) string {
	t.Helper()
	n := regexp.MustCompile(`"number":"(INC-[0-9-]+)"`).FindStringSubmatch(body)
	if n == nil {
		t.Errorf("no number in %s", body)
		return ""
	}
	return n[1]
}

func size(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// settle waits until inbox and outbox are empty.
func (p *process) settle() {
	p.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		var text string
		if p.get("/metrics", &text); strings.Contains(text, "matoi_outbox_waiting 0\n") && strings.Contains(text, "matoi_inbox_waiting 0\n") {
			tick.Stop()
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("something still waits:\n%s", regexp.MustCompile(`(?m)^matoi_(in|out)box.*$`).FindAllString(text, -1))
		}
	}
}

// judge asks verify, the API and the rooms.
func (p *process) judge(number string, said, opened, alerts *sync.Map) {
	t := p.t
	t.Helper()
	verify := exec.Command(p.file, "verify", "--data", p.data)
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("verify: %v %s", err, out)
	}
	var timeline struct {
		Entries []struct {
			Seq  int64
			Kind string
			Text string
		}
	}
	p.get("/api/v1/incidents/"+number+"/timeline?limit=100000", &timeline)
	times := map[string]int{}
	for i, e := range timeline.Entries {
		if e.Seq != int64(i+1) {
			t.Errorf("entry %d has seq %d", i+1, e.Seq)
		}
		times[e.Text]++
	}
	said.Range(func(text, _ any) bool {
		if n := times[text.(string)]; n != 1 {
			t.Errorf("%q is %d times in the timeline", text, n)
		}
		return true
	})
	var list struct {
		Incidents []struct{ Number, Title string }
	}
	p.get("/api/v1/incidents?limit=1000", &list)
	titles := map[string][]string{}
	total := int64(0)
	for _, i := range list.Incidents {
		titles[i.Title] = append(titles[i.Title], i.Number)
		var detail struct {
			Alerts struct{ Total int64 }
			Rooms  []struct{ Name string }
		}
		p.get("/api/v1/incidents/"+i.Number, &detail)
		total += detail.Alerts.Total
		if len(detail.Rooms) != 1 {
			t.Errorf("%s has rooms %v", i.Number, detail.Rooms)
		}
	}
	opened.Range(func(title, n any) bool {
		if got := titles[title.(string)]; !slices.Equal(got, []string{n.(string)}) {
			t.Errorf("%q was answered as %s and is %v", title, n, got)
		}
		return true
	})
	if total != int64(size(alerts)) {
		t.Errorf("%d alerts were taken, %d belong to incidents", size(alerts), total)
	}
	p.rooms()
}

// rooms reads the built-in chat: one room for each incident, one card in it, no message twice.
func (p *process) rooms() {
	t := p.t
	t.Helper()
	s, err := storage.OpenReadOnly(t.Context(), p.data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	channels, err := s.Channels(t.Context(), incident.Viewer{All: true})
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[incident.Number]string{}
	for _, c := range channels {
		if c.Direct {
			continue
		}
		if c.Number != 0 && rooms[c.Number] != "" {
			t.Errorf("%s has the rooms %s and %s", c.Number, rooms[c.Number], c.ID)
		}
		rooms[c.Number] = c.ID
		list, err := s.Messages(t.Context(), c.ID, 0, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		cards, texts := map[string]int{}, map[string]int{}
		for _, m := range list {
			if m.Only != "" {
				continue
			}
			if m.Card != nil {
				cards[m.Card.Title]++
				continue
			}
			texts[m.Text]++
		}
		for title, n := range cards {
			if n != 1 {
				t.Errorf("#%s shows the card %q %d times", c.ID, title, n)
			}
		}
		for text, n := range texts {
			if n != 1 && strings.Contains(text, "-x") {
				t.Errorf("#%s says %q %d times", c.ID, text, n)
			}
		}
	}
}
