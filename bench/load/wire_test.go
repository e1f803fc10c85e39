package load

import (
	"bufio"
	"strings"
	"testing"
)

func TestAnAnswerIsReadToItsEndAndNoFurther(t *testing.T) {
	const next = "HTTP/1.1 204 No Content\r\n\r\n"
	for name, c := range map[string]struct {
		answer string
		status int
		reuse  bool
	}{
		"a length":          {"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello", 202, true},
		"chunks":            {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\na;x=y\r\n0123456789\r\n0\r\n\r\n", 200, true},
		"nothing":           {"HTTP/1.1 304 Not Modified\r\n\r\n", 304, true},
		"a word before":     {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", 500, true},
		"a closing one":     {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200, false},
		"an old server's":   {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, false},
		"one without a end": {"HTTP/1.1 200 OK\r\n\r\nuntil the connection ends", 200, false},
	} {
		text := c.answer
		if c.reuse {
			text += next
		}
		in := bufio.NewReader(strings.NewReader(text))
		status, reuse, err := readAnswer(in)
		if err != nil || status != c.status || reuse != c.reuse {
			t.Errorf("%s: %d %v %v, want %d %v", name, status, reuse, err, c.status, c.reuse)
			continue
		}
		if c.reuse {
			if status, _, err := readAnswer(in); status != 204 || err != nil {
				t.Errorf("%s: the next answer is %d %v", name, status, err)
			}
		}
	}
}

func TestWhatIsNoWholeAnswerIsAnError(t *testing.T) {
	for _, text := range []string{
		"", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nContent-",
	} {
		if status, _, err := readAnswer(bufio.NewReader(strings.NewReader(text))); err == nil {
			t.Errorf("%q was taken for an answer of %d", text, status)
		}
	}
}
