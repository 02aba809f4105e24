import { type CallStruct, STRUCT_OF } from '../../../layout/call-structs.js';
import { type Chosen, chooseByFields } from '../../../layout/choose.js';
import { fieldsAt } from '../../../verdict/assign.js';
import { type Bundle, type LaidOut, layOutBundle } from '../../../verdict/bundle.js';

/** A struct of a call, in bytes. */
export interface ShownStruct {
  /** Where the bundle has it, as `reg` or `query[1]`. */
  readonly key: string;
  readonly part: CallStruct;
  /** Of a list of questions which one. */
  readonly index: number | undefined;
  readonly chosen: Chosen;
  /** With the pointers between the structs. */
  readonly bytes: Uint8Array;
}

/** A bundle in memory, and its structs in the order of the call. */
export interface Structs {
  readonly laidOut: LaidOut;
  readonly structs: readonly ShownStruct[];
}

const ORDER: readonly CallStruct[] = ['reg', 'ctrl', 'area', 'region', 'event_desc'];

function chosenFor(bundle: Bundle, part: CallStruct, index: number | undefined): Chosen {
  const name = part === 'event_desc' && bundle.notif_desc ? 'zcrx_notification_desc' : STRUCT_OF[part];
  return chooseByFields(name, fieldsAt(bundle, part, index) ?? {}, bundle.revision);
}

/**
 * Lays a bundle out and tells its structs.
 * @throws LayoutError for what cannot be encoded, naming the field
 */
export function structsOf(bundle: Bundle): Structs {
  const laidOut = layOutBundle(bundle);
  const show = (part: CallStruct, index: number | undefined, bytes: Uint8Array): ShownStruct => ({
    key: index === undefined ? part : `${part}[${index}]`,
    part,
    index,
    chosen: chosenFor(bundle, part, index),
    bytes,
  });
  const single = ORDER.flatMap((part) => {
    const bytes = laidOut.structs[part];
    return bytes ? [show(part, undefined, bytes)] : [];
  });
  const isList = Array.isArray(bundle.query);
  const questions = laidOut.questions.map((bytes, i) => show('query', isList ? i : undefined, bytes));
  return { laidOut, structs: [...single, ...questions] };
}
