import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock, Timer } from '../clock.ts';
import { reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { watchTree } from './tree-watch.ts';

export interface ConfigWatchOptions {
  /** `pylons/` of the home; it may be missing, and may come and go. */
  readonly pylonsDirectory: string;
  readonly configFile: string;
  /** The names of the directories in which `pylon.yaml` or `.env` changed, or which came or went. */
  readonly onPylonsChanged: (names: ReadonlySet<string>) => void;
  readonly onConfigChanged: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ConfigWatch {
  /** Resolves when the present state is noted: changes from then on are told. Read the settings afterwards. */
  start(): Promise<void>;
  /** Resolves when nothing is watched and nothing will be told any more. Twice is fine, and so is never started. */
  stop(): Promise<void>;
}

/** What is compared. A leaf's signature changes whenever its file may have. */
interface Signatures {
  readonly config: string;
  /** Pylon name → signature of its files. */
  readonly pylons: ReadonlyMap<string, string>;
}

/** The longest a change goes unnoticed where the operating system tells nothing. */
const pollMs = 600;
/** Files must rest this long before they are told, so that several saves in quick succession are one change. */
const restMs = 50;
/** Files that never rest are told all the same after this long. */
const longestUnrestMs = 300;

/**
 * Notices changes to a home's settings files within a second.
 *
 * The truth is a cheap look at every file (a `stat` each) that is repeated every 600 ms; the operating system's own
 * notices only make the next look come at once. So everything that they miss (trees made in one go, directories moved
 * in, symbolic links, file systems and limits that allow none) is noticed all the same.
 */
export function watchPylons(options: ConfigWatchOptions): ConfigWatch {
  return new PollingWatch(options);
}

class PollingWatch implements ConfigWatch {
  readonly #options: ConfigWatchOptions;
  readonly #tree: ReturnType<typeof watchTree>;
  /** What was told last. */
  #told: Signatures = { config: '', pylons: new Map() };
  #seen = this.#told;
  /** Since when files have been changing, or undefined while they rest. */
  #unrestSince: number | undefined;
  #timer: Timer | undefined;
  /** The next look is due within `restMs`. */
  #soon = false;
  #running = false;

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#tree = watchTree({ root: options.pylonsDirectory, log: options.log, onEvent: () => this.#notice() });
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.#told = lookAt(this.#options);
    this.#seen = this.#told;
    this.#arm();
    await this.#tree.follow();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    await this.#tree.stop();
  }

  /** Brings the next look forward; never puts one off, however many notices come. */
  #notice(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.#arm();
  }

  #arm(): void {
    this.#timer?.cancel();
    if (!this.#running) return;
    this.#timer = this.#options.clock.after(this.#soon ? restMs : pollMs, () => {
      this.#soon = false;
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    // Not waited for: a look must not be late because the operating system is.
    void this.#tree.follow();
    try {
      this.#compare(lookAt(this.#options));
    } catch (error) {
      this.#options.log.error(`The settings files could not be looked at for changes: ${reasonOf(error)}`);
    }
  }

  #compare(now: Signatures): void {
    const { clock } = this.#options;
    const before = this.#seen;
    this.#seen = now;
    const changed = differences(this.#told, now);
    if (!changed) {
      this.#unrestSince = undefined;
      return;
    }
    this.#unrestSince ??= clock.now();
    const unrest = clock.now() - this.#unrestSince;
    if (differences(before, now) && unrest >= 0 && unrest < longestUnrestMs) {
      this.#soon = true;
      return;
    }
    this.#unrestSince = undefined;
    this.#told = now;
    if (changed.config) this.#options.onConfigChanged();
    if (changed.pylons.size > 0) this.#options.onPylonsChanged(changed.pylons);
  }
}

function differences(before: Signatures, now: Signatures): { config: boolean; pylons: Set<string> } | undefined {
  const names = [...before.pylons.keys(), ...now.pylons.keys()];
  const pylons = new Set(names.filter((name) => before.pylons.get(name) !== now.pylons.get(name)));
  const config = before.config !== now.config;
  return config || pylons.size > 0 ? { config, pylons } : undefined;
}

/**
 * Synchronous, as that takes a tenth of the processor time: a hundred pylons are looked at in about a millisecond.
 */
function lookAt({ pylonsDirectory, configFile }: ConfigWatchOptions): Signatures {
  const pylons = new Map<string, string>();
  for (const name of directoriesIn(pylonsDirectory)) {
    const directory = join(pylonsDirectory, name);
    pylons.set(name, `${signature(join(directory, 'pylon.yaml'))} ${signature(join(directory, '.env'))}`);
  }
  return { config: signature(configFile), pylons };
}

/** Names of the directories, and of the symbolic links, which may lead to one. What cannot be read has not gone away. */
function directoriesIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** The change time moves with every write, chmod and rename-over, also where a tool sets the modification time back. */
function signature(file: string): string {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.ctimeNs}` : 'missing';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
