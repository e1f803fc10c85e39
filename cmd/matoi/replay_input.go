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
	"strings"
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
// source; without a source such a file stops it, but in a folder leave only hears of it (line 0), as it does of a last line that was cut short
// and of how many requests stand before it.
func (w World) readRequests(paths []string, source string, begin time.Time, c Config, leave func(file string, line, before int) error) ([]happening, error) {
	var all []recorded
	sources := alert.Config{Sources: c.Sources}
	for _, path := range paths {
		files, folder, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := readOne(w.Read, w.In, file)
			if err != nil {
				return nil, err
			}
			some, err := requestsIn(text, source, &sources)
			if folder && errors.Is(err, errNoSource) && len(some) == 0 {
				err = leave(file, 0, 0)
			}
			if cut, ok := errors.AsType[cutShort](err); ok {
				err = leave(file, int(cut), len(some))
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			all = append(all, some...)
		}
	}
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
func filesOf(path string) (out []string, folder bool, err error) {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.IsDir() {
		return []string{path}, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Base(name)[0] != '.' {
			out = append(out, name)
		}
		return err
	})
	return out, true, err
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

// cutShort is the line on which a file ends in the midst of a request, as a recording does that was stopped, or a full disk's.
type cutShort int

// Error says so.
func (c cutShort) Error() string { return fmt.Sprintf("line %d is cut short", int(c)) }

// requestsIn takes a file apart: recorded requests one after the other, or a list of them, or else one body. What is wrong with a request is
// said with its line.
func requestsIn(text []byte, source string, sources *alert.Config) ([]recorded, error) {
	out := []recorded{}
	empty := true // so far, as a folder may hold a file in which nothing was recorded
	lines := json.NewDecoder(bytes.NewReader(text))
	var broken error
	for broken == nil {
		var raw json.RawMessage
		err := lines.Decode(&raw)
		if errors.Is(err, io.EOF) && (empty || len(out) > 0) {
			return out, nil
		}
		if err != nil {
			rest := text[min(int(lines.InputOffset()), len(text)):]
			begin := len(text) - len(bytes.TrimLeft(rest, " \t\r\n"))
			line := 1 + bytes.Count(text[:begin], []byte("\n"))
			switch {
			case len(out) > 0 && errors.Is(err, io.ErrUnexpectedEOF):
				return out, cutShort(line)
			case len(out) > 0:
				return out, fmt.Errorf("line %d: %w", line, err)
			}
			broken = fmt.Errorf("line %d: %w", line, err)
			break
		}
		list := []json.RawMessage{raw}
		begin := int(lines.InputOffset()) - len(raw)
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return out, err // can't be: it was read once
			}
			empty = empty && len(list) == 0
		}
		some, err := readList(text, begin, list, sources)
		if errors.Is(err, errNoSource) && len(out) == 0 {
			break
		}
		if err != nil {
			return out, err
		}
		out, empty = append(out, some...), empty && len(some) == 0
	}
	if source == "" && broken != nil {
		return nil, fmt.Errorf("%w; %w", errNoSource, broken)
	}
	if source == "" {
		return nil, errNoSource
	}
	if _, known := sources.Source(source); !known {
		return nil, unknownSource(source)
	}
	r := record(time.Time{}, source, http.Header{}, text)
	if r.At = (time.Time{}); json.Valid(text) {
		r.Headers["Content-Type"] = "application/json"
	}
	return []recorded{r}, nil
}

// readList reads requests that follow each other from the given place of a text on.
func readList(text []byte, from int, list []json.RawMessage, sources *alert.Config) (out []recorded, err error) {
	for _, raw := range list {
		from += bytes.Index(text[from:], raw)
		r, err := readRequest(raw, sources)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(text[:from], []byte("\n")), err)
		}
		out = append(out, r)
		from += len(raw)
	}
	return out, nil
}

// readRequest reads one, or says all that is wrong with it.
func readRequest(raw json.RawMessage, sources *alert.Config) (recorded, error) {
	var in struct {
		recorded
		At       json.RawMessage `json:"at"`
		Received json.RawMessage `json:"received_at"`
	}
	if err := json.Unmarshal(raw, &in); err != nil || in.empty() {
		return recorded{}, errors.Join(errNoSource, err)
	}
	var wrong []string
	for _, one := range []struct {
		at    *time.Time
		given json.RawMessage
	}{{&in.recorded.At, in.At}, {&in.recorded.Received, in.Received}} {
		if len(one.given) > 0 && json.Unmarshal(one.given, one.at) != nil {
			wrong = append(wrong, fmt.Sprintf("the time %s can't be read: times are written as \"2026-11-23T07:00:00+09:00\"", shortened(string(one.given), 60)))
		}
	}
	if _, known := sources.Source(in.Source); !known {
		wrong = append(wrong, unknownSource(in.Source).Error())
	}
	if len(wrong) > 0 {
		return recorded{}, errors.New(strings.Join(wrong, "; "))
	}
	return in.recorded, nil
}

func unknownSource(name string) error {
	return fmt.Errorf("no source is called %q", shortened(name, 80))
}

// empty reports whether this is no request.
func (r recorded) empty() bool {
	return r.Source == "" || len(r.Body) == 0 && r.Raw == nil && len(r.Base64) == 0
}
