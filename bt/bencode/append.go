package bencode

import (
	"maps"
	"slices"
	"strconv"
)

// AppendInt appends an integer.
func AppendInt(dst []byte, v int64) []byte {
	dst = append(dst, 'i')
	dst = strconv.AppendInt(dst, v, 10)
	return append(dst, 'e')
}

// AppendString appends a string.
func AppendString[S ~string | ~[]byte](dst []byte, s S) []byte {
	dst = strconv.AppendInt(dst, int64(len(s)), 10)
	dst = append(dst, ':')
	return append(dst, s...)
}

// AppendList appends a list of values that are encoded already.
func AppendList(dst []byte, values ...[]byte) []byte {
	dst = append(dst, 'l')
	for _, v := range values {
		dst = append(dst, v...)
	}
	return append(dst, 'e')
}

// AppendDict appends a dictionary of values that are encoded already, its keys in order.
func AppendDict(dst []byte, entries map[string][]byte) []byte {
	dst = append(dst, 'd')
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		dst = AppendString(dst, key)
		dst = append(dst, entries[key]...)
	}
	return append(dst, 'e')
}

// IntValue is an encoded integer; like the two below it makes a value for AppendList and AppendDict.
func IntValue(v int64) []byte { return AppendInt(nil, v) }

// StringValue is an encoded string.
func StringValue[S ~string | ~[]byte](s S) []byte { return AppendString(nil, s) }

// StringList is an encoded list of strings.
func StringList(list []string) []byte {
	values := make([][]byte, len(list))
	for i, s := range list {
		values[i] = StringValue(s)
	}
	return AppendList(nil, values...)
}
