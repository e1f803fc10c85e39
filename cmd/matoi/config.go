package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/gateway"
	"matoi/bot/mail"
	"matoi/bot/slack"
	"matoi/catalog"
	"matoi/incident"
	"matoi/lang"
)

// Config is the one configuration file. Every key has a default, so that an empty file, or none, is a complete
// configuration; config.example.yaml documents each.
type Config struct {
	// Listen is the address to serve on. Any but a loopback address needs auth.tokens.
	Listen string `yaml:"listen"`
	// BaseURL is how people reach this server, for links in messages; by default http:// and the address listened on.
	BaseURL string `yaml:"base_url"`
	// Data is the folder of the embedded database.
	Data     string   `yaml:"data"`
	Database Database `yaml:"database"`
	// Zone is the organisation's time zone as the IANA names it.
	Zone string `yaml:"zone"`
	// Lang is the organisation's language (ja or en), for whoever has not chosen one.
	Lang     Language  `yaml:"lang"`
	Command  Command   `yaml:"command"`
	Timeline Timeline  `yaml:"timeline"`
	Matrix   Matrix    `yaml:"matrix"`
	Targets  TargetsOf `yaml:"targets"`
	Remind   Reminders `yaml:"reminders"`
	// WorkingHours is the calendar in which people work: what is not pressing they are asked about then, and on other days the digest
	// says only what is urgent.
	WorkingHours string            `yaml:"working_hours"`
	Stale        StaleOf           `yaml:"stale"`
	Digest       Digest            `yaml:"digest"`
	Rooms        incident.Priority `yaml:"rooms_from"`
	// Announce is the lowest priority that is announced.
	Announce incident.Priority `yaml:"announce_from"`
	// Calendars say when a service is kept: business hours and business days are counted in them.
	Calendars []Calendar `yaml:"calendars"`
	// Schedules say who is on call when.
	Schedules []Rota `yaml:"schedules"`
	// OnCall are asked when an incident has no manager: first whoever is on call by the schedules named, then people in this order,
	// by name or e-mail address.
	OnCall []Asked `yaml:"on_call"`
	// Escalations say who is called when nobody answers, and for what else. The shipped ones come after them.
	Escalations []Ladder `yaml:"escalations"`
	// Groups are people who are called together.
	Groups []Group `yaml:"groups"`
	Calls  Calls   `yaml:"calls"`
	// Managers are told in this order when an incident escalates, and may take over; by name or e-mail address.
	Managers   []string   `yaml:"managers"`
	People     []Member   `yaml:"people"`
	Categories []Category `yaml:"categories"`
	Services   []Service  `yaml:"services"`
	// Catalog says where more is written of services, and what follows from their tiers.
	Catalog Catalogue `yaml:"catalog"`
	// Further are dated rules of clocks beside the targets: legal duties to report, and others.
	Further []FurtherClock `yaml:"further_clocks"`
	// Checklist is what is done in the first ten minutes: shipped items by name, or texts of your own.
	Checklist []string `yaml:"checklist"`
	Hold      Holding  `yaml:"hold"`
	// RestoreFrom is where the restoration clock starts: occurred or reported.
	RestoreFrom string `yaml:"restore_from"`
	// ConfirmAfter is how long silence after "resolved" lasts until the incident closes by itself.
	ConfirmAfter Duration `yaml:"confirm_after"`
	// ReopenWithin is how long after closing an incident is reopened; later a linked new one opens.
	ReopenWithin Duration `yaml:"reopen_within"`
	Auth         Auth     `yaml:"auth"`
	// Slack is the workspace in which incidents are worked, or a list of several, each with a name.
	Slack Slacks `yaml:"slack"`
	// Mail reaches people by e-mail.
	Mail mail.Config `yaml:"mail"`
	// Gateways reach people by services for text messages and calls.
	Gateways []gateway.Config `yaml:"gateways"`
	Sources  []alert.Source   `yaml:"sources"`
	// Heartbeats are jobs and machines that call now and then: one that falls silent opens an incident.
	Heartbeats []alert.Heartbeat `yaml:"heartbeats"`
	Rules      alert.Rules       `yaml:"rules"`
	// Maintenance is planned work during which alerts are kept quiet.
	Maintenance []Window `yaml:"maintenance"`
	// Flapping says from when on what goes to and fro is only counted.
	Flapping FlapLimit `yaml:"flapping"`
	// InboxBound is how much may wait undecoded before senders are asked to come back later.
	InboxBound Bytes `yaml:"inbox_bound"`
	// BodyBound is the largest body taken of a monitoring system, if its source says nothing else. The API takes 1 MiB at most.
	BodyBound Bytes `yaml:"body_bound"`
	// UploadBound is the largest file that people may put into the built-in chat.
	UploadBound Bytes   `yaml:"upload_bound"`
	Retention   Keeping `yaml:"retention"`
	Log         Log     `yaml:"log"`

	uncounted []incident.Priority // see tree.uncounted
	found     catalog.Catalog     // what the files of Catalog say; Services holds it already
}

// Database chooses PostgreSQL instead of the embedded database.
type Database struct {
	// Postgres is a connection string (postgres://user@host/name); a secret, because it may hold a password.
	Postgres bot.Secret `yaml:"postgres"`
}

// Command is what people type before a verb.
type Command struct {
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases"`
}

// Timeline says how chat messages get into the record.
type Timeline struct {
	// Reactions are the emoji that log the message they are put on.
	Reactions []string `yaml:"reactions"`
}

// Matrix is the priority matrix: a shipped one by name, or one of your own.
type Matrix struct {
	// Preset is five (P1 to P5) or four (P1 to P4). It is ignored where Result is given.
	Preset    string           `yaml:"preset"`
	Impacts   []incident.Level `yaml:"impacts"`
	Urgencies []incident.Level `yaml:"urgencies"`
	// Result has a row for each impact, with a priority for each urgency.
	Result [][]incident.Priority `yaml:"result"`
}

// TargetsOf holds the targets of each priority.
type TargetsOf struct {
	P1 Target `yaml:"P1"`
	P2 Target `yaml:"P2"`
	P3 Target `yaml:"P3"`
	P4 Target `yaml:"P4"`
	P5 Target `yaml:"P5"`
}

// of gives the targets of a priority for reading and writing.
func (t *TargetsOf) of(p incident.Priority) *Target {
	return [...]*Target{&t.P1, &t.P1, &t.P2, &t.P3, &t.P4, &t.P5}[p]
}

// Target is what is promised for a priority. 0 means that nothing is.
type Target struct {
	// Response is the time until the first deed by a person of ours.
	Response Term `yaml:"response"`
	// Restore is the time until the service is usable again.
	Restore Term `yaml:"restore"`
	// FirstNotice is the time until the first notice to stakeholders inside.
	FirstNotice Term `yaml:"first_notice"`
	// CustomerNotice is the time until the first notice to customers.
	CustomerNotice Term `yaml:"customer_notice"`
	// Update is the cadence of updates where the last one promised no time.
	Update Term `yaml:"update"`
	// AfterRestored is the cadence once the service is usable again.
	AfterRestored Term `yaml:"after_restored"`
	// Hours is the calendar in which these are counted, or 24x7. What people promise, and holds, go by the wall clock.
	Hours string `yaml:"hours"`
}

// Reminders says when the clock speaks.
type Reminders struct {
	// At are the shares of a target, in percent, at which whoever must act is reminded.
	At []int `yaml:"at"`
	// Every is the shortest interval at which what is overdue is said again: three times at it (or at a quarter of the target, if
	// that is longer), then less and less often, down to once a day. Repeats fall on the half hours.
	Every Duration `yaml:"every"`
	// AskNextAfter is when an unacknowledged P1 goes to the next person.
	AskNextAfter Duration `yaml:"ask_next_after"`
	// OfferExpiresAfter is how long a hand-over waits for an answer.
	OfferExpiresAfter Duration `yaml:"offer_expires_after"`
	// DelegateAfter is when one who holds every role in a P1 is asked to delegate.
	DelegateAfter Duration `yaml:"delegate_after"`
	// ReliefAfter is when a long P1 proposes relief.
	ReliefAfter Duration `yaml:"relief_after"`
	// AskReportersAfter is when reporters who have not said whether it is fixed are asked once more; 0 is never.
	AskReportersAfter Duration `yaml:"ask_reporters_after"`
}

// Holding says what a hold does.
type Holding struct {
	// ReviewAfter is the review time of a hold that names none.
	ReviewAfter Duration `yaml:"review_after"`
	// Stops are the holds that stop the restoration clock: user, vendor, part, change, other.
	Stops []string `yaml:"stops"`
}

// Member is a person the organisation knows from the start.
type Member struct {
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
	// Lang is the person's language where it differs from the organisation's.
	Lang string `yaml:"lang"`
	Zone string `yaml:"zone"`
	// Ways are how the member is reached, in this order, until they choose themselves: chat, mail, {mail: address}, {gateway: name, to: number}.
	Ways []WayOf `yaml:"ways"`
	// Auditor may read private incidents.
	Auditor bool `yaml:"auditor"`
}

// Auth says who may use the API, the hooks and the pages.
type Auth struct {
	Tokens []Token `yaml:"tokens"`
}

// Token lets a program or a person in. It goes into "Authorization: Bearer …".
type Token struct {
	// Name tells tokens apart in logs and in the record.
	Name  string     `yaml:"name"`
	Token bot.Secret `yaml:"token"`
	// Scopes are read, command, hooks and admin; admin implies the others.
	Scopes []string `yaml:"scopes"`
	// Person binds the token to one person, by name or e-mail address; without it the holder may speak for anybody.
	Person string `yaml:"person"`
}

// Log says what is logged, and how.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is text or json.
	Format string `yaml:"format"`
}

// DefaultConfig is the configuration of an empty file. Its numbers are those of incident.DefaultPolicy.
func DefaultConfig() Config {
	p := incident.DefaultPolicy(time.UTC)
	c := Config{
		Listen: "127.0.0.1:8080", Data: "matoi-data", Zone: "Asia/Tokyo", Lang: Language(lang.JA),
		Command:  Command{Name: "/incident", Aliases: []string{"/inc"}},
		Timeline: Timeline{Reactions: []string{"📌", "📍", "📝"}},
		Matrix:   Matrix{Preset: "five"},
		Remind: Reminders{
			At: p.RemindAt, Every: Duration(p.RemindEvery), AskNextAfter: Duration(p.AskAfter),
			OfferExpiresAfter: Duration(p.OfferFor), DelegateAfter: Duration(p.DelegateAt), ReliefAfter: Duration(p.ReliefAt), AskReportersAfter: Duration(p.Chase.Again),
		},
		WorkingHours: "office", Stale: shippedStale(), Digest: Digest{At: "09:00"},
		Rooms: p.RoomsFrom, Announce: p.TellFrom, Categories: shippedCategories(p), Checklist: p.Checklist,
		Slack:       Slacks{slack.DefaultConfig()},
		Hold:        Holding{ReviewAfter: Duration(p.ReviewHold), Stops: []string{"user"}},
		Calls:       Calls{QuietFrom: incident.P3},
		RestoreFrom: p.RestoreFrom, ConfirmAfter: Duration(p.ConfirmFor), ReopenWithin: Duration(p.ReopenFor),
		Flapping:   FlapLimit{Times: 5, Within: Duration(30 * time.Minute)},
		InboxBound: 2 << 30, BodyBound: 16 << 20, UploadBound: 20 << 20,
		Retention: Keeping{Undecoded: Duration(90 * 24 * time.Hour), Undelivered: Duration(90 * 24 * time.Hour), Causes: Duration(90 * 24 * time.Hour)}, Log: Log{Level: "info", Format: "text"},
	}
	for of := incident.P1; of <= incident.P5; of++ {
		t := p.Targets[of]
		*c.Targets.of(of) = Target{
			Response: Term(t.Response), Restore: Term(t.Restore), FirstNotice: Term(t.FirstNotice),
			CustomerNotice: Term(t.CustomerNotice), Update: Term(t.Update), AfterRestored: Term(t.AfterRestored), Hours: aroundTheClock,
		}
		if of > incident.P2 {
			c.Targets.of(of).Hours = "office"
		}
	}
	return c
}

// Env is what the configuration may read of the world: variables and files. Tests hand in their own.
type Env struct {
	Lookup func(name string) (string, bool)
	Read   func(file string) ([]byte, error)
	// Catalog reads descriptor files of services, which may depend on those that are known; nil where there are none to be read.
	Catalog func(places []string, known ...string) catalog.Catalog
	Blind   bool // the secrets are made up: what they look like is no mistake
}

// Environment is the real one.
func Environment() Env { return Env{Lookup: os.LookupEnv, Read: os.ReadFile, Catalog: catalog.Read} }

// LoadConfig reads a configuration file over the defaults. Its error is a Mistakes with every one of them, or that of
// reading the file. With no file named, matoi.yaml is read if there is one.
func LoadConfig(file string, env Env) (Config, error) {
	named := file != ""
	if !named {
		file = "matoi.yaml"
	}
	text, err := env.Read(file)
	if errors.Is(err, fs.ErrNotExist) && !named {
		c := DefaultConfig()
		return c, c.prepare(&tree{file: file})
	}
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	return ParseConfig(file, text, env)
}
