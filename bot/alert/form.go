package alert

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxFields bounds how many fields of a form are read: monitoring systems send some dozens.
const maxFields = 500

// isForm reports whether a body is a form by its type, and gives the boundary between its parts if it comes in parts.
func isForm(header http.Header) (boundary string, form bool) {
	kind, params, _ := mime.ParseMediaType(header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		return "", true
	case "multipart/form-data":
		return params["boundary"], true
	}
	return "", false
}

// looksJSON reports whether a body begins as JSON's objects and lists do, whatever its type says: curl says form of all it sends.
func looksJSON(body []byte) bool {
	start := bytes.TrimSpace(body)
	return len(start) > 0 && (start[0] == '{' || start[0] == '[')
}

// form reads a body as a web form sends it (https://url.spec.whatwg.org/#urlencoded-parsing, RFC 7578), as far as it can be
// read. Files are left out.
func form(header http.Header, body []byte) url.Values {
	values := rawForm(header, body)
	for _, list := range values {
		for i, value := range list {
			if !utf8.ValidString(value) { // which shows only behind the escapes
				list[i] = string(utf8Body(header, []byte(value)))
			}
		}
	}
	return values
}

func rawForm(header http.Header, body []byte) url.Values {
	boundary, _ := isForm(header)
	if boundary == "" {
		values, _ := url.ParseQuery(string(bytes.TrimSpace(body))) // what can be read of a broken form is there
		return values
	}
	values := url.Values{}
	for parts := multipart.NewReader(bytes.NewReader(body), boundary); len(values) < maxFields; {
		part, err := parts.NextPart()
		if err != nil {
			return values
		}
		if part.FormName() == "" || part.FileName() != "" {
			continue
		}
		value, _ := io.ReadAll(part)
		values.Add(part.FormName(), string(value))
	}
	return values
}

// formDoc gives a form as if it had been sent as JSON, for a mapping: a field that is there several times is a list, one
// that is written name[part] a member of an object, and one that holds JSON is what it holds. A form with a single field
// that holds an object is that object: so do senders that know no other way.
func formDoc(values url.Values) any {
	doc := make(map[string]any, len(values))
	var single any
	for i, name := range sortedNames(values) {
		if i == maxFields {
			break
		}
		list := make([]any, 0, 1)
		for _, value := range values[name] {
			list = append(list, formValue(value))
		}
		single = list[0]
		var value any = list
		if len(list) == 1 {
			value = list[0]
		}
		head, part, nested := strings.Cut(name, "[")
		part, closed := strings.CutSuffix(part, "]")
		if !nested || !closed || head == "" || part == "" || strings.ContainsAny(part, "[]") {
			doc[strings.TrimSuffix(name, "[]")] = value
			continue
		}
		object, _ := doc[head].(map[string]any)
		if object == nil {
			object = map[string]any{}
			doc[head] = object
		}
		object[part] = value
	}
	if _, object := single.(map[string]any); object && len(values) == 1 {
		return single
	}
	return doc
}

// formValue gives a field's text, or what it holds if that is JSON's object or list.
func formValue(value string) any {
	if text := strings.TrimSpace(value); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		if doc, err := thoroughly([]byte(text)); err == nil {
			return doc
		}
	}
	return value
}

// flat reads the fields of a sender whose users choose how they are sent: as a form or as a JSON object. A name
// counts without case and signs, so that HOST_NAME, host.name and $HOSTNAME$ are one; so do empty fields, which count as
// not sent. The second map has the fields by the names they were sent under.
func flat(header http.Header, body []byte) (byName, sent map[string]string, err error) {
	sent = map[string]string{}
	_, isForm := isForm(header)
	if !looksJSON(body) && (isForm || bytes.IndexByte(bytes.TrimSpace(body), '=') > 0) {
		for name, values := range form(header, body) {
			sent[name] = values[0]
		}
	} else {
		var object map[string]word
		if err := unmarshal(body, &object); err != nil {
			return nil, nil, err
		}
		sent = words(object)
	}
	byName = make(map[string]string, len(sent))
	for i, name := range sortedNames(sent) {
		if sent[name] == "" || i >= maxFields {
			delete(sent, name)
		} else if plain := strings.Map(fieldName, name); byName[plain] == "" {
			byName[plain] = sent[name]
		}
	}
	return byName, sent, nil
}

// fieldName keeps letters and digits of a field's name, in small letters.
func fieldName(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r - 'A' + 'a'
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r
	}
	return -1
}

// unwrapped gives the JSON that a form carries in one of its fields, or the body itself.
func unwrapped(header http.Header, body []byte, names ...string) []byte {
	if _, isForm := isForm(header); !isForm {
		return body
	}
	values := form(header, body)
	for _, name := range names {
		if text := values.Get(name); json.Valid([]byte(text)) && !tooDeep([]byte(text)) {
			return []byte(text)
		}
	}
	return body
}
