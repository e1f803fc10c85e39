package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"matoi/bot/alert"
	"matoi/lang"
)

// recordMost bounds the body of a request that is written down, in bytes.
const recordMost = 64 << 20

// recordCommand writes down what senders send, for replay: a second receiver beside the real one. It asks for no secret and
// writes none, so it listens on this machine only unless it is told otherwise.
func (w World) recordCommand(l lang.Lang) *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use: "record > FILE", Short: lang.Text(l, "record.short", nil), Long: lang.Text(l, "record.long", nil), Args: cobra.NoArgs,
		Example: "  matoi alert record --listen 127.0.0.1:9099 > storm.jsonl",
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:9099", lang.Text(l, "record.flag_listen", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		door, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", listen)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w.Err, lang.Text(l, "record.ready", lang.Args{"URL": "http://" + door.Addr().String() + "/hooks/"})); err != nil {
			return err
		}
		return (&recorder{out: w.Out, now: w.now}).serve(cmd.Context(), door)
	}
	return c
}

// recorder writes each request as a line.
type recorder struct {
	mu  sync.Mutex
	out io.Writer
	now func() time.Time
}

// serve takes requests until ctx ends; those that have begun are written.
func (r *recorder) serve(ctx context.Context, door net.Listener) error {
	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(last)
	})
	defer stop()
	if err := server.Serve(door); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// ServeHTTP answers 202 once the line is written: what was not, the sender sends again.
func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	name, ok := strings.CutPrefix(strings.TrimSuffix(q.URL.Path, "/"), "/hooks/")
	if name = alert.Bare(name); !ok || name == "" || strings.Contains(name, "/") {
		http.NotFound(w, q)
		return
	}
	if q.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, recordMost))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := r.write(name, q.Header, body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// write writes one line, with the headers that Matoi itself would keep: none of them holds a secret.
func (r *recorder) write(name string, header http.Header, body []byte) error {
	source, _ := (&alert.Config{}).Source(name) // of another name the headers that all have
	kept := http.Header{}
	if err := json.Unmarshal(source.Keep(header), &kept); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := json.NewEncoder(r.out)
	out.SetEscapeHTML(false)
	return out.Encode(record(r.now(), name, kept, body))
}
