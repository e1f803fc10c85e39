package lang

import (
	"math"
	"strconv"
	"strings"
)

// ParseSize reads a number of bytes as people write it: 2GiB, 512MiB, 1MB or a plain number. It is above 0.
func ParseSize(text string) (size int64, ok bool) {
	s := strings.TrimSpace(text)
	digits := strings.TrimRight(s, "KMGTBikmgtb ")
	n, err := strconv.ParseFloat(digits, 64)
	unit, known := map[string]float64{
		"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	}[strings.ToUpper(strings.TrimSpace(s[len(digits):]))]
	if err != nil || !known || n <= 0 || n*unit >= math.MaxInt64 {
		return 0, false
	}
	return int64(n * unit), true
}

// WriteSize writes what ParseSize reads, exactly.
func WriteSize(size int64) string {
	for k, unit := range []string{"GiB", "MiB", "KiB"} {
		if is := int64(1) << (30 - 10*k); size >= is && size%is == 0 {
			return strconv.FormatInt(size/is, 10) + unit
		}
	}
	return strconv.FormatInt(size, 10)
}
