package alert

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
)

func TestOnlyHeadersThatHoldNoSecretAreKept(t *testing.T) {
	for _, c := range []struct{ in, want http.Header }{
		{http.Header{}, http.Header{}},
		{
			http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Alertmanager/0.28 <x>"}, "Authorization": {"Bearer s"}, "Cookie": {"s"}, "X-Api-Key": {"s"}},
			http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Alertmanager/0.28 <x>"}},
		},
		{
			http.Header{"User-Agent": {"a \"b\" \\ é"}, "Webhook-Id": {"1", "2"}, "Content-Encoding": {}},
			http.Header{"User-Agent": {"a \"b\" \\ é"}, "Webhook-Id": {"1", "2"}},
		},
		{
			http.Header{"Ce-Id": {"7"}, "Idempotency-Key": {"k"}, "X-Webhook-Id": {"w"}, "X-Signature": {"s"}},
			http.Header{"Ce-Id": {"7"}, "Idempotency-Key": {"k"}, "X-Webhook-Id": {"w"}},
		},
	} {
		got := http.Header{}
		if err := json.Unmarshal(Source{Name: Generic}.Keep(c.in), &got); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v is kept as %v, want %v, %v", c.in, got, c.want, err)
		}
	}
}
