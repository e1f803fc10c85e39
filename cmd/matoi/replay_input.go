package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf8"

	"matoi/bot/alert"
)

// recorded is a request as a line of JSON: what `alert record` writes and `alert replay` reads.
type recorded struct {
	// At is when it came; without it, a second after the one before.
	At time.Time `json:"at,omitzero"`
	// Received is the same in captures of others.
	Received time.Time         `json:"received_at,omitzero"`
	Source   string            `json:"source"`
	Headers  map[string]string `json:"headers,omitempty"`
	// Body is JSON as it is, or a text that is none. Raw, where it is given, is the exact text, and Base64 what is no text.
	Body   json.RawMessage `json:"body,omitempty"`
	Raw    *string         `json:"body_raw,omitempty"`
	Base64 []byte          `json:"body_base64,omitempty"`
}

// record is a request to be written down.
func record(at time.Time, source string, header http.Header, body []byte) recorded {
	r := recorded{At: at.UTC().Truncate(time.Microsecond), Source: source, Headers: map[string]string{}}
	for name := range header {
		r.Headers[name] = header.Get(name)
	}
	switch trimmed := bytes.TrimSpace(body); {
	case !utf8.Valid(body):
		r.Base64 = body
	case json.Valid(body) && trimmed[0] != '"': // a text stands for itself
		r.Body = body
	default:
		text := string(body)
		r.Raw = &text
	}
	return r
}

// bytes is the body as it was sent.
func (r recorded) bytes() ([]byte, error) {
	switch {
	case len(r.Base64) > 0:
		return r.Base64, nil
	case r.Raw != nil:
		return []byte(*r.Raw), nil
	case len(r.Body) > 0 && r.Body[0] == '"':
		var text string
		err := json.Unmarshal(r.Body, &text)
		return []byte(text), err
	}
	return r.Body, nil
}

// readRequests reads what files and folders hold, in the order of its times. What is no recorded request is the body of one of the
// source.
func readRequests(read func(string) ([]byte, error), in io.Reader, paths []string, source string, begin time.Time, c Config) ([]happening, error) {
	var all []recorded
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := readOne(read, in, file)
			if err != nil {
				return nil, err
			}
			some, err := requestsIn(text, source)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			all = append(all, some...)
		}
	}
	sources := alert.Config{Sources: c.Sources}
	at := begin
	out := make([]happening, 0, len(all))
	for k, r := range all {
		switch {
		case !r.At.IsZero():
			at = r.At
		case !r.Received.IsZero():
			at = r.Received
		case k > 0:
			at = at.Add(time.Second)
		}
		if _, known := sources.Source(r.Source); !known {
			return nil, fmt.Errorf("request %d: no source is called %q", k+1, r.Source)
		}
		body, err := r.bytes()
		if err != nil {
			return nil, fmt.Errorf("request %d: %w", k+1, err)
		}
		header := http.Header{}
		for name, value := range r.Headers {
			header.Set(name, value)
		}
		out = append(out, happening{at: at.UTC().Truncate(time.Microsecond), source: r.Source, header: header, body: body})
	}
	slices.SortStableFunc(out, func(a, b happening) int { return a.at.Compare(b.at) })
	return out, nil
}

// filesOf is a file itself, or what lies in a folder, in the order of the names.
func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Base(name)[0] != '.' {
			out = append(out, name)
		}
		return err
	})
	return out, err
}

func readOne(read func(string) ([]byte, error), in io.Reader, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(in, replayLength))
	}
	text, err := read(file)
	if len(text) > replayLength {
		return nil, fmt.Errorf("%s is longer than %d bytes", file, replayLength)
	}
	return text, err
}

// errNoSource is a file without recorded requests where no source was named.
var errNoSource = errors.New("it holds no recorded requests (source, body); for the body of one name its --source")

// requestsIn takes a file apart: recorded requests one after the other, or a list of them, or else one body.
func requestsIn(text []byte, source string) ([]recorded, error) {
	out := []recorded{}
	empty := true // so far, as a folder may hold a file in which nothing was recorded
	lines := json.NewDecoder(bytes.NewReader(text))
	for {
		var raw json.RawMessage
		err := lines.Decode(&raw)
		if errors.Is(err, io.EOF) && (empty || len(out) > 0) {
			return out, nil
		}
		if err != nil {
			if len(out) > 0 { // cut short in the middle of a line: say so rather than to leave it out
				return nil, fmt.Errorf("request %d: %w", len(out)+1, err)
			}
			break
		}
		list := []recorded{{}}
		if raw[0] == '[' {
			err = json.Unmarshal(raw, &list)
		} else {
			err = json.Unmarshal(raw, &list[0])
		}
		if foreign := slices.ContainsFunc(list, recorded.empty) || err != nil; foreign {
			if len(out) > 0 {
				return nil, fmt.Errorf("request %d: %w", len(out)+1, errors.Join(err, errNoSource))
			}
			break
		}
		out, empty = append(out, list...), empty && len(list) == 0
	}
	if source == "" {
		return nil, errNoSource
	}
	r := record(time.Time{}, source, http.Header{}, text)
	if r.At = (time.Time{}); json.Valid(text) {
		r.Headers["Content-Type"] = "application/json"
	}
	return []recorded{r}, nil
}

// empty reports whether this is no request.
func (r recorded) empty() bool {
	return r.Source == "" || len(r.Body) == 0 && r.Raw == nil && len(r.Base64) == 0
}
