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
	"time"
)

//go:embed static
var static embed.FS

// assets are the files of static/, kept ready and packed. Their addresses carry a digest, so browsers keep them
// for good and never show an old one.
type assets struct {
	files map[string]asset
}

type asset struct {
	kind         string
	digest       string
	body, packed []byte
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
		body, err := static.ReadFile(name)
		if err != nil {
			return err
		}
		a.add(name, body)
		return nil
	})
	if err != nil {
		panic("embedded files: " + err.Error())
	}
	a.add("static/matoi.css", joinedFiles("static/style/*.css"))
	a.add("static/matoi.js", slices.Concat([]byte("(() => {\n'use strict';\n"), joinedFiles("static/script/*.js"), []byte("})();\n")))
	return a
}

// joinedFiles are the files of a folder as one, in the order of their names: pages ask for one sheet and one script.
func joinedFiles(pattern string) []byte {
	names, err := fs.Glob(static, pattern)
	if err != nil {
		panic("embedded files: " + err.Error())
	}
	var all []byte
	for _, name := range names {
		body, err := static.ReadFile(name)
		if err != nil {
			panic("embedded files: " + err.Error())
		}
		all = append(all, lean(body)...)
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

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // the machine's own table is not asked for these
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
	}
	a.files["/"+name] = asset{kind: kind, digest: hex.EncodeToString(sum[:6]), body: body, packed: pack(body)}
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
	return name + "?v=" + a.files[name].digest
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
	h.Set("ETag", `"`+f.digest+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == f.digest {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.body
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
