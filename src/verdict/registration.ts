import {
  call_flags,
  call_kind,
  file_kind,
  kernel_call,
  memory_bytes,
  memory_range,
  memory_rights,
} from '../generated/interface.js';
import { STRUCT_OF } from '../layout/call-structs.js';
import { offsetIn, sizeOf } from '../layout/description.js';
import { checkPowerOfTwo } from '../layout/options.js';
import { type Broken, readBroken } from './finding.js';
import { PAGE_SIZE, RING_FLAGS } from './input.js';
import { Machine } from './machine.js';
import { type Rule, ruleOf } from './rules.js';
import { NEWEST_SERIES, seriesOf } from './series.js';

/** The bytes of the structs of a registration. The pointers between them count as set. */
export interface RegistrationStructs {
  /** io_uring_zcrx_ifq_reg. */
  readonly reg: Uint8Array;
  /** io_uring_zcrx_area_reg. */
  readonly area: Uint8Array;
  /** io_uring_region_desc. */
  readonly region: Uint8Array;
  /** zcrx_event_desc, if there is one. */
  readonly event_desc?: Uint8Array;
}

/** Where a registration is made. */
export interface RegistrationSurroundings {
  /** Release or series. Default: the newest known. */
  kernel?: string;
  /** IORING_SETUP_*. Default: what zero-copy receive needs. */
  setup_flags?: number;
  /** CAP_NET_ADMIN. Default true. */
  capable?: boolean;
  /** Bytes. Default 4096. */
  page_size?: number;
}

const SIZES = {
  reg: sizeOf(STRUCT_OF.reg),
  area: sizeOf(STRUCT_OF.area),
  region: sizeOf(STRUCT_OF.region),
  event_desc: sizeOf(STRUCT_OF.event_desc),
};

const AREA_PTR = offsetIn(STRUCT_OF.reg, 'area_ptr');
const REGION_PTR = offsetIn(STRUCT_OF.reg, 'region_ptr');
const EVENT_DESC = offsetIn(STRUCT_OF.reg, 'event_desc');

/** The structs lie in one piece, at an address that stands for wherever the program has them. */
const BASE = 0x1000n;
const AREA_AT = SIZES.reg;
const REGION_AT = AREA_AT + SIZES.area;
const DESC_AT = REGION_AT + SIZES.region;
const TOTAL = DESC_AT + SIZES.event_desc;

/**
 * Verdicts on registrations of one kernel and ring, for those who make many: about a microsecond each. All memory counts
 * as mapped and writable, the ring as without instances, and an interface as not there.
 *
 * ```ts
 * const check = new RegistrationCheck({ kernel: '7.3' });
 * check.judge({ reg, area, region, event_desc }).errno; // null, or 'ERANGE'
 * check.findings(); // why
 * ```
 */
export class RegistrationCheck {
  private readonly machine = new Machine();
  private readonly at: number;
  private readonly kernel: string;
  private readonly pageSize: number;

  /** @throws LayoutError */
  constructor(surroundings: RegistrationSurroundings = {}) {
    const {
      kernel = NEWEST_SERIES,
      setup_flags = RING_FLAGS,
      capable = true,
      page_size = PAGE_SIZE,
    } = surroundings;
    const { machine } = this;
    this.kernel = kernel;
    this.pageSize = checkPowerOfTwo('page_size', page_size);
    machine.set(kernel_call.series, seriesOf(kernel).number);
    machine.set(kernel_call.page_size, page_size);
    machine.set(kernel_call.call, call_kind.register_ifq);
    machine.set(kernel_call.setup_flags, setup_flags);
    machine.set(kernel_call.flags, capable ? call_flags.capable : 0);
    machine.set(kernel_call.file, file_kind.ring);
    machine.set(kernel_call.nr_args, 1);
    machine.view.setBigUint64(machine.call + kernel_call.arg, BASE, true);
    machine.begin();
    const ranges = machine.list(1, memory_range.SIZE);
    const bytes = machine.list(1, memory_bytes.SIZE);
    this.at = machine.take(TOTAL);
    machine.addRange(ranges, 0x1000n, 2n ** 64n - 0x1000n, memory_rights.read | memory_rights.write);
    machine.addBytes(bytes, BASE, TOTAL, this.at);
    machine.set(kernel_call.ranges, ranges.at);
    machine.set(kernel_call.range_count, 1);
    machine.set(kernel_call.bytes, bytes.at);
    machine.set(kernel_call.bytes_count, 1);
    machine.placeNext(0);
  }

  /**
   * The rule that decides: `ok`, or the first that is broken.
   * @throws RangeError if a struct has another size
   */
  judge({ reg, area, region, event_desc }: RegistrationStructs): Rule {
    const { machine, at } = this;
    this.copy('reg', reg, at);
    this.copy('area', area, at + AREA_AT);
    this.copy('region', region, at + REGION_AT);
    if (event_desc) this.copy('event_desc', event_desc, at + DESC_AT);
    this.point(AREA_PTR, AREA_AT);
    this.point(REGION_PTR, REGION_AT);
    if (event_desc) this.point(EVENT_DESC, DESC_AT);
    machine.set(kernel_call.box_count, 0);
    machine.set(kernel_call.instance_count, 0);
    return ruleOf(machine.judge());
  }

  /** All that is wrong in what was judged last, in the kernel's order. */
  findings(): Broken[] {
    const count = Math.min(this.machine.get(kernel_call.broken_count), Machine.BROKEN);
    return readBroken(this.machine, count, {
      kernel: this.kernel,
      pageSize: this.pageSize,
      rqes: this.machine.rqes,
    });
  }

  private copy(name: keyof typeof SIZES, bytes: Uint8Array, to: number): void {
    if (bytes.length !== SIZES[name]) {
      throw new RangeError(
        `${name} has ${bytes.length} bytes, expected the ${SIZES[name]} of a ${STRUCT_OF[name]}`,
      );
    }
    this.machine.bytes.set(bytes, to);
  }

  /** Sets a pointer of the registration. */
  private point(field: number, to: number): void {
    this.machine.view.setUint32(this.at + field, Number(BASE) + to, true);
    this.machine.view.setUint32(this.at + field + 4, 0, true);
  }
}
