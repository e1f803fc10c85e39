package slack

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// linked are links to our pages in somebody's message, or in the one they write
// (https://docs.slack.dev/messaging/unfurling-links-in-messages).
type linked struct {
	Channel string `json:"channel"`
	TS      string `json:"message_ts"`
	Thread  string `json:"thread_ts"`
	ID      string `json:"unfurl_id"`
	Source  string `json:"source"`
	Links   []struct {
		URL string `json:"url"`
	} `json:"links"`
}

// detailed is a side pane that somebody opened (https://docs.slack.dev/messaging/work-objects-implementation).
type detailed struct {
	User    string `json:"user"`
	URL     string `json:"entity_url"`
	Trigger string `json:"trigger_id"`
	Channel string `json:"channel"`
	Link    struct {
		URL string `json:"url"`
	} `json:"link"`
}

// The kind of object that an incident is in Slack, and what it is called there.
const (
	entityIncident = "slack#/entities/incident"
	entityUser     = "slack#/types/user"
)

// unfurl shows incidents below links to them: as Slack's own kind of object where the app may, else as a card. Nobody waits
// for it: Slack is answered first, and a link that is not unfurled is still a link.
func (a *Adapter) unfurl(ctx context.Context, raw json.RawMessage) error {
	var l linked
	if err := decode(raw, &l); err != nil {
		return errUnreadable
	}
	own := context.WithoutCancel(ctx)
	a.aside(func() {
		ctx, cancel := context.WithTimeout(own, callTime)
		defer cancel()
		if err := a.showLinks(ctx, l); err != nil {
			a.Log.Warn("show links", "channel", l.Channel, "error", err)
		}
	})
	return nil
}

func (a *Adapter) showLinks(ctx context.Context, l linked) error {
	var objects slackgo.WorkObjectMetadata
	cards := map[string]slackgo.Attachment{}
	for _, link := range l.Links {
		n, ok := a.numberIn(link.URL)
		if !ok {
			continue
		}
		g, err := a.Handler.Glance(ctx, n, incident.Place{Realm: a.Realm(), Room: l.Channel, Thread: l.Thread})
		if err != nil {
			return err
		}
		if g == nil {
			continue
		}
		object := a.object(ctx, g)
		object.AppUnfurlURL = link.URL
		objects.Entities = append(objects.Entities, object)
		cards[link.URL] = slackgo.Attachment{Blocks: slackgo.Blocks{BlockSet: a.page(ctx, a.Lang, []bot.Card{*g.Card})}}
	}
	if len(cards) == 0 {
		return nil
	}
	show := func(cards map[string]slackgo.Attachment, more ...slackgo.MsgOption) error {
		return a.patiently(ctx, "chat.unfurl", "", func(ctx context.Context) error {
			_, _, _, err := a.web.UnfurlMessageByIDContext(ctx, l.ID, l.Source, cards, more...)
			return err
		})
	}
	err := show(map[string]slackgo.Attachment{}, slackgo.MsgOptionWorkObjectMetadata(objects))
	if code, _ := said(err); code != "" && code != "cannot_unfurl_message" { // the app has no such objects, say
		a.Log.Debug("show an object", "error", err)
		return show(cards)
	}
	return err
}

// details fills the side pane, of an incident that the reader may see.
func (a *Adapter) details(ctx context.Context, raw json.RawMessage) error {
	var d detailed
	if err := decode(raw, &d); err != nil {
		return errUnreadable
	}
	address := d.URL
	if address == "" {
		address = d.Link.URL
	}
	n, ok := a.numberIn(address)
	if !ok || d.Trigger == "" {
		return nil
	}
	g, err := a.Handler.Glance(ctx, n, incident.Place{Realm: a.Realm(), Room: d.Channel})
	if err != nil {
		return err
	}
	p := slackgo.EntityPresentDetailsParameters{TriggerID: d.Trigger}
	if g == nil {
		p.Error = &slackgo.EntityDetailsError{Status: "not_found"}
	} else {
		o := a.object(ctx, g)
		p.Metadata = &slackgo.EntityDetailsMetadata{EntityType: o.EntityType, URL: o.URL, ExternalRef: o.ExternalRef, EntityPayload: o.EntityPayload}
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime+openTime)
	a.aside(func() {
		defer cancel()
		err := a.patiently(own, "entity.presentDetails", "", func(ctx context.Context) error {
			return a.web.EntityPresentDetailsContext(ctx, p)
		})
		if err != nil {
			a.Log.Info("show details", "incident", n, "error", err)
		}
	})
	return nil
}

// numberIn is the incident whose page an address is.
func (a *Adapter) numberIn(address string) (incident.Number, bool) {
	base, err := url.Parse(a.BaseURL)
	u, wrong := url.Parse(address)
	if err != nil || wrong != nil || base.Host == "" || !strings.EqualFold(u.Host, base.Host) {
		return 0, false
	}
	_, rest, found := strings.Cut(u.Path, "/incidents/")
	if !found {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, "/")
	return incident.ParseNumber(number)
}

// object is an incident as Slack's own kind of object.
func (a *Adapter) object(ctx context.Context, g *bot.Glance) slackgo.WorkObjectEntity {
	i, w := g.Incident, g.Words()
	address := strings.TrimRight(a.BaseURL, "/") + "/incidents/" + i.Number.String()
	fields := map[string]any{}
	text := func(name, value string) {
		if strings.TrimSpace(value) != "" {
			fields[name] = map[string]any{"value": shorten(value, sectionMost)}
		}
	}
	text("status", w.Status)
	text("priority", w.Priority)
	text("urgency", w.Urgency)
	text("description", w.Summary)
	text("service", strings.Join(i.Services, lang.Text(a.Lang, "bot.comma", nil)))
	fields["date_created"] = map[string]any{"value": i.Opened.Unix()}
	fields["date_updated"] = map[string]any{"value": i.Changed.Unix()}
	person := func(name string, p incident.PersonID) {
		if p == "" {
			return
		}
		user := map[string]any{"text": unescape(a.show(ctx, nil)(p))}
		if id, err := a.reach(ctx, p); err == nil {
			user = map[string]any{"user_id": id}
		}
		fields[name] = map[string]any{"type": entityUser, "user": user}
	}
	person("created_by", i.Opener)
	person("assigned_to", i.Leads())
	return slackgo.WorkObjectEntity{
		URL: address, ExternalRef: slackgo.WorkObjectExternalRef{ID: i.Number.String(), Type: "incident"}, EntityType: entityIncident,
		EntityPayload: map[string]any{
			"attributes": map[string]any{
				"title": map[string]any{"text": w.Title}, "display_id": i.Number.String(), "product_name": productName,
				"metadata_last_modified": i.Changed.Unix(),
			},
			"fields": fields,
		},
	}
}
