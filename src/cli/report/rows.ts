import { CSV_HEADER, csvLines, csvRow, nameOf, type Report, ReportModel } from '../../report/index.js';
import type { Terminal } from '../terminal.js';

/** Lines between two looks whether the reader still follows. */
const LINES = 1000;

/** Prints the buckets of a report. */
export async function writeCsv(report: Report, terminal: Terminal): Promise<void> {
  let count = 0;
  for (const line of csvLines(report)) {
    terminal.write(line);
    if (++count % LINES === 0) await terminal.drained();
  }
}

/** A model that prints its buckets as they are full, and keeps none of them. @param every seconds of a bucket */
export function csvStream(every: number, terminal: Terminal): { readonly model: ReportModel } {
  terminal.write(CSV_HEADER);
  const model = new ReportModel({
    width: every * 1e9,
    take: (instance, bucket, state) => {
      const { identity, eventsKnown } = instance;
      const owner = { index: model.indexOf(instance), name: nameOf(identity), eventsKnown };
      terminal.write(csvRow(owner, bucket, 0, state));
    },
  });
  return { model };
}
