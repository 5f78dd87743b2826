package cli

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/torrenttx/ttx/bt/client"
)

// choice is the flags that say how much files are wanted. Each names files by numbers, "0,2-5", or by patterns, "*.mkv".
type choice struct{ only, skip, low, normal, high []string }

func (c *choice) declare(flags *pflag.FlagSet) {
	flags.StringArrayVar(&c.only, "select", nil, "download these files alone: numbers (0,2-5) or a pattern (*.mkv); repeat for more")
	flags.StringArrayVar(&c.skip, "skip", nil, "leave these files out")
	flags.StringArrayVar(&c.low, "low", nil, "download these files last")
	flags.StringArrayVar(&c.normal, "normal", nil, "download these files as any other")
	flags.StringArrayVar(&c.high, "high", nil, "download these files first")
}

// empty reports whether nothing was chosen.
func (c *choice) empty() bool {
	return len(c.only)+len(c.skip)+len(c.low)+len(c.normal)+len(c.high) == 0
}

// priorities are those of a torrent whose files are known; later flags of this list go before earlier ones: select,
// skip, low, normal, high.
func (c *choice) priorities(paths []string) (map[int]client.Priority, error) {
	if c.empty() {
		return nil, nil
	}
	out := make(map[int]client.Priority)
	if len(c.only) > 0 {
		for i := range paths {
			out[i] = client.PrioritySkip
		}
	}
	for _, step := range []struct {
		flag  string
		named []string
		prio  client.Priority
	}{
		{"--select", c.only, client.PriorityNormal}, {"--skip", c.skip, client.PrioritySkip}, {"--low", c.low, client.PriorityLow},
		{"--normal", c.normal, client.PriorityNormal}, {"--high", c.high, client.PriorityHigh},
	} {
		for _, text := range step.named {
			files, err := namedFiles(text, paths)
			if err != nil {
				return nil, usage(fmt.Errorf("%s: %w", step.flag, err))
			}
			for _, i := range files {
				out[i] = step.prio
			}
		}
	}
	return out, nil
}

// namedFiles are the files of numbers or of a pattern. One that fits none is an error: it was meant to.
func namedFiles(text string, paths []string) ([]int, error) {
	if ranges, ok := fileNumbers(text); ok {
		var files []int
		for _, r := range ranges {
			if r[1] >= len(paths) {
				return nil, fmt.Errorf("%q: there are files 0 to %d", text, len(paths)-1)
			}
			for i := r[0]; i <= r[1]; i++ {
				files = append(files, i)
			}
		}
		return files, nil
	}
	var files []int
	for i, p := range paths {
		fits, err := fitsPattern(text, p)
		if err != nil {
			return nil, fmt.Errorf("%q is neither numbers (0,2-5) nor a pattern (*.mkv): %w", text, err)
		}
		if fits {
			files = append(files, i)
		}
	}
	if files == nil {
		return nil, fmt.Errorf("no file fits %q", text)
	}
	return files, nil
}

// fitsPattern compares a pattern without slashes with the last part of a path, one with slashes with all of it.
func fitsPattern(pattern, p string) (bool, error) {
	if strings.Contains(pattern, "/") {
		return path.Match(pattern, p)
	}
	return path.Match(pattern, path.Base(p))
}

// fileNumbers reads 3, 0,2-5; false when the text is something else.
func fileNumbers(text string) (ranges [][2]int, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 31)
		if err != nil {
			return nil, false
		}
		to, err := strconv.ParseUint(last, 10, 31)
		if err != nil || to < from {
			return nil, false
		}
		ranges = append(ranges, [2]int{int(from), int(to)})
	}
	return ranges, true
}
