package alert

import (
	"net/http"
	"strings"
	"time"
)

// gitlabBody is a webhook of GitLab, of a project, a group or the whole system
// (https://docs.gitlab.com/user/project/integrations/webhook_events/ and …/administration/system_hooks/). Its object_kind says what
// it is about: pipelines, jobs, deployments, incidents and vulnerabilities. Everything else is idle.
type gitlabBody struct {
	Kind    word `json:"object_kind"`
	Event   word `json:"event_name"`
	Project struct {
		Path   word `json:"path_with_namespace"`
		Name   word `json:"name"`
		URL    word `json:"web_url"`
		Branch word `json:"default_branch"`
	} `json:"project"`
	Object gitlabObject `json:"object_attributes"`
	User   struct {
		Name word `json:"name"`
	} `json:"user"`
	Merge struct {
		IID  word `json:"iid"`
		From word `json:"source_project_id"`
		Into word `json:"target_project_id"`
	} `json:"merge_request"` // that a pipeline is for
	Builds []struct {
		Stage   word `json:"stage"`
		Name    word `json:"name"`
		Status  word `json:"status"`
		Allowed bool `json:"allow_failure"`
		Why     word `json:"failure_reason"`
	} `json:"builds"`

	Ref        word `json:"ref"` // of a job, and of a deployment
	JobName    word `json:"build_name"`
	JobStage   word `json:"build_stage"`
	JobStatus  word `json:"build_status"`
	JobID      word `json:"build_id"`
	JobCreated word `json:"build_created_at"`
	JobAllowed bool `json:"build_allow_failure"`
	JobWhy     word `json:"build_failure_reason"`
	OldName    word `json:"project_name"` // "Group / Project"

	Status      word `json:"status"` // of a deployment
	Changed     word `json:"status_changed_at"`
	Environment word `json:"environment"`
	DeployURL   word `json:"deployable_url"`
	OuterURL    word `json:"environment_external_url"`
}

// gitlabObject is what the webhook is about.
type gitlabObject struct {
	ID         word `json:"id"`
	IID        word `json:"iid"`
	Name       word `json:"name"`
	Title      word `json:"title"`
	Ref        word `json:"ref"`
	Status     word `json:"status"`
	State      word `json:"state"`
	Action     word `json:"action"`
	Type       word `json:"type"`
	IssueType  word `json:"issue_type"`
	Severity   word `json:"severity"`
	URL        word `json:"url"`
	Created    word `json:"created_at"`
	Finished   word `json:"finished_at"`
	ResolvedAt word `json:"resolved_at"`
	Said       word `json:"description"`
	Source     word `json:"source"`
}

// gitlab decodes a webhook. Idempotency-Key stays the same when GitLab tries again. X-Gitlab-Event-UUID, which older ones have
// alone, is also that of webhooks that a webhook causes, so the body has to do with it.
func gitlab(_ Source, header http.Header, body []byte) (Delivery, error) {
	var b gitlabBody
	if err := unmarshal(body, &b); err != nil {
		return Delivery{}, err
	}
	if b.Kind == "" && b.Event == "" {
		return Delivery{}, undecoded("alert.error_no_title")
	}
	a, idly := b.alert()
	if idly != "" {
		return Delivery{}, idle(idly)
	}
	a.Service = b.project()
	a.Title = strings.TrimPrefix(a.Service+" / "+a.Title, " / ")
	a.DedupeKey = a.Service + "#" + a.DedupeKey
	for name, value := range map[string]string{"project": a.Service, "kind": string(b.Kind), "user": string(b.User.Name)} {
		if value != "" {
			a.Labels[name] = value
		}
	}
	id := deliveryID(header)
	if uuid := header.Get("X-Gitlab-Event-Uuid"); id == "" && uuid != "" {
		id = uuid + "#" + digest(string(body))
	}
	return Delivery{Alerts: []Alert{a}, DeliveryID: id}, nil
}

// project is the path of the project; older webhooks of jobs only have its name.
func (b *gitlabBody) project() string {
	return first(string(b.Project.Path), strings.ReplaceAll(string(b.OldName), " / ", "/"), string(b.Project.Name))
}

// alert reads what the webhook is about. It gives its kind's name where nothing has to be done.
func (b *gitlabBody) alert() (a Alert, idly string) {
	switch kind := fold(string(b.Kind)); kind {
	case "pipeline":
		return b.pipeline()
	case "build", "job":
		return b.job()
	case "deployment":
		return b.deployment()
	case "incident", "issue", "work_item", "vulnerability":
		if kind != "vulnerability" && !b.incident() {
			return Alert{}, kind
		}
		return b.trouble(kind)
	default:
		return Alert{}, first(kind, string(b.Event))
	}
}

// ended tells how something that runs has ended; it reports false while it runs, and where it was cancelled or skipped, which
// neither mends nor breaks anything.
func (b *gitlabBody) ended(a *Alert, status, ref word, ends string) bool {
	switch fold(string(status)) {
	case "failed":
		a.Status, a.Event, a.Severity = Firing, EventTrigger, Error
		if main := b.Project.Branch; main != "" && ref != main {
			a.Severity = Warning // somebody's work in progress
		}
	case "success":
		a.Status, a.Event, a.EndsAt = Resolved, EventResolve, gitlabTime(ends)
	default:
		return false
	}
	return true
}

// ofFork reports a pipeline for what somebody wants to have merged from a project of their own, whose "main" isn't that of the project.
func (b *gitlabBody) ofFork() bool {
	return fold(string(b.Object.Source)) == "merge_request_event" && b.Merge.IID != "" && b.Merge.From != b.Merge.Into
}

func (b *gitlabBody) pipeline() (Alert, string) {
	o := b.Object
	if b.ofFork() {
		o.Ref = "!" + b.Merge.IID + " " + o.Ref
	}
	a := Alert{
		Title: "pipeline (" + string(o.Ref) + ")", DedupeKey: string(o.Ref), StartsAt: gitlabTime(string(o.Created)),
		Link: first(string(o.URL), string(b.Project.URL)+"/-/pipelines/"+string(o.ID)), Labels: map[string]string{"branch": string(o.Ref), "trigger": string(o.Source)},
	}
	for _, build := range b.Builds {
		if build.Status == "failed" && !build.Allowed {
			a.Description += string(build.Stage) + " / " + string(build.Name) + ": " + string(build.Why) + "\n"
		}
	}
	if !b.ended(&a, o.Status, o.Ref, string(o.Finished)) {
		return a, "pipeline " + string(o.Status)
	}
	return a, ""
}

func (b *gitlabBody) job() (Alert, string) {
	a := Alert{
		Title: string(b.JobName) + " (" + string(b.Ref) + ")", DedupeKey: "job:" + string(b.JobName) + "#" + string(b.Ref), StartsAt: gitlabTime(string(b.JobCreated)),
		Description: string(b.JobWhy), Labels: map[string]string{"branch": string(b.Ref), "stage": string(b.JobStage)},
	}
	if b.Project.URL != "" {
		a.Link = string(b.Project.URL) + "/-/jobs/" + string(b.JobID)
	}
	if b.JobAllowed && fold(string(b.JobStatus)) == "failed" || !b.ended(&a, b.JobStatus, b.Ref, "") {
		return a, "job " + string(b.JobStatus)
	}
	return a, ""
}

func (b *gitlabBody) deployment() (Alert, string) {
	a := Alert{
		Title: "deploy to " + string(b.Environment), DedupeKey: "deployment#" + string(b.Environment), StartsAt: gitlabTime(string(b.Changed)),
		Link: first(string(b.DeployURL), string(b.OuterURL)), Labels: map[string]string{"environment": string(b.Environment), "branch": string(b.Ref)},
	}
	if !b.ended(&a, b.Status, b.Project.Branch, string(b.Changed)) {
		return a, "deployment " + string(b.Status)
	}
	return a, ""
}

// incident reports whether an issue is one, which GitLab's own alerts open.
func (b *gitlabBody) incident() bool {
	return fold(string(b.Kind)) == "incident" || fold(string(b.Object.Type)) == "incident" || fold(string(b.Object.IssueType)) == "incident"
}

// trouble translates an incident or a vulnerability, both of which may come back. What is done to it meanwhile is noted.
func (b *gitlabBody) trouble(kind string) (Alert, string) {
	o := &b.Object
	a := Alert{
		Status: Firing, Event: EventTrigger, Severity: string(o.Severity), Title: string(o.Title), Description: string(o.Said), Link: string(o.URL),
		DedupeKey: kind + "#" + first(string(o.IID), string(o.ID), string(o.URL)), StartsAt: gitlabTime(string(o.Created)), Actor: string(b.User.Name), Labels: map[string]string{},
	}
	if kind != "vulnerability" {
		a.DedupeKey = "incident#" + first(string(o.IID), string(o.ID))
	}
	switch first(fold(string(o.Action)), fold(string(o.State))) {
	case "open", "opened", "detected", "confirmed":
	case "reopen":
		a.Undated = true
	case "close", "closed", "resolved", "dismissed":
		a.Status, a.Event, a.Undated, a.EndsAt = Resolved, EventResolve, true, gitlabTime(string(o.ResolvedAt))
	default:
		a.Event = EventNote
	}
	return a, ""
}

// gitlabTime reads a time as GitLab writes it: by ISO 8601, or as "2026-11-21 09:11:28 UTC".
func gitlabTime(s string) time.Time { return moment(strings.Replace(s, " UTC", "Z", 1)) }
