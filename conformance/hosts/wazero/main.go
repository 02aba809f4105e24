// The conformance data in Go, with wazero: wazero path/to/zcrx.wasm path/to/conformance
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The data uses so many bytes behind scratch(); memory grows by pages.
const room, page = 192 << 10, 64 << 10

// A host is an instance of the module, for one goroutine at a time. A call that traps panics.
type host struct {
	api.Module
	base uint64
}

// open compiles the module, which imports nothing, and makes its memory large enough.
func open(wasm []byte) host {
	ctx := context.Background()
	h := host{Module: must(wazero.NewRuntime(ctx).Instantiate(ctx, wasm))}
	h.base = h.call("scratch")
	if size := uint64(h.Memory().Size()); size < h.base+room {
		if _, ok := h.Memory().Grow(uint32((h.base + room - size + page - 1) / page)); !ok {
			panic("the memory does not grow")
		}
	}
	return h
}

// call calls an export. Arguments of 32 and of 64 bits travel alike; of a result of 32 bits only the low half counts.
func (h host) call(name string, args ...uint64) uint64 {
	export := h.ExportedFunction(name)
	if export == nil {
		panic("zcrx.wasm exports no " + name)
	}
	results, types := must(export.Call(context.Background(), args...)), export.Definition().ResultTypes()
	switch {
	case len(types) == 0:
		return 0
	case types[0] == api.ValueTypeI32:
		return uint64(uint32(results[0]))
	}
	return results[0]
}

// bytes is a part of the memory itself, to be read and written until the memory grows.
func (h host) bytes(at, length uint64) []byte {
	view, ok := h.Memory().Read(uint32(at), uint32(length))
	if !ok {
		panic(fmt.Sprintf("the memory ends before %d bytes at %d", length, at))
	}
	return view
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Fprintln(os.Stderr, "wazero:", reason)
			os.Exit(1)
		}
	}()
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: wazero path/to/zcrx.wasm path/to/conformance")
		os.Exit(2)
	}
	h, data := open(must(os.ReadFile(os.Args[1]))), os.DirFS(os.Args[2])
	passed, failed := 0, 0
	for _, name := range must(fs.Glob(data, "*.json")) {
		var f file
		if err := json.Unmarshal(must(fs.ReadFile(data, name)), &f); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		cases, problems := f.run(h)
		for _, problem := range problems {
			fmt.Fprintf(os.Stderr, "wazero: %s: %s\n", name, problem)
		}
		passed, failed = passed+cases-len(problems), failed+len(problems)
	}
	fmt.Printf("wazero: %d passed, %d failed\n", passed, failed)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}
