import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the lab reads of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** Processors that it is for, in Node's words; absent: all. */
  readonly cpu?: readonly string[];
}

/** A package on the host and the folder that it gets in the guest. */
export interface PlacedPackage {
  readonly name: string;
  readonly source: string;
  readonly path: string;
}

/** The manifest of the package in a folder. */
export function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
