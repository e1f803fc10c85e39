// Command notice prints the NOTICE file: every module linked into the binary,
// the vendored scripts and the Go library, each with its licence text. Run it
// from the root after a dependency has changed: go run .ci/notice.go > NOTICE
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// part is one thing of others that the binary carries.
type part struct {
	name  string
	texts []string // paths of its licence files
}

func main() {
	log.SetFlags(0)
	parts, err := modules()
	if err != nil {
		log.Fatal(err)
	}
	parts = append(parts, vendored()...)
	root, err := goRoot()
	if err != nil {
		log.Fatal(err)
	}
	parts = append(parts, part{"The Go standard library", []string{filepath.Join(root, "LICENSE")}})
	if err := write(parts); err != nil {
		log.Fatal(err)
	}
}

// modules lists the modules whose packages the linux binary links.
func modules() ([]part, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/matoi")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list modules: %w", err)
	}
	seen := map[string]bool{}
	var parts []part
	for _, line := range strings.Split(string(out), "\n") {
		name, dir, ok := strings.Cut(line, "\t")
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		texts := licences(dir)
		if len(texts) == 0 {
			return nil, fmt.Errorf("%s has no licence file", name)
		}
		parts = append(parts, part{name, texts})
	}
	sort.Slice(parts, func(i, j int) bool { return parts[i].name < parts[j].name })
	return parts, nil
}

// licences finds the licence and notice files at the top of a module.
func licences(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		for _, prefix := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE"} {
			if !e.IsDir() && strings.HasPrefix(name, prefix) && !strings.HasSuffix(name, ".GO") {
				found = append(found, filepath.Join(dir, e.Name()))
			}
		}
	}
	return found
}

// vendored lists what lies in the tree with a licence file beside it.
func vendored() []part {
	var parts []part
	files, _ := filepath.Glob("web/static/vendor/*.LICENSE.txt")
	for _, f := range files {
		parts = append(parts, part{strings.TrimSuffix(filepath.Base(f), ".LICENSE.txt"), []string{f}})
	}
	return parts
}

func goRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find the Go library: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// write prints the list first and then the texts, each different text once.
func write(parts []part) error {
	var list, texts bytes.Buffer
	numbers := map[string]int{}
	for _, p := range parts {
		var refs []string
		for _, path := range p.texts {
			raw, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("read a licence of %s: %w", p.name, err)
			}
			text := tidy(string(raw))
			n, known := numbers[text]
			if !known {
				n = len(numbers) + 1
				numbers[text] = n
				fmt.Fprintf(&texts, "\n%s\n[%d]\n\n%s\n", strings.Repeat("-", 78), n, text)
			}
			refs = append(refs, fmt.Sprintf("[%d]", n))
		}
		fmt.Fprintf(&list, "%s %s\n", p.name, strings.Join(refs, " "))
	}
	fmt.Print("Matoi\nCopyright 2026 The Matoi authors\n\n" +
		"Licensed under the Apache License, Version 2.0 (see LICENSE).\n\n" +
		"The binary carries the following works of others; the number names the licence\ntext below.\n\n")
	fmt.Print(list.String(), texts.String())
	return nil
}

// tidy makes line ends and trailing blanks equal, so that equal texts are one.
func tidy(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
