package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"matoi/lang"
)

// sayCommand gives a command through the API of a running server, as a person would type it.
func (w World) sayCommand(l lang.Lang) *cobra.Command {
	var s saying
	var file string
	c := &cobra.Command{
		Use: "say --as NAME [--in INC-…] TEXT…", Short: lang.Text(l, "cli.say", nil), Args: cobra.MinimumNArgs(1),
		Example: "  matoi say --as alice open P2 Checkout times out\n  matoi say --as alice --in INC-20261121-001 -- log 14:35 Restarted, no better",
	}
	c.Flags().StringVar(&s.as, "as", "", lang.Text(l, "cli.flag_as", nil))
	c.Flags().StringVar(&s.in, "in", "", lang.Text(l, "cli.flag_in", nil))
	c.Flags().StringVar(&s.channel, "channel", "", lang.Text(l, "cli.flag_channel", nil))
	c.Flags().StringVar(&s.address, "addr", "", lang.Text(l, "cli.flag_addr", nil))
	c.Flags().StringVar(&s.key, "key", "", lang.Text(l, "cli.flag_key", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().SetInterspersed(false) // flags behind the text belong to the command that is said
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := s.complete(w, file); err != nil {
			return err
		}
		s.text, s.lang = quoted(args), l
		reply, err := s.send(cmd.Context())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w.Out, reply)
		return err
	}
	return c
}

// saying is one command on its way.
type saying struct {
	as, in, channel, address, key, token, text string
	lang                                       lang.Lang
}

// complete fills in what was not said: the address from the configuration, the token from MATOI_TOKEN.
func (s *saying) complete(w World, file string) error {
	s.token, _ = w.Lookup("MATOI_TOKEN")
	if s.address == "" {
		s.address, _ = w.Lookup("MATOI_ADDR")
	}
	if s.address == "" {
		c, err := LoadConfig(file, w.Env)
		if err != nil {
			return err
		}
		s.address = cmp.Or(c.BaseURL, "http://"+c.Listen)
	}
	if !strings.Contains(s.address, "://") {
		s.address = "http://" + s.address
	}
	s.address = strings.TrimRight(s.address, "/")
	return nil
}

// quoted joins words as a shell has split them: one word with spaces in it was quoted there, and must stay one word unless
// it is the whole command.
func quoted(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	out := make([]string, len(words))
	for i, word := range words {
		if strings.ContainsAny(word, " \t\n") && strings.HasPrefix(words[max(0, i-1)], "--") {
			word = `"` + strings.ReplaceAll(word, `"`, `”`) + `"`
		}
		out[i] = word
	}
	return strings.Join(out, " ")
}

// send gives the command and returns what is to be shown; a refusal is an error with its text. It is tried again where
// nobody answered, under one key, so that it is done once.
func (s *saying) send(ctx context.Context) (string, error) {
	text := s.text
	if s.in != "" {
		text = "--in " + s.in + " " + text
	}
	body, err := json.Marshal(map[string]string{"as": s.as, "channel": s.channel, "text": text})
	if err != nil {
		return "", err
	}
	key := cmp.Or(s.key, uuid.NewString())
	client := &http.Client{Timeout: 30 * time.Second}
	for try := 0; ; try++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/api/v1/commands", bytes.NewReader(body))
		if err != nil {
			return "", err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Language", string(s.lang))
		r.Header.Set("Idempotency-Key", key)
		if s.token != "" {
			r.Header.Set("Authorization", "Bearer "+s.token)
		}
		answer, err := client.Do(r)
		if err != nil {
			if try < 2 && ctx.Err() == nil && errors.Is(err, io.EOF) {
				continue
			}
			return "", err
		}
		return read(answer)
	}
}

// read takes the answer apart.
func read(answer *http.Response) (string, error) {
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return "", err
	}
	var said struct {
		Reply    string `json:"reply"`
		Document string `json:"document"`
		Detail   string `json:"detail"`
		Card     *struct {
			Title string `json:"title"`
			Text  string `json:"text"`
		} `json:"card"`
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return "", fmt.Errorf("%s: %s", answer.Status, bytes.TrimSpace(raw[:min(len(raw), 200)]))
	}
	if answer.StatusCode/100 != 2 {
		return "", errors.New(cmp.Or(bare(said.Detail), answer.Status))
	}
	parts := []string{bare(said.Reply), said.Document}
	if said.Reply == "" && said.Card != nil {
		parts = append(parts, said.Card.Title, bare(said.Card.Text))
	}
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n"), nil
}

// bare takes the chat's markup out of a reply: a terminal shows **bold** and backslashes as they are.
func bare(markdown string) string {
	var out strings.Builder
	for i := 0; i < len(markdown); i++ {
		switch rest := markdown[i:]; {
		case strings.HasPrefix(rest, "**"):
			i++
		case rest[0] == '\\' && len(rest) > 1 && strings.IndexByte("\\`<>*_~(#", rest[1]) >= 0:
			i++
			out.WriteByte(rest[1])
		default:
			out.WriteByte(rest[0])
		}
	}
	return strings.ReplaceAll(out.String(), "@\u200b", "@")
}
