package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
)

// zipped packs pages and their parts on the way out: their markup repeats itself, and a phone in the field is slow.
// Streams stay as they are, since a packer holds back what should be seen at once; so do files, which are packed already
// or stand packed in memory. Pages hold no secret that somebody could guess by their packed length: no token stands in
// them, and foreign sites can't make a browser post here.
func zipped(next http.Handler) http.Handler {
	packers := &sync.Pool{New: func() any {
		z, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed+4)
		if err != nil {
			panic(err) // the level is a constant
		}
		return z
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !packable(r) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Accept-Encoding")
		z := &zipWriter{ResponseWriter: w, packers: packers}
		next.ServeHTTP(z, r)
		z.end() // not deferred: after a panic nothing may look whole
	})
}

func packable(r *http.Request) bool {
	for _, own := range []string{"/live/", "/static/", "/files/", "/api/", "/hooks/", "/metrics"} {
		if strings.HasPrefix(r.URL.Path, own) {
			return false
		}
	}
	return r.Method != http.MethodHead && r.Header.Get("Range") == "" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// zipWriter packs an answer if it turns out to be text.
type zipWriter struct {
	http.ResponseWriter
	packers *sync.Pool
	pack    *gzip.Writer // nil: written as it is
	begun   bool
}

// WriteHeader begins the answer and decides.
func (w *zipWriter) WriteHeader(code int) {
	h := w.Header()
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	text := strings.HasPrefix(kind, "text/") && kind != "text/event-stream" || kind == "application/json"
	if !w.begun && text && h.Get("Content-Encoding") == "" && code != http.StatusNoContent && code != http.StatusNotModified && code >= 200 {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		w.pack, _ = w.packers.Get().(*gzip.Writer)
		w.pack.Reset(w.ResponseWriter)
	}
	w.begun = w.begun || code >= 200
	w.ResponseWriter.WriteHeader(code)
}

// Write begins the answer if need be.
func (w *zipWriter) Write(b []byte) (int, error) {
	if !w.begun {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", http.DetectContentType(b))
		}
		w.WriteHeader(http.StatusOK)
	}
	if w.pack != nil {
		return w.pack.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// FlushError sends what there is.
func (w *zipWriter) FlushError() error {
	if w.pack != nil {
		if err := w.pack.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *zipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *zipWriter) end() {
	if w.pack == nil {
		return
	}
	_ = w.pack.Close() // the reader has gone; the server knows
	w.packers.Put(w.pack)
	w.pack = nil
}
