package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// wire is one connection to a server, opened when it is first needed and again after it broke.
type wire struct {
	address string
	timeout time.Duration
	conn    net.Conn
	in      *bufio.Reader
}

// exchange sends a request and reads the whole answer. After an error the connection is closed.
func (w *wire) exchange(request []byte) (status int, err error) {
	if w.conn == nil {
		if w.conn, err = net.DialTimeout("tcp", w.address, w.timeout); err != nil {
			w.conn = nil
			return 0, err
		}
		w.in = bufio.NewReaderSize(w.conn, 16<<10)
	}
	reuse := false
	if err = w.conn.SetDeadline(time.Now().Add(w.timeout)); err == nil {
		if _, err = w.conn.Write(request); err == nil {
			status, reuse, err = readAnswer(w.in)
		}
	}
	if !reuse || err != nil {
		w.close()
	}
	return status, err
}

func (w *wire) close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// head is what of an answer's header decides how its body ends.
type head struct {
	status  int
	length  int64 // -1 where it was not said
	chunked bool
	reuse   bool
}

// readAnswer reads an answer to its end and throws the body away.
func readAnswer(in *bufio.Reader) (status int, reuse bool, err error) {
	h, err := readHead(in)
	for err == nil && h.status/100 == 1 { // the real one follows
		h, err = readHead(in)
	}
	switch {
	case err != nil:
		return 0, false, err
	case h.status == 204 || h.status == 304:
	case h.chunked:
		err = skipChunks(in)
	case h.length >= 0:
		_, err = in.Discard(int(h.length))
	default:
		h.reuse = false
		_, err = io.Copy(io.Discard, io.LimitReader(in, 64<<20))
	}
	return h.status, h.reuse, err
}

func readHead(in *bufio.Reader) (head, error) {
	h := head{length: -1}
	line, err := in.ReadSlice('\n')
	if err != nil {
		return h, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return h, fmt.Errorf("not an HTTP answer: %.40q", line)
	}
	h.reuse = line[7] == '1'
	if h.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return h, err
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return h, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return h, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if h.length, err = strconv.ParseInt(string(value), 10, 32); err != nil || h.length < 0 {
				return h, errors.New("an answer of no sane length")
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			h.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close")):
			h.reuse = false
		}
	}
}

// skipChunks reads a chunked body to its end. Servers of ours send no trailers.
func skipChunks(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(";"))
		size, err := strconv.ParseUint(string(digits), 16, 31)
		if err != nil {
			return fmt.Errorf("chunk: %w", err)
		}
		if _, err := in.Discard(int(size) + len("\r\n")); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}
