package cli

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quietZone is the width of the border that a reader needs around a code, in
// modules (ISO 18004 asks for four).
const quietZone = 4

// plainColumns is how wide an output is taken to be that is no terminal.
const plainColumns = 80

// qrText draws a QR code with two modules above one another in a character, light
// ones filled: on a dark terminal it is as printed on paper.
func qrText(text string, columns int) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("the link does not fit a QR code: %w", err)
	}
	size := code.Size + 2*quietZone
	if size > columns {
		return "", fmt.Errorf("the QR code needs %d columns, and there are %d", size, columns)
	}
	light := func(x, y int) bool { return !code.Black(x-quietZone, y-quietZone) }
	var b strings.Builder
	for y := 0; y < size; y += 2 {
		for x := range size {
			b.WriteString(halves(light(x, y), y+1 < size && light(x, y+1)))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func halves(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
