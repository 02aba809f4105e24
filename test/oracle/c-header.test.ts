import { expect, test } from 'vitest';
import { parseHeader } from './c-header.js';

const plain = { array: false, flexible: false, inUnion: false };

test('a header gives its structs, enums and macros', () => {
  const header = parseHeader(`
#ifndef GUARD_H
#define GUARD_H
#define SHIFT	48	/* where */
#define MASK	(~(((__u64)1 << SHIFT) - \\
		1))
#define CALL(x)	(x)
/* struct commented { int out; }; */
extern "C" {
struct outer {
	__u32	first; /* a comment; with a semicolon */
	struct inner nested;
	union {
		__u64	left;
		struct {
			__u32	low;
			__u32	high;
		};
	} __attribute__((packed));
	union {
		__u8	byte;
	} named;
	__u16	list[SHIFT];
	__u64	rest[];
};
enum colour { RED = 1 << 0, GREEN = (2), };
enum { ALONE };
}
#endif`);
  expect(header).toEqual({
    structs: [
      {
        name: 'outer',
        members: [
          { ...plain, name: 'first' },
          { ...plain, name: 'nested' },
          { ...plain, name: 'left', inUnion: true },
          { ...plain, name: 'low', inUnion: true },
          { ...plain, name: 'high', inUnion: true },
          { ...plain, name: 'named' },
          { ...plain, name: 'list', array: true },
          { ...plain, name: 'rest', array: true, flexible: true },
        ],
      },
    ],
    enums: [
      { name: 'colour', members: ['RED', 'GREEN'] },
      { name: undefined, members: ['ALONE'] },
    ],
    defines: ['SHIFT', 'MASK'],
  });
});

test.each([
  ['a bit field', 'struct s { int a : 3; };'],
  ['two members in one declaration', 'struct s { int a, b; };'],
  ['a pointer', 'struct s { int *a; };'],
  ['a struct without end', 'struct s { int a;'],
  ['a variable behind a struct', 'struct s { int a; } variable;'],
])('%s is refused, not misread', (_what, text) => {
  expect(() => parseHeader(text)).toThrow(Error);
});
