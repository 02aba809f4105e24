package main

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// A file of the data has cases, or digests of random ones; any other is of no interest.
type file struct {
	Version uint64 `json:"abi_version"`
	Cases   []struct {
		Name  string
		Steps []step
	}
	fuzz
}

type step struct {
	Write, Read, Hex, Call string
	Args                   []string
	Returns, Text          *string
}

// run counts the cases of a file, and says of each that fails why.
func (f file) run(h host) (cases int, problems []string) {
	cases = len(f.Cases) + len(f.Digests)
	if version := h.call("abi_version"); cases > 0 && version != f.Version {
		panic(fmt.Sprintf("the module has interface %d, the data is for %d", version, f.Version))
	}
	for _, c := range f.Cases {
		for i, s := range c.Steps {
			if expected, got := h.do(s); got != expected {
				problems = append(problems, fmt.Sprintf("%s: step %d: expected %q, got %q", c.Name, i+1, expected, got))
				break
			}
		}
	}
	return cases, append(problems, f.fuzz.run(h)...)
}

// do does one step: what is expected of it, if anything, and what came.
func (h host) do(s step) (expected, got string) {
	defer func() {
		if reason := recover(); reason != nil {
			expected, got = "no trap", fmt.Sprint(reason)
		}
	}()
	if s.Write != "" {
		copy(h.bytes(h.number(s.Write), uint64(len(s.Hex)/2)), must(hex.DecodeString(s.Hex)))
		return "", ""
	}
	if s.Read != "" {
		return s.Hex, hex.EncodeToString(h.bytes(h.number(s.Read), uint64(len(s.Hex)/2)))
	}
	var args []uint64
	for _, text := range s.Args {
		args = append(args, h.number(text))
	}
	result := h.call(s.Call, args...)
	switch {
	case s.Text != nil: // its offset in the low half, its length in the high half
		return *s.Text, string(h.bytes(result&0xffff_ffff, result>>32))
	case s.Returns != nil:
		return *s.Returns, strconv.FormatUint(result, 10)
	}
	return "", ""
}

// number reads "@N" as N bytes behind scratch(), and anything else as a number.
func (h host) number(text string) uint64 {
	if place, ok := strings.CutPrefix(text, "@"); ok {
		return h.base + must(strconv.ParseUint(place, 10, 32))
	}
	return must(strconv.ParseUint(text, 10, 64))
}
