/**
 * Which job's step a worker is in, in memory that outlives the worker: the supervisor reads it after a thread's death,
 * so that the job that kills its worker each time is the one that is given up, and not its neighbours.
 *
 * Layout: byte 0 the length of the id (0: in no step), then the id in ASCII.
 */

const idLength = 36;

export function makeBlame(): SharedArrayBuffer {
  return new SharedArrayBuffer(1 + idLength);
}

/** The job whose step was entered and not left, or undefined. */
export function blamed(memory: SharedArrayBuffer): string | undefined {
  const bytes = new Uint8Array(memory);
  const length = Math.min(bytes[0] ?? 0, idLength);
  if (length === 0) return undefined;
  return String.fromCharCode(...bytes.subarray(1, 1 + length));
}

/** Names `jobId` as the one whose code runs now; undefined when its synchronous part is over. */
export function setBlame(memory: SharedArrayBuffer, jobId: string | undefined): void {
  const bytes = new Uint8Array(memory);
  // The length goes last and is cleared first: a reader never sees half an id.
  bytes[0] = 0;
  if (jobId === undefined) return;
  const id = jobId.slice(0, idLength);
  for (let index = 0; index < id.length; index += 1) bytes[1 + index] = id.charCodeAt(index);
  bytes[0] = id.length;
}
