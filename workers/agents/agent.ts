/** What the pylon needs to know of an agent: how to read what it prints. One folder per agent implements it. */

export interface OutputReader {
  /** What it prints, each stream in order, in pieces of any size. `bytes` may be reused afterwards. */
  read(bytes: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /** The whole state as a string, so that a successor can go on from here: `restore` of the same agent takes it. */
  snapshot(): string;
  /** What the run came to, once all output was read. */
  finish(exitCode: number): AgentOutcome;
}

export interface AgentOutcome {
  readonly status: 'done' | 'failed';
  readonly result: string | null;
  /** One sentence that a user can act on, where failed. */
  readonly error: string | null;
  /** Already checked: safe to store and to give back to the agent later. */
  readonly sessionId: string | null;
  readonly costUsd: number | null;
}
