import { stripVTControlCharacters } from 'node:util';

/** The serial console as text: without the firmware's escape sequences and the terminal's carriage returns. */
export function cleanConsole(bytes: Buffer): string {
  return stripVTControlCharacters(bytes.toString('utf8')).replaceAll('\r', '');
}

/** The last lines, under a heading, for an error message. */
export function tail(consoleLog: string, lines = 20): string {
  const all = consoleLog.trimEnd().split('\n');
  const shown = all.slice(-lines);
  if (consoleLog.trim() === '') return 'the guest’s console is empty';
  const heading =
    all.length > lines ? `the last ${lines} lines of the guest’s console:` : 'the guest’s console:';
  return [heading, ...shown.map((line) => `  ${line}`)].join('\n');
}

const COMPLAINTS =
  /WARNING: |BUG: |BUG at |Oops|general protection fault|Unable to handle|Kernel panic|Call Trace|soft lockup|hung_task|blocked for more than|detected stalls|use-after-free|refcount_t: |stalled pool shutdown/;

/** The console lines in which the kernel reports that something is wrong with itself. */
export function kernelComplaints(consoleLog: string): string[] {
  return consoleLog.split('\n').filter((line) => COMPLAINTS.test(line));
}
