package web

import (
	"net/http"
	"strconv"

	"matoi/bot/alert"
)

// consent answers a sender that asks whether it may send, and how much: it must say a name of its own, and show what a request without
// a body can show of the source's secrets. The answer is about that sender alone; what it sends is checked as ever. Consent by
// calling back is not offered, as nobody needs it who is answered at once.
func (o HooksOptions) consent(w http.ResponseWriter, r *http.Request, source alert.Source) *Problem {
	w.Header().Set("Allow", "POST, OPTIONS")
	origin := r.Header.Get("WebHook-Request-Origin")
	if origin == "" {
		w.WriteHeader(http.StatusNoContent) // no consent: whoever asks only learns what is possible
		return nil
	}
	auth, shown := source.Auth.Unsigned()
	if source.Auth = auth; shown {
		if p := o.authentic(w, source, r, nil); p != nil {
			return p
		}
	}
	w.Header().Set("WebHook-Allowed-Origin", origin)
	w.Header().Set("WebHook-Allowed-Rate", allowedRate(source.Rate.PerMinute(), r.Header.Get("WebHook-Request-Rate")))
	w.WriteHeader(http.StatusOK)
	return nil
}

// allowedRate is what is granted, in requests a minute: what is asked for, so far as the source's own bound allows it.
func allowedRate(bound int64, asked string) string {
	wanted, err := strconv.ParseInt(asked, 10, 64)
	switch {
	case err == nil && wanted > 0 && (bound == 0 || wanted < bound):
		return strconv.FormatInt(wanted, 10)
	case bound > 0:
		return strconv.FormatInt(bound, 10)
	}
	return "*"
}
