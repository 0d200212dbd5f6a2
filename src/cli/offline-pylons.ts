/** The pylons of a home that no daemon serves, as their files have them. */
import { jobCounts } from '../../workers/store/job-counts.ts';
import { withOfflineStore } from '../../workers/store/offline-store.ts';
import type { HomePaths } from '../config/home.ts';
import { pylonFilePaths } from '../config/home.ts';
import { loadMachine } from '../config/machine.ts';
import { formatProblem } from '../config/problem.ts';
import type { LoadedPylon } from '../config/pylon.ts';
import { loadPylon } from '../config/pylon.ts';
import { listPylonNames } from '../config/pylon-names.ts';
import type { PylonListing, PylonState } from '../control/daemon-view.ts';

/** By name. Throws PYLON_SETTINGS for a faulty config.yaml, without which no pylon can be read. */
export function offlinePylons(paths: HomePaths, environment: NodeJS.ProcessEnv): readonly PylonListing[] {
  const { names } = listPylonNames(paths);
  if (names.length === 0) return [];
  const machine = loadMachine(paths, environment);
  return names.map((name) => {
    const loaded = loadPylon(paths, name, machine);
    const trigger = loaded.ok ? loaded.settings.trigger : undefined;
    const path = trigger?.type === 'webhook' ? trigger.path : null;
    return {
      name,
      state: stateOf(loaded),
      trigger:
        trigger === undefined ? null : `${trigger.type} ${trigger.type === 'webhook' ? trigger.path : trigger.cron}`,
      description: loaded.ok ? loaded.settings.description : null,
      path,
      url:
        path === null
          ? null
          : `${(trigger?.type === 'webhook' ? trigger.public_url : undefined) ?? machine.settings.server.public_url}${path}`,
      problems: loaded.ok ? [] : loaded.problems.map((problem) => formatProblem(problem, paths.home)),
      counts: withOfflineStore(pylonFilePaths(paths, name).database, jobCounts),
    };
  });
}

function stateOf(loaded: LoadedPylon): PylonState {
  if (loaded.disabled) return 'disabled';
  return loaded.ok ? 'ok' : 'FAIL';
}
