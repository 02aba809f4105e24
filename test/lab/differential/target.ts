import type { ArchitectureName } from '../../../src/lab/index.js';

/** A kernel that calls are made for. */
export interface Target {
  /** `'7.3'`. */
  readonly series: string;
  readonly architecture: ArchitectureName;
  /** Bytes. */
  readonly pageSize: number;
  /** Of the kernel package, where the architecture has several. */
  readonly flavour?: string;
}

/** Whether the target is this series or a later one. */
export function since(target: Target, series: string): boolean {
  const number = (text: string): number => {
    const [major, minor] = text.split('.').map(Number);
    return major! * 1000 + minor!;
  };
  return number(target.series) >= number(series);
}

/** Bytes before the entries of a refill ring. Cache lines have 64 bytes on both architectures. */
export function ringHeader(target: Target): number {
  return since(target, '7.3') ? 128 : 64;
}

/** `7.3`, `7.3 arm64 16 KiB`. */
export function targetName({ series, architecture, pageSize }: Target): string {
  return architecture === 'amd64' ? series : `${series} ${architecture} ${pageSize / 1024} KiB`;
}
