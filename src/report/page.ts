import { HEALTH_STATES } from '../health/index.js';
import { bytesText, countText, durationText, momentText, percentText } from '../units.js';
import { type Html, html, raw, scriptJson } from './html.js';
import { DATA_ID } from './page-data.js';
import { pageData } from './plots.js';
import type { CounterName, InstanceReport, Report, StateChange } from './report.js';
import { STYLE } from './style.js';
import {
  copiedShare,
  describe,
  endText,
  eventText,
  nameOf,
  notesOf,
  notKnown,
  originText,
  problemsOf,
  shareOf,
  whyNoSums,
} from './words.js';

/** What a page consists of besides the report: all of it goes into the page itself. */
export interface PageAssets {
  /** uPlot, which makes itself known as `uPlot`, and its style sheet. */
  readonly uPlot: string;
  readonly uPlotStyle: string;
  /** The page's own script, a module without imports. */
  readonly script: string;
  /** The digest of a script or style for the policy, as `sha256-…`. */
  readonly digest: (text: string) => string;
}

/** Events and changes of state that a page lists for one instance. */
const SHOWN = 100;
/** Instances whose figures are listed one by one. */
const SHOWN_INSTANCES = 100;

const COUNTERS: readonly { name: CounterName; label: string; amount: (value: number | bigint) => string }[] =
  [
    { name: 'received_bytes', label: 'received', amount: bytesText },
    { name: 'copy_bytes', label: 'copied', amount: bytesText },
    { name: 'copy_count', label: 'copies', amount: countText },
    { name: 'buffers', label: 'buffers taken from the refill ring', amount: countText },
    { name: 'rx_alloc_fail', label: 'allocations that failed on the device', amount: countText },
  ];

const amountCell = (instance: InstanceReport, name: CounterName, amount: (value: bigint) => string): Html => {
  const counter = instance.counters[name];
  return counter
    ? html`<td class="number" title="${counter.increase.toString()}">${amount(counter.increase)}</td>`
    : html`<td class="dim">unknown</td>`;
};

const badge = (change: StateChange | undefined): Html =>
  change
    ? html`<span class="state ${change.state}">${change.state}</span>${change.inferred ? ' (inferred)' : ''}`
    : html`<span class="dim">no samples</span>`;

const fired = ({ events, eventsKnown }: InstanceReport, type: string): Html =>
  eventsKnown
    ? html`<td class="number">${events.counts.get(type) ?? 0}</td>`
    : html`<td class="dim">unknown</td>`;

function overviewRow(instance: InstanceReport): Html {
  const share = copiedShare(instance);
  const { stalls, states } = instance;
  return html`<tr>
<th scope="row">${nameOf(instance.identity)}</th>
<td>${badge(states.last)}</td>
${amountCell(instance, 'received_bytes', bytesText)}
${amountCell(instance, 'copy_bytes', bytesText)}
<td class="${share === undefined ? 'dim' : 'number'}">${share === undefined ? 'unknown' : percentText(share)}</td>
${amountCell(instance, 'copy_count', countText)}
${fired(instance, 'copy')}
${fired(instance, 'alloc_fail')}
<td class="number">${stalls.count === 0 ? 'none' : `${stalls.count}, ${durationText(stalls.total)}`}</td>
</tr>
`;
}

function overview(report: Report): Html {
  const sums = whyNoSums(report);
  return html`<div class="scroll"><table class="figures" id="summary">
<thead><tr><th scope="col">instance</th><th scope="col">state at the end</th><th scope="col" class="number">received</th>
<th scope="col" class="number">copied</th><th scope="col" class="number">share</th><th scope="col" class="number">copies</th>
<th scope="col" class="number">copy events</th><th scope="col" class="number">alloc_fail events</th>
<th scope="col" class="number">stalls</th></tr></thead>
<tbody>
${report.instances.map(overviewRow)}</tbody></table></div>
${sums === undefined ? undefined : html`<p class="dim">${sums}</p>`}
`;
}

function counterRows(instance: InstanceReport): Html[] {
  return COUNTERS.flatMap(({ name, label, amount }) => {
    const counter = instance.counters[name];
    if (!counter) return [];
    const { increase, mean, peak, first, last } = counter;
    return [
      html`<tr><th scope="row">${label}</th><td class="number">${amount(increase)}</td>
<td class="number">${mean === undefined ? '–' : `${amount(mean)}/s`}</td>
<td>${peak ? `${amount(peak.rate)}/s at ${momentText(peak.time)}` : '–'}</td>
<td class="number">${first.toString()}</td><td class="number">${last.toString()}</td></tr>
`,
    ];
  });
}

function stateRows({ states, from, to }: InstanceReport): Html[] {
  return HEALTH_STATES.flatMap((state) => {
    const figures = states.figures.get(state);
    if (!figures || figures.total === 0) return [];
    const { count, total, longest, longestFrom } = figures;
    return [
      html`<tr><th scope="row"><span class="state ${state}">${state}</span></th><td class="number">${durationText(total)}</td>
<td class="number">${shareOf(total, to - from)}</td><td class="number">${count}</td>
<td>${durationText(longest)} from ${momentText(longestFrom)}</td></tr>
`,
    ];
  });
}

function changesList({ states }: InstanceReport): Html | undefined {
  const { changes, changeCount } = states;
  if (changeCount === 0) return undefined;
  const shown = changes.slice(0, SHOWN);
  return html`<h3>Changes of state</h3>
<ul>${shown.map(
    (
      change,
    ) => html`<li>${momentText(change.time)}: <span class="state ${change.state}">${change.state}</span> ${change.words}</li>
`,
  )}</ul>
${more(changeCount - shown.length)}`;
}

function eventsList({ events }: InstanceReport): Html | undefined {
  if (events.total === 0) return undefined;
  const shown = events.first.slice(0, SHOWN);
  const sums = [...events.counts]
    .map(([type, count]) => `${eventText(type, undefined)} ${count}×`)
    .join(', ');
  return html`<h3>Events</h3>
<p>${sums}</p>
<ul>${shown.map(
    ({ time, type, text }) => html`<li>${momentText(time)}: ${eventText(type, text)}</li>
`,
  )}</ul>
${more(events.total - shown.length)}`;
}

const more = (count: number): Html | undefined => (count > 0 ? html`<p>and ${count} more</p>` : undefined);

function ringText({ gauges, identity }: InstanceReport): Html | undefined {
  const free = gauges.free_entries;
  if (!free) return undefined;
  const of = identity.rq_entries ? ` of ${identity.rq_entries}` : '';
  return html`<p>Refill ring: ${free.last}${of} entries free at the end; fewest ${free.min} at ${momentText(free.minTime)}.</p>`;
}

function instanceDetails(instance: InstanceReport, isOpen: boolean): Html {
  const rows = counterRows(instance);
  const states = stateRows(instance);
  const { gone, stalls, samples, identity } = instance;
  return html`<details${raw(isOpen ? ' open' : '')}><summary>${nameOf(identity)}</summary>
<p class="dim">${describe(identity)}; ${countText(samples)} samples from ${momentText(instance.from)} to ${momentText(instance.to)}</p>
${gone ? html`<p>Gone at ${momentText(gone.time)}: ${eventText(gone.reason, undefined)}</p>` : undefined}
${
  rows.length > 0
    ? html`<div class="scroll"><table class="figures"><thead><tr><th></th><th scope="col" class="number">in all</th><th scope="col" class="number">mean</th>
<th scope="col">peak between two samples</th><th scope="col" class="number">counter at first</th><th scope="col" class="number">at last</th></tr></thead><tbody>
${rows}</tbody></table></div>`
    : undefined
}
${ringText(instance)}
${
  states.length > 0
    ? html`<h3>Time in each state</h3>
<div class="scroll"><table class="figures"><thead><tr><th scope="col">state</th><th scope="col" class="number">time</th><th scope="col" class="number">share</th>
<th scope="col" class="number">times</th><th scope="col">longest</th></tr></thead><tbody>
${states}</tbody></table></div>`
    : undefined
}
${stalls.count > 0 ? html`<p>Stalls: ${stalls.count}, ${durationText(stalls.total)} in all, the longest ${durationText(stalls.longest)}.</p>` : undefined}
${changesList(instance)}
${eventsList(instance)}
<h3>What is not known</h3>
<ul>${notKnown(instance).map(
    (sentence) => html`<li>${sentence}</li>
`,
  )}</ul>
</details>
`;
}

const plot = (id: string, caption: string): Html =>
  html`<figure><figcaption>${caption}</figcaption><div id="${id}" role="img" aria-label="${caption}; the figures are in the tables below"></div></figure>
`;

function plots({ instances }: Report): Html {
  const options = instances.map(
    (instance, at) => html`<option value="${at}">${nameOf(instance.identity)}</option>`,
  );
  return html`<section id="plots" hidden>
<div class="controls">
<label>Instance <select id="instance">${options}</select></label>
<button type="button" id="reset">Show all</button>
<button type="button" id="zoom-in">Zoom in</button>
<button type="button" id="zoom-out">Zoom out</button>
<button type="button" id="earlier">Earlier</button>
<button type="button" id="later">Later</button>
<button type="button" id="utc" aria-pressed="false">Time of day (UTC)</button>
</div>
<p id="readout" class="dim"></p>
${plot('bytes', 'Bytes received and copied, per second; the shade goes from the least to the most between two samples')}
${plot('counts', 'Copies and buffers, per second')}
${plot('ring', 'Entries in the refill ring that the kernel has not taken yet')}
${plot('waiting', 'Bytes that wait in the TCP sockets of the process')}
${plot('events', 'Events')}
${plot('states', 'State')}
</section>
`;
}

/** What the browser may do with the page: run its own scripts and styles, and fetch nothing. */
function policy(scripts: readonly string[], styles: readonly string[], { digest }: PageAssets): string {
  const sources = (texts: readonly string[]) => texts.map((text) => `'${digest(text)}'`).join(' ');
  return [
    "default-src 'none'",
    `script-src ${sources(scripts)}`,
    `style-src ${sources(styles)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** A report as one page of HTML that needs nothing else: it works from a disk, offline, and asks for nothing. */
export function reportPage(report: Report, assets: PageAssets): string {
  const { uPlot, uPlotStyle, script } = assets;
  const title = `zcrx report: ${originText(report)}`;
  const problems = problemsOf(report);
  const end = endText(report);
  const { instances } = report;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy([uPlot, script], [uPlotStyle, STYLE], assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${raw(uPlotStyle)}</style>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>zcrx report</h1>
<p>${originText(report)}</p>
${notesOf(report).map((note) => html`<p class="dim">${note}</p>`)}
${end === undefined ? undefined : html`<p class="dim">${end}</p>`}
${problems.length > 0 ? html`<ul class="problems" id="problems">${problems.map((problem) => html`<li>${problem}</li>`)}</ul>` : undefined}
</header>
<noscript><p>The plots need JavaScript. All figures are in the tables below.</p></noscript>
<main>
${plots(report)}
<h2>Summary</h2>
${instances.length === 0 ? html`<p>There is no instance in it.</p>` : overview(report)}
${instances.slice(0, SHOWN_INSTANCES).map((instance) => instanceDetails(instance, instances.length === 1))}
${more(Math.max(0, instances.length - SHOWN_INSTANCES))}
</main>
<footer>Made by zcrx report. Plots: uPlot, © Leon Sorokin, MIT licence.</footer>
<script type="application/json" id="${DATA_ID}">${scriptJson(pageData(report))}</script>
<script>${raw(uPlot)}</script>
<script type="module">${raw(script)}</script>
</body>
</html>
`;
  return page.text;
}
