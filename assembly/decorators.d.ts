// The vocabulary of `layout/`: what the compiler transform (build/transform.mjs) reads from the classes and
// enums there. Declared for editors only; the compiler itself never sees this file.

type Revision = "v1" | "rc" | "event";
/**
 * A name before the `event` revision: one for `v1` and `rc`, or one each. The first of a list is the usual one; an empty
 * list says that there was no such thing.
 */
type FormerName = string | [] | { v1?: string | string[]; rc?: string | string[] };

/**
 * A C struct of the kernel: `from` its header, `since` the first release that has it, in `revisions` only (or all).
 * `name` where it differs from the class: two structs may share a name if their revisions or sizes differ.
 */
declare function struct(about: { name?: string; from: string; since: string; revisions?: Revision[] }): ClassDecorator;
/** What the class, field or (as a map) the enumerators were called in earlier revisions. */
declare function was(name: FormerName | Record<string, string | []>): any;
/** First kernel release with this field, where it is younger than its struct. */
declare function since(release: string): PropertyDecorator;
/** `count` elements of the field's type, one after another. */
declare function array(count: number): PropertyDecorator;

/** Reserved: the kernel refuses any other value than zero. */
declare function zero(target: any, name: string): void;
/** Reserved: nobody reads it. */
declare function ignored(target: any, name: string): void;
/** Written by the kernel, whatever was there before. */
declare function written(target: any, name: string): void;
/** Written by the kernel, and refused unless zero on entry. */
declare function zeroOnEntry(target: any, name: string): void;

/** The field holds one value of the set (for a set of flags: one or more of its bits). */
declare function value(set: string): PropertyDecorator;
/** The field holds bits of the set. */
declare function flags(set: string): PropertyDecorator;
/** The field holds bit `1 << n` for each value n of the set (for a set of flags: the bits themselves). */
declare function mask(set: string): PropertyDecorator;
/** The field holds one value of the set if the struct reports an event; otherwise something else. */
declare function event(set: string): PropertyDecorator;
/** One arm of the union that begins here: valid when the field `op` before it has this value. */
declare function arm(value: number): PropertyDecorator;

/** A set of named values: an enumeration. */
declare function values(about: { from: string; since?: string }): any;
/** A set of named bits. */
declare function bits(about: { from: string; since?: string }): any;
/** This enum is what the set `of` looked like in another revision. */
declare function variant(of: string, revision: Revision): any;
/** A single named number. */
declare function constant(about: { from: string; since?: string }): any;

/** Numbers of the module's own interface, by name. */
declare const codes: any;
/** A class of the module's own interface: what callers lay out in its memory, or read there. */
declare const record: ClassDecorator;
