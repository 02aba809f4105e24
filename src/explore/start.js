// Unpacks the page's program, which is most of its bytes, and runs it. What the page shows first has been painted by then.
const packed = Uint8Array.from(atob(document.getElementById('program').textContent), (c) => c.charCodeAt(0));
const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
const program = new Blob([await new Response(stream).text()], { type: 'text/javascript' });
await import(URL.createObjectURL(program));
