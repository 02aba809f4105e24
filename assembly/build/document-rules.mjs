// Writes `docs/rules.md`, every check of the kernel's as a table, from the rules of `assembly/verdict/`.

import { readFileSync, writeFileSync } from 'node:fs';

const INTRODUCTION = `# Rules

What the kernel checks in a call of io_uring_register for zero-copy receive, in the order in which it looks, and the errno
that a call is refused with. What the table says holds for a call that passes. Written by the build from
\`assembly/verdict/rules.ts\`; do not edit. The same as data: \`RULES\` of \`zcrx/verdict\`, and \`codes\` in
\`zcrx/layout.json\`. How verdicts are made and proved: [verdicts](verdicts.md).

The order is that of Linux 7.3; where an older series looks in another order, the verdict follows that. "From" is the
first series with the rule, "before" the first without it. A rule that needs a *device* was read off the kernel's source;
[verdicts](verdicts.md) says which of these were met in runs too. Of a *question* in a query the kernel puts the errno into
\`result\`, and goes on.

| rule | errno | holds for a call that passes | from | before | needs |
|---|---|---|---|---|---|
`;

const { codes } = JSON.parse(readFileSync('build/layout.json', 'utf8'));
const entriesOf = (name) => codes.find((each) => each.name === name).entries;
const errnos = new Map(entriesOf('errno').map(({ name, value }) => [value, name]));
const rows = entriesOf('rule')
  .filter(({ value }) => value & 0xff)
  .map(({ name, value, doc, since = '', until = '', needs = '', entry }) => {
    const cells = [`\`${name.replaceAll('_', '-')}\``, errnos.get(value & 0xff), doc, since, until];
    return `| ${[...cells, entry ? 'question' : needs].join(' | ')} |`;
  });
writeFileSync('docs/rules.md', `${INTRODUCTION}${rows.join('\n')}\n`);
