package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

// Files come in one by one, each as the body of a request of its own: nothing is held in memory but the piece that is being
// written, and a browser can tell how far it is. They go out as what they are only where a browser can do nothing with them
// but show them; everything else is saved, never opened, whatever it is called.

// stall is how long a connection may bring or take nothing of a file.
const stall = time.Minute

// bodyBound is how many bytes a request may have: what the longest message needs, or a file.
func (s *Server) bodyBound(r *http.Request) int64 {
	if r.URL.Path == "/do/upload" && s.Console != nil {
		return s.Console.UploadBound + 1
	}
	return bodyLimit
}

// uploaded is a file as the composer keeps it.
type uploaded struct {
	Link   string `json:"link"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// doUpload takes a file in: its bytes are the body, channel and name stand in the address.
func (s *Server) doUpload(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/octet-stream" {
		w.Header().Set("Accept", "application/octet-stream")
		s.problem(w, r, rd, http.StatusUnsupportedMediaType, rd.T("web.not_found"))
		return nil
	}
	if r.ContentLength > s.Console.UploadBound {
		return incident.Refuse("too_large", "Max", bytesText(s.Console.UploadBound))
	}
	from := r.URL.Query()
	body := &arriving{from: r.Body, control: http.NewResponseController(w)}
	u, err := s.Console.Upload(r.Context(), rd.deed(r), from.Get("channel"), from.Get("name"), "", body)
	if tooMuch := (&http.MaxBytesError{}); errors.As(body.broke, &tooMuch) {
		return incident.Refuse("too_large", "Max", bytesText(s.Console.UploadBound))
	}
	if body.broke != nil { // the sender has gone; nothing of it was kept
		s.Log.Debug("an upload was cut off", "error", body.broke)
		w.WriteHeader(http.StatusBadRequest)
		return nil
	}
	if err != nil {
		return err
	}
	return answerJSON(w, uploaded{Link: console.FileLink(u), Name: u.Name, Type: u.Type, Size: u.Size, Width: u.Width, Height: u.Height})
}

// arriving is a body that comes as slowly as it wants, but comes. It remembers whether it broke off.
type arriving struct {
	from    io.Reader
	control *http.ResponseController
	broke   error
}

func (a *arriving) Read(b []byte) (int, error) {
	_ = a.control.SetReadDeadline(time.Now().Add(stall)) // a writer without deadlines has none to move
	n, err := a.from.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		a.broke = err
	}
	return n, err //nolint:wrapcheck // io.EOF must stay what it is
}

// filePage gives a file. Images of the kinds that hold no script are shown, everything else is saved.
func (s *Server) filePage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	u, body, err := s.Console.File(r.Context(), rd.Viewer, r.PathValue("id"))
	if err != nil {
		return err
	}
	defer body.Close()
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache") // who may see it is asked each time
	h.Set("ETag", `"`+u.ID+`"`)
	how := "attachment"
	h.Set("Content-Type", "application/octet-stream")
	if shownInline(u.Type) {
		h.Set("Content-Type", u.Type)
		if !r.URL.Query().Has("save") {
			how = "inline"
		}
	}
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": u.Name}))
	http.ServeContent(leaving{w, http.NewResponseController(w)}, r, "", u.At, body)
	return nil
}

// leaving is an answer that is taken as slowly as the reader wants, but taken.
type leaving struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (l leaving) Write(b []byte) (int, error) {
	_ = l.control.SetWriteDeadline(time.Now().Add(stall)) // a writer without deadlines has none to move
	return l.ResponseWriter.Write(b)                      //nolint:wrapcheck // net/http compares it
}

// shownInline reports whether a browser may show a file of that type by itself. SVG is not among them: it runs script.
func shownInline(kind string) bool {
	return slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}, kind)
}

// attached are the files that a message is sent with, by their addresses.
func attached(r *http.Request) []incident.File {
	var out []incident.File
	for _, link := range r.PostForm["file"] {
		if name := link[strings.LastIndexByte(link, '/')+1:]; link != "" {
			out = append(out, incident.File{Name: name, Link: link})
		}
	}
	return out
}

func (s *Server) fileRoutes() map[string]answer {
	return map[string]answer{
		"POST /do/upload":        s.doUpload,
		"GET /files/{id}/{name}": s.filePage,
	}
}

// bytesText is a size as people read it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatInt(n>>20, 10) + " MB"
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " kB"
	}
	return strconv.FormatInt(n, 10) + " B"
}
