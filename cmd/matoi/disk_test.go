package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patientProgram is the real program with people and monitoring systems at it, whose disk falls ill and gets well again.
type patientProgram struct {
	*process
	number string // of the incident that people write to
	client *http.Client
	mu     sync.Mutex
	kept   map[string]bool // what was answered 2xx: alert keys and entries
	no     int             // answers that were none of success
	hands  map[int]int     // the same, of those who work
	slow   time.Duration   // the longest answer
}

// admitted starts the program on a folder.
func admitted(t *testing.T, file, data string) *patientProgram {
	t.Helper()
	p := &patientProgram{
		process: &process{t: t, file: file, data: data}, kept: map[string]bool{}, hands: map[int]int{},
		client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	}
	p.start()
	t.Cleanup(p.kill)
	t.Cleanup(p.client.CloseIdleConnections)
	p.number = numberIn(t, p.post(p.client, "/api/v1/commands", `{"as":"alice","channel":"#general","text":"open P3 On a bad disk"}`, "first"))
	return p
}

// once sends one request and remembers what came of it.
func (p *patientProgram) once(path, body, key, mark string) (status int) {
	r, err := http.NewRequest("POST", p.address.Load().(string)+path, strings.NewReader(body))
	if err != nil {
		p.t.Error(err)
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	began := time.Now()
	answer, err := p.client.Do(r)
	if err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		status = answer.StatusCode
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = max(p.slow, time.Since(began))
	if status/100 == 2 {
		p.kept[mark] = true
	} else {
		p.no++
	}
	return status
}

// alert sends an alert of its own with a body of about so many bytes; entry writes a line to the timeline.
func (p *patientProgram) alert(key string, size int) int {
	return p.once("/hooks/generic", fmt.Sprintf(`{"summary":"disk of machine 1","dedup_key":%q,"severity":"error","padding":%q}`, key, strings.Repeat("x", size)), "", "alert "+key)
}

func (p *patientProgram) entry(text string) int {
	return p.once("/api/v1/commands", fmt.Sprintf(`{"as":"alice","text":"log %s --in %s"}`, text, p.number), text, text)
}

// work keeps people and monitoring systems at it until stop is called.
func (p *patientProgram) work(name string, size int) (stop func()) {
	var ended atomic.Bool
	var hands sync.WaitGroup
	for hand := range 4 {
		hands.Go(func() {
			for n := 0; !ended.Load(); n++ {
				mark := fmt.Sprintf("%s-%d-%d-x", name, hand, n)
				status := 0
				if hand == 0 {
					status = p.entry(mark)
				} else {
					status = p.alert(mark, size)
				}
				if status/100 != 2 {
					p.mu.Lock()
					p.hands[hand]++
					p.mu.Unlock()
				}
			}
		})
	}
	return func() { ended.Store(true); hands.Wait() }
}

// figures gives how many were answered with success, and how many not, since the last time.
func (p *patientProgram) figures() (kept, no int, slow time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	no, slow = p.no, p.slow
	p.no, p.slow = 0, 0
	return len(p.kept), no, slow
}

// ready asks /readyz in a language.
func (p *patientProgram) ready(l string) (status int, body string) {
	r, err := http.NewRequest("GET", p.address.Load().(string)+"/readyz", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", l)
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	b, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(b)
}

// isIll asserts that the program takes nothing in and says why to whoever asks, in both languages and in the log.
func (p *patientProgram) isIll(reason, ja, en string) {
	t := p.t
	t.Helper()
	for l, words := range map[string]string{"ja": ja, "en": en} {
		status, body := p.ready(l)
		if status != http.StatusServiceUnavailable || !strings.Contains(body, `"reason":"`+reason+`"`) || !strings.Contains(body, words) {
			t.Errorf("/readyz in %s says %d %s, want %s and %q", l, status, body, reason, words)
		}
	}
	for _, line := range []string{`msg="the database can't be written; nothing is acknowledged until it can" reason=` + reason, `msg="not ready" reason=` + reason} {
		if !strings.Contains(p.errs.String(), line) {
			t.Errorf("the log lacks %s:\n%s", line, tail(p.errs.String()))
		}
	}
	if status := p.entry("refused-" + reason); status != http.StatusServiceUnavailable {
		t.Errorf("a command is answered %d", status)
	}
	if status := p.alert("refused-"+reason, 100); status != http.StatusInternalServerError {
		t.Errorf("an alert is answered %d", status)
	}
}

// isWell waits until the program works again by itself, and then asserts that all it ever said yes to is there once:
// first as it runs, then after it was killed.
func (p *patientProgram) isWell() {
	t := p.t
	t.Helper()
	eventually(t, "it is ready again", func() bool { status, _ := p.ready("en"); return status == 200 })
	if status := p.entry(fmt.Sprintf("well again %d-x", time.Now().UnixNano())); status != 200 {
		t.Errorf("a command is answered %d after all", status)
	}
	p.settle()
	p.holds()
	p.kill()
	p.start()
	p.settle()
	p.holds()
}

// holds compares what was answered with what is there.
func (p *patientProgram) holds() {
	t := p.t
	t.Helper()
	if out, err := exec.Command(p.file, "verify", "--data", p.data).CombinedOutput(); err != nil {
		t.Errorf("verify: %v %s", err, out)
	}
	var timeline struct{ Entries []struct{ Text string } }
	p.get("/api/v1/incidents/"+p.number+"/timeline?limit=100000", &timeline)
	times := map[string]int{}
	for _, e := range timeline.Entries {
		times[e.Text]++
	}
	known := keysIn(t, p.data)
	p.mu.Lock()
	defer p.mu.Unlock()
	for mark := range p.kept {
		switch n, alert := times[mark], strings.HasPrefix(mark, "alert "); {
		case alert && !known[strings.TrimPrefix(mark, "alert ")]:
			t.Errorf("%s was answered with success and is not there", mark)
		case !alert && n != 1:
			t.Errorf("%q was answered with success and is %d times in the timeline", mark, n)
		}
	}
	for text, n := range times {
		if n > 1 && strings.HasSuffix(text, "-x") {
			t.Errorf("%q is %d times in the timeline", text, n)
		}
	}
}

// keysIn reads the keys of all alerts in a data folder.
func keysIn(t *testing.T, data string) map[string]bool {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "matoi.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT key FROM alert`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	known := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			t.Fatal(err)
		}
		known[strings.TrimPrefix(key, "generic:")] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return known
}

func tail(text string) string { return text[max(0, len(text)-2000):] }

// spell keeps a fault on the system calls of a running program until it is ended: strace makes them fail, or slow.
func spell(t *testing.T, p *patientProgram, args ...string) (end func()) {
	t.Helper()
	file, err := exec.LookPath("strace")
	if err != nil {
		missing(t, "needs strace (the Debian package of that name)")
	}
	var says bytes.Buffer
	pid := p.cmd.Process.Pid
	cmd := exec.Command(file, append([]string{"-f", "-qq", "-o", os.DevNull, "-p", strconv.Itoa(pid)}, args...)...)
	cmd.Stderr = &says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	deadline := time.Now().Add(patience)
	for tick := time.NewTicker(5 * time.Millisecond); !traced(pid); <-tick.C {
		select {
		case err := <-gone:
			missing(t, fmt.Sprintf("strace can't attach to a process here: %v %s", err, says.String()))
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("strace does not attach: %s", says.String())
		}
	}
	end = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		<-gone
	})
	t.Cleanup(end)
	return end
}

// traced reports whether every thread of a process has a tracer.
func traced(pid int) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil && bytes.Contains(text, []byte("TracerPid:\t0\n")) {
			return false
		}
	}
	return len(files) > 0
}

// tiny mounts a small disk in memory.
func tiny(t *testing.T, size string) (dir string, remount func(how string)) {
	t.Helper()
	dir = t.TempDir()
	mount := func(args ...string) error {
		out, err := exec.Command("mount", args...).CombinedOutput()
		if err != nil {
			err = errors.Join(err, errors.New(string(out)))
		}
		return err
	}
	if err := mount("-t", "tmpfs", "-o", "size="+size, "tmpfs", dir); err != nil {
		missing(t, fmt.Sprintf("needs the right to mount a tmpfs: %v", err))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir, func(how string) {
		t.Helper()
		if err := mount("-o", "remount,"+how, dir); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a disk does: nothing is answered with success that is not on it, /readyz and the log say what is wrong, and once
// the disk is good again the program goes on by itself.
func TestADiskThatFailsIsSaidAndSurvived(t *testing.T) {
	file := binary(t)
	t.Run("full", func(t *testing.T) { fullDisk(t, file) })
	t.Run("quota", func(t *testing.T) { quota(t, file) })
	t.Run("mounted read-only", func(t *testing.T) { readOnlyDisk(t, file) })
	t.Run("the log of writes deleted", func(t *testing.T) { logDeleted(t, file) })
	t.Run("what was copied is lost", func(t *testing.T) { copiedAndLost(t, file) })
	for _, delay := range []time.Duration{2 * time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond} {
		t.Run("slow by "+delay.String(), func(t *testing.T) { slowDisk(t, file, delay) })
	}
	for _, x := range []struct{ name, reason, ja, en, calls, error string }{
		{"flush fails", "io", "読み書きのエラー", "disk of the database fails", "fsync,fdatasync", "EIO"},
		{"write fails", "io", "読み書きのエラー", "disk of the database fails", "pwrite64,write", "EIO"},
		{"no room", "full", "空きを作って", "Make room", "pwrite64", "ENOSPC"},
		{"gone read-only", "io", "読み書きのエラー", "disk of the database fails", "pwrite64,ftruncate,fsync,fdatasync", "EROFS"},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := admitted(t, file, filepath.Join(t.TempDir(), "data"))
			stop := p.work("before", 200)
			eventually(t, "some are answered", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.kept) > 40 })
			args := []string{"-e", "trace=" + x.calls, "-e", "inject=" + x.calls + ":error=" + x.error}
			for _, f := range []string{"matoi.db", "matoi.db-wal"} {
				args = append(args, "-P", filepath.Join(p.data, f))
			}
			end := spell(t, p, args...)
			p.mu.Lock()
			clear(p.hands)
			p.mu.Unlock()
			// Each of them: an answer of before may be under way to one for as long as the others are refused.
			eventually(t, "all are refused", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.hands) == 4 && p.no > 4 })
			before, _, _ := p.figures()
			eventually(t, "more is refused", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.no > 8 })
			after, _, _ := p.figures()
			if after > before {
				t.Errorf("%d were answered with success while nothing could be kept", after-before)
			}
			stop()
			p.isIll(x.reason, x.ja, x.en)
			end()
			p.isWell()
		})
	}
}

// fullDisk fills a small disk with alerts, and makes room.
func fullDisk(t *testing.T, file string) {
	dir, remount := tiny(t, "12m")
	p := admitted(t, file, filepath.Join(dir, "data"))
	stop := p.work("fill", 60_000)
	eventually(t, "the disk is full", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.no > 20 })
	stop()
	kept, no, _ := p.figures()
	t.Logf("%d answered with success, %d not", kept, no)
	ballast(t, filepath.Join(dir, "ballast"))
	eventually(t, "the last page is taken", func() bool { // what the refused ones left in the log of writes is room for small ones
		p.alert("small", 1)
		status, _ := p.ready("en")
		return status != 200
	})
	p.isIll("full", "空きを作って", "Make room")
	remount("size=200m")
	p.isWell()
}

// ballast writes a file until nothing more fits.
func ballast(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for page := make([]byte, 4096); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// quota lets no file grow beyond what it has, as a limit on a user does.
func quota(t *testing.T, file string) {
	limiter, err := exec.LookPath("prlimit")
	if err != nil {
		missing(t, "needs prlimit (the Debian package util-linux)")
	}
	p := admitted(t, file, filepath.Join(t.TempDir(), "data"))
	limit := func(bytes string) {
		t.Helper()
		if out, err := exec.Command(limiter, "--pid", strconv.Itoa(p.cmd.Process.Pid), "--fsize="+bytes+":unlimited").CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	stop := p.work("quota", 20_000)
	limit("3000000")
	eventually(t, "the quota is used up", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.no > 20 })
	stop()
	limit("4096") // or a small request would still find room in the log of writes
	eventually(t, "nothing is kept", func() bool { return p.alert("small", 1) == http.StatusInternalServerError })
	p.isIll("io", "読み書きのエラー", "disk of the database fails")
	limit("unlimited")
	p.isWell()
}

// slowDisk makes every flush take longer. Everybody is answered, later, and those who wait share a flush.
func slowDisk(t *testing.T, file string, delay time.Duration) {
	p := admitted(t, file, filepath.Join(t.TempDir(), "data"))
	log := filepath.Join(t.TempDir(), "flushes")
	end := spell(t, p, "-o", log, "-e", "trace=fsync,fdatasync", "-e", fmt.Sprintf("inject=fsync,fdatasync:delay_exit=%d", delay.Microseconds()))
	before, _, _ := p.figures()
	var stops []func()
	for n := range 6 {
		stops = append(stops, p.work(fmt.Sprintf("slow-%d", n), 200))
	}
	<-time.After(2 * time.Second)
	for _, stop := range stops {
		stop()
	}
	status, body := p.ready("en")
	end()
	after, no, slowest := p.figures()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	flushes := bytes.Count(text, []byte("sync("))
	t.Logf("%d were answered, the slowest after %s, with %d flushes", after-before, slowest.Round(time.Millisecond), flushes)
	if no > 0 || status != 200 {
		t.Errorf("%d were refused by a disk that is only slow; /readyz says %d %s", no, status, body)
	}
	if after-before <= flushes {
		t.Errorf("%d were answered with %d flushes: those who wait share none", after-before, flushes)
	}
	p.isWell()
}

// readOnlyDisk starts the program where nothing can be written: it says so and ends, and starts once it can.
func readOnlyDisk(t *testing.T, file string) {
	dir, remount := tiny(t, "50m")
	p := admitted(t, file, filepath.Join(dir, "data"))
	p.alert("before-x", 100)
	p.kill()
	remount("ro")
	for l, words := range map[string]string{"C": "read-only file system", "ja_JP.UTF-8": "権限がありません"} {
		cmd := exec.Command(file, "--listen", "127.0.0.1:0", "--data", p.data)
		cmd.Env = append(os.Environ(), "LC_ALL="+l)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), words) {
			t.Errorf("in %s: %v, said %q, want %q", l, err, out, words)
		}
	}
	if out, err := exec.Command(file, "verify", "--data", p.data).CombinedOutput(); err != nil {
		t.Errorf("verify beside it: %v %s", err, out)
	}
	remount("rw")
	p.start()
	p.isWell()
}

// logDeleted takes the log of writes away from under the program: nothing more is taken in, and what was is saved, so that
// it is there whoever stops the program and however.
func logDeleted(t *testing.T, file string) {
	p := admitted(t, file, filepath.Join(t.TempDir(), "data"))
	stop := p.work("deleted", 200)
	eventually(t, "some are answered", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.kept) > 40 })
	stop()
	p.settle()
	if err := os.Remove(filepath.Join(p.data, "matoi.db-wal")); err != nil {
		t.Fatal(err)
	}
	if status := p.alert("after", 100); status != http.StatusInternalServerError {
		t.Errorf("an alert is answered %d", status)
	}
	p.isIll("gone", "フォルダーからなくなった", "not in its folder")
	p.kill()
	p.start()
	p.isWell()
}

// copiedAndLost lets every flush of the database itself fail, while those of the log of writes succeed: SQLite would go on
// and write over the log. The program ends itself instead, and the next one has everything.
func copiedAndLost(t *testing.T, file string) {
	p := admitted(t, file, filepath.Join(t.TempDir(), "data"))
	end := spell(t, p, "-P", filepath.Join(p.data, "matoi.db"), "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO")
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	stop := p.work("copied", 60_000)
	var err error
	select {
	case err = <-ended:
	case <-time.After(2 * patience):
		t.Error("it works on")
	}
	stop()
	end()
	if err == nil || !strings.Contains(p.errs.String(), "the disk lost what was written to the database, so Matoi ended itself") {
		t.Errorf("it ended with %v and said\n%s", err, tail(p.errs.String()))
	}
	if kept, _, _ := p.figures(); kept < 100 {
		t.Errorf("it ended after %d answers", kept)
	}
	p.start()
	p.isWell()
}
