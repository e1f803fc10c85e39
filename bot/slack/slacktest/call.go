package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Call is one request of the app to the Web API, as it came and how it ended.
type Call struct {
	Method string
	Form   url.Values      // of a form or a query, without the token
	JSON   json.RawMessage // of a JSON body
	Header bool            // the token came in the Authorization header
	At     time.Time
	Status int
	Error  string // Slack's code, "" when it was done
	Lost   bool   // done, but the answer never arrived
}

// call is a Call while it is being carried out.
type call struct {
	*Call
	token  string // of the header
	body   object
	serial int64
}

// Args gives the arguments as values: what came as JSON in a form field is decoded, all other form fields stay text.
func (c Call) Args() map[string]any {
	out := object{}
	_ = json.Unmarshal(c.JSON, &out)
	for k, v := range c.Form {
		if s := strings.TrimSpace(v[0]); strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
			var value any
			if json.Unmarshal([]byte(s), &value) == nil {
				out[k] = value
				continue
			}
		}
		out[k] = v[0]
	}
	return out
}

// Calls gives the requests so far, of some methods or of all, in the order they came.
func (w *Workspace) Calls(methods ...string) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Call
	for _, c := range w.calls {
		if len(methods) == 0 || slices.Contains(methods, c.Method) {
			out = append(out, *c)
		}
	}
	return out
}

// WriteCalls writes every request as a line of JSON: {method, at, args, status, error}. A checker of schemas reads it.
func (w *Workspace) WriteCalls(to io.Writer) error {
	for _, c := range w.Calls() {
		line, err := json.Marshal(object{"method": c.Method, "at": c.At.UTC(), "args": c.Args(), "status": c.Status, "error": c.Error})
		if err != nil {
			return fmt.Errorf("call of %s: %w", c.Method, err)
		}
		if _, err := to.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// read decodes a request: GET with a query, a form, a multipart form, or JSON (whose token must be in the header,
// docs.slack.dev/apis/web-api).
func (w *Workspace) read(r *http.Request) (*call, error) {
	c := &call{Call: &Call{Method: strings.TrimPrefix(r.URL.Path, "/api/"), Form: url.Values{}, At: w.Now()}, body: object{}}
	c.token, c.Header = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	err := c.decode(r)
	if t := c.Form.Get("token"); t != "" && c.token == "" && c.Method != "apps.connections.open" {
		c.token = t
	}
	c.Form.Del("token")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	c.serial = w.serial
	w.calls = append(w.calls, c.Call)
	return c, err
}

func (c *call) decode(r *http.Request) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method == http.MethodGet:
		c.Form = r.URL.Query()
		return nil
	case kind == "application/json":
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return no("request_timeout")
		}
		c.JSON = raw
		if len(raw) > 0 && json.Unmarshal(raw, &c.body) != nil {
			return no("invalid_json")
		}
		delete(c.body, "token") // of no use there
		return nil
	case kind == "multipart/form-data":
		if r.ParseMultipartForm(32<<20) != nil {
			return no("invalid_form_data")
		}
		c.Form = r.PostForm
		return nil
	case kind == "application/x-www-form-urlencoded":
		if r.ParseForm() != nil {
			return no("invalid_form_data")
		}
		c.Form = r.PostForm
		return nil
	case kind == "" && r.ContentLength <= 0:
		return nil
	case kind == "":
		return no("missing_post_type")
	}
	return no("invalid_post_type")
}

func (c *call) has(name string) bool {
	_, in := c.body[name]
	return in || c.Form.Has(name)
}

// str gives an argument as text.
func (c *call) str(name string) string {
	if v, in := c.body[name]; in {
		switch v := v.(type) {
		case string:
			return v
		case nil:
			return ""
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		case []any:
			var parts []string
			for _, p := range v {
				parts = append(parts, fmt.Sprint(p))
			}
			return strings.Join(parts, ",")
		}
		return fmt.Sprint(v)
	}
	return c.Form.Get(name)
}

func (c *call) flag(name string) bool { return c.str(name) == "true" || c.str(name) == "1" }

func (c *call) num(name string, otherwise int) int {
	n, err := strconv.Atoi(c.str(name))
	if err != nil {
		return otherwise
	}
	return n
}

// words gives a list that came with commas.
func (c *call) words(name string) []string {
	return strings.FieldsFunc(c.str(name), func(r rune) bool { return r == ',' || r == ' ' })
}

// value gives an argument that is JSON: in a form as text, in a JSON body as it is or as text. Nothing given is nil.
func (c *call) value(name string) (any, error) {
	v, in := c.body[name]
	if s, text := v.(string); text || !in {
		if !text {
			s = c.Form.Get(name)
		}
		if s == "" {
			return nil, nil
		}
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			return nil, no("invalid_json")
		}
	}
	return v, nil
}

// list gives an argument that is a JSON list.
func (c *call) list(name string) ([]any, error) {
	v, err := c.value(name)
	if err != nil || v == nil {
		return nil, err
	}
	l, is := v.([]any)
	if !is {
		return nil, because("invalid_arguments", []string{"[ERROR] must be an array [json-pointer:/" + name + "]"})
	}
	return l, nil
}

// obj gives an argument that is a JSON object.
func (c *call) obj(name string) (object, error) {
	v, err := c.value(name)
	if err != nil || v == nil {
		return nil, err
	}
	o, is := v.(object)
	if !is {
		return nil, because("invalid_arguments", []string{"[ERROR] must be an object [json-pointer:/" + name + "]"})
	}
	return o, nil
}

func (c *call) short() string {
	for _, k := range []string{"channel", "trigger_id", "user_id", "view_id"} {
		if v := c.str(k); v != "" {
			return k + "=" + v
		}
	}
	return ""
}

// paged cuts a list by cursor and limit. Cursors are opaque to the app.
func paged[E any](c *call, all []E, most int) ([]E, string, error) {
	from := 0
	if cursor := c.str("cursor"); cursor != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(cursor, "dGVhbTpD"), "="))
		if err != nil || n < 0 || n > len(all) {
			return nil, "", no("invalid_cursor")
		}
		from = n
	}
	limit := min(c.num("limit", 100), most)
	if limit < 1 {
		return nil, "", no("invalid_limit")
	}
	to := min(from+limit, len(all))
	next := ""
	if to < len(all) {
		next = "dGVhbTpD" + strconv.Itoa(to) + "="
	}
	return all[from:to], next, nil
}
