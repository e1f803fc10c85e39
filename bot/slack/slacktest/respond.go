package slacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// response is what stands behind a response_url: 5 uses within 30 minutes (java-slack-sdk guide interactive-components).
type response struct {
	user, channel, thread string
	on                    *Message // the message that was pressed, for replace_original and delete_original
	at                    time.Time
	uses                  int
}

// respondTo makes a response_url; callers hold mu.
func (w *Workspace) respondTo(kind, user, room string, on *Message) string {
	id := w.id("")
	r := &response{user: user, channel: room, on: on, at: w.Now()}
	if on != nil {
		r.thread = on.Thread
	}
	w.responses[id] = r
	return w.reachable("/hooks/" + kind + "/" + w.Team + "/" + id)
}

func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request) {
	id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	raw, _ := io.ReadAll(r.Body)
	c := &call{Call: &Call{Method: "response_url", JSON: raw, At: w.Now()}}
	w.mu.Lock()
	w.serial++
	c.serial = w.serial
	w.calls = append(w.calls, c.Call)
	w.mu.Unlock()
	fault := w.fault(c)
	if fault != nil {
		if fault.Delay > 0 && w.Sleep(r.Context(), fault.Delay) != nil {
			panic(http.ErrAbortHandler)
		}
		if fault.answered() {
			w.finish(rw, c, fault.write(rw))
			return
		}
	}
	status, code := w.use(id, raw)
	if fault != nil && fault.Lost {
		w.mu.Lock()
		c.Lost = true
		w.moved()
		w.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	rw.WriteHeader(status)
	if code == "" {
		_, _ = io.WriteString(rw, "ok")
	} else {
		_ = json.NewEncoder(rw).Encode(object{"ok": false, "error": code})
	}
	w.finish(rw, c, outcome{status: status, code: code})
}

// use is one use of a response_url. A body that Slack can't show is refused and costs a use all the same.
func (w *Workspace) use(id string, raw []byte) (int, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.responses[id]
	switch {
	case r == nil:
		return http.StatusNotFound, "invalid_url"
	case w.Now().Sub(r.at) > 30*time.Minute:
		return http.StatusNotFound, "expired_url"
	case r.uses >= 5:
		return http.StatusNotFound, "used_url"
	}
	r.uses++
	o := object{}
	if json.Unmarshal(raw, &o) != nil {
		return http.StatusBadRequest, "invalid_payload"
	}
	if _, err := w.respond(r, o); err != nil {
		code, _, _ := strings.Cut(err.Error(), ":")
		return http.StatusBadRequest, code
	}
	return http.StatusOK, ""
}

// respond shows a message of a response_url or of an answer: to one person unless in_channel is asked for, in the place of
// the original, or taking that away. Callers hold mu.
func (w *Workspace) respond(r *response, o object) (*Message, error) {
	if o["delete_original"] == true {
		return nil, w.withdraw(r)
	}
	set := content{text: str(o, "text")}
	set.blocks, _ = o["blocks"].([]any)
	set.attachments, _ = o["attachments"].([]any)
	if set.text == "" && len(set.blocks) == 0 && len(set.attachments) == 0 {
		return nil, no("no_text")
	}
	if err := w.check(&set); err != nil {
		return nil, err
	}
	room := w.channels[r.channel]
	if o["replace_original"] == true && r.on != nil {
		return w.replace(r, set)
	}
	thread := r.thread
	if s := str(o, "thread_ts"); s != "" {
		thread = s
	}
	switch o["response_type"] {
	case nil, "", "ephemeral":
		m := w.whisper(r.user, r.channel, thread, set)
		shown := m.copy()
		return &shown, nil
	case "in_channel":
		m := w.put(room, &Message{User: w.BotUser, Bot: w.BotID, Thread: thread, Text: set.text, Blocks: w.withIDs(set.blocks), Attachments: set.attachments})
		w.tell(room, m)
		shown := m.copy()
		return &shown, nil
	}
	return nil, no("invalid_response_type")
}

func (w *Workspace) replace(r *response, set content) (*Message, error) {
	m := r.on
	room := w.channels[r.channel]
	if m.Ephemeral == "" && room.find(m.TS) == nil {
		return nil, no("message_not_found")
	}
	old := w.messageJSON(room, m, false)
	m.Text, m.Blocks, m.Attachments = set.text, w.withIDs(set.blocks), set.attachments
	m.Edits++
	m.Edited = w.stamp()
	if m.Ephemeral == "" {
		w.changed(room, m, old)
	}
	shown := m.copy()
	return &shown, nil
}

func (w *Workspace) withdraw(r *response) error {
	switch {
	case r.on == nil:
		return no("message_not_found")
	case r.on.Ephemeral != "":
		w.ephemerals[r.user] = slices.DeleteFunc(w.ephemerals[r.user], func(m *Message) bool { return m == r.on })
		return nil
	}
	room := w.channels[r.channel]
	if room.find(r.on.TS) == nil {
		return no("message_not_found")
	}
	w.remove(room, r.on)
	return nil
}
