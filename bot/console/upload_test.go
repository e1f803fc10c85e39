package console_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

func (c *chat) upload(p incident.PersonID, channel, name, body string) console.Upload {
	c.t.Helper()
	u, err := c.Upload(c.t.Context(), c.by(p), channel, name, "image/png", strings.NewReader(body))
	if err != nil {
		c.t.Fatalf("upload %q: %v", name, err)
	}
	return u
}

func file(u console.Upload) incident.File {
	return incident.File{Name: "whatever", Link: console.FileLink(u)}
}

// pictured is an image of 30 x 20 in a format of the standard library.
func pictured(t *testing.T, format string) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20)))
	case "jpeg":
		err = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20)), nil)
	case "gif":
		err = gif.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20)), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTypeAndSizeComeFromTheContentNotFromTheBrowser(t *testing.T) {
	webp := "RIFF\x24\x00\x00\x00WEBP"
	for name, x := range map[string]struct {
		body, kind    string
		width, height int
	}{
		"png":                       {pictured(t, "png"), "image/png", 30, 20},
		"jpeg":                      {pictured(t, "jpeg"), "image/jpeg", 30, 20},
		"gif":                       {pictured(t, "gif"), "image/gif", 30, 20},
		"webp, lossy":               {webp + "VP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x1e\x00\x14\x00\x00\x00", "image/webp", 30, 20},
		"webp, lossless":            {webp + "VP8L\x18\x00\x00\x00\x2f\x1d\xc0\x04\x00\x00\x00\x00\x00\x00", "image/webp", 30, 20},
		"webp, extended":            {webp + "VP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x13\x00\x00", "image/webp", 30, 20},
		"avif":                      {"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf....\x00\x00\x00\x14ispe\x00\x00\x00\x00\x00\x00\x00\x1e\x00\x00\x00\x14", "image/avif", 30, 20},
		"avif without a size":       {"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf", "application/octet-stream", 0, 0},
		"avif beyond all numbers":   {"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf....\x00\x00\x00\x14ispe\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff", "application/octet-stream", 0, 0},
		"a page":                    {"<!DOCTYPE html><script>alert(1)</script>", "text/html; charset=utf-8", 0, 0},
		"a drawing that can script": {`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "text/plain; charset=utf-8", 0, 0},
		"only the beginning of png": {pictured(t, "png")[:12], "application/octet-stream", 0, 0},
		"a png that unfolds":        {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x00\x00\x00\x00\xa2\x98\x5c\x71", "application/octet-stream", 0, 0},
		"bytes":                     {"\x00\x01\x02", "application/octet-stream", 0, 0},
	} {
		u := newChat(t).upload("p1", "general", "x.png", x.body)
		if u.Type != x.kind || u.Width != x.width || u.Height != x.height || u.Size != int64(len(x.body)) {
			t.Errorf("%s: got %q %dx%d of %d bytes, want %q %dx%d of %d", name, u.Type, u.Width, u.Height, u.Size, x.kind, x.width, x.height, len(x.body))
		}
	}
}

func TestFileNamesAreOneHarmlessLine(t *testing.T) {
	for typed, want := range map[string]string{
		"図 1.png":                         "図 1.png",
		"../../etc/passwd":                "passwd",
		`C:\Users\taro\ログ.txt`:            "ログ.txt",
		"":                                "file",
		"..":                              "file",
		" . ":                             "file",
		"a\nb\x00c\u202egnp.sh":           "a b\ufffdcgnp.sh",
		".env":                            ".env",
		strings.Repeat("あ", 100) + ".png": strings.Repeat("あ", 65) + ".png",
		strings.Repeat("x", 300):          strings.Repeat("x", 200),
		"x." + strings.Repeat("y", 300):   "x." + strings.Repeat("y", 198),
	} {
		u := newChat(t).upload("p1", "general", typed, "x")
		if u.Name != want {
			t.Errorf("%q: got %q, want %q", typed, u.Name, want)
		}
		if id, ours := console.UploadID(console.FileLink(u)); id != u.ID || !ours {
			t.Errorf("%q: its link %q does not lead back to it", typed, console.FileLink(u))
		}
	}
}

func TestOnlyOurOwnLinksNameAnUpload(t *testing.T) {
	id := strings.Repeat("a", 32)
	for link, want := range map[string]bool{
		"/files/" + id + "/x": true, "/files/" + id: false, "/files/" + id[1:] + "/x": false, "/files/" + id[1:] + "z/x": false,
		"https://elsewhere.example/files/" + id + "/x": false, "": false,
	} {
		if _, got := console.UploadID(link); got != want {
			t.Errorf("%q: got %v, want %v", link, got, want)
		}
	}
}

func TestEmptyLargeAndTooManyFilesAreRefusedAndLeaveNothing(t *testing.T) {
	c := newChat(t)
	c.UploadBound, c.UnsentBound = 3*console.PieceSize, 5*console.PieceSize
	up := func(size int) error {
		_, err := c.Upload(t.Context(), c.by("p1"), "general", "x", "", strings.NewReader(strings.Repeat("x", size)))
		return err
	}
	refused(t, up(0), "empty")
	refused(t, up(3*console.PieceSize+1), "too_large")
	if err := up(3 * console.PieceSize); err != nil {
		t.Fatalf("just as large as may be: %v", err)
	}
	refused(t, up(3*console.PieceSize), "uploads_waiting")
	broken := errors.New("the line broke")
	_, err := c.Upload(t.Context(), c.by("p1"), "general", "x", "", io.MultiReader(strings.NewReader(strings.Repeat("x", console.PieceSize)), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("a broken line: %v", err)
	}
	if n := len(c.store.files); n != 1 {
		t.Errorf("%d files are kept, want the one that came whole", n)
	}
	_, err = c.Upload(t.Context(), c.by("p3"), "secret", "x", "", strings.NewReader("x"))
	missing(t, "upload to a hidden room", err)
	_, err = c.Upload(t.Context(), console.Deed{ID: "1"}, "general", "x", "", strings.NewReader("x"))
	missing(t, "upload by nobody", err)
}

func TestAFileIsReadFromAnyByte(t *testing.T) {
	c := newChat(t)
	body := strings.Repeat("0123456789", console.PieceSize/4) // two and a half pieces
	u := c.upload("p1", "general", "x", body)
	_, f, err := c.File(t.Context(), incident.Viewer{Person: "p1"}, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(f, []byte(body)); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnUnsentFileIsItsAuthorsAndASentOneItsReaders(t *testing.T) {
	c := newChat(t)
	u := c.upload("p1", "secret", "x.txt", "x")
	may := func(p incident.PersonID) error {
		_, _, err := c.File(t.Context(), incident.Viewer{Person: p}, u.ID)
		return err
	}
	c.store.incidents[2].Members = []incident.PersonID{"p2"}
	if err := may("p1"); err != nil {
		t.Errorf("its author before it is sent: %v", err)
	}
	missing(t, "an insider before it is sent", may("p2"))
	if _, err := c.Say(t.Context(), c.by("p1"), "secret", 0, "", file(u)); err != nil {
		t.Fatalf("say: %v", err)
	}
	if err := may("p2"); err != nil {
		t.Errorf("an insider: %v", err)
	}
	missing(t, "an outsider", may("p3"))
	missing(t, "nobody", may(""))
	c.store.incidents[3] = &incident.Incident{Number: 3, Private: true, Opener: "p3"}
	c.store.exhibits[u.ID] = 3
	if err := may("p3"); err != nil {
		t.Errorf("an insider of the incident into whose record it came: %v", err)
	}
	missing(t, "still an outsider", may("p4"))
	c.store.incidents[2].Opener, c.store.incidents[2].Members = "p5", nil
	missing(t, "its author, who may not see the room any more", may("p1"))
}

func TestOnlyOwnUploadsToTheChannelAreSent(t *testing.T) {
	c := newChat(t)
	others, elsewhere := c.upload("p2", "general", "x", "x"), c.upload("p1", "incidents", "x", "x")
	for name, f := range map[string]incident.File{
		"another's": file(others), "of another channel": file(elsewhere), "of another site": {Name: "x", Link: "https://elsewhere.example/x.png"},
		"unknown": {Name: "x", Link: "/files/" + strings.Repeat("a", 32) + "/x"},
	} {
		_, err := c.Say(t.Context(), c.by("p1"), "general", 0, "see", f)
		if r, is := errors.AsType[*incident.Refusal](err); !is || r.Code != "file_gone" {
			t.Errorf("%s: got %v, want the refusal file_gone", name, err)
		}
	}
	mine := c.upload("p1", "general", "log.txt", "hello")
	_, err := c.Say(t.Context(), c.by("p1"), "general", 0, "/incident list", file(mine))
	refused(t, err, "files_with_command")
	_, err = c.Say(t.Context(), c.by("p1"), "general", 0, "see", make([]incident.File, 11)...)
	refused(t, err, "files_too_many")
	if got := c.read("p1", "general"); len(got) > 0 {
		t.Errorf("refused, but said: %q", got)
	}
	d := c.by("p1")
	lie := incident.File{Name: "invoice.exe", Link: console.FileLink(mine), Type: "text/html", Size: 1 << 40}
	out, err := c.Say(t.Context(), d, "general", 0, "", lie)
	if err != nil {
		t.Fatalf("say: %v", err)
	}
	want := incident.File{Name: "log.txt", Link: console.FileLink(mine), Type: "text/plain; charset=utf-8", Size: 5}
	if len(out.Message.Files) != 1 || out.Message.Files[0] != want {
		t.Errorf("sent %+v, want what the store knows: %+v", out.Message.Files, want)
	}
	again, err := c.Say(t.Context(), d, "general", 0, "", lie)
	if err != nil || again.Message.ID != out.Message.ID {
		t.Errorf("the same deed again: %+v %v", again.Message, err)
	}
}

// sweeps counts what Tidy asks for.
type sweeps struct {
	*memory
	before []time.Time
}

func (s *sweeps) DropUnsent(_ context.Context, before time.Time) (int, error) {
	s.before = append(s.before, before)
	if len(s.before) == 1 {
		return 0, errors.New("the disk is full")
	}
	return 1, nil
}

func TestTidyLooksAtOnceAndEveryHourWhateverWentWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &sweeps{memory: newMemory()}
		c := console.New(console.Options{Store: store, Handler: &ear{}, Now: time.Now})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour+time.Minute)
		defer cancel()
		began := time.Now()
		if err := c.Tidy(ctx); err != nil {
			t.Errorf("tidy: %v", err)
		}
		if len(store.before) != 3 || !store.before[2].Equal(began.Add(2*time.Hour-24*time.Hour).UTC()) {
			t.Errorf("swept what was older than %v", store.before)
		}
	})
}
