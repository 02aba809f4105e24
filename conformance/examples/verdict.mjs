// A verdict from the module alone: node verdict.mjs path/to/zcrx.wasm
// A registration of 100 refill entries whose statistics lie right behind 100 entries: Linux makes them 128.

import { readFileSync } from 'node:fs';

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports: zcrx } = new WebAssembly.Instance(module);
const [section] = WebAssembly.Module.customSections(module, 'zcrx.layout');
const layout = JSON.parse(new TextDecoder().decode(section));

/** Numbers and places of the interface, by their names. */
const code = (set, name) =>
  layout.codes.find((each) => each.name === set).entries.find((entry) => entry.name === name).value;
const offset = (record, name) =>
  layout.records.find((each) => each.name === record).fields.find((field) => field.name === name).offset;
const struct = (id) => layout.structs.find((each) => each.id === id);

// All memory from scratch() on is ours. A second user of this instance would grow it, and take what is new.
const call = zcrx.scratch();
let next = call + zcrx.call_size();
const view = new DataView(zcrx.memory.buffer);

/** Puts a struct into memory as the program would have it at `address`. */
function place(id, address, fields) {
  const at = next;
  const { size, fields: described } = struct(id);
  new Uint8Array(view.buffer).fill(0, at, at + size);
  for (const { name, offset: where, width } of described) {
    if (width === 8) view.setBigUint64(at + where, BigInt(fields[name] ?? 0), true);
    else if (width === 4) view.setUint32(at + where, fields[name] ?? 0, true);
  }
  zcrx.call_bytes(call, BigInt(address), size, at);
  next += (size + 15) & ~15;
}

zcrx.call_begin(call, 703, code('call_kind', 'register_ifq'));
zcrx.call_map(call, 0x1000n, 0x10_0000n, code('memory_rights', 'read') | code('memory_rights', 'write'));
place('io_uring_zcrx_ifq_reg', 0x1000, {
  rq_entries: 100,
  flags: 2,
  area_ptr: 0x2000,
  region_ptr: 0x3000,
  event_desc: 0x4000,
});
place('io_uring_zcrx_area_reg', 0x2000, { addr: 0x10000, len: 0x4000 });
place('io_uring_region_desc', 0x3000, { user_addr: 0x20000, size: 0x2000, flags: 1 });
place('zcrx_event_desc', 0x4000, { type_mask: 3, flags: 1, stats_offset: 128 + 100 * 16 });
view.setBigUint64(call + offset('kernel_call', 'arg'), 0x1000n, true);

const rule = zcrx.judge(call);
const errnos = layout.codes.find(({ name }) => name === 'errno').entries;
const rules = layout.codes.find(({ name }) => name === 'rule').entries;
const broken = view.getUint32(call + offset('kernel_call', 'broken'), true);
console.log(errnos.find(({ value }) => value === (rule & 0xff))?.name ?? 'succeeds');
console.log(rules.find(({ value }) => value === rule).doc);
console.log(`${view.getBigUint64(broken + offset('broken_rule', 'value'), true)} is wrong,`);
console.log(`${view.getBigUint64(broken + offset('broken_rule', 'fix_value'), true)} would pass`);
