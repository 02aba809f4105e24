import { type Bundle, type BundleFields, layOutBundle } from '../../src/verdict/bundle.js';
import type { Call } from '../../src/verdict/call.js';

/** A call that breaks one rule, and what is said to it. */
export interface Row {
  readonly rule: string;
  readonly errno: string;
  /** What the finding is about. */
  readonly field: string;
  readonly bundle: Bundle;
  readonly message: string;
  /** Field and value of the suggested fix. */
  readonly fix?: readonly [field: string, value: string];
  /** What a bundle cannot say. */
  readonly call?: Partial<Call>;
  /** What else is found in it, behind this. */
  readonly also?: readonly string[];
  /** On other kernels the same call is no example of the rule: why. */
  readonly onlyHere?: string;
}

/** A registration without a device that every kernel since 7.2 takes. */
export const REGISTRATION: Bundle & Record<'reg' | 'area' | 'region' | 'event_desc', object> = {
  reg: { rq_entries: 128, flags: 2 },
  area: { len: 8192 },
  region: { size: 8192, flags: 1 },
  event_desc: { type_mask: 3, flags: 1, stats_offset: 4096 },
};

/** The good registration with some fields of its structs changed. */
export function registration(changed: Bundle = {}): Bundle {
  const structs = Object.fromEntries(
    (['reg', 'area', 'region', 'event_desc'] as const).map((part) => [
      part,
      { ...REGISTRATION[part], ...changed[part] },
    ]),
  );
  return { ...changed, ...structs };
}

/** A network interface on which everything would work. */
export const DEVICE = {
  if_idx: 2,
  dma: true,
  ops_lock: true,
  queue_ops: true,
  queues: 4,
  tcp_data_split: true,
} as const;

/** The good registration on queue 1 of such an interface. */
export const onDevice = (device: BundleFields = {}, reg: BundleFields = {}, more: Bundle = {}): Bundle =>
  registration({
    ...more,
    reg: { if_idx: 2, if_rxq: 1, flags: 0, ...reg },
    devices: [{ ...DEVICE, ...device }],
  });

/** An instance without a device, of which COPY has fired. */
export const INSTANCE = {
  id: 0,
  event_mask: 3,
  fired_mask: 2,
  nodev: true,
  imported: false,
  areas: 1,
  rq_entries: 4096,
} as const;

/** A call to a ring that has this instance. */
export const ctrl = (fields: BundleFields, more: Bundle = {}): Bundle => ({
  ctrl: fields,
  instances: [INSTANCE],
  ...more,
});

/** The call that a row is about, on the newest kernel with its rule or another. */
export function callOf({ bundle, call }: Row, kernel?: string): Call {
  return { ...layOutBundle(kernel === undefined ? bundle : { ...bundle, kernel }).call, ...call };
}
