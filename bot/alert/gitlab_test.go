package alert

import (
	"net/http"
	"strings"
	"testing"
)

func TestGitLabOfOtherShapes(t *testing.T) {
	const about = `,"project":{"path_with_namespace":"g/p","web_url":"https://gitlab.example.jp/g/p","default_branch":"main"}}`
	pipeline := func(status, ref string) string {
		return `{"object_kind":"pipeline","object_attributes":{"id":3,"ref":"` + ref + `","status":"` + status + `","created_at":"2026-11-21 10:00:00 UTC","finished_at":"2026-11-21 10:05:00 UTC"},"builds":[{"stage":"test","name":"unit","status":"failed","allow_failure":false}]` + about
	}
	incident := func(action string) string {
		return `{"object_kind":"issue","event_type":"issue","user":{"name":"sato"},"object_attributes":{"id":301,"iid":23,"title":"DB down","type":"Incident","severity":"critical","action":"` + action + `","created_at":"2026-11-21T10:00:00Z"}` + about
	}
	shapes(t, "gitlab", []shape{
		{name: "a pipeline runs", body: pipeline("running", "main"), want: "idle pipeline running"},
		{name: "a pipeline is cancelled", body: pipeline("canceled", "main"), want: "idle pipeline canceled"},
		{name: "a pipeline of somebody's branch", body: pipeline("failed", "feature/x"), want: `trigger warning "g/p / pipeline (feature/x)" g/p@ g/p#feature/x 2026-11-21T10:00:00`},
		{
			name: "a pipeline of a fork's main branch", body: strings.Replace(strings.Replace(pipeline("failed", "main"), `"id":3,`, `"id":3,"source":"merge_request_event",`, 1), `"builds"`, `"merge_request":{"iid":12,"source_branch":"main","source_project_id":9,"target_project_id":1},"builds"`, 1),
			want: `trigger warning "g/p / pipeline (!12 main)" g/p@ g/p#!12 main 2026-11-21T10:00:00`,
		},
		{name: "a pipeline is mended", body: pipeline("success", "main"), want: `resolve unknown "g/p / pipeline (main)" g/p@ g/p#main 2026-11-21T10:00:00 until 10:05:00`},
		{
			name: "a job", body: `{"object_kind":"build","ref":"main","build_id":9,"build_name":"unit","build_stage":"test","build_status":"failed","build_created_at":"2026-11-21 10:00:00 UTC","build_failure_reason":"script_failure"` + about,
			want: `trigger error "g/p / unit (main)" g/p@ g/p#job:unit#main 2026-11-21T10:00:00`,
		},
		{name: "a job that may fail", body: `{"object_kind":"build","ref":"main","build_name":"unit","build_status":"failed","build_allow_failure":true` + about, want: "idle job failed"},
		{name: "a job of an older GitLab", body: `{"object_kind":"build","ref":"main","build_name":"unit","build_status":"success","project_name":"g / p"}`, want: `resolve unknown "g/p / unit (main)" g/p@ g/p#job:unit#main`},
		{name: "a deployment", body: `{"object_kind":"deployment","status":"failed","status_changed_at":"2026-11-21 10:00:00 +0900","environment":"production"` + about, want: `trigger error "g/p / deploy to production" g/p@ g/p#deployment#production 2026-11-21T01:00:00`},
		{name: "a deployment begins", body: `{"object_kind":"deployment","status":"running","environment":"production"` + about, want: "idle deployment running"},
		{name: "an incident", body: incident("open"), want: `trigger critical "g/p / DB down" g/p@ g/p#incident#23 2026-11-21T10:00:00`},
		{name: "an incident is changed", body: incident("update"), want: `note critical "g/p / DB down" g/p@ g/p#incident#23 2026-11-21T10:00:00`},
		{name: "an incident is closed", body: incident("close"), want: `resolve critical "g/p / DB down" g/p@ g/p#incident#23`},
		{name: "an incident is opened again", body: incident("reopen"), want: `trigger critical "g/p / DB down" g/p@ g/p#incident#23`},
		{name: "an issue", body: `{"object_kind":"issue","object_attributes":{"iid":1,"title":"typo","type":"Issue","action":"open"}` + about, want: "idle issue"},
		{name: "a vulnerability", body: `{"object_kind":"vulnerability","object_attributes":{"url":"https://v/1","title":"REXML DoS","state":"confirmed","severity":"high"}` + about, want: `trigger error "g/p / REXML DoS" g/p@ g/p#vulnerability#https://v/1`},
		{name: "a push", body: `{"object_kind":"push","event_name":"push","ref":"refs/heads/main"` + about, want: "idle push"},
		{name: "the system", body: `{"event_name":"project_create","name":"p"}`, want: "idle project_create"},
		{name: "nulls", body: `{"object_kind":null}`, want: "error_no_title"},
	})
}

func TestGitLabTellsDeliveriesApart(t *testing.T) {
	body := func(id string) []byte {
		return []byte(`{"object_kind":"pipeline","object_attributes":{"id":` + id + `,"ref":"main","status":"failed"}}`)
	}
	id := func(header http.Header, body []byte) string {
		d, err := Decode("gitlab", nil, header, body, noon())
		if err != nil {
			t.Fatal(err)
		}
		return d.DeliveryID
	}
	old := http.Header{"X-Gitlab-Event-Uuid": {"u"}}
	one, again, other := id(old, body("1")), id(old, body("1")), id(old, body("2"))
	if one != again || one == other {
		t.Error("an older GitLab's deliveries are told apart by their event and body")
	}
	if got := id(http.Header{"X-Gitlab-Event-Uuid": {"u"}, "Idempotency-Key": {"k"}}, body("1")); got != "k" {
		t.Errorf("delivery %q, want k", got)
	}
	if got := id(nil, body("1")); got != "" {
		t.Errorf("delivery %q without a header", got)
	}
}
