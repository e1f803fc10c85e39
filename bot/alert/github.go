package alert

import (
	"encoding/json"
	"net/http"
	"strings"
)

// githubBody is a webhook of GitHub (https://docs.github.com/webhooks/webhook-events-and-payloads), of which the header
// X-GitHub-Event says what it is about: builds, deployments, and what GitHub finds in the code. Everything else is idle.
type githubBody struct {
	Action     word `json:"action"`
	Repository struct {
		FullName word `json:"full_name"`
		Branch   word `json:"default_branch"`
	} `json:"repository"`
	Run        *githubRun   `json:"workflow_run"`
	Job        *githubRun   `json:"workflow_job"`
	Suite      *githubRun   `json:"check_suite"`
	Check      *githubRun   `json:"check_run"`
	Alert      *githubAlert `json:"alert"`
	Deployed   *githubState `json:"deployment_status"`
	Deployment struct {
		Ref         word `json:"ref"`
		Environment word `json:"environment"`
	} `json:"deployment"`
	Zen    word `json:"zen"`
	Sender struct {
		Login word `json:"login"`
	} `json:"sender"`

	State    word `json:"state"` // of a commit status
	Context  word `json:"context"`
	Said     word `json:"description"`
	Target   word `json:"target_url"`
	Updated  word `json:"updated_at"`
	Branches []struct {
		Name word `json:"name"`
	} `json:"branches"`
}

// githubRun is a build, or a part of one.
type githubRun struct {
	Name       word `json:"name"`
	Branch     word `json:"head_branch"`
	Title      word `json:"display_title"`
	Event      word `json:"event"`
	Conclusion word `json:"conclusion"`
	Workflow   word `json:"workflow_id"`
	Within     word `json:"workflow_name"`
	URL        word `json:"html_url"`
	Started    word `json:"run_started_at"`
	Began      word `json:"started_at"`
	Created    word `json:"created_at"`
	Completed  word `json:"completed_at"`
	Updated    word `json:"updated_at"`
	From       struct {
		FullName word `json:"full_name"`
	} `json:"head_repository"`
	App struct {
		Slug word `json:"slug"`
		Name word `json:"name"`
	} `json:"app"`
	Suite struct {
		Branch word `json:"head_branch"`
	} `json:"check_suite"`
	Output struct {
		Title   word `json:"title"`
		Summary word `json:"summary"`
	} `json:"output"`
}

// githubState is how a deployment stands.
type githubState struct {
	State       word `json:"state"`
	Environment word `json:"environment"`
	Description word `json:"description"`
	LogURL      word `json:"log_url"`
	TargetURL   word `json:"target_url"`
	Created     word `json:"created_at"`
}

// github decodes a webhook. GitHub gives each try of a delivery the same number.
func github(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b githubBody
	if err := unmarshal(unformed(body), &b); err != nil {
		return Delivery{}, err
	}
	kind := fold(header.Get("X-GitHub-Event"))
	if kind == "ping" || kind == "" && b.Zen != "" {
		return Delivery{}, tested("GitHub")
	}
	a, idly := b.alert(kind)
	if idly != "" {
		return Delivery{}, idle(strings.TrimSpace(idly + " " + string(b.Action)))
	}
	if a.Labels == nil {
		a.Labels = map[string]string{}
	}
	a.Service = string(b.Repository.FullName)
	a.Title = strings.TrimPrefix(a.Service+" / "+a.Title, " / ")
	a.DedupeKey = a.Service + "#" + a.DedupeKey
	a.Labels["repository"], a.Labels["event"] = a.Service, kind
	return Delivery{Alerts: []Alert{a}, DeliveryID: first(header.Get("X-GitHub-Delivery"), deliveryID(header))}, nil
}

// alert reads what the webhook is about; without the header, as in an explanation by hand, what the body holds tells it. It gives
// the kind's name where nothing has to be done.
func (b *githubBody) alert(kind string) (a Alert, idly string) {
	switch is := func(name string) bool { return kind == name || kind == "" }; {
	case b.Run != nil && is("workflow_run"):
		return b.run(b.Run, b.Run.Name, string(b.Run.Workflow), b.ours(b.Run))
	case b.Job != nil && is("workflow_job"):
		name := word(strings.TrimPrefix(string(b.Job.Within)+" / "+string(b.Job.Name), " / "))
		return b.run(b.Job, name, "job:"+string(name), b.Job.Branch)
	case b.Check != nil && is("check_run"):
		return b.run(b.Check, b.Check.Name, "check:"+string(b.Check.App.Slug)+":"+string(b.Check.Name), b.Check.Suite.Branch)
	case b.Suite != nil && is("check_suite"):
		return b.run(b.Suite, b.Suite.App.Name, "suite:"+string(b.Suite.App.Slug), b.Suite.Branch)
	case b.Deployed != nil && is("deployment_status"):
		return b.deployed()
	case b.Alert != nil && (kind == "" || strings.HasSuffix(kind, "_alert")):
		return b.found(kind)
	case b.Context != "" && is("status"):
		return b.status()
	}
	return Alert{}, first(kind, "GitHub")
}

// ours is the branch of a build: one of a fork goes by its owner's name too, as GitHub writes it, for its "main" isn't that of the repository.
func (b *githubBody) ours(r *githubRun) word {
	if from := r.From.FullName; from != "" && from != b.Repository.FullName {
		owner, _, _ := strings.Cut(string(from), "/")
		return word(owner) + ":" + r.Branch
	}
	return r.Branch
}

// run translates the end of a build. On other branches than the default one a failure is somebody's work in progress, which
// calls nobody. One that is cancelled or skipped neither mends nor breaks anything.
func (b *githubBody) run(r *githubRun, name word, key string, branch word) (Alert, string) {
	a := Alert{
		Title:       string(name) + " (" + string(branch) + ")",
		DedupeKey:   key + "#" + string(branch),
		StartsAt:    moment(first(string(r.Started), string(r.Began), string(r.Created))),
		Link:        string(r.URL),
		Description: strings.TrimSpace(first(string(r.Title), string(r.Output.Title)) + "\n" + string(r.Output.Summary)),
		Labels:      map[string]string{"branch": string(branch), "conclusion": string(r.Conclusion), "trigger": string(r.Event), "actor": string(b.Sender.Login)},
	}
	switch fold(string(r.Conclusion)) {
	case "success":
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, moment(first(string(r.Completed), string(r.Updated)))
		return a, ""
	case "failure", "timed_out", "startup_failure":
		a.Status, a.Event, a.Severity = Firing, EventTrigger, b.branchSeverity(branch)
		return a, ""
	}
	return a, strings.TrimSpace(string(name) + " " + string(r.Conclusion))
}

// branchSeverity is how bad a failure on a branch is.
func (b *githubBody) branchSeverity(branch word) string {
	if main := b.Repository.Branch; main != "" && branch != main {
		return Warning
	}
	return Error
}

// deployed translates how a deployment ended, by its environment.
func (b *githubBody) deployed() (Alert, string) {
	d := b.Deployed
	environment := first(string(d.Environment), string(b.Deployment.Environment))
	a := Alert{
		Title: "deploy to " + environment, DedupeKey: "deployment#" + environment, StartsAt: moment(string(d.Created)),
		Link: first(string(d.LogURL), string(d.TargetURL)), Description: string(d.Description),
		Labels: map[string]string{"environment": environment, "branch": string(b.Deployment.Ref), "actor": string(b.Sender.Login)},
	}
	switch fold(string(d.State)) {
	case "failure", "error":
		a.Status, a.Event, a.Severity = Firing, EventTrigger, Error
		return a, ""
	case "success":
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, a.StartsAt
		return a, ""
	}
	return a, "deployment_status " + string(d.State)
}

// status translates the status that another service gave a commit.
func (b *githubBody) status() (Alert, string) {
	var branch word
	for k, on := range b.Branches { // a commit may stand on several, in any order
		if k == 0 || on.Name == b.Repository.Branch {
			branch = on.Name
		}
	}
	r := githubRun{Conclusion: b.State, URL: b.Target, Title: b.Said, Created: b.Updated, Updated: b.Updated}
	if b.State == "error" {
		r.Conclusion = "failure"
	}
	return b.run(&r, b.Context, "status:"+string(b.Context), branch)
}

// githubAlert is what GitHub found in the code: a vulnerable dependency, a secret, a mistake.
type githubAlert struct {
	Number     word `json:"number"`
	URL        word `json:"html_url"`
	Created    word `json:"created_at"`
	Fixed      word `json:"fixed_at"`
	State      word `json:"state"`
	Secret     word `json:"secret_type_display_name"`
	SecretType word `json:"secret_type"`
	Advisory   struct {
		Summary  word `json:"summary"`
		Severity word `json:"severity"`
		CVE      word `json:"cve_id"`
	} `json:"security_advisory"`
	Rule struct {
		ID          word `json:"id"`
		Description word `json:"description"`
		Level       word `json:"security_severity_level"`
		Severity    word `json:"severity"`
	} `json:"rule"`
	Dependency struct {
		Package struct {
			Name word `json:"name"`
		} `json:"package"`
	} `json:"dependency"`
	Resolution json.RawMessage `json:"resolution"`
}

// found translates a finding. One that is opened anew keeps the time at which it was made, so the ends and returns are dated by
// nothing.
func (b *githubBody) found(kind string) (Alert, string) {
	f := b.Alert
	a := Alert{
		Status: Firing, Event: EventTrigger,
		Title:     first(string(f.Advisory.Summary), string(f.Secret), string(f.SecretType), string(f.Rule.Description), string(f.Rule.ID)),
		Severity:  first(string(f.Advisory.Severity), string(f.Rule.Level), string(f.Rule.Severity)),
		DedupeKey: first(kind, "alert") + "#" + string(f.Number),
		StartsAt:  moment(string(f.Created)),
		Link:      string(f.URL),
		Labels:    map[string]string{"cve": string(f.Advisory.CVE), "package": string(f.Dependency.Package.Name), "rule": string(f.Rule.ID), "actor": string(b.Sender.Login)},
	}
	if kind == "secret_scanning_alert" {
		a.Severity = Critical // whoever has read it may use it
	}
	switch fold(string(b.Action)) {
	case "created", "appeared_in_branch", "publicly_leaked", "":
	case "reopened", "reopened_by_user", "reintroduced", "auto_reopened":
		a.Undated = true
	case "fixed", "resolved", "dismissed", "auto_dismissed", "closed_by_user":
		a.Status, a.Event, a.Undated, a.EndsAt = Resolved, EventResolve, true, moment(string(f.Fixed))
	default: // assigned, validated, and what may come to be
		return a, first(kind, "alert")
	}
	return a, ""
}
