/** What the pylon needs of a place that runs agents; `docker.ts` and `process.ts` are the two there are. */

export interface Engine {
  readonly kind: 'docker' | 'process';

  /** Resolves when the engine answers within its time limit; rejects with PYLON_ENGINE_SILENT when not. */
  ping(signal?: AbortSignal): Promise<void>;

  /** Makes sure that `image` is there, pulling it where it is not; rejects with PYLON_IMAGE_MISSING. Nothing to do for `process`. */
  ensureImage(image: string, signal: AbortSignal, progress: (line: string) => void): Promise<void>;

  /**
   * Makes the container of one run without starting it, named `pylon-<job>-<run>`. One of that name that is already
   * there is removed first (it was never started: the caller made sure). Returns its id.
   */
  create(run: RunSpec, signal: AbortSignal): Promise<string>;

  /** Starts a created container. Starting one that has started already changes nothing. */
  start(containerId: string): Promise<void>;

  /** The container of a run, by its labels; undefined where there is none. */
  find(jobId: string, run: number): Promise<Container | undefined>;

  /** All containers of this pylon in this home, ended ones included. */
  list(signal?: AbortSignal): Promise<readonly Container[]>;

  /**
   * Follows the output from just after `since` (a position that an earlier chunk carried; undefined: from the start)
   * until the container has ended and all its output was seen. Survives lost connections by itself, taking up at the last
   * position. Chunks come in order; `onChunk` may return a promise, which holds the stream back.
   * Rejects when the container is gone (PYLON_CONTAINER_GONE) or the signal aborts.
   */
  follow(
    containerId: string,
    since: string | undefined,
    onChunk: (chunk: OutputChunk) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<Exit>;

  /** Asks the container to stop, kills it after `graceMs`; returns when it has ended. Harmless on an ended or unknown one. */
  stop(containerId: string, graceMs: number): Promise<void>;

  /** Removes an ended or never-started container (kills it where it runs). Harmless on an unknown one. */
  remove(containerId: string): Promise<void>;

  /** Ends whatever this object itself keeps going (connections, and for `process` its children). Twice is fine. */
  close(): Promise<void>;
}

/** One agent run, fully decided: nothing in it is a template or a variable any more. */
export interface RunSpec {
  readonly jobId: string;
  readonly run: number;
  readonly pylon: string;
  readonly homeId: string;
  readonly image: string | undefined;
  /** Replaces the image's entry point; empty: the image's own. */
  readonly command: readonly string[];
  /** Everything that the agent's environment gets, agent.env included. */
  readonly env: Readonly<Record<string, string>>;
  /** Host directory for /workspace, or undefined for none (an empty directory of the job's own is used). */
  readonly workspace: string;
  /** Host directory for /home/pylon, made by the caller and owned by the run's user. */
  readonly home: string;
  /** Host file mounted read-only at /pylon/prompt, or undefined where there is no prompt. */
  readonly promptFile: string | undefined;
  /** Further read-only host directories that the workspace needs at the same path (borrowed git objects). */
  readonly borrowed: readonly string[];
  readonly volumes: readonly Volume[];
  readonly user: { readonly uid: number; readonly gid: number };
  readonly network: 'open' | 'none';
  readonly readOnlyRoot: boolean;
  readonly limits: { readonly cpus: number; readonly memoryBytes: number; readonly pids: number };
}

export interface Volume {
  /** Resolved host path (all links followed). */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface Container {
  readonly id: string;
  readonly jobId: string;
  readonly run: number;
  readonly pylon: string;
  readonly state: 'created' | 'running' | 'ended';
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
  /** Opaque; ordered in time; to be given back as `since`. */
  readonly position: string;
}

export interface Exit {
  /** 0–255; 128 + n where signal n ended it. */
  readonly code: number;
  readonly outOfMemory: boolean;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}
