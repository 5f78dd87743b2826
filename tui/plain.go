package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// RunPlain is the client without drawing: a line for what changed, and lines taken
// as commands. It is for pipes, for terminals that cannot be drawn on and for
// screen readers, which read line by line: nothing is ever written over.
//
// Where there is no input, as in a pipe's end, it goes on until ctx ends.
func RunPlain(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Setup != nil {
		fmt.Fprintln(o.Out, strings.Join(firstSteps(), "\n"))
	}
	if o.Starting != "" {
		fmt.Fprintln(o.Out, o.Starting)
	}
	b, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	p := &plain{out: o.Out, backend: b}
	fmt.Fprintln(o.Out, "type a command, help for a list, quit to leave")
	lines := make(chan string)
	go p.read(ctx, o.In, lines)
	changes := make(chan error)
	go p.follow(ctx, changes)
	if err := p.tell(ctx); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			if !ok {
				lines = nil // no more commands; go on telling
			} else if p.do(ctx, line) {
				return nil
			}
		case err := <-changes:
			if err == nil {
				err = p.tell(ctx)
			}
			if err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// firstSteps is the welcome of who is here for the first time: what is asked in
// dialogs elsewhere takes secrets, which a pipe has none of.
func firstSteps() []string {
	return []string{
		"Welcome to ttx. This folder has no wallet and belongs to no network yet. Torrents need neither:",
		"  torrent add FILE|MAGNET     typed here, adds one",
		"To receive and to pay, in a shell:",
		"  ttx wallet new              makes a wallet, and shows 24 words to write down",
		"  ttx wallet restore          makes it again from the words of an earlier one",
		"  ttx network join FILE|LINK  joins a network, while no node runs on the folder",
		"Without a network of its own the folder joins the devnet now, whose coins are worthless.",
	}
}

type plain struct {
	out     io.Writer
	backend Backend
	said    string
}

// read hands on what is typed, a line at a time.
func (p *plain) read(ctx context.Context, in io.Reader, lines chan<- string) {
	defer close(lines)
	if in == nil {
		return
	}
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, maxInput)
	for scan.Scan() {
		select {
		case lines <- scan.Text():
		case <-ctx.Done():
			return
		}
	}
}

func (p *plain) follow(ctx context.Context, changes chan<- error) {
	for {
		_, err := p.backend.Overview.Changes(ctx)
		select {
		case changes <- err:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// tell says how the node is when that is something new. Numbers alone are none:
// a screen reader would never be silent.
func (p *plain) tell(ctx context.Context) error {
	o, err := p.backend.Overview.Overview(ctx)
	if err != nil {
		return err
	}
	text, tone := Sentence(o)
	if tone == Bad {
		text = "ATTENTION: " + text
	}
	if o.Network != "" {
		text = Clean(o.Network) + ": " + text
	}
	if text == p.said {
		return nil
	}
	p.said = text
	_, err = fmt.Fprintln(p.out, text)
	return err
}

// do runs a line; true means to leave.
func (p *plain) do(ctx context.Context, line string) (leave bool) {
	words := splitWords(line)
	switch {
	case len(words) == 0:
	case words[0] == "quit" || words[0] == "q" || words[0] == "exit":
		p.leaving(ctx)
		return true
	case words[0] == "help" || words[0] == "?":
		p.help()
	case p.backend.Commands == nil:
		fmt.Fprintln(p.out, "there are no commands here")
	default:
		p.run(ctx, words)
	}
	return false
}

// leaving says what stops. It asks nothing: who writes quit into a pipe is not there
// to answer.
func (p *plain) leaving(ctx context.Context) {
	if p.backend.Leaving == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	lines, err := p.backend.Leaving.Leaving(ctx)
	if err != nil {
		return // it ends all the same
	}
	for _, line := range lines {
		fmt.Fprintln(p.out, Clean(line))
	}
	fmt.Fprintln(p.out, "the node ends")
}

func (p *plain) run(ctx context.Context, words []string) {
	ctx, cancel := context.WithTimeout(ctx, orderTimeout)
	defer cancel()
	text, err := p.backend.Commands.Run(ctx, words)
	if err != nil && !errors.Is(err, context.Canceled) {
		text += "ttx: " + Clean(err.Error()) + "\n"
	}
	for line := range strings.Lines(text) {
		fmt.Fprintln(p.out, Clean(strings.TrimRight(line, "\n")))
	}
}

func (p *plain) help() {
	fmt.Fprintln(p.out, "quit: leave")
	if p.backend.Commands == nil {
		return
	}
	for _, c := range p.backend.Commands.Commands() {
		fmt.Fprintln(p.out, Clean(strings.TrimSpace(c.Path+" "+c.Args)+": "+c.Help))
	}
}
