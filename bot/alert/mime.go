package alert

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"
)

// readMIME reads a mail as it was sent (RFC 5322, RFC 2045): its headers are added to those that are known, its text is
// given. What can't be read is left out.
func readMIME(raw string, into map[string]string) (text string) {
	if !strings.Contains(raw, ":") {
		return ""
	}
	message, err := netmail.ReadMessage(strings.NewReader(strings.TrimLeft(raw, "\r\n")))
	if err != nil {
		return ""
	}
	for name, values := range message.Header {
		if name = strings.ToLower(name); into[name] == "" && len(values) > 0 {
			into[name] = values[0]
		}
	}
	return partText(textproto.MIMEHeader(message.Header), message.Body, 0)
}

// partText gives the text of a part, or of the first part below it that has one.
func partText(header textproto.MIMEHeader, body io.Reader, depth int) string {
	const deepest, most = 5, 50
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < deepest {
		parts, page := multipart.NewReader(body, params["boundary"]), ""
		for range most {
			part, err := parts.NextRawPart()
			if err != nil {
				break
			}
			text := partText(part.Header, part, depth+1)
			if text != "" && !strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
				return text
			}
			page = first(page, text)
		}
		return page
	}
	if !strings.HasPrefix(kind, "text/") || strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		return ""
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	raw, _ := io.ReadAll(body) // what came before a mistake is still worth reading
	if set := charset(params["charset"]); set != nil {
		if decoded, err := set.NewDecoder().Bytes(raw); err == nil {
			raw = decoded
		}
	}
	if kind == "text/html" {
		return htmlText(string(raw))
	}
	return string(raw)
}

// decodedWords reads a header's words beyond ASCII (RFC 2047), in UTF-8 and Japan's charsets.
func decodedWords(header string) string {
	if !strings.Contains(header, "=?") {
		return header
	}
	decoder := mime.WordDecoder{CharsetReader: func(name string, from io.Reader) (io.Reader, error) {
		if set := charset(name); set != nil {
			return set.NewDecoder().Reader(from), nil
		}
		return from, nil
	}}
	if decoded, err := decoder.DecodeHeader(header); err == nil {
		return decoded
	}
	return header
}
