package alert

import (
	"slices"
	"strings"
	"testing"
)

// githubRunOf is the webhook of a build that began at a minute of ten o'clock.
func githubRunOf(action, conclusion, minute, branch string) string {
	return `{"action":"` + action + `","workflow_run":{"id":1,"name":"CI","head_branch":"` + branch + `","event":"push","conclusion":` + conclusion + `,"workflow_id":30,"html_url":"https://github.com/r","run_started_at":"2026-11-21T10:` + minute + `:00Z","updated_at":"2026-11-21T10:59:00Z"},
		"repository":{"full_name":"o/r","default_branch":"main"},"sender":{"login":"octocat"}}`
}

func TestGitHubOfOtherShapes(t *testing.T) {
	const about = `,"repository":{"full_name":"o/r","default_branch":"main"}}`
	shapes(t, "github", []shape{
		{name: "a ping", kind: "ping", body: `{"zen":"Keep it simple.","hook_id":1,"hook":{}}`, want: "error_test"},
		{name: "a build begins", kind: "workflow_run", body: githubRunOf("requested", "null", "00", "main"), want: "idle CI requested"},
		{name: "a build is cancelled", kind: "workflow_run", body: githubRunOf("completed", `"cancelled"`, "00", "main"), want: "idle CI cancelled completed"},
		{name: "a build of somebody's branch", kind: "workflow_run", body: githubRunOf("completed", `"failure"`, "00", "feature/x"), want: `trigger warning "o/r / CI (feature/x)" o/r@ o/r#30#feature/x 2026-11-21T10:00:00`},
		{
			name: "a build of a fork's main branch", kind: "workflow_run", body: strings.Replace(githubRunOf("completed", `"failure"`, "00", "main"), `"event":"push"`, `"event":"pull_request","head_repository":{"full_name":"stranger/r"}`, 1),
			want: `trigger warning "o/r / CI (stranger:main)" o/r@ o/r#30#stranger:main 2026-11-21T10:00:00`,
		},
		{name: "it takes too long", kind: "workflow_run", body: githubRunOf("completed", `"timed_out"`, "00", "main"), want: `trigger error "o/r / CI (main)" o/r@ o/r#30#main 2026-11-21T10:00:00`},
		{name: "as a form", kind: "workflow_run", body: "payload=" + strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "\n", "", "\t", "").Replace(githubRunOf("completed", `"failure"`, "00", "main")), want: `trigger error "o/r / CI (main)" o/r@ o/r#30#main 2026-11-21T10:00:00`},
		{
			name: "a job", kind: "workflow_job", body: `{"action":"completed","workflow_job":{"name":"test (22)","workflow_name":"CI","head_branch":"main","conclusion":"failure","started_at":"2026-11-21T10:00:00Z"}` + about,
			want: `trigger error "o/r / CI / test (22) (main)" o/r@ o/r#job:CI / test (22)#main 2026-11-21T10:00:00`,
		},
		{
			name: "a check", kind: "check_run", body: `{"action":"completed","check_run":{"name":"lint","conclusion":"success","started_at":"2026-11-21T10:00:00Z","completed_at":"2026-11-21T10:05:00Z","app":{"slug":"ci"},"check_suite":{"head_branch":"main"}}` + about,
			want: `resolve unknown "o/r / lint (main)" o/r@ o/r#check:ci:lint#main 2026-11-21T10:00:00 until 10:05:00`,
		},
		{
			name: "a suite", kind: "check_suite", body: `{"action":"completed","check_suite":{"head_branch":"main","conclusion":"startup_failure","created_at":"2026-11-21T10:00:00Z","app":{"slug":"ci","name":"CI app"}}` + about,
			want: `trigger error "o/r / CI app (main)" o/r@ o/r#suite:ci#main 2026-11-21T10:00:00`,
		},
		{
			name: "a status of another service", kind: "status", body: `{"state":"error","context":"ci/x","description":"it broke","updated_at":"2026-11-21T10:00:00Z","branches":[{"name":"main"}]` + about,
			want: `trigger error "o/r / ci/x (main)" o/r@ o/r#status:ci/x#main 2026-11-21T10:00:00`,
		},
		{
			name: "a status of what stands on several branches", kind: "status", body: `{"state":"failure","context":"ci/x","updated_at":"2026-11-21T10:00:00Z","branches":[{"name":"feature/x"},{"name":"main"}]` + about,
			want: `trigger error "o/r / ci/x (main)" o/r@ o/r#status:ci/x#main 2026-11-21T10:00:00`,
		},
		{
			name: "a deployment fails", kind: "deployment_status", body: `{"action":"created","deployment_status":{"state":"failure","environment":"production","created_at":"2026-11-21T10:00:00Z"},"deployment":{"ref":"main"}` + about,
			want: `trigger error "o/r / deploy to production" o/r@ o/r#deployment#production 2026-11-21T10:00:00`,
		},
		{name: "a deployment waits", kind: "deployment_status", body: `{"action":"created","deployment_status":{"state":"waiting","environment":"production"}` + about, want: "idle deployment_status waiting created"},
		{
			name: "a vulnerable dependency", kind: "dependabot_alert", body: `{"action":"created","alert":{"number":2,"state":"open","created_at":"2026-11-21T10:00:00Z","security_advisory":{"summary":"Django ReDoS","severity":"high"},"dependency":{"package":{"name":"django"}}}` + about,
			want: `trigger error "o/r / Django ReDoS" o/r@ o/r#dependabot_alert#2 2026-11-21T10:00:00`,
		},
		{
			name: "it is mended", kind: "dependabot_alert", body: `{"action":"fixed","alert":{"number":2,"created_at":"2026-11-21T10:00:00Z","fixed_at":"2026-11-21T11:00:00Z","security_advisory":{"summary":"Django ReDoS","severity":"high"}}` + about,
			want: `resolve error "o/r / Django ReDoS" o/r@ o/r#dependabot_alert#2 until 11:00:00`,
		},
		{
			name: "a secret", kind: "secret_scanning_alert", body: `{"action":"created","alert":{"number":3,"secret_type":"aws","secret_type_display_name":"AWS key","created_at":"2026-11-21T10:00:00Z"}` + about,
			want: `trigger critical "o/r / AWS key" o/r@ o/r#secret_scanning_alert#3 2026-11-21T10:00:00`,
		},
		{
			name: "a mistake in the code", kind: "code_scanning_alert", body: `{"action":"reopened","alert":{"number":4,"rule":{"id":"js/xss","description":"XSS","security_severity_level":"medium","severity":"error"}}` + about,
			want: `trigger warning "o/r / XSS" o/r@ o/r#code_scanning_alert#4`,
		},
		{name: "it is given to somebody", kind: "dependabot_alert", body: `{"action":"assignees_changed","alert":{"number":2}` + about, want: "idle dependabot_alert assignees_changed"},
		{name: "a push", kind: "push", body: `{"ref":"refs/heads/main"` + about, want: "idle push"},
		{name: "nulls", body: `{"action":null,"workflow_run":null}`, want: "idle GitHub"},
	})
}

func TestGitHubsOlderBuildDoesNotMendANewerOne(t *testing.T) {
	failed, older, newer := githubRunOf("completed", `"failure"`, "30", "main"), githubRunOf("completed", `"success"`, "10", "main"), githubRunOf("completed", `"success"`, "40", "main")
	_, news := life(t, "github", nil, failed, older, newer, githubRunOf("completed", `"failure"`, "50", "main"))
	if want := []News{New, StaleResolved, Cleared, Refired}; !slices.Equal(news, want) {
		t.Errorf("%v, want %v", news, want)
	}
}
