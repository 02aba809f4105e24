/**
 * Reports of recordings: a model built from frames as they come, in constant memory, and what is made of it: text, JSON,
 * CSV, and a page with plots that needs nothing else.
 */
export { pageAssets } from './assets.js';
export { CSV_HEADER, csvLines, csvRow } from './csv.js';
export type { Rows } from './instance.js';
export { reportDocument } from './json.js';
export { ReportModel } from './model.js';
export { type PageAssets, reportPage } from './page.js';
export { type Progress, readFiles, readStream } from './read.js';
export type { InstanceReport, Report } from './report.js';
export { reportText } from './text.js';
export { nameOf, problemsOf } from './words.js';
