/** A struct as a kernel's own type information (BTF) has it. */
export interface BtfStruct {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Members of unnamed structs and unions count as the struct's own. */
  readonly members: readonly BtfMember[];
}

export interface BtfMember {
  readonly name: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes in all; 0 for a flexible array. */
  readonly size: number;
  /**
   * Of an element: `u8` to `i64`, `u32:3` for a bit field, `pointer`, or what it is and its name, as
   * `struct zcrx_ctrl_export`.
   */
  readonly type: string;
  /** Elements. */
  readonly count: number;
  /** Set for a member of an unnamed union: others lie in the same place. */
  readonly inUnion?: true;
}

export interface BtfEnum {
  /** Empty for an unnamed one. */
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}

/** What a blob of BTF declares, by name. Lookups throw `BtfError` where they meet something inconsistent. */
export interface Btf {
  /** How many types there are in all. */
  readonly typeCount: number;
  /** The names of all structs, sorted. */
  structNames(): string[];
  /** All structs of this name: two files of the kernel may use one name for different things. */
  structs(name: string): BtfStruct[];
  /** All enums that have this enumerator. */
  enumsWith(enumerator: string): BtfEnum[];
  /** All values that this enumerator has. */
  enumerator(name: string): bigint[];
}

/** Which names a reader keeps: of the others it knows nothing. */
export interface BtfSelection {
  struct(name: string): boolean;
  enumerator(name: string): boolean;
}
