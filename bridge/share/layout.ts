import type { RegionPlan } from '../../src/plan.js';

/**
 * The memory of a shared instance, one memfd: the refill region as the kernel has it (ring and statistics), a page for the
 * parties among themselves, and the areas. All in bytes.
 */
export interface SharedLayout {
  readonly plan: RegionPlan;
  /** Where the page of the parties begins. The kernel knows nothing of it. */
  readonly control: number;
  /** Where the first area begins. */
  readonly areas: number;
  /** Of all areas, those too that may be added. */
  readonly areasLength: number;
  readonly length: number;
}

export function sharedLayout(plan: RegionPlan, pageSize: number, areasLength: number): SharedLayout {
  const control = plan.region_size;
  const areas = control + pageSize;
  return { plan, control, areas, areasLength, length: areas + areasLength };
}
