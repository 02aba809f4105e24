import type { Row } from './verdict-rows.js';
import { CALL_ROWS } from './verdict-rows-call.js';
import { CTRL_ROWS } from './verdict-rows-ctrl.js';
import { DEVICE_ROWS } from './verdict-rows-device.js';
import { AREA_ROWS, REGION_ROWS, STATISTICS_ROWS } from './verdict-rows-memory.js';
import { QUERY_ROWS } from './verdict-rows-query.js';
import { REGISTRATION_ROWS } from './verdict-rows-registration.js';

/** Calls that break a rule, by what the rule is about. */
export const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'the call': CALL_ROWS,
  'the registration': REGISTRATION_ROWS,
  'the region': REGION_ROWS,
  'the statistics': STATISTICS_ROWS,
  'the area': AREA_ROWS,
  'the device': DEVICE_ROWS,
  control: CTRL_ROWS,
  query: QUERY_ROWS,
};

export const ROWS: readonly Row[] = Object.values(TABLES).flat();
