/** What `zcrx.wasm` exports; see assembly/index.ts. */
export interface LayoutExports {
  readonly memory: WebAssembly.Memory;
  abi_version(): number;
  scratch(): number;
  decode(struct: number, revision: number, at: number, out: number): number;
  encode(struct: number, revision: number, values: number, count: number, at: number): number;
  validate(
    struct: number,
    revision: number,
    at: number,
    request: number,
    pageSize: number,
    statsAlignment: number,
    clamp: number,
    out: number,
    capacity: number,
  ): number;
  validate_registration(
    reg: number,
    region: number,
    desc: number,
    clamp: number,
    rqes: number,
    statsSize: number,
    out: number,
    capacity: number,
  ): number;
  plan(
    entries: number,
    clamp: number,
    pageSize: number,
    rqes: number,
    statsSize: number,
    statsAlignment: number,
    where: number,
    out: number,
  ): void;
}

/** Bytes that text in base64 stands for. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Compiles and instantiates a module of this package that is carried as text. It has no imports. */
export function instantiate<Exports>(base64: string): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(fromBase64(base64))).exports as Exports;
}
