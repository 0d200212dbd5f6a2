/** What a request to a pylon must look like, by its files. In a file of its own, as reading settings takes a while to load. */
import { homePaths, pylonFilePaths } from '../config/home.ts';
import { loadMachine } from '../config/machine.ts';
import { formatProblem } from '../config/problem.ts';
import { listPylonNames } from '../config/pylon-names.ts';
import { loadPylon } from '../config/pylon.ts';
import { readEnv } from '../config/read-env.ts';
import { fail } from '../errors.ts';
import type { WebhookTrigger } from '../protocol/settings.ts';
import { expandVariables, lookupIn } from '../variables.ts';
import { unknownPylon } from './unknown-pylon.ts';

/**
 * The webhook trigger of pylon `name` with its secrets filled in. Throws PYLON_UNKNOWN_PYLON, PYLON_SETTINGS, or
 * PYLON_TEST_TRIGGER for a pylon that takes no webhooks.
 */
export function webhookOf(home: string, name: string, environment: NodeJS.ProcessEnv): WebhookTrigger {
  const paths = homePaths(home);
  const { names } = listPylonNames(paths);
  if (!names.includes(name)) throw unknownPylon(home, name, names);
  const machine = loadMachine(paths, environment);
  const loaded = loadPylon(paths, name, machine);
  if (!loaded.ok) {
    throw fail('PYLON_SETTINGS', {
      problems: loaded.problems.map((problem) => `  ${formatProblem(problem)}`).join('\n'),
    });
  }
  const { trigger } = loaded.settings;
  if (trigger.type !== 'webhook') throw fail('PYLON_TEST_TRIGGER', { name, trigger: trigger.type });
  const own = readEnv(pylonFilePaths(paths, name).env).values;
  return expandVariables(trigger, lookupIn(own, machine.processEnv, machine.homeEnv));
}
