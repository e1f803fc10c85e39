package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

// peerName is the in-memory peer: it keeps alerts in memory and writes a snapshot now and then, so what it answered may be
// lost. It is Debian's package prometheus-alertmanager.
const peerName = "alertmanager"

// peer starts it where it is installed; nil where not.
func (b *bed) peer() (*server, error) {
	program, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		return nil, nil //nolint:nilerr // not installed is no error: its row says so
	}
	data, err := b.folder(peerName)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(data, "config.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return b.start(peerName, address, "/-/ready", program, "--config.file="+config, "--storage.path="+data, "--web.listen-address="+address,
		"--cluster.listen-address=", "--log.level=error")
}
