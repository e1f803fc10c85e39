package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"matoi/lang"
	"matoi/storage"
)

// keyFile is where the signing key is kept unless another place is named.
const keyFile = "heads.key"

// headsCommand writes the signed ends of all chains. They are worth what the place is worth where they are kept: one that
// whoever can write the database cannot write too.
func (w World) headsCommand(l lang.Lang) *cobra.Command {
	var data, file, key string
	c := &cobra.Command{Use: "heads", Short: lang.Text(l, "cli.heads", nil), Args: cobra.NoArgs, Example: "  matoi heads --key /safe/heads.key > heads-$(date +%F).jsonl"}
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data_read", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().StringVar(&key, "key", "", lang.Text(l, "cli.flag_key_file", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		where, err := w.database(data, file)
		if err != nil {
			return err
		}
		s, _, err := storage.OpenToVerify(cmd.Context(), where)
		if err != nil {
			return err
		}
		if err := s.Sound(cmd.Context()); err != nil {
			return errors.Join(err, s.Close())
		}
		_, broken, err := s.VerifyAll(cmd.Context(), storage.Verifying{}) // nobody should sign what does not hold
		if broken != nil {
			return errors.Join(w.sayBroken(broken, 0, l), s.Close())
		}
		if err != nil {
			return errors.Join(err, s.Close())
		}
		private, err := signingKey(key, where, l)
		if err != nil {
			return errors.Join(err, s.Close())
		}
		out := bufio.NewWriter(w.Out)
		_, err = s.WriteHeads(cmd.Context(), out, private, w.now())
		if err := errors.Join(err, out.Flush(), s.Close()); err != nil {
			return err
		}
		public, _ := private.Public().(ed25519.PublicKey)
		_, _ = fmt.Fprintln(w.Err, lang.Text(l, "cli.heads_key", lang.Args{"Key": base64.StdEncoding.EncodeToString(public)}))
		return nil
	}
	return c
}

// signingKey reads the key, or makes it where there is none yet.
func signingKey(file, where string, l lang.Lang) (ed25519.PrivateKey, error) {
	if file == "" {
		st, err := os.Stat(where)
		if err != nil || !st.IsDir() {
			return nil, misuse(lang.Text(l, "cli.key_where", nil))
		}
		file = filepath.Join(where, keyFile)
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return newKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	if private, ok := parseKey(text); ok {
		return private, nil
	}
	return nil, errors.New(lang.Text(l, "cli.key_none", lang.Args{"File": file}))
}

// parseKey reads a key as newKey writes it.
func parseKey(text []byte) (ed25519.PrivateKey, bool) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, false
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(ed25519.PrivateKey)
	return private, ok && err == nil
}

// newKey makes a key for nobody else's eyes and never replaces one.
func newKey(file string) (ed25519.PrivateKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("make the key: %w", err)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the key: %w", err)
	}
	_, err = f.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make the key: %w", err)
	}
	return private, nil
}
