/** What a kernel header declares: names only, for their values are the compiler's business. */
export interface Header {
  readonly structs: readonly HeaderStruct[];
  readonly enums: readonly HeaderEnum[];
  /** Macros without parameters that stand for something, so no include guards. */
  readonly defines: readonly string[];
}

export interface HeaderStruct {
  readonly name: string;
  readonly members: readonly HeaderMember[];
}

export interface HeaderMember {
  readonly name: string;
  readonly array: boolean;
  /** `[]`: the struct ends before it. */
  readonly flexible: boolean;
  /** Shares its bytes with others. */
  readonly inUnion: boolean;
}

export interface HeaderEnum {
  readonly name: string | undefined;
  readonly members: readonly string[];
}

/**
 * Reads the C that kernel headers for user space are written in. A construct that is not known is an error: a
 * silent reader would make the checks built on it pass.
 */
export function parseHeader(text: string): Header {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\\\n/g, ' ');
  const defines = [...plain.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+\S/gm)].map((match) => match[1]!);
  const tokens = new Tokens(plain.replace(/^[ \t]*#.*$/gm, ' '));
  const structs: HeaderStruct[] = [];
  const enums: HeaderEnum[] = [];
  while (!tokens.ended) {
    const word = tokens.next();
    if (word === 'struct' && tokens.peek(1) === '{') {
      const name = tokens.next();
      structs.push({ name, members: readMembers(tokens, false) });
      // A definition may be part of something larger (a typedef, a variable): headers here have none.
      skipAttributes(tokens);
      tokens.expect(';');
    } else if (word === 'enum' && (tokens.peek() === '{' || tokens.peek(1) === '{')) {
      const name = tokens.peek() === '{' ? undefined : tokens.next();
      enums.push({ name, members: readEnumerators(tokens) });
    }
  }
  return { structs, enums, defines };
}

/** Several headers seen as one. */
export function mergeHeaders(headers: readonly Header[]): Header {
  return {
    structs: headers.flatMap((header) => header.structs),
    enums: headers.flatMap((header) => header.enums),
    defines: headers.flatMap((header) => header.defines),
  };
}

class Tokens {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = text.match(/\w+|"[^"]*"|\S/g) ?? [];
  }

  get ended(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(ahead = 0): string | undefined {
    return this.#tokens[this.#at + ahead];
  }

  next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error('the header ends in the middle of a declaration');
    return token;
  }

  expect(wanted: string): void {
    const token = this.next();
    if (token !== wanted) throw new Error(`expected ${wanted}, got ${token} before ${this.peek()}`);
  }
}

/** From `{` to the matching `}`; members of unnamed structs and unions count as the struct's own. */
function readMembers(tokens: Tokens, inUnion: boolean): HeaderMember[] {
  const members: HeaderMember[] = [];
  tokens.expect('{');
  while (tokens.peek() !== '}') {
    const first = tokens.next();
    if ((first === 'struct' || first === 'union') && tokens.peek() === '{') {
      const inner = readMembers(tokens, inUnion || first === 'union');
      skipAttributes(tokens);
      if (tokens.peek() === ';') members.push(...inner);
      else members.push({ name: tokens.next(), array: false, flexible: false, inUnion });
      tokens.expect(';');
    } else if (first === '__DECLARE_FLEX_ARRAY') {
      const words = until(tokens, ';');
      members.push({ name: words.at(-2)!, array: true, flexible: true, inUnion });
    } else {
      members.push({ ...readDeclarator(until(tokens, ';')), inUnion });
    }
  }
  tokens.expect('}');
  return members;
}

/** The rest of `type name[count];` behind its first word. */
function readDeclarator(words: readonly string[]): Omit<HeaderMember, 'inUnion'> {
  const odd = words.find((word) => !/^(\w+|\[|\])$/.test(word));
  if (odd !== undefined)
    throw new Error(`a member declared with ${odd} is not understood: ${words.join(' ')}`);
  const bracket = words.indexOf('[');
  const name = words[(bracket < 0 ? words.length : bracket) - 1];
  if (name === undefined) throw new Error(`a member without a name: ${words.join(' ')}`);
  return { name, array: bracket >= 0, flexible: bracket >= 0 && words[bracket + 1] === ']' };
}

function readEnumerators(tokens: Tokens): string[] {
  const members: string[] = [];
  tokens.expect('{');
  while (tokens.peek() !== '}') {
    members.push(tokens.next());
    // The value: any expression without a comma.
    while (tokens.peek() !== ',' && tokens.peek() !== '}') tokens.next();
    if (tokens.peek() === ',') tokens.next();
  }
  tokens.expect('}');
  return members;
}

function until(tokens: Tokens, end: string): string[] {
  const words: string[] = [];
  while (tokens.peek() !== end) words.push(tokens.next());
  tokens.next();
  return words;
}

function skipAttributes(tokens: Tokens): void {
  while (tokens.peek() === '__attribute__') {
    tokens.next();
    let depth = 0;
    do {
      const token = tokens.next();
      depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    } while (depth > 0);
  }
}
