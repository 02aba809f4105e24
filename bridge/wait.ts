import { Socket } from 'node:net';
import { closeFd } from './descriptor.js';
import { libc, O_CLOEXEC, O_NONBLOCK } from './libc.js';
import { eventfd, registerEventfd } from './ring.js';
import type { Undo } from './undo.js';

/**
 * Calls back on the event loop when an eventfd is signalled, without a thread and without polling: the loop's own epoll
 * watches it.
 *
 * Node watches only kinds of descriptors that it knows, and an eventfd is none of them. So a socket is made of a pipe,
 * and before the loop first looks at it the pipe is replaced, under the same number, by the eventfd. Reading 8 bytes
 * resets an eventfd, which is what the socket's read does. Works on every thread that has an event loop.
 */
export class Waker {
  /** The eventfd to register with the ring; it belongs to the socket. */
  readonly fd: number;
  private readonly socket: Socket;
  private readonly counter = new Uint8Array(8);

  constructor(wake: () => void) {
    const event = eventfd();
    try {
      const pipe = [0, 0];
      libc().call('pipe2', 'pipe2', pipe, O_CLOEXEC | O_NONBLOCK);
      const [readEnd, writeEnd] = pipe as [number, number];
      const onread = {
        buffer: this.counter,
        callback: () => {
          wake();
          return true;
        },
      };
      // `onread` keeps the loop from allocating for every wake-up; the type of Socket's options does not know it
      this.socket = new Socket({
        fd: readEnd,
        readable: true,
        writable: false,
        onread,
      } as ConstructorParameters<typeof Socket>[0]);
      libc().call('dup3', 'dup3', event, readEnd, O_CLOEXEC);
      this.fd = readEnd;
      closeFd(writeEnd);
    } finally {
      closeFd(event);
    }
    this.socket.resume();
    this.socket.unref();
  }

  /** Keeps the process alive while waiting. */
  ref(): void {
    this.socket.ref();
  }

  /** Lets the process end while waiting; the state after construction. */
  unref(): void {
    this.socket.unref();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Calls back for every completion of a ring. */
export function wakeFor(ring: number, wake: () => void, undo: Undo): Waker {
  const waker = new Waker(wake);
  undo.push(() => waker.close());
  registerEventfd(ring, waker.fd);
  return waker;
}
