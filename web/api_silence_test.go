package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The verb that sets silences lists them where nothing is said: a request that names no alerts is a mistake, and says which.
func TestASilenceOfNoAlertsIsRefused(t *testing.T) {
	d, c := newDesk(), readContract(t)
	h := d.site(Access{Local: true})
	for _, body := range []string{`{"as":"x","match":{}}`, `{"as":"x"}`, `{"as":"x","match":{"service":[]},"for":"2h"}`} {
		w := call(h, "POST", "/api/v1/silences", body, "Accept-Language: en")
		c.hold(t, "POST", "/api/v1/silences", w)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusUnprocessableEntity || p.Code != "silence_what" || !strings.Contains(p.Detail, `"match" is missing`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}
