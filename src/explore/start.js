// Unpacks the page's program, which is most of its bytes, and runs it. What the page shows first has been painted by then.
// In the parcel: the length of the WebAssembly module in four bytes, the module, the program.
const packed = Uint8Array.from(atob(document.getElementById('program').textContent), (c) => c.charCodeAt(0));
const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
const parcel = new Uint8Array(await new Response(stream).arrayBuffer());
const end = 4 + new DataView(parcel.buffer).getUint32(0, true);
globalThis.zcrxWasm = btoa(
  parcel.subarray(4, end).reduce((text, byte) => text + String.fromCharCode(byte), ''),
);
const program = new Blob([parcel.subarray(end)], { type: 'text/javascript' });
await import(URL.createObjectURL(program));
