/** Media types that an Accept header asks for, with how much each is wanted: 0 to 1. */
function* wanted(accept: string): Generator<readonly [type: string, quality: number, version: string]> {
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const value = (name: string) =>
      parameters.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
    const quality = Number(value('q') ?? 1);
    yield [type, quality >= 0 && quality <= 1 ? quality : 0, (value('version') ?? '').replaceAll('"', '')];
  }
}

/** The versions of OpenMetrics in which a text of ours reads the same. */
const VERSIONS = new Set(['', '1.0.0', '0.0.1']);

/** Whether OpenMetrics is asked for, and not less than plain text: the form is only for those who name it. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  let open = 0;
  let plain = 0;
  for (const [type, quality, version] of wanted(accept ?? '')) {
    if (type === 'application/openmetrics-text' && VERSIONS.has(version)) open = Math.max(open, quality);
    if (type === 'text/plain') plain = Math.max(plain, quality);
  }
  return open > 0 && open >= plain;
}
