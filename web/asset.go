package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed static
var static embed.FS

// assets are the files of static/. Their addresses carry a digest, so browsers keep them for good and never show an old
// one. Digests are made for the first page, and each file is packed when it is first asked for: packing all of them took
// most of the time in which the server starts.
type assets struct {
	files map[string]asset
}

type asset struct {
	kind   string
	read   func() []byte // anew each time: few browsers take what is not packed
	digest func() string
	packed func() []byte
}

func loadAssets() *assets {
	a := &assets{files: map[string]asset{}}
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".md" {
			return err
		}
		if dir := path.Dir(name); dir == "static/script" || dir == "static/style" {
			return nil
		}
		a.add(name, func() []byte { return staticFile(name) })
		return nil
	})
	if err != nil {
		panic("embedded files: " + err.Error())
	}
	a.add("static/matoi.css", func() []byte { return joinedFiles("static/style/*.css") })
	a.add("static/matoi.js", func() []byte {
		return slices.Concat([]byte("(() => {\n'use strict';\n"), joinedFiles("static/script/*.js"), []byte("})();\n"))
	})
	return a
}

func staticFile(name string) []byte {
	body, err := static.ReadFile(name)
	if err != nil {
		panic("embedded files: " + err.Error())
	}
	return body
}

// joinedFiles are the files of a folder as one, in the order of their names: pages ask for one sheet and one script.
func joinedFiles(pattern string) []byte {
	names, err := fs.Glob(static, pattern)
	if err != nil {
		panic("embedded files: " + err.Error())
	}
	var all []byte
	for _, name := range names {
		all = append(all, lean(staticFile(name))...)
	}
	return all
}

// lean leaves out what only those read who change a file: indents, empty lines and lines of comments. That is a twelfth of
// the first page. Lines stay apart, so that no statement runs into the next.
func lean(body []byte) []byte {
	out := make([]byte, 0, len(body))
	remark := false
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		if remark || bytes.HasPrefix(line, []byte("/*")) {
			_, behind, closed := bytes.Cut(line, []byte("*/"))
			line, remark = bytes.TrimSpace(behind), !closed
		}
		if len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			out = append(append(out, line...), '\n')
		}
	}
	return out
}

func (a *assets) add(name string, read func() []byte) {
	kind := ""
	switch ext := path.Ext(name); ext { // the machine's own table is not asked for these
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".svg":
		kind = "image/svg+xml"
	case ".json":
		kind = "application/json"
	case ".txt":
		kind = "text/plain; charset=utf-8"
	default:
		kind = mime.TypeByExtension(ext)
	}
	a.files["/"+name] = asset{
		kind: kind, read: read, packed: sync.OnceValue(func() []byte { return pack(read()) }),
		digest: sync.OnceValue(func() string {
			sum := sha256.Sum256(read())
			return hex.EncodeToString(sum[:6])
		}),
	}
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := z.Write(body); err != nil || z.Close() != nil {
		return nil
	}
	return b.Bytes()
}

// url is the address of a file under static/.
func (a *assets) url(name string) string {
	name = "/static/" + name
	f, ok := a.files[name]
	if !ok {
		return name
	}
	return name + "?v=" + f.digest()
}

// ServeHTTP gives a file.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+f.digest()+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == f.digest() {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	var body []byte
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = f.packed()
	}
	if body == nil {
		body = f.read()
	} else {
		h.Set("Content-Encoding", "gzip")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
