package slacktest_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/slack/slacktest"
)

func upload(t *testing.T, w *slacktest.Workspace, link, data string) int {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("file", "report.md")
	_, _ = part.Write([]byte(data))
	_ = form.Close()
	res, err := w.HTTP().Post(link, form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestAFileIsSharedALittleLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slacktest.New(t, slacktest.Options{})
		id := create(t, w, "inc-1")
		got := call(t, w, "files.getUploadURLExternal", object{"filename": "report.md", "length": "8"})
		file := got["file_id"].(string)
		complete := object{"channel_id": id, "initial_comment": "Report", "files": []object{{"id": file, "title": "INC-1"}}}
		refused(t, w, "files.completeUploadExternal", "file_not_found", complete)
		if s := upload(t, w, got["upload_url"].(string), "# Report and more"); s != http.StatusBadRequest {
			t.Errorf("a wrong size was taken: %d", s)
		}
		if s := upload(t, w, got["upload_url"].(string), "# Report"); s != http.StatusOK {
			t.Errorf("upload: %d", s)
		}
		call(t, w, "files.completeUploadExternal", complete)
		shares := func() object {
			return call(t, w, "files.info", object{"file": file})["file"].(object)["shares"].(object)
		}
		if got := shares(); len(got) != 0 {
			t.Errorf("shared at once: %v", got)
		}
		time.Sleep(time.Second)
		if shares()["public"].(object)[id] == nil {
			t.Errorf("not shared: %v", shares())
		}
		m := w.Posts(id)[0]
		if f := w.Files(m); len(f) != 1 || f[0].Title != "INC-1" || string(f[0].Data) != "# Report" || m.Text != "Report" {
			t.Errorf("files %v", f)
		}
		w.Close()
	})
}

func TestACanvasIsEditedByItsSections(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{})
	id := create(t, w, "inc-1")
	md := func(s string) object { return object{"type": "markdown", "markdown": s} }
	canvas := call(t, w, "conversations.canvases.create", object{"channel_id": id, "document_content": md("# Report")})["canvas_id"].(string)
	edit := func(change object) object { return object{"canvas_id": canvas, "changes": []object{change}} }
	call(t, w, "canvases.edit", edit(object{"operation": "insert_at_end", "document_content": md("Causes")}))
	found := call(t, w, "canvases.sections.lookup", object{"canvas_id": canvas, "criteria": object{"contains_text": "Causes"}})
	section := found["sections"].([]any)[0].(object)["id"].(string)
	call(t, w, "canvases.edit", edit(object{"operation": "replace", "section_id": section, "document_content": md("No cause yet")}))
	if got := w.Canvas(id); got != "# Report\nNo cause yet" {
		t.Errorf("canvas %q", got)
	}
	refused(t, w, "canvases.edit", "canvas_editing_failed", edit(object{"operation": "delete", "section_id": "temp:C:404"}))
	refused(t, w, "canvases.edit", "invalid_arguments", object{"canvas_id": canvas, "changes": []object{{}, {}}})
}

func TestACustomStepEndsOnce(t *testing.T) {
	w, app := connected(t, slacktest.Options{Functions: map[string][]string{"open_incident": {"title"}}})
	id := w.RunStep("open_incident", map[string]any{"title": "api"})
	settle(t, w)
	e := app.heard()[0].Payload["event"].(object)
	if e["type"] != "function_executed" || e["inputs"].(object)["title"] != "api" || e["function"].(object)["callback_id"] != "open_incident" {
		t.Errorf("event %v", e)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.APIURL()+"functions.completeSuccess", strings.NewReader(`{"function_execution_id":"`+id+`","outputs":{"number":"INC-1"}}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+e["bot_access_token"].(string))
	res, err := w.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if code := decode(t, res); code != "" {
		t.Errorf("completeSuccess: %s", code)
	}
	if s := w.StepOf(id); !s.Done || s.Outputs["number"] != "INC-1" {
		t.Errorf("step %+v", s)
	}
	refused(t, w, "functions.completeError", "execution_not_in_running_state", object{"function_execution_id": id, "error": "late"})
}

func entity(link string, fields object) object {
	return object{
		"entity_type": "slack#/entities/incident", "url": link, "app_unfurl_url": link, "external_ref": object{"id": "INC-7"},
		"entity_payload": object{"attributes": object{"title": object{"text": "INC-7 api"}}, "fields": fields},
	}
}

func TestALinkIsUnfurledAsAWorkObject(t *testing.T) {
	w, app := connected(t, slacktest.Options{Unfurls: []string{"matoi.test"}})
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	const address = "https://matoi.test/incidents/7"
	m := w.Share(aki, "general", address)
	settle(t, w)
	e := app.heard()[1].Payload["event"].(object)
	if e["type"] != "link_shared" || e["links"].([]any)[0].(object)["url"] != address {
		t.Fatalf("event %v", e)
	}
	by := object{"unfurl_id": e["unfurl_id"].(string), "source": e["source"].(string)}
	with := func(o object) object {
		out := object{"metadata": object{"entities": []object{o}}}
		for k, v := range by {
			out[k] = v
		}
		return out
	}
	refused(t, w, "chat.unfurl", "cannot_parse_metadata", with(entity(address, object{"mood": object{"value": "x"}})))
	refused(t, w, "chat.unfurl", "cannot_parse_metadata", with(entity(address, object{"date_created": object{"value": "yesterday"}})))
	refused(t, w, "chat.unfurl", "cannot_unfurl_url", with(entity("https://matoi.test/other", nil)))
	call(t, w, "chat.unfurl", with(entity(address, object{"status": object{"value": "burning"}, "date_created": object{"value": 1800000000}})))
	if got := w.Unfurled(m); len(got) != 1 {
		t.Fatalf("unfurled %v", got)
	}
	w.OpenDetails(aki, m)
	settle(t, w)
	details := app.heard()[len(app.heard())-1].Payload["event"].(object)
	call(t, w, "entity.presentDetails", object{"trigger_id": details["trigger_id"].(string), "metadata": entity(address, nil)})
	if got := w.Details(); len(got) != 1 || got[0]["user"] != aki {
		t.Errorf("details %v", got)
	}
	call(t, w, "chat.unfurl", object{"channel": m.Channel, "ts": m.TS, "unfurls": object{address: object{"blocks": []any{section("INC-7")}}}})
	call(t, w, "chat.postMessage", object{"channel": m.Channel, "text": address})
	settle(t, w)
	if last := app.types()[len(app.types())-1]; last == "link_shared" {
		t.Error("the app heard of its own link")
	}
	w.Draft(aki, "general", address)
	settle(t, w)
	if e := app.heard()[len(app.heard())-1].Payload["event"].(object); e["source"] != "composer" || e["channel"] != "COMPOSER" {
		t.Errorf("draft %v", e)
	}
}

func TestEveryRequestIsKept(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{})
	call(t, w, "chat.postMessage", object{"channel": w.Room("general"), "text": "x", "blocks": []any{section("x")}})
	var out bytes.Buffer
	if err := w.WriteCalls(&out); err != nil {
		t.Fatal(err)
	}
	line := out.String()
	if !strings.Contains(line, `"method":"chat.postMessage"`) || !strings.Contains(line, `"blocks":[{`) || strings.Contains(line, w.BotToken) {
		t.Errorf("line %s", line)
	}
}

func TestDirectMessages(t *testing.T) {
	w, app := connected(t, slacktest.Options{})
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	dm := call(t, w, "conversations.open", object{"users": aki})["channel"].(object)["id"].(string)
	call(t, w, "chat.postMessage", object{"channel": dm, "text": "you lead"})
	call(t, w, "chat.postMessage", object{"channel": aki, "text": "by the user's id"})
	w.Tell(aki, "thanks")
	settle(t, w)
	if got := w.DMs(aki); len(got) != 3 || got[1].Text != "by the user's id" || got[2].User != aki {
		t.Errorf("messages %v", got)
	}
	if e := app.heard()[2].Payload["event"].(object); e["channel_type"] != "im" {
		t.Errorf("event %v", e)
	}
	w.Change(aki, func(u *slacktest.User) { u.Deleted = true })
	refused(t, w, "conversations.open", "user_disabled", object{"users": aki})
}
