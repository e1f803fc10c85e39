package console

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/gif"  // for the sizes of images
	_ "image/jpeg" // the same
	_ "image/png"  // the same
	"net/http"
	"strings"
)

// unknownType is what is never shown but as a file.
const unknownType = "application/octet-stream"

// mostPixels bounds the images that are shown as such: a small file may unfold into one that no browser can hold.
const mostPixels = 100_000_000

// sniff reads type and size of a file off its beginning. The table is that of the browsers' own sniffing, with AVIF, which
// is not in it. An image whose header does not say how large it is is no image to us.
func sniff(head []byte) (kind string, width, height int) {
	kind = http.DetectContentType(head[:min(len(head), 512)])
	switch {
	case isAVIF(head):
		kind = "image/avif"
		width, height = avifSize(head)
	case kind == "image/webp":
		width, height = webpSize(head)
	case strings.HasPrefix(kind, "image/"):
		if c, _, err := image.DecodeConfig(bytes.NewReader(head)); err == nil {
			width, height = c.Width, c.Height
		}
	default:
		return kind, 0, 0
	}
	if width <= 0 || height <= 0 || height > mostPixels/width { // a product could wrap round: headers may say anything
		return unknownType, 0, 0
	}
	return kind, width, height
}

func isAVIF(head []byte) bool {
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return false
	}
	brand := string(head[8:12])
	return brand == "avif" || brand == "avis"
}

// avifSize finds the box ispe (ISO/IEC 23008-12): version and flags, width, height, in big-endian words.
func avifSize(head []byte) (width, height int) {
	at := bytes.Index(head, []byte("ispe"))
	if at < 0 || at+16 > len(head) {
		return 0, 0
	}
	word := func(n int) int { return int(binary.BigEndian.Uint32(head[at+n:])) }
	return word(8), word(12)
}

// webpSize reads the three forms of a WebP header: lossy, lossless and extended (RFC 9649).
func webpSize(head []byte) (width, height int) {
	if len(head) < 30 {
		return 0, 0
	}
	three := func(n int) int { return int(head[n]) | int(head[n+1])<<8 | int(head[n+2])<<16 }
	switch string(head[12:16]) {
	case "VP8 ":
		return int(binary.LittleEndian.Uint16(head[26:])) & 0x3fff, int(binary.LittleEndian.Uint16(head[28:])) & 0x3fff
	case "VP8L":
		bits := binary.LittleEndian.Uint32(head[21:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	case "VP8X":
		return three(24) + 1, three(27) + 1
	}
	return 0, 0
}
