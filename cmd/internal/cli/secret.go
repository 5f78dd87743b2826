package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// passphraseVariable names the environment variable that names the file.
const passphraseVariable = "TTX_PASSPHRASE_FILE"

// maxSecret bounds what is read of a passphrase or of words.
const maxSecret = 4096

// secretFlags say where a passphrase comes from: descriptor or file before
// environment, and the terminal when there is neither.
type secretFlags struct {
	file string
	fd   int
}

func (s *secretFlags) declare(cmd *cobra.Command) {
	flags := cmd.PersistentFlags()
	flags.StringVar(&s.file, "passphrase-file", "", "read the wallet's passphrase from this file (default $"+passphraseVariable+")")
	flags.IntVar(&s.fd, "passphrase-fd", -1, "read the wallet's passphrase from this open descriptor")
}

// passphrase returns the passphrase of an existing wallet.
func (a *app) passphrase() (string, error) {
	if r, err := a.secret.reader(); r != nil || err != nil {
		return readSecret(r, err)
	}
	return a.ask("Passphrase: ")
}

// newPassphrase returns one for a new wallet; on a terminal it asks twice.
func (a *app) newPassphrase() (string, error) {
	if r, err := a.secret.reader(); r != nil || err != nil {
		return readSecret(r, err)
	}
	first, err := a.ask("New passphrase: ")
	if err != nil {
		return "", err
	}
	again, err := a.ask("Once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", &marked{errors.New("the two passphrases differ"), errPassphrase}
	}
	return first, nil
}

// reader opens what stands in for the prompt; nil when nothing does.
func (s secretFlags) reader() (io.ReadCloser, error) {
	if s.fd >= 0 && s.file != "" {
		return nil, usage(errors.New("give --passphrase-file or --passphrase-fd, not both"))
	}
	if s.fd >= 0 {
		return os.NewFile(uintptr(s.fd), "passphrase"), nil
	}
	name := s.file
	if name == "" {
		name = os.Getenv(passphraseVariable)
	}
	if name == "" {
		return nil, nil
	}
	return os.Open(name)
}

// readSecret reads the first line, which may not be empty.
func readSecret(r io.ReadCloser, err error) (string, error) {
	if errors.Is(err, errUsage) {
		return "", err
	}
	if err != nil {
		return "", &marked{fmt.Errorf("open the passphrase: %w", err), errPassphrase}
	}
	defer r.Close()
	line, err := bufio.NewReader(io.LimitReader(r, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", &marked{fmt.Errorf("read the passphrase: %w", err), errPassphrase}
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", &marked{errors.New("the passphrase is empty"), errPassphrase}
	}
	return line, nil
}

// ask prompts on the terminal without echo.
func (a *app) ask(prompt string) (string, error) {
	fd, ok := terminal(a.In)
	if !ok {
		return "", &marked{errors.New("a passphrase is needed, and there is no terminal to ask on"), errPassphrase}
	}
	fmt.Fprint(a.Err, prompt)
	secret, err := term.ReadPassword(fd)
	fmt.Fprintln(a.Err)
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return string(secret), nil
}

// confirm asks before something that cannot be taken back.
func (a *app) confirm(question string, yes bool) error {
	if yes {
		return nil
	}
	if _, ok := terminal(a.In); !ok {
		return usage(errors.New("there is no terminal to confirm on; give --yes"))
	}
	fmt.Fprintf(a.Err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(a.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read from the terminal: %w", err)
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "y") {
		return errors.New("not confirmed; nothing was done")
	}
	return nil
}
