export { type Architecture, type ArchitectureName, architecture } from './architecture.js';
export { cacheDirectory } from './cache.js';
export type { FetchOptions } from './catalogue.js';
export { kernelComplaints } from './console.js';
export { isLabError, LabError, type LabErrorCode, type PartialRun, type Progress } from './errors.js';
export type { Extra } from './initramfs.js';
export {
  availableKernels,
  cachedKernels,
  type FetchedHeaders,
  type FetchedKernel,
  fetchHeaders,
  fetchKernel,
  type Kernel,
  type KernelSelector,
  parseKernelSelector,
  resolveKernel,
} from './kernels.js';
export { NIC, type NicParameters } from './nic.js';
export {
  installCommand,
  installPrerequisites,
  missingPrerequisites,
  type Prerequisite,
} from './prerequisites.js';
export { exitStatus, type RunOptions, type RunResult, runInKernel } from './run.js';
