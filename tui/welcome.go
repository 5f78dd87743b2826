package tui

import (
	"context"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// SetupSource makes what a first run needs: a wallet and a network. It is asked
// before there is a node.
type SetupSource interface {
	// Words makes the words of a new wallet, which nobody has yet, and says which of
	// them to ask for again, counted from 0.
	Words() (words []string, ask []int)
	// CheckWords says what is wrong with words that somebody typed; "" for nothing.
	CheckWords(text string) string
	// Create writes a wallet of these words, encrypted with the passphrase.
	Create(ctx context.Context, words, passphrase string) error
	// Join joins the network of a file or magnet link and returns its name.
	Join(ctx context.Context, what string) (string, error)
	// Done remembers that the person was asked, so that nobody asks again.
	Done() error
}

// welcome leads through the first run, one dialog after the other. The wallet is
// written only after its words were typed again, so that none is there whose words
// nobody has.
type welcome struct {
	d     Deps
	setup SetupSource
	words []string
	ask   []int
}

// welcomeDoneMsg ends the first run.
type welcomeDoneMsg struct{}

func (w *welcome) start() tea.Cmd {
	return Show(&Choice{
		Title: "Welcome to ttx",
		Body: []string{"ttx is a BitTorrent client whose swarm keeps a ledger: every transaction is a torrent. " +
			"To receive and to pay you need a wallet. Torrents need none."},
		Options: []Option{
			{"n", "Make a new wallet", "24 words that you write down, and a passphrase", w.showWords},
			{"r", "Restore a wallet", "from the 24 words of an earlier one", w.askWords()},
			{"s", "Not now", "ttx wallet new makes one at any time", w.network()},
		},
	})
}

// showWords makes the words and shows them, numbered.
func (w *welcome) showWords() tea.Msg {
	if w.words == nil {
		w.words, w.ask = w.setup.Words()
	}
	return ShowMsg{&Choice{
		Title: "Write these words down",
		Body:  []string{"On paper, in this order. Whoever has them has the money; without them it is gone."},
		Words: w.words,
		Options: []Option{
			{"w", "I have written them down", "", w.again("")},
			{"b", "Back", "", w.start()},
		},
		Leave: w.start(),
	}}
}

// again asks for some of the words, to know that they are on paper.
func (w *welcome) again(wrong string) tea.Cmd {
	return func() tea.Msg {
		f := &Form{Title: "Which words were these?", Yes: "go on"}
		if wrong != "" {
			f.Intro = []string{wrong}
		}
		for _, i := range w.ask {
			f.Fields = append(f.Fields, Field{Name: fmt.Sprint(i), Label: fmt.Sprintf("Word %d", i+1)})
		}
		f.Submit = func(v map[string]string) tea.Cmd {
			for _, i := range w.ask {
				if strings.TrimSpace(strings.ToLower(v[fmt.Sprint(i)])) != w.words[i] {
					return w.again(fmt.Sprintf("Word %d is another one. Look at your paper; Esc shows the words again.", i+1))
				}
			}
			return w.passphrase(strings.Join(w.words, " "))
		}
		f.Leave = w.showWords
		return ShowMsg{f}
	}
}

// askWords takes the words of an earlier wallet.
func (w *welcome) askWords() tea.Cmd {
	return func() tea.Msg {
		return ShowMsg{&Form{
			Title: "Restore a wallet", Intro: []string{"The 24 words in order, separated by spaces."}, Yes: "go on",
			Fields: []Field{{Name: "words", Label: "Words", Check: w.setup.CheckWords}},
			Submit: func(v map[string]string) tea.Cmd { return w.passphrase(v["words"]) },
			Leave:  w.start(),
		}}
	}
}

// passphrase asks for one, twice, and writes the wallet.
func (w *welcome) passphrase(words string) tea.Cmd {
	first := ""
	return Show(&Form{
		Title: "A passphrase for the wallet", Yes: "make the wallet",
		Intro: []string{"It encrypts the wallet on this disk, and is asked for when you pay. The words help if you forget it."},
		Fields: []Field{
			{Name: "one", Label: "Passphrase", Secret: true, Check: func(s string) string {
				if first = s; s == "" {
					return "it may not be empty"
				}
				return ""
			}},
			{Name: "two", Label: "Once more", Secret: true, Check: func(s string) string {
				if s != first {
					return "the two differ"
				}
				return ""
			}},
		},
		Submit: func(v map[string]string) tea.Cmd {
			return tea.Sequence(Notify(Plain, "encrypting the wallet"), w.d.Order(func(ctx context.Context) tea.Msg {
				if err := w.setup.Create(ctx, words, v["one"]); err != nil {
					return NotifyMsg{err.Error(), Bad}
				}
				w.words = nil
				return w.network()()
			}))
		},
		Leave: w.start(),
	})
}

// network asks where to belong.
func (w *welcome) network() tea.Cmd {
	return Show(&Choice{
		Title: "Which network?",
		Body:  []string{"A ledger belongs to a network, which a file or a magnet link names."},
		Options: []Option{
			{"d", "Skip this: the built-in devnet", "its coins are worthless; good for a look", w.done},
			{"a", "Join another one", "by its network file or magnet link", w.join()},
		},
	})
}

func (w *welcome) join() tea.Cmd {
	return func() tea.Msg {
		return ShowMsg{&Form{
			Title: "Join a network", Yes: "join",
			Fields: []Field{{Name: "what", Label: "File or magnet", Hint: "lab.torrent", Check: func(s string) string {
				if strings.TrimSpace(s) == "" {
					return "paste a magnet link or type the path of a file"
				}
				return ""
			}}},
			Submit: func(v map[string]string) tea.Cmd {
				return tea.Sequence(Notify(Plain, "joining"), w.d.Order(func(ctx context.Context) tea.Msg {
					name, err := w.setup.Join(ctx, strings.TrimSpace(v["what"]))
					if err != nil {
						return joinFailedMsg{err}
					}
					return joinedMsg{name}
				}))
			},
			Leave: w.network(),
		}}
	}
}

type (
	joinFailedMsg struct{ err error }
	joinedMsg     struct{ name string }
)

func (w *welcome) done() tea.Msg {
	if err := w.setup.Done(); err != nil {
		return NotifyMsg{err.Error(), Bad}
	}
	return welcomeDoneMsg{}
}

// take handles the messages of the first run.
func (w *welcome) take(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case joinFailedMsg:
		return tea.Sequence(w.join(), Fail(msg.err)), true // keys typed at the news have their form
	case joinedMsg:
		return tea.Batch(Notify(Good, "joined "+msg.name), w.done), true
	}
	return nil, false
}
