package alert

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// longestUnpacked is how many bytes a packed body may unpack to: twice the largest body that is taken by default, and little
// enough that a small one that unpacks to gigabytes harms nobody.
const longestUnpacked = 32 << 20

// unpacked gives a body as it was before the sender packed it with gzip. It goes by the body and not by Content-Encoding,
// which a proxy may leave in place after unpacking, and some senders forget.
func unpacked(header http.Header, body []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		if how := header["Content-Encoding"]; len(how) > 0 {
			return body, foreign(how)
		}
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(z, longestUnpacked+1))
	}
	switch {
	case len(body) > longestUnpacked:
		return nil, undecoded("alert.error_unpacked_large", "Max", strconv.Itoa(longestUnpacked>>20)+" MiB")
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, undecoded("alert.error_packed_cut")
	case err != nil:
		return nil, &Undecoded{Reason: because("alert.error_packed_broken"), Err: err}
	}
	return body, nil
}

// foreign refuses a packing that is not gzip. Other words in that header, such as utf-8, are mistakes that do no harm.
func foreign(how []string) error {
	for _, known := range []string{"br", "zstd", "deflate", "compress"} {
		if last := how[len(how)-1]; strings.EqualFold(strings.TrimSpace(last), known) {
			return undecoded("alert.error_packing", "Packing", known)
		}
	}
	return nil
}
