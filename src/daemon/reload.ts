/** Takes changes of the pylons' files over into the supervisor, one after the other. */
import { asPylonError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { PylonFiles } from './pylon-files.ts';

export interface Reloader {
  /** Reads the files of these pylons anew; resolves when what they say is in force. */
  readonly changed: (names: ReadonlySet<string>) => Promise<void>;
  stop(): Promise<void>;
}

export function reloader(options: {
  readonly files: PylonFiles;
  readonly supervisor: Supervisor;
  readonly log: Log;
  readonly logFor: (name: string) => Log;
}): Reloader {
  const { files, supervisor, log, logFor } = options;
  let stopped = false;
  let last = Promise.resolve();
  const take = async (name: string): Promise<void> => {
    const file = files.read(name);
    if (file === undefined) {
      if (supervisor.find(name) === undefined) return;
      logFor(name).info('its directory is gone; it takes no more events, and its runs end within 30 s');
      // Not waited for: the others' changes must not wait half a minute for this one's runs.
      void supervisor.remove(name).catch((error: unknown) => logFor(name).error(asPylonError(error).message));
      return;
    }
    const before = supervisor.find(name);
    await supervisor.apply(name, file);
    if (before === undefined) return;
    if (file.kind === 'usable') logFor(name).info('its settings have been read anew');
    else logFor(name).error(`its last good settings stay in force: ${file.problems.join('; ')}`);
  };
  const takeAll = async (names: ReadonlySet<string>): Promise<void> => {
    const results = await Promise.allSettled([...names].filter(() => !stopped).map(take));
    for (const result of results) {
      if (result.status === 'rejected') log.error(asPylonError(result.reason).message);
    }
  };
  return {
    changed(names) {
      last = last.then(() => takeAll(names));
      return last;
    },
    async stop() {
      stopped = true;
      await last;
    },
  };
}
