import type { BridgeError, SyscallError } from 'zcrx/bridge';

/** A BridgeError has a code, a SyscallError an errno. */
export type Refusal = Error & Partial<Pick<BridgeError, 'code'> & Pick<SyscallError, 'errno'>>;

/** What a call throws that is to be refused. */
export function refusal(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    return error as Refusal;
  }
  throw new Error('it was not refused');
}
