package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Options is what the program is made from.
type Options struct {
	// Connect finds or starts the node. It is run once, in the background, and may
	// take as long as a ledger takes to be read.
	Connect func(ctx context.Context) (Backend, error)
	// Setup leads through the first run before Connect; nil when this is not one.
	Setup SetupSource
	// Starting is what stands on the screen meanwhile.
	Starting string
	// Name is what stands in the header beside the network's; it may be empty.
	Name string
	// View is the ID of the view to begin with; empty for the first.
	View string
	// Theme is the styles; KeepTheme is told of another choice, and may be nil.
	Theme     *Theme
	KeepTheme func(name string) error
	// In and Out are the terminal.
	In  io.Reader
	Out io.Writer
	// Now is the clock; nil is the system's.
	Now func() time.Time
	// Mouse lets the program have the mouse.
	Mouse bool
}

// fps bounds how often the terminal is written to. Nothing is written when
// nothing changed.
const fps = 30

// Run shows the program until the person leaves it or ctx ends.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Now == nil {
		o.Now = time.Now
	}
	flags := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithAltScreen(), tea.WithFPS(fps),
		tea.WithoutSignalHandler(),
	}
	if o.Mouse {
		flags = append(flags, tea.WithMouseCellMotion())
	}
	_, err := tea.NewProgram(newApp(ctx, o), flags...).Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil // interrupted from outside: an ordinary end
	}
	if err != nil {
		return fmt.Errorf("show the interactive client: %w", err)
	}
	return nil
}
