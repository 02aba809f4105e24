package main

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
)

// Structs of random bytes, decoded and checked: a digest of what comes of each block of rounds.
type fuzz struct {
	Seed    uint32
	Block   int
	Digests []string
}

// next is xorshift32 (Marsaglia).
func (f *fuzz) next() uint32 {
	f.Seed ^= f.Seed << 13
	f.Seed ^= f.Seed >> 17
	f.Seed ^= f.Seed << 5
	return f.Seed
}

// run makes the digest of each block anew, and says of each that differs so.
func (f fuzz) run(h host) (problems []string) {
	for number, expected := range f.Digests {
		digest := fnv.New32a()
		for range f.Block {
			digest.Write(f.round(h))
		}
		if got := fmt.Sprintf("%08x", digest.Sum32()); got != expected {
			problems = append(problems, fmt.Sprintf("rounds from %d: expected %s, got %s", number*f.Block, expected, got))
		}
	}
	return problems
}

// round draws a struct and a revision, fills 128 bytes of which every fourth word is small, and gives what comes of it.
func (f *fuzz) round(h host) []byte {
	index, revision := uint64(f.next())%h.call("struct_count"), uint64(f.next()%3)
	for word := range uint64(32) {
		number := f.next()
		if number&3 == 0 {
			number = number >> 2 & 7
		}
		binary.LittleEndian.PutUint32(h.bytes(h.base+4*word, 4), number)
	}
	values := h.call("decode", index, revision, h.base, h.base+1024)
	found := h.call("validate", index, revision, h.base, 1, 4096, 8, 0, h.base+4096, 64)
	shown := min(found, 64)
	if found == 0xffff_ffff { // the revision has no such struct
		shown = 0
	}
	outcome := binary.LittleEndian.AppendUint32(nil, uint32(values))
	outcome = append(outcome, h.bytes(h.base+1024, 8*values)...)
	outcome = binary.LittleEndian.AppendUint32(outcome, uint32(found))
	return append(outcome, h.bytes(h.base+4112, 48*shown)...)
}
