package slacktest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// file is an upload on its way, or a file.
type file struct {
	id, name, title, by string
	data                []byte
	size                int
	sent, done          bool
	shares              []share
}

// share is a place where a file stands, seen from a moment on: sharing is asynchronous.
type share struct {
	room    string
	private bool
	ts      string
	from    time.Time
}

func (f *file) share(room *channel, ts string) {
	f.shares = append(f.shares, share{room: room.id, private: room.private || room.im, ts: ts})
}

// File is a file that the app or a person gave.
type File struct {
	ID, Name, Title string
	Data            []byte
}

// Files gives the files of a message.
func (w *Workspace) Files(m Message) []File {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []File
	for _, id := range m.Files {
		f := w.files[id]
		out = append(out, File{f.id, f.name, f.title, f.data})
	}
	return out
}

func (w *Workspace) fileJSON(f *file) object {
	kind := f.name[strings.LastIndex(f.name, ".")+1:]
	link := "https://" + w.Domain + ".slack.com/files/" + f.by + "/" + f.id + "/" + f.name
	out := object{
		"id": f.id, "name": f.name, "title": f.title, "user": f.by, "size": f.size, "filetype": kind, "mimetype": http.DetectContentType(f.data),
		"mode": "hosted", "is_external": false, "is_public": false, "permalink": link, "url_private": w.reachable("/files/" + f.id),
		"channels": []string{}, "groups": []string{}, "ims": []string{}, "created": w.Now().Unix(), "timestamp": w.Now().Unix(), "editable": false, "public_url_shared": false,
	}
	shares := object{}
	for _, s := range f.shares {
		if w.Now().Before(s.from) {
			continue
		}
		kind, list := "public", "channels"
		if s.private {
			kind, list = "private", "groups"
		}
		if shares[kind] == nil {
			shares[kind] = object{}
		}
		shares[kind].(object)[s.room] = []object{{"ts": s.ts, "reply_users": []string{}, "reply_count": 0, "team_id": w.Team}}
		out[list] = append(out[list].([]string), s.room)
	}
	out["shares"] = shares
	return out
}

func (w *Workspace) filesGetUploadURL(c *call) (object, error) {
	size := c.num("length", 0)
	switch {
	case c.str("filename") == "":
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: filename"})
	case size < 1:
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: length"})
	case size > 1<<30:
		return nil, no("file_upload_size_restricted")
	}
	f := &file{id: w.id("F"), name: c.str("filename"), title: c.str("filename"), by: w.BotUser, size: size}
	w.files[f.id] = f
	return object{"upload_url": w.reachable("/upload/v1/" + f.id), "file_id": f.id}, nil
}

// serveUpload takes the bytes: raw, or as the first file of a form, whose field Slack's libraries name as they like. Their number must be the one announced.
func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request) {
	id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	fault := w.fault(&call{Call: &Call{Method: "upload"}})
	if fault != nil && fault.answered() {
		fault.write(rw)
		return
	}
	var body io.Reader = r.Body
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		parts, err := r.MultipartReader()
		if err != nil {
			http.Error(rw, "no form", http.StatusBadRequest)
			return
		}
		part, err := parts.NextPart()
		for err == nil && part.FileName() == "" {
			part, err = parts.NextPart()
		}
		if err != nil {
			http.Error(rw, "no file", http.StatusBadRequest)
			return
		}
		body = part
	}
	data, err := io.ReadAll(body)
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	switch {
	case err != nil || f == nil || f.done:
		http.Error(rw, "not found", http.StatusNotFound)
	case len(data) != f.size:
		http.Error(rw, "size mismatch", http.StatusBadRequest)
	default:
		f.data, f.sent = data, true
		_, _ = io.WriteString(rw, "OK - "+f.id)
	}
}

// filesComplete makes files of uploads and shares them. The message comes a little later (bolt-js issue 2115): the
// answer has no ts, files.info shows the share after half a second, or never when "share" fails.
func (w *Workspace) filesComplete(c *call) (object, error) {
	list, err := c.list("files")
	if err != nil || len(list) == 0 {
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: files"})
	}
	var room *channel
	if id := c.str("channel_id"); id != "" {
		room = w.channels[id]
		if room == nil || (room.private || room.im) && !room.has(w.BotUser) {
			return nil, no("channel_not_found")
		}
		if room.archived || !room.has(w.BotUser) {
			return nil, no("posting_to_channel_denied")
		}
	}
	m := &Message{User: w.BotUser, Bot: w.BotID, Subtype: "file_share", Text: c.str("initial_comment"), Thread: c.str("thread_ts")}
	out := []object{}
	for _, e := range list {
		o, _ := e.(object)
		f := w.files[str(o, "id")]
		if f == nil || !f.sent || f.done {
			return nil, no("file_not_found")
		}
		if s := str(o, "title"); s != "" {
			f.title = s
		}
		f.done = true
		m.Files = append(m.Files, f.id)
		out = append(out, w.fileJSON(f))
	}
	if room != nil {
		if m.Thread != "" && room.find(m.Thread) == nil {
			return nil, no("thread_not_found")
		}
		w.later(room, m)
	}
	return object{"files": out}, nil
}

// later shares files after half a second, when the world outside mu has moved on.
func (w *Workspace) later(room *channel, m *Message) {
	w.work.Go(func() {
		if w.Sleep(w.life, 500*time.Millisecond) != nil {
			return
		}
		fault := w.fault(&call{Call: &Call{Method: "share"}})
		w.mu.Lock()
		defer w.mu.Unlock()
		if fault != nil || room.archived {
			return
		}
		w.put(room, m)
		for _, id := range m.Files {
			w.files[id].share(room, m.TS)
		}
		w.tell(room, m)
		w.moved()
	})
}

func (w *Workspace) filesInfo(c *call) (object, error) {
	f := w.files[c.str("file")]
	if f == nil || !f.done {
		return nil, no("file_not_found")
	}
	return object{"file": w.fileJSON(f), "comments": []any{}, "response_metadata": object{"next_cursor": ""}}, nil
}

// filesDelete takes a file away wherever it stands; an app may delete its own.
func (w *Workspace) filesDelete(c *call) (object, error) {
	f := w.files[c.str("file")]
	switch {
	case f == nil || !f.done:
		return nil, no("file_not_found")
	case f.by != w.BotUser:
		return nil, no("cant_delete_file")
	}
	delete(w.files, f.id)
	for _, room := range w.channels {
		for _, m := range room.messages {
			m.Files = slices.DeleteFunc(m.Files, func(id string) bool { return id == f.id })
		}
	}
	w.moved()
	return object{}, nil
}
