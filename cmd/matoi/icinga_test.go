package main

import (
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A real Icinga 2 watches a port with a real plugin, and tells by the very configuration that docs/senders gives to people:
// the problem, that somebody has seen it, and the recovery while
// Matoi is killed and away.
func TestARealIcingaTellsOfProblemNoteAndRecovery(t *testing.T) {
	t.Parallel() // it waits for others most of the time
	icinga := outside(t, "MATOI_TEST_ICINGA", "Icinga 2", "/usr/sbin/icinga2")
	for _, plugin := range []string{"check_tcp", "check_dummy"} {
		outside(t, "", "the monitoring plugins", filepath.Join(icingaPlugins, plugin))
	}
	server := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data"), flags: []string{
		"--listen", "127.0.0.1:" + port(t), "--config", write(t, "lang: en\nsources: [{name: icinga2, auth: {bearer: [secret-of-icinga]}}]\n"),
	}}
	server.start()
	t.Cleanup(server.kill)
	s := &scene{t: t, at: server.address.Load().(string)}
	watched := port(t)
	shop, err := net.Listen("tcp", "127.0.0.1:"+watched)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shop.Close() })
	ic := startIcinga(t, icinga, s.at+"/hooks/icinga2", watched)

	_ = shop.Close()
	s.until("the problem opens an incident", func() bool { return len(s.numbers()) == 1 })
	number := s.numbers()[0]
	if i := s.incident(number); !strings.HasPrefix(i.Title, "pay-01 / gateway: connect to address") || i.Priority != "P2" || i.Alerts.Firing != 1 {
		t.Errorf("it is %q, %s, %d alerts fire; want what the plugin said, P2, one alert", i.Title, i.Priority, i.Alerts.Firing)
	}

	ic.order("ACKNOWLEDGE_SVC_PROBLEM;pay-01;gateway;1;1;0;佐藤;調べています")
	s.until("Icinga tells that somebody has seen it", func() bool { return strings.Contains(ic.said(), "Completed sending 'Acknowledgement'") })
	s.calm()
	before := len(s.timeline(number))

	server.kill()
	if shop, err = net.Listen("tcp", "127.0.0.1:"+watched); err != nil {
		t.Fatal(err)
	}
	s.until("Icinga tells of the recovery", func() bool { return strings.Contains(ic.said(), "Sending 'Recovery' notification") })
	server.start()
	s.until("the recovery reaches the incident", func() bool { return s.incident(number).Alerts.Firing == 0 })
	if got := s.timeline(number)[before:]; len(got) != 1 || got[0].Kind != "alerts_met" {
		t.Errorf("note and recovery wrote %v, want one entry for the recovery", got)
	}
	if got := s.numbers(); len(got) != 1 {
		t.Errorf("there are the incidents %v at the end, want one", got)
	}
}

// icingaPlugins is where Debian keeps the plugins.
const icingaPlugins = "/usr/lib/nagios/plugins"

// icinga2 is a running daemon that takes orders as a person's frontend gives them.
type icinga2 struct {
	t    *testing.T
	pipe string
	said func() string
}

// startIcinga starts a daemon of its own that watches a port once a second, with nothing of the machine's configuration.
func startIcinga(t *testing.T, program, hook, watched string) icinga2 {
	t.Helper()
	shipped, err := os.ReadFile("../../docs/senders/icinga2.conf")
	if err != nil {
		t.Fatal(err)
	}
	text := string(shipped)
	for was, is := range map[string]string{
		"https://matoi.example.com/hooks/icinga2":              hook,
		"the token of the source, or one with the scope hooks": "secret-of-icinga",
	} {
		if strings.Count(text, was) != 1 {
			t.Fatalf("docs/senders/icinga2.conf does not say %q once", was)
		}
		text = strings.Replace(text, was, is, 1)
	}
	dir := t.TempDir()
	pipe := filepath.Join(dir, "orders")
	config := filepath.Join(dir, "icinga2.conf")
	if err := os.WriteFile(config, []byte(fmt.Sprintf(icingaWatches, icingaPlugins, pipe, watched)+text), 0o600); err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"daemon", "--config", config}
	for _, set := range []string{"RunAsUser=" + me.Username, "RunAsGroup=" + group.Name} {
		args = append(args, "--define", "Configuration."+set)
	}
	for _, name := range []string{"DataDir", "CacheDir", "InitRunDir", "LogDir", "SpoolDir"} {
		place := filepath.Join(dir, name)
		if err := os.Mkdir(place, 0o700); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--define", "Configuration."+name+"="+place)
	}
	ic := icinga2{t, pipe, beside(t, program, args...)}
	(&scene{t: t}).until("Icinga has looked at the port", func() bool {
		_, err := os.Stat(pipe)
		return err == nil && strings.Contains(ic.said(), "Activated all objects")
	})
	return ic
}

const icingaWatches = `
include <itl>
include <plugins>
const PluginDir = "%s"
const NodeName = "test"
const ZoneName = NodeName
object Endpoint NodeName {}
object Zone ZoneName { endpoints = [ NodeName ] }
object CheckerComponent "checker" {}
object NotificationComponent "notification" {}
object ExternalCommandListener "command" { command_path = "%s" }
object Host "pay-01" {
  check_command = "dummy"
  address = "127.0.0.1"
}
object Service "gateway" {
  host_name = "pay-01"
  check_command = "tcp"
  vars.tcp_port = %s
  check_interval = 1s
  retry_interval = 500ms
  max_check_attempts = 2
}
`

// order gives Icinga an external command.
func (ic icinga2) order(command string) {
	ic.t.Helper()
	f, err := os.OpenFile(ic.pipe, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		ic.t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "[%d] %s\n", time.Now().Unix(), command); err != nil {
		ic.t.Fatal(err)
	}
}
