package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"matoi/bot/alert"
	"matoi/lang"
)

// longestBody bounds what explain reads, in bytes.
const longestBody = 64 << 20

// alertCommand holds the tools for alerts.
func (w World) alertCommand(l lang.Lang) *cobra.Command {
	c := &cobra.Command{Use: "alert", Short: lang.Text(l, "cli.alert", nil)}
	c.AddCommand(w.explainCommand(l), w.replayCommand(l), w.recordCommand(l))
	return c
}

// explainCommand shows what Matoi would make of a request on its standard input. It keeps nothing, sends nothing and asks
// for no secret; with --config the rules and mappings of that file apply.
func (w World) explainCommand(l lang.Lang) *cobra.Command {
	var source, file string
	var headers []string
	c := &cobra.Command{
		Use: "explain --source NAME < body", Short: lang.Text(l, "cli.explain", nil), Args: cobra.NoArgs,
		Example: "  matoi alert explain --source alertmanager < alert.json",
	}
	c.Flags().StringVar(&source, "source", "", lang.Text(l, "cli.flag_source", lang.Args{"Known": strings.Join(alert.Sources(), ", ")}))
	c.Flags().StringArrayVar(&headers, "header", nil, lang.Text(l, "cli.flag_header", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config_rules", nil))
	_ = c.MarkFlagRequired("source")
	_ = c.RegisterFlagCompletionFunc("source", cobra.FixedCompletions(alert.Sources(), cobra.ShellCompDirectiveNoFileComp))
	c.RunE = func(*cobra.Command, []string) error {
		header := http.Header{}
		for _, h := range headers {
			name, value, ok := strings.Cut(h, ":")
			if !ok {
				return misuse(lang.Text(l, "cli.header_form", lang.Args{"Given": h}))
			}
			header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
		body, err := io.ReadAll(io.LimitReader(w.In, longestBody))
		if err != nil {
			return fmt.Errorf("read the body: %w", err)
		}
		part, err := w.alertConfig(file)
		if err != nil {
			return err
		}
		out := json.NewEncoder(w.Out)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(part.Explain(source, header, body, time.Now().UTC()).In(l))
	}
	return c
}

// alertConfig reads what a configuration says of alerts, if one is named. Secrets that are missing here are no
// mistake: nothing is checked against them.
func (w World) alertConfig(file string) (alert.Config, error) {
	if file == "" {
		return alert.Config{}, nil
	}
	c, err := w.blindly(file)
	return c.alerts(), err
}
