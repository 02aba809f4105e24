// The flat interface of `zcrx.wasm`: numbers and offsets in the module's memory, nothing else. The module keeps no state:
// what a call works on lies where the caller put it, in memory from `scratch()` on, which the caller may grow.
//
// Revisions are numbers (0 `v1`, 1 `rc`, 2 `event`), structs are numbers below `struct_count()`, fields are numbered over
// all structs. Text is given as offset and length; it comes as offset (low 32 bits) and length (high 32 bits) of Latin-1.
// Records and numbers that calls take or leave in memory are described in `zcrx.layout`, under `records` and `codes`.

import "./layout";

export * from "./flat/check";
export * from "./flat/codec";
export * from "./flat/describe";
export * from "./flat/module";
export * from "./flat/verdict";
