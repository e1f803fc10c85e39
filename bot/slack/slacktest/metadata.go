package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// metadataSize is the most that metadata may be; Slack refuses metadata_too_large without telling the number. This is
// well below what any app was seen to send with success.
const metadataSize = 16 << 10

// checkMetadata holds metadata to its shape: event_type, and event_payload with strings, numbers, booleans, flat objects
// and lists of flat objects; no list of strings (MessageMetadata of @slack/types). Work Objects stand beside it as
// entities.
func (w *Workspace) checkMetadata(m *content) error {
	if len(m.metadata) == 0 {
		m.metadata = nil
		return nil
	}
	if entities, in := m.metadata["entities"]; in {
		list, _ := entities.([]any)
		if faults := checkEntities(list, false); len(faults) > 0 {
			return because("invalid_metadata_schema", faults)
		}
		m.entities = list
		rest := object{}
		for k, v := range m.metadata {
			if k != "entities" {
				rest[k] = v
			}
		}
		if m.metadata = rest; len(rest) == 0 {
			m.metadata = nil
			return nil
		}
	}
	raw, _ := json.Marshal(m.metadata)
	if len(raw) > metadataSize {
		return no("metadata_too_large")
	}
	payload, is := m.metadata["event_payload"].(object)
	if kind := str(m.metadata, "event_type"); kind == "" || len(kind) > 255 || !is {
		return because("invalid_metadata_format", []string{"[ERROR] event_type and event_payload are required [json-pointer:/metadata]"})
	}
	for k, v := range payload {
		if !plain(v) && !flat(v) && !flats(v) {
			return because("invalid_metadata_schema", []string{fmt.Sprintf("[ERROR] unsupported type [json-pointer:/metadata/event_payload/%s]", k)})
		}
	}
	return nil
}

func plain(v any) bool {
	switch v.(type) {
	case string, float64, bool:
		return true
	}
	return false
}

func flat(v any) bool {
	o, is := v.(object)
	for _, e := range o {
		is = is && plain(e)
	}
	return is
}

func flats(v any) bool {
	l, is := v.([]any)
	return is && !slices.ContainsFunc(l, func(e any) bool { return !flat(e) })
}

// checkEntities holds Work Objects to their schema (docs.slack.dev/messaging/work-objects-implementation and
// IncidentEntityFields of @slack/types). In chat.unfurl each names the link it is for.
func checkEntities(list []any, unfurl bool) []string {
	var faults []string
	say := func(i int, format string, args ...any) {
		faults = append(faults, "[ERROR] "+fmt.Sprintf(format, args...)+fmt.Sprintf(" [json-pointer:/metadata/entities/%d]", i))
	}
	fields := strings.Fields("status priority urgency created_by assigned_to date_created date_updated description service")
	for i, e := range list {
		o, _ := e.(object)
		ref, _ := o["external_ref"].(object)
		payload, _ := o["entity_payload"].(object)
		attributes, _ := payload["attributes"].(object)
		title, _ := attributes["title"].(object)
		kind := str(o, "entity_type")
		switch {
		case !strings.HasPrefix(kind, "slack#/entities/"):
			say(i, "unknown entity_type %q", kind)
		case str(ref, "id") == "" || str(o, "url") == "":
			say(i, "external_ref.id and url are required")
		case unfurl && str(o, "app_unfurl_url") == "":
			say(i, "app_unfurl_url is required")
		case str(title, "text") == "":
			say(i, "entity_payload.attributes.title.text is required")
		}
		given, _ := payload["fields"].(object)
		for k, v := range given {
			f, is := v.(object)
			if kind == "slack#/entities/incident" && !slices.Contains(fields, k) {
				say(i, "unknown field %s", k)
			}
			if _, number := f["value"].(float64); strings.HasPrefix(k, "date_") && !number || !is {
				say(i, "bad value of %s", k)
			}
		}
		custom, _ := payload["custom_fields"].([]any)
		for _, c := range custom {
			if f, _ := c.(object); str(f, "key") == "" || str(f, "label") == "" || str(f, "type") == "" {
				say(i, "custom fields need key, label and type")
			}
		}
	}
	return faults
}
