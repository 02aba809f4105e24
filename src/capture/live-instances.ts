/** What a new file must say again, so that it can be read without those before it. */
import type { RecordingFrame, RegisteredFrame, StateFrame, WatchedFrame } from './frame.js';

interface LiveInstance {
  registered?: RegisteredFrame;
  watched?: WatchedFrame;
  state?: StateFrame;
}

/** The instances that are there, by what was last said about each. */
export class LiveInstances {
  readonly #instances = new Map<number, LiveInstance>();
  readonly #received = new Map<number, bigint>();
  #receivedBefore = 0n;

  /** To be told of every frame, once it is recorded. */
  take(frame: RecordingFrame): void {
    switch (frame.type) {
      case 'registered':
        // Copies: the bytes are the caller's, who may change them.
        this.#instance(frame.instance).registered = structuredClone(frame);
        break;
      case 'watched':
        this.#instances.set(frame.instance, {
          ...this.#registrationOf(frame.instance),
          watched: { ...frame },
        });
        break;
      case 'state':
        this.#instance(frame.instance).state = { ...frame };
        break;
      case 'gone':
        this.#instances.delete(frame.instance);
        this.#receivedBefore += this.#received.get(frame.instance) ?? 0n;
        this.#received.delete(frame.instance);
        break;
      case 'stats':
        this.#received.set(frame.instance, frame.receivedBytes);
        break;
      case 'sample':
        if (frame.receivedBytes !== undefined) this.#received.set(frame.instance, frame.receivedBytes);
        break;
    }
  }

  /** The frames that describe all of them, as of `time`. */
  repeat(time: bigint): RecordingFrame[] {
    return [...this.#instances.values()].flatMap(({ registered, watched, state }) =>
      [registered, watched, state].flatMap((frame) => (frame === undefined ? [] : { ...frame, time })),
    );
  }

  /** Bytes received over all instances, those that are gone included, as far as was told. 0 to 2^64 - 1. */
  get receivedBytes(): bigint {
    let sum = this.#receivedBefore;
    for (const bytes of this.#received.values()) sum += bytes;
    return BigInt.asUintN(64, sum);
  }

  #instance(number: number): LiveInstance {
    let instance = this.#instances.get(number);
    if (instance === undefined) {
      instance = {};
      this.#instances.set(number, instance);
    }
    return instance;
  }

  /** Of an instance of our own both are told: that it is watched does not end its registration. */
  #registrationOf(number: number): LiveInstance {
    const registered = this.#instances.get(number)?.registered;
    return registered === undefined ? {} : { registered };
  }
}
