/** The style sheet of the page, in a light and a dark scheme, for large screens and phones. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --background: #fff; --text: #1d232b; --dim: #59636e; --grid: #d9dee3; --panel: #f6f8fa; --warn: #9a3b00;
  --received_bytes: #1f6feb; --copy_bytes: #c2410c; --copy_count: #c2410c; --buffers: #1f6feb;
  --rx_alloc_fail: #b3261e; --free_entries: #1f6feb; --waiting_bytes: #7c3aed;
  --state-zero-copy: #1a7f37; --state-copying: #c2410c; --state-starving: #b3261e; --state-stalled: #7c3aed;
  --state-unknown: #59636e;
  --event-copy: #c2410c; --event-alloc_fail: #b3261e; --event-rearmed: #1a7f37; --event-gone: #59636e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #0f141a; --text: #e3e8ee; --dim: #9aa5b1; --grid: #2c3540; --panel: #171e26; --warn: #ffb27a;
    --received_bytes: #6cb0ff; --copy_bytes: #ff9a5c; --copy_count: #ff9a5c; --buffers: #6cb0ff;
    --rx_alloc_fail: #ff8a80; --free_entries: #6cb0ff; --waiting_bytes: #c4a5ff;
    --state-zero-copy: #1f7a37; --state-copying: #b1500f; --state-starving: #c0362c; --state-stalled: #7a48c9;
    --state-unknown: #5c6773;
    --event-copy: #ff9a5c; --event-alloc_fail: #ff8a80; --event-rearmed: #6fd08c; --event-gone: #9aa5b1;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem clamp(.6rem, 3vw, 2rem); max-width: 76rem;
  background: var(--background); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
.dim, figcaption, .nothing { color: var(--dim); }
.problems { margin: .75rem 0; padding: .5rem .75rem .5rem 2rem; border-left: 4px solid var(--warn); background: var(--panel); }
.problems li { overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .75rem 0 .25rem; }
button, select {
  font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--grid); border-radius: .35rem;
  padding: .3rem .7rem; max-width: 100%;
}
button:focus-visible, select:focus-visible, summary:focus-visible { outline: 3px solid var(--received_bytes); outline-offset: 1px; }
button[aria-pressed='true'] { background: var(--text); color: var(--background); }
figure { margin: .5rem 0; }
figcaption { font-size: .85rem; }
.u-legend .extreme { display: none; }
.u-legend { text-align: left; font-size: .85rem; }
.u-legend th { font-weight: 600; }
.u-select { background: var(--text); opacity: .15; }
.u-cursor-x { border-color: var(--dim) !important; }
#readout { min-height: 1.5em; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.figures th, .figures td { padding: .2rem .75rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
.figures td.number, .figures th.number { text-align: right; white-space: nowrap; }
.state { display: inline-block; padding: 0 .45rem; border-radius: .3rem; color: #fff; background: var(--state-unknown); }
.state.zero-copy { background: var(--state-zero-copy); }
.state.copying { background: var(--state-copying); }
.state.starving { background: var(--state-starving); }
.state.stalled { background: var(--state-stalled); }
details { margin: .75rem 0; border-top: 1px solid var(--grid); padding-top: .5rem; }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
footer { margin-top: 2rem; font-size: .85rem; color: var(--dim); }
`;
