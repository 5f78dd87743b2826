package tx

import "strconv"

// These append canonical bencode.

func appendInt(b []byte, n uint64) []byte {
	b = append(b, 'i')
	b = strconv.AppendUint(b, n, 10)
	return append(b, 'e')
}

func appendSigned(b []byte, n int64) []byte {
	b = append(b, 'i')
	b = strconv.AppendInt(b, n, 10)
	return append(b, 'e')
}

func appendBytes(b, s []byte) []byte {
	b = appendLength(b, len(s))
	return append(b, s...)
}

func appendString(b []byte, s string) []byte {
	b = appendLength(b, len(s))
	return append(b, s...)
}

func appendLength(b []byte, n int) []byte {
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, ':')
}
