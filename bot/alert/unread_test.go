package alert

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"matoi/lang"
)

// What can't be read beside what can is counted, by whichever sender sends lists.
func TestWhatCannotBeReadBesideAlertsIsCounted(t *testing.T) {
	within := &Mapping{Alerts: "data.items"}
	if err := within.Compile(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, source string
		mapping      *Mapping
		body         string
		alerts       int
		want         Unread
	}{
		{"a text", Alertmanager, nil, `{"alerts":[{"labels":{"alertname":"A"}},"DB down",null]}`, 1, Unread{2, 3, 2, "alert.error_unread_object"}},
		{"nothing in it", Alertmanager, nil, `{"alerts":[{},{"labels":{"alertname":"A"}}]}`, 1, Unread{1, 2, 1, "alert.error_unread_labels"}},
		{"labels as a list", Alertmanager, nil, `{"alerts":[{"labels":{"alertname":"A"}},{"labels":["DB"],"fingerprint":"b"}]}`, 1, Unread{1, 2, 2, "alert.error_unread_labels"}},
		{"annotations as a text", Alertmanager, nil, `{"alerts":[{"labels":{"alertname":"A"}},{"annotations":"DB down","fingerprint":"b"}]}`, 1, Unread{1, 2, 2, "alert.error_unread_labels"}},
		{"a fingerprint alone", Alertmanager, nil, `{"alerts":[{"labels":{"alertname":"A"}},{"status":"resolved","fingerprint":"b"}]}`, 2, Unread{}},
		{"labels alone", Alertmanager, nil, `{"alerts":[{"labels":{"alertname":"A"},"annotations":"DB down"}]}`, 1, Unread{}},
		{"Grafana", "grafana", nil, `{"alerts":[7,{"labels":{"alertname":"A"}}]}`, 1, Unread{1, 2, 1, "alert.error_unread_object"}},
		{"a list", Generic, nil, `[{"title":"A"},{"text":"lost","severity":"P1"},{"title":"B"}]`, 2, Unread{1, 3, 2, "alert.error_unread_title"}},
		{"lists in a list", Generic, nil, `[[{"title":"lost"}],{"title":"A"}]`, 1, Unread{1, 2, 1, "alert.error_unread_object"}},
		{"a list within", "own", within, `{"data":{"items":[{"title":"A"},"lost"]}}`, 1, Unread{1, 2, 2, "alert.error_unread_object"}},
		{"a batch of events", "cloudevents", nil, `[{"id":"1","type":"db.down","source":"x"},{"data":{"host":"lost"}}]`, 1, Unread{1, 2, 2, "alert.error_unread_event"}},
		{"a batch with a text", "cloudevents", nil, `["lost",{"id":"1","type":"db.down","source":"x"}]`, 1, Unread{1, 2, 1, "alert.error_unread_object"}},
		{"mails", "email", nil, `[{"subject":"Alert: disk"},{"from":"lost"},5]`, 1, Unread{2, 3, 2, "alert.error_unread_mail"}},
		{"Mandrill", "email", nil, `{"mandrill_events":["lost",{"msg":{"subject":"Alert: disk"}}]}`, 1, Unread{1, 2, 1, "alert.error_unread_mail"}},
		{"an automatic reply", "email", nil, `[{"subject":"Alert: disk"},{"subject":"away","headers":{"Auto-Submitted":"auto-replied"}}]`, 1, Unread{}},
		{"behind an automatic reply", "email", nil, `[{"subject":"away","headers":{"Auto-Submitted":"auto-replied"}},{"subject":"Alert: disk"},{"from":"lost"}]`, 1, Unread{1, 3, 3, "alert.error_unread_mail"}},
	} {
		d, err := Decode(c.source, c.mapping, http.Header{}, []byte(c.body), noon())
		if err != nil || len(d.Alerts) != c.alerts || d.Unread != c.want {
			t.Errorf("%s: %d alerts, %+v, %v", c.name, len(d.Alerts), d.Unread, err)
		}
		p := parcel{delivery: d}
		why := p.rest()
		if (why != nil) != (c.want.Count > 0) || why != nil && !InPart(why.String()) {
			t.Errorf("%s stays visible for %v", c.name, why)
		}
	}
}

// The reason tells how many, which is the first, and what is wrong with it, also of a request that is worked off in pieces.
func TestWhatCannotBeReadIsExplained(t *testing.T) {
	e := new(Config).Explain(Generic, nil, []byte(`[{"title":"A"},{"text":"lost"},null]`), noon())
	if len(e.Alerts) != 1 || e.Unread != 2 {
		t.Errorf("%+v", e)
	}
	for l, want := range map[lang.Lang]string{
		lang.EN: "2 of its 3 alerts can't be read. Number 2 has no title, description or key. The others were worked off.",
		lang.JA: "3 件のアラートのうち 2 件を読み取れません。2 番目には、タイトル・説明・キーにあたる項目がありません。残りは処理しました。",
	} {
		if got := e.In(l).Error; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	odd := new(Config).Explain(Alertmanager, nil, []byte(`{"alerts":[{"labels":{"alertname":"A"}},{"labels":["DB"],"annotations":"down"}]}`), noon())
	for l, want := range map[lang.Lang]string{
		lang.EN: "1 of its 2 alerts can't be read. Number 2 has no labels or annotations that can be read. The others were worked off.",
		lang.JA: "2 件のアラートのうち 1 件を読み取れません。2 番目には、読み取れるラベルもアノテーションもありません。残りは処理しました。",
	} {
		if got := odd.In(l).Error; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	list := []any{nil}
	for k := range 2*wholeAlerts + 1 {
		list = append(list, map[string]string{"title": fmt.Sprint(k)})
	}
	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	p := unpack(Raw{Source: Generic, Received: noon(), Body: body}, Config{}, &headers{})
	pieces := p.pieces()
	last := pieces[len(pieces)-1]
	if why := last.rest(); len(pieces) != 3 || why == nil || why.Args["Unread"] != "1" || why.Args["Of"] != "514" {
		t.Errorf("%d pieces, %+v", len(pieces), why)
	}
	p.delivery.leaveOut(7)
	if said := p.rest().Text(lang.EN); !InPart(p.leftOut()) || said != "It holds 7 alerts more than the 20000 that one request may hold. The first 20000 were worked off; of the others nothing is known but what stands in the request. 1 of the entries before can't be read." {
		t.Error(said)
	}
	for _, id := range partly {
		for _, l := range lang.All() {
			if !lang.Has(l, id) {
				t.Errorf("%s is not worded in %s", id, l)
			}
		}
	}
}
