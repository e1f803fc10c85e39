package limit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// note is what the servers keep of an alert.
type note struct {
	Summary string `json:"summary"`
	Details string `json:"details"`
	Dedup   string `json:"dedup"`
	Source  string `json:"source"`
	raw     []byte
}

// keeper makes notes durable, all of them in one go.
type keeper interface {
	keep(notes []*note) error
	close() error
}

// most is how many notes go into one commit.
const most = 1024

// Serve runs the reference server of a mode on a listener until the context ends. place is the folder of its files, or
// for postgres the address of an empty database.
func Serve(ctx context.Context, mode, place string, listen net.Listener) error {
	k, bound, err := open(ctx, mode, place)
	if err != nil {
		return errors.Join(err, listen.Close()) // or clients would wait in its queue
	}
	s := &server{}
	ended := make(chan struct{})
	if k != nil {
		s.waiting = make(chan job, 4*most)
		go func() {
			defer close(ended)
			s.commit(ctx, k, bound)
		}()
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /alert", s.take)
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	site := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = site.Close() })
	defer stop()
	if err := site.Serve(listen); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if k == nil {
		return nil
	}
	<-ended
	return k.close()
}

func open(ctx context.Context, mode, place string) (k keeper, bound int, err error) {
	switch mode {
	case "echo":
		return nil, 0, nil
	case "log":
		k, err = openLog(place)
	case "sqlite":
		k, err = openSQLite(ctx, place)
	case "sqlite1":
		k, err = openSQLite(ctx, place)
		return k, 1, err
	case "postgres":
		k, err = openPostgres(ctx, place)
	default:
		err = fmt.Errorf("there is no reference server %q", mode)
	}
	return k, most, err
}

// job is a note that waits for its commit.
type job struct {
	note *note
	done chan error
}

type server struct{ waiting chan job }

func (s *server) take(w http.ResponseWriter, r *http.Request) {
	var n note
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(raw, &n)
	}
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if s.waiting != nil {
		n.raw = raw
		j := job{&n, make(chan error, 1)}
		s.waiting <- j
		select {
		case err = <-j.done:
		case <-r.Context().Done():
			err = r.Context().Err()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"accepted"}`)
}

// commit takes all that waits, up to a bound, and keeps it in one go, until the context ends.
func (s *server) commit(ctx context.Context, k keeper, bound int) {
	var jobs []job
	var notes []*note
	for {
		jobs, notes = jobs[:0], notes[:0]
		select {
		case <-ctx.Done():
			return
		case j := <-s.waiting:
			jobs, notes = append(jobs, j), append(notes, j.note)
		}
		for more := true; more && len(jobs) < bound; {
			select {
			case j := <-s.waiting:
				jobs, notes = append(jobs, j), append(notes, j.note)
			default:
				more = false
			}
		}
		err := k.keep(notes)
		for _, j := range jobs {
			j.done <- err
		}
	}
}
