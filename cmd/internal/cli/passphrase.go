package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// passphraseVariable names the environment variable that names a file.
const passphraseVariable = "TTX_PASSPHRASE_FILE"

// maxSecret bounds a passphrase or a list of words, in bytes.
const maxSecret = 4096

// errNoTerminal means that nobody is there to ask.
var errNoTerminal = errors.New("no passphrase given and no terminal to ask at: use --passphrase-file, --passphrase-fd or " + passphraseVariable)

// passphrase returns the wallet's passphrase; a new one is asked for twice.
// It never comes from an argument, which other users of the machine can see.
func (a *app) passphrase(fresh bool) (string, error) {
	switch file := a.secretFile(); {
	case a.passphraseFD >= 0:
		return readSecret(os.NewFile(uintptr(a.passphraseFD), "passphrase"))
	case file != "":
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the passphrase: %w", err)
		}
		return readSecret(f)
	}
	first, err := a.ask("Passphrase of the wallet: ")
	if err != nil || !fresh {
		return first, err
	}
	second, err := a.ask("The same once more: ")
	if err == nil && first != second {
		return "", errors.New("the two passphrases differ; nothing was written")
	}
	return first, err
}

func (a *app) secretFile() string {
	if a.passphraseFile != "" {
		return a.passphraseFile
	}
	return os.Getenv(passphraseVariable)
}

// readSecret reads the first line of a file.
func readSecret(f *os.File) (string, error) {
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// ask prompts on the terminal without echo.
func (a *app) ask(prompt string) (string, error) {
	f, ok := a.terminal()
	if !ok {
		return "", errNoTerminal
	}
	fmt.Fprint(a.err, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.err)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	return string(b), nil
}

// terminal returns the input when a person sits at it.
func (a *app) terminal() (*os.File, bool) {
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	return f, true
}

// confirm asks a person to agree.
func (a *app) confirm(question string) error {
	if _, ok := a.terminal(); !ok {
		return &usageError{fmt.Errorf("%w: nobody to ask; say --yes", errNotYes)}
	}
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	line, err := bufio.NewReader(io.LimitReader(a.in, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errNotYes
	}
	return nil
}
