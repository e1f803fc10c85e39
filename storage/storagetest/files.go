package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

type (
	message = console.Message
	query   = console.Query
	unread  = console.Unread
	upload  = console.Upload
)

var general = console.Channel{ID: "general"}

const noBound = 1 << 40

// upload takes in a whole file of p1's.
func (h *house) upload(id, channel string, pieces ...string) upload {
	h.t.Helper()
	u := upload{ID: strings.Repeat(id, 32), Name: id + ".txt", Type: "text/plain", Channel: channel, Author: "p1", At: h.now()}
	must(h.t, h.BeginUpload(ctx(h.t), u))
	for pos, piece := range pieces {
		must(h.t, h.AddPiece(ctx(h.t), u.ID, pos, []byte(piece), noBound))
		u.Size += int64(len(piece))
	}
	must(h.t, h.EndUpload(ctx(h.t), u))
	return u
}

// send says something with files.
func (h *house) send(channel, key string, uploads ...upload) (message, error) {
	m := message{Channel: channel, Author: "p1", Text: "see", Key: key, At: h.now()}
	for _, u := range uploads {
		m.Files = append(m.Files, incident.File{Name: u.Name, Link: console.FileLink(u)})
	}
	return h.AddMessage(ctx(h.t), m)
}

func gone(t *testing.T, what string, err error) {
	t.Helper()
	if r, is := errors.AsType[*incident.Refusal](err); !is || r.Code != "file_gone" {
		t.Errorf("%s: got %v, want the refusal file_gone", what, err)
	}
}

func uploads(t *testing.T, h *house) {
	h.channel(general)
	u := upload{ID: strings.Repeat("e", 32), Name: "決済.png", Channel: "general", Author: "p1", At: h.now()}
	must(t, h.BeginUpload(ctx(t), u))
	binary := "\x00\xff\xfe"
	must(t, h.AddPiece(ctx(t), u.ID, 0, []byte(binary), noBound))
	if _, err := h.Upload(ctx(t), u.ID); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a file that is not whole: %v", err)
	}
	gone(t, "a message with it", second(h.send("general", "", u)))
	must(t, h.AddPiece(ctx(t), u.ID, 1, []byte("end"), noBound))
	u.Size, u.Type, u.Width, u.Height = 5, "image/png", 3, 4
	if err := h.EndUpload(ctx(t), u); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("ended with a size that is not its own: %v", err)
	}
	u.Size = 6
	must(t, h.EndUpload(ctx(t), u))
	equal(t, "what is known", ok[upload](t)(h.Upload(ctx(t), u.ID)), u)
	if b := ok[[]byte](t)(h.Piece(ctx(t), u.ID, 0)); !bytes.Equal(b, []byte(binary)) {
		t.Errorf("the first piece came back as %q", b)
	}
	if err := h.AddPiece(ctx(t), u.ID, 2, []byte("more"), noBound); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a piece behind the end: %v", err)
	}
	m := ok[message](t)(h.send("general", "say:1", u))
	equal(t, "sent again by the same deed", ok[message](t)(h.send("general", "say:1", u)).ID, m.ID)
	gone(t, "sent by a second message", second(h.send("general", "say:2", u)))
	equal(t, "no second message", len(ok[[]message](t)(h.Messages(ctx(t), "general", 0, 0, 10))), 1)
	equal(t, "sent", ok[upload](t)(h.Upload(ctx(t), u.ID)).Sent, true)
	must(t, h.DropUpload(ctx(t), u.ID))
	equal(t, "what was sent stays", ok[upload](t)(h.Upload(ctx(t), u.ID)).Sent, true)
	equal(t, "found by the file's name", len(h.search(incident.Viewer{Person: "p2"}, "決済", 10)), 1)
	h.delete(m)
	equal(t, "of a deleted message", ok[upload](t)(h.Upload(ctx(t), u.ID)).Sent, false)
	equal(t, "swept", ok[int](t)(h.DropUnsent(ctx(t), h.now().Add(time.Second))), 1)
	if _, err := h.Piece(ctx(t), u.ID, 0); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a piece of a file that is gone: %v", err)
	}
	unknown := upload{ID: strings.Repeat("a", 32), Channel: "nowhere", Author: "p1", At: h.now()}
	if err := h.BeginUpload(ctx(t), unknown); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("into an unknown channel: %v", err)
	}
	must(t, h.DropUpload(ctx(t), unknown.ID))
}

func (h *house) delete(m message) {
	h.t.Helper()
	ok[message](h.t)(h.EditMessage(ctx(h.t), m.ID, func(m *message) error { m.Text, m.Files, m.Deleted = "", nil, h.now(); return nil }))
}

func unsent(t *testing.T, h *house) {
	h.channel(general)
	u := h.upload("a", "general", "12345")
	slow := upload{ID: strings.Repeat("b", 32), Channel: "general", Author: "p1", At: h.now()}
	must(t, h.BeginUpload(ctx(t), slow))
	if err := h.AddPiece(ctx(t), slow.ID, 0, []byte("123456"), 10); !errors.Is(err, console.ErrCrowded) {
		t.Errorf("eleven bytes where ten may wait: %v", err)
	}
	must(t, h.AddPiece(ctx(t), slow.ID, 0, []byte("12345"), 10))
	other := upload{ID: strings.Repeat("c", 32), Channel: "general", Author: "p2", At: h.now()}
	must(t, h.BeginUpload(ctx(t), other))
	must(t, h.AddPiece(ctx(t), other.ID, 0, []byte("1234567890"), 10)) // each has a bound of their own
	ok[message](t)(h.send("general", "", u))
	must(t, h.AddPiece(ctx(t), slow.ID, 1, []byte("12345"), 10)) // what was sent waits no more
	h.pass(time.Hour)
	young := h.upload("d", "general", "x")
	equal(t, "swept", ok[int](t)(h.DropUnsent(ctx(t), h.now().Add(-time.Minute))), 2)
	ok[upload](t)(h.Upload(ctx(t), young.ID))
	equal(t, "sent ones stay", string(ok[[]byte](t)(h.Piece(ctx(t), u.ID, 0))), "12345")
	for _, id := range []string{slow.ID, other.ID} {
		if _, err := h.Piece(ctx(t), id, 0); !errors.Is(err, incident.ErrNotFound) {
			t.Errorf("a piece of what was swept: %v", err)
		}
	}
}

func exhibited(t *testing.T, h *house) {
	h.channel(general)
	u := h.upload("a", "general", "x")
	m := ok[message](t)(h.send("general", "", u))
	opened := h.upload("b", "general", "x")
	n := h.recorded(0, incident.Change{},
		&incident.Opened{Title: "x", Private: true, Source: &incident.Message{Text: "slow", Files: []incident.File{{Name: "b", Link: console.FileLink(opened)}}}},
		&incident.Noted{Sort: "note", Text: "see", Message: &incident.Message{Text: "see", Files: m.Files}})
	h.recorded(n, incident.Change{}, &incident.Noted{Sort: "note", Text: "again", Message: &incident.Message{Text: "see", Files: m.Files}})
	for _, x := range []struct {
		v    incident.Viewer
		want bool
	}{{incident.Viewer{Person: "p1"}, true}, {incident.Viewer{Person: "p2"}, false}, {incident.Viewer{}, false}, {incident.Viewer{All: true}, true}} {
		equal(t, fmt.Sprintf("%+v sees it", x.v), ok[bool](t)(h.Exhibited(ctx(t), u.ID, x.v)), x.want)
		equal(t, fmt.Sprintf("%+v sees the source's", x.v), ok[bool](t)(h.Exhibited(ctx(t), opened.ID, x.v)), x.want)
	}
	equal(t, "in no record", ok[bool](t)(h.Exhibited(ctx(t), strings.Repeat("c", 32), incident.Viewer{All: true})), false)
	h.delete(m)
	equal(t, "stays with the record when the message goes", ok[upload](t)(h.Upload(ctx(t), u.ID)).Sent, true)
	h.exec(t, `DELETE FROM exhibit`)
	h.exec(t, `UPDATE incident SET fold_version = 1`)
	h.exec(t, `DELETE FROM counter WHERE day = -8`)
	must(t, h.Close())
	h.open()
	<-h.Renewed()
	equal(t, "known again from the entries", ok[bool](t)(h.Exhibited(ctx(t), u.ID, incident.Viewer{Person: "p1"})), true)
}
