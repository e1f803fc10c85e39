package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"matoi/bot/slack"
	"matoi/lang"
)

// slackCommand holds the tools for Slack.
func (w World) slackCommand(l lang.Lang) *cobra.Command {
	c := &cobra.Command{Use: "slack", Short: lang.Text(l, "cli.slack", nil)}
	c.AddCommand(w.manifestCommand(l))
	return c
}

// manifestCommand writes what Slack makes the app from. It asks for no secret: those come only after the app was made.
func (w World) manifestCommand(l lang.Lang) *cobra.Command {
	var file, address, word string
	var asJSON bool
	var o slack.ManifestOptions
	c := &cobra.Command{
		Use: "manifest", Short: lang.Text(l, "cli.slack_manifest", nil), Args: cobra.NoArgs,
		Example: "  matoi slack manifest > manifest.yaml\n  matoi slack manifest --http --url https://matoi.example.com --json",
	}
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().BoolVar(&asJSON, "json", false, lang.Text(l, "cli.flag_json", nil))
	c.Flags().BoolVar(&o.HTTP, "http", false, lang.Text(l, "cli.flag_http", nil))
	c.Flags().BoolVar(&o.Free, "free", false, lang.Text(l, "cli.flag_free", nil))
	c.Flags().StringVar(&address, "url", "", lang.Text(l, "cli.flag_url", nil))
	c.Flags().StringVar(&word, "lang", "", lang.Text(l, "cli.flag_lang", nil))
	c.RunE = func(*cobra.Command, []string) error {
		config, err := w.blindly(file)
		if err != nil {
			return err
		}
		o.Name, o.Aliases, o.Lang = config.Command.Name, config.Command.Aliases, lang.Lang(config.Lang)
		o.BaseURL = strings.TrimRight(cmp.Or(address, config.BaseURL), "/")
		if known, ok := lang.Parse(word); ok && word != "" {
			o.Lang = known
		} else if word != "" {
			return misuse(lang.Text(l, "cli.flag_invalid", lang.Args{"Value": word, "Flag": "--lang"}))
		}
		if o.HTTP && !strings.HasPrefix(o.BaseURL, "https://") {
			return misuse(lang.Text(l, "cli.slack_url", nil))
		}
		return w.writeManifest(slack.NewManifest(o), asJSON)
	}
	return c
}

func (w World) writeManifest(m slack.Manifest, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(w.Out)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(m)
	}
	out, err := yaml.Dump(m)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	_, err = w.Out.Write(out)
	return err
}

// blindly reads a configuration without its secrets, which may not be there yet: nothing is checked against them.
func (w World) blindly(file string) (Config, error) {
	name := cmp.Or(file, "matoi.yaml")
	text, err := w.Read(name)
	if errors.Is(err, fs.ErrNotExist) && file == "" {
		return DefaultConfig(), nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	return ParseConfig(name, text, Env{
		Blind:   true,
		Lookup:  func(name string) (string, bool) { return "not looked at: " + name, true },
		Read:    func(name string) ([]byte, error) { return []byte("not looked at: " + name), nil },
		Catalog: w.Catalog,
	})
}
