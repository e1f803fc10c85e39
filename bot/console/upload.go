package console

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"matoi/incident"
	"matoi/lang"
)

const (
	// PieceSize is how many bytes of a file are written and read at a time.
	PieceSize = 256 << 10
	// longestName is how many bytes the name of a file may have.
	longestName = 200
	// mostFiles is how many files a message may carry.
	mostFiles = 10
)

// ErrCrowded is the store's answer to one who has too much waiting that no message was sent with.
var ErrCrowded = errors.New("too many files wait to be sent")

// Upload takes a file in for a message to a channel. Nobody but its author sees it until it is sent with Say. Its type is
// read off its content: what the browser says of it (the fourth argument) is not believed. Refused as too_large, empty,
// or uploads_waiting when too much waits unsent.
func (c *Console) Upload(ctx context.Context, d Deed, channel, name, _ string, body io.Reader) (Upload, error) {
	if _, err := c.Open(ctx, d.Viewer, channel); err != nil {
		return Upload{}, err
	}
	if d.By == "" {
		return Upload{}, fmt.Errorf("upload by nobody: %w", incident.ErrNotFound)
	}
	body = io.LimitReader(body, c.UploadBound+1)
	first := make([]byte, PieceSize)
	n, err := fill(body, first)
	if err != nil {
		return Upload{}, err
	}
	if n == 0 {
		return Upload{}, incident.Refuse("empty")
	}
	u := Upload{ID: freshID(), Name: fileName(name), Channel: channel, Author: d.By, At: c.now()}
	u.Type, u.Width, u.Height = sniff(first[:n])
	if err := c.Store.BeginUpload(ctx, u); err != nil {
		return Upload{}, fmt.Errorf("upload to %s: %w", channel, err)
	}
	if err = c.takeIn(ctx, &u, first[:n], body); err == nil {
		err = c.Store.EndUpload(ctx, u)
	}
	if err != nil {
		if dropped := c.Store.DropUpload(context.WithoutCancel(ctx), u.ID); dropped != nil {
			err = errors.Join(err, dropped)
		}
		return Upload{}, err
	}
	return u, nil
}

// takeIn writes the pieces one by one, the first of which has been read already.
func (c *Console) takeIn(ctx context.Context, u *Upload, piece []byte, body io.Reader) error {
	for pos := 0; len(piece) > 0; pos++ {
		if u.Size += int64(len(piece)); u.Size > c.UploadBound {
			return incident.Refuse("too_large", "Max", size(c.UploadBound))
		}
		err := c.Store.AddPiece(ctx, u.ID, pos, piece, c.UnsentBound)
		if errors.Is(err, ErrCrowded) {
			return incident.Refuse("uploads_waiting", "Max", size(c.UnsentBound))
		}
		if err != nil {
			return fmt.Errorf("upload to %s: %w", u.Channel, err)
		}
		n, err := fill(body, piece[:cap(piece)])
		if err != nil {
			return err
		}
		piece = piece[:n]
	}
	return nil
}

// fill reads until the piece is full or nothing is left.
func fill(body io.Reader, piece []byte) (int, error) {
	n, err := io.ReadFull(body, piece)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, fmt.Errorf("read the file: %w", err)
	}
	return n, nil
}

func freshID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	return hex.EncodeToString(id[:])
}

// size is a bound as people read it.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

// fileName makes a name of what a browser or a person calls a file: its last part, in one line, at most longestName
// bytes with its ending kept.
func fileName(typed string) string {
	name := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, lang.Clean(typed))
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Join(strings.Fields(name), " ")
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	end := path.Ext(name)
	if len(end) > 20 {
		end = ""
	}
	if len(name) > longestName {
		name = strings.TrimSpace(cut(strings.TrimSuffix(name, end), longestName-len(end))) + end
	}
	return name
}

// cut shortens a text to so many bytes without splitting a character.
func cut(s string, n int) string {
	for n < len(s) && n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:min(n, len(s))]
}

// FileLink is the address of a file below the site's root.
func FileLink(u Upload) string { return "/files/" + u.ID + "/" + url.PathEscape(u.Name) }

// UploadID reads the id out of an address that FileLink made.
func UploadID(link string) (string, bool) {
	rest, ours := strings.CutPrefix(link, "/files/")
	id, _, more := strings.Cut(rest, "/")
	if !ours || !more || len(id) != 32 {
		return "", false
	}
	if _, err := hex.DecodeString(id); err != nil {
		return "", false
	}
	return id, true
}

// attached checks the files of a message: each must be an upload of the author's to this channel. What is said of it is
// what the store knows, not what came with the message.
func (c *Console) attached(ctx context.Context, d Deed, ch Channel, files []incident.File) ([]incident.File, error) {
	if len(files) > mostFiles {
		return nil, incident.Refuse("files_too_many", "Max", mostFiles)
	}
	var out []incident.File
	for _, f := range files {
		id, _ := UploadID(f.Link)
		u, err := c.Store.Upload(ctx, id)
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			return nil, fmt.Errorf("file of a message: %w", err)
		}
		if err != nil || u.Author != d.By || u.Channel != ch.ID {
			return nil, incident.Refuse("file_gone", "Name", fileName(f.Name))
		}
		out = append(out, incident.File{Name: u.Name, Link: FileLink(u), Type: u.Type, Size: u.Size, Width: u.Width, Height: u.Height})
	}
	return out, nil
}

// File opens a file for somebody who may read its channel, or the record of an incident into which it came; one not sent
// yet for its author alone.
func (c *Console) File(ctx context.Context, v incident.Viewer, id string) (Upload, io.ReadSeekCloser, error) {
	u, err := c.Store.Upload(ctx, id)
	if err != nil {
		return Upload{}, nil, fmt.Errorf("file: %w", err)
	}
	may := u.Sent || u.Author == v.Person && v.Person != ""
	if may {
		_, err = c.Open(ctx, v, u.Channel)
		if may = err == nil; err != nil && !errors.Is(err, incident.ErrNotFound) {
			return Upload{}, nil, err
		}
	}
	if !may {
		if may, err = c.Store.Exhibited(ctx, id, v); err != nil {
			return Upload{}, nil, fmt.Errorf("file: %w", err)
		}
	}
	if !may {
		return Upload{}, nil, fmt.Errorf("file: %w", incident.ErrNotFound)
	}
	return u, &pieces{ctx: ctx, store: c.Store, u: u, have: -1}, nil
}

// pieces reads a file piece by piece as it is asked for.
type pieces struct {
	ctx   context.Context //nolint:containedctx // io.Reader has none; the request's own
	store Files
	u     Upload
	at    int64
	have  int64 // which piece body is
	body  []byte
}

// Read gives what is left of the piece in which it stands.
func (p *pieces) Read(b []byte) (int, error) {
	if p.at >= p.u.Size {
		return 0, io.EOF
	}
	if pos := p.at / PieceSize; pos != p.have {
		body, err := p.store.Piece(p.ctx, p.u.ID, int(pos))
		if err != nil {
			return 0, fmt.Errorf("read the file: %w", err)
		}
		p.body, p.have = body, pos
	}
	within := p.at % PieceSize
	if within >= int64(len(p.body)) {
		return 0, io.ErrUnexpectedEOF
	}
	n, _ := bytes.NewReader(p.body[within:]).Read(b)
	p.at += int64(n)
	return n, nil
}

// Seek moves to a byte.
func (p *pieces) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.at
	case io.SeekEnd:
		offset += p.u.Size
	}
	if offset < 0 {
		return p.at, errors.New("seek before the beginning")
	}
	p.at = offset
	return offset, nil
}

// Close has nothing to free.
func (p *pieces) Close() error { return nil }
