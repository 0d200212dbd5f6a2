/** What strangers may take of the public listener: sizes in bytes, times in milliseconds. Tests use shorter ones. */
export interface ListenerLimits {
  /** Requests over more connections than this are answered 503; twice as many connections are not accepted at all. */
  readonly connections: number;
  /** Bodies in flight in all, and of one route (at least one body of the largest size is always let in). */
  readonly bodies: number;
  readonly bodiesPerRoute: number;
  /** From the connection's (or the request's) first moment until its headers are complete. */
  readonly headersMs: number;
  /** From the headers until the body is complete. */
  readonly bodyMs: number;
  /** In each window of this length a body must bring at least `rateBytes`. */
  readonly rateWindowMs: number;
  readonly rateBytes: number;
  /** How long a connection may stay open between two requests. */
  readonly keepAliveMs: number;
  /** A connection on which nothing moved for so long is dropped, whatever it waits for. */
  readonly idleMs: number;
  /** How long, and how much, an unwanted body is read and thrown away so that its sender gets to see the answer. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
}

const mib = 1024 * 1024;

export const defaultLimits: ListenerLimits = {
  connections: 1_000,
  bodies: 64 * mib,
  bodiesPerRoute: 8 * mib,
  headersMs: 10_000,
  bodyMs: 30_000,
  rateWindowMs: 5_000,
  rateBytes: 5 * 1024,
  keepAliveMs: 5_000,
  idleMs: 120_000,
  lingerMs: 2_000,
  lingerBytes: 32 * mib,
};
