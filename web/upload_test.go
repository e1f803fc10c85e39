package web_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"matoi/bot/console"
	"matoi/incident"
)

// sent is what the composer is told of a file.
type sent struct {
	Link, Name, Type string
	Size             int64
	Width, Height    int
}

// puts uploads a file as the composer does.
func (v *visitor) puts(channel, name string, body []byte) (*http.Response, sent, string) {
	v.s.t.Helper()
	to := v.s.server.URL + "/do/upload?channel=" + url.QueryEscape(channel) + "&name=" + url.QueryEscape(name) + "&deed=" + strconv.Itoa(len(name)+len(body))
	r, err := http.NewRequestWithContext(v.s.t.Context(), http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		v.s.t.Fatal(err)
	}
	r.Header = v.head.Clone()
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	var u sent
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, &u); err != nil {
			v.s.t.Fatalf("%s: %v", text, err)
		}
	}
	return resp, u, string(text)
}

func drawing(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is the header of an image that would unfold into 60,000 times 60,000 points.
func bomb(t *testing.T) []byte {
	t.Helper()
	b := drawing(t)
	binary.BigEndian.PutUint32(b[16:], 60_000)
	binary.BigEndian.PutUint32(b[20:], 60_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func TestFilesAreServedAsWhatTheyAreNeverAsPages(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	for _, row := range []struct {
		name, kind, how string
		body            []byte
	}{
		{"図.png", "image/png", "inline", drawing(t)},
		{"page.png", "application/octet-stream", "attachment", []byte("<!DOCTYPE html><script>alert(1)</script>")},
		{"page.html", "application/octet-stream", "attachment", []byte("<html><body onload=alert(1)>")},
		{"picture.svg", "application/octet-stream", "attachment", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
		{"bare.svg", "application/octet-stream", "attachment", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		{"polyglot.html", "application/octet-stream", "attachment", []byte("GIF89a/*<script>alert(1)</script>*/=1;")},
		{"bomb.png", "application/octet-stream", "attachment", bomb(t)},
		{"report.pdf", "application/octet-stream", "attachment", []byte("%PDF-1.7 /JS (app.alert(1))")},
		{"app.log", "application/octet-stream", "attachment", []byte("14:35 restarted\n")},
		{"../../etc/passwd", "application/octet-stream", "attachment", []byte("root:x:0:0")},
		{"a\"; filename=\"evil.html\r\nX-Bad: 1", "application/octet-stream", "attachment", []byte("x")},
	} {
		resp, u, text := ann.puts("general", row.name, row.body)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d %s", row.name, resp.StatusCode, text)
			continue
		}
		resp, got := ann.get(u.Link)
		h := resp.Header
		if h.Get("Content-Type") != row.kind || !strings.HasPrefix(h.Get("Content-Disposition"), row.how) {
			t.Errorf("%s is served as %q, %q", row.name, h.Get("Content-Type"), h.Get("Content-Disposition"))
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || strings.Contains(h.Get("Content-Security-Policy"), "'self'") {
			t.Errorf("%s is served with %v", row.name, h)
		}
		if !strings.Contains(h.Get("Cache-Control"), "private") || h.Get("X-Bad") != "" {
			t.Errorf("%s: %v", row.name, h)
		}
		if got != string(row.body) {
			t.Errorf("%s comes back as %d bytes of %d", row.name, len(got), len(row.body))
		}
		if strings.ContainsAny(u.Name, "/\\\n\r") {
			t.Errorf("%q is called %q", row.name, u.Name)
		}
	}
	_, u, _ := ann.puts("general", "図.png", drawing(t))
	if u.Width != 30 || u.Height != 20 || u.Type != "image/png" {
		t.Errorf("the drawing is %+v", u)
	}
	if resp, _ := ann.get(u.Link + "?save"); !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("to be saved it is served %q", resp.Header.Get("Content-Disposition"))
	}
}

func TestFilesComeInPartsAndAreNotSentTwice(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	body := bytes.Repeat([]byte("0123456789"), 100_000) // several pieces
	_, u, _ := ann.puts("general", "big.log", body)
	resp, part := ann.get(u.Link, "Range", "bytes=999990-999994")
	if resp.StatusCode != http.StatusPartialContent || part != "01234" {
		t.Errorf("a part is %d %q", resp.StatusCode, part)
	}
	tag := resp.Header.Get("ETag")
	if resp, _ := ann.get(u.Link, "If-None-Match", tag); tag == "" || resp.StatusCode != http.StatusNotModified {
		t.Errorf("with the tag %q the file is sent again: %d", tag, resp.StatusCode)
	}
}

func TestFilesAreRefusedClearly(t *testing.T) {
	s := newSite(t, nil)
	s.chat.UploadBound = 1000
	ann := s.as("Ann")
	for _, row := range []struct {
		body []byte
		code int
		want string
	}{
		{nil, http.StatusUnprocessableEntity, "empty"},
		{make([]byte, 1001), http.StatusUnprocessableEntity, "too large"},
		{make([]byte, 600_000), http.StatusUnprocessableEntity, "too large"},
		{make([]byte, 1000), http.StatusOK, "link"},
	} {
		resp, _, text := ann.puts("general", "x", row.body)
		if resp.StatusCode != row.code || !strings.Contains(text, row.want) {
			t.Errorf("%d bytes: got %d %s", len(row.body), resp.StatusCode, text)
		}
	}
	if resp, _, _ := ann.puts("nowhere", "x", []byte("x")); resp.StatusCode != http.StatusNotFound {
		t.Errorf("into a channel that there is not: %d", resp.StatusCode)
	}
	if resp, _ := ann.post("/do/upload?channel=general&name=x", "a", "b"); resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form is taken for a file: %d", resp.StatusCode)
	}
	if resp, _ := ann.send(http.MethodPost, "/do/upload?channel=general&name=x", nil, "Content-Type", "application/octet-stream", "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site uploads: %d", resp.StatusCode)
	}
}

func TestAnUploadThatIsCutOffLeavesNothing(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "POST /do/upload?channel=general&name=cut.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: "+ann.head.Get("Cookie")+
		"\r\nContent-Type: application/octet-stream\r\nContent-Length: 900000\r\n\r\n"+strings.Repeat("x", 400_000))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	_, whole, _ := ann.puts("general", "whole.bin", []byte("whole"))
	if resp, _ := ann.get(whole.Link); resp.StatusCode != http.StatusOK {
		t.Errorf("another file cannot be read: %d", resp.StatusCode)
	}
	if text := s.log.String(); strings.Contains(text, "request broke") || strings.Contains(text, "panicked") {
		t.Errorf("the log calls it a breakage: %s", text)
	}
}

func TestAFileIsSeenByWhoMayReadItsMessage(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	_, u, _ := ann.puts("general", "図.png", drawing(t))
	if resp, _ := bob.get(u.Link); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a file not sent yet is shown to others: %d", resp.StatusCode)
	}
	if resp, text := bob.post("/do/say", "channel", "general", "text", "mine", "file", u.Link, "deed", "b1"); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's file is sent: %d %s", resp.StatusCode, text)
	}
	if resp, text := ann.post("/do/say", "channel", "general", "text", "", "file", u.Link, "deed", "a1"); resp.StatusCode != http.StatusOK {
		t.Fatalf("a file alone is no message: %d %s", resp.StatusCode, text)
	}
	ann.post("/do/say", "channel", "general", "text", "", "file", u.Link, "deed", "a1") // the answer got lost
	if resp, _ := bob.get(u.Link); resp.StatusCode != http.StatusOK {
		t.Errorf("a file that was sent is not shown: %d", resp.StatusCode)
	}
	list, _, err := s.chat.Messages(t.Context(), incident.Viewer{Person: bob.id}, console.General, 0, 0, 10)
	if err != nil || len(list) != 1 || len(list[0].Files) != 1 || list[0].Files[0].Link != u.Link {
		t.Errorf("the channel has %+v, %v", list, err)
	}
	if resp, _ := (&visitor{s: s, head: http.Header{}}).get(u.Link, "HX-Request", "true"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody gets %d", resp.StatusCode)
	}
}
