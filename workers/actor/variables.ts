/** What `${VAR}` stands for in this pylon: its own `.env`, read afresh, then the process's variables, then the home's `.env`. */
import { fail } from '../../src/errors.ts';
import { expandSettings, secretValues } from '../../src/protocol/expand-settings.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import { expandVariables, lookupIn, MissingVariable } from '../../src/variables.ts';
import type { Lookup } from '../../src/variables.ts';
import type { ActorContext } from './context.ts';

/** The settings with every variable replaced. @throws PYLON_VARIABLE_MISSING */
export function expanded(context: ActorContext, settings: PylonSettings): PylonSettings {
  return expandSettings(settings, lookup(context));
}

/**
 * The trigger's secrets, for one request: the only settings that it needs expanded.
 * @throws PYLON_VARIABLE_MISSING
 */
export function expandedSecrets(context: ActorContext, secrets: readonly string[]): readonly string[] {
  try {
    return expandVariables(secrets, lookup(context));
  } catch (error) {
    if (!(error instanceof MissingVariable)) throw error;
    throw fail('PYLON_VARIABLE_MISSING', { variable: error.variable, pylon: context.name });
  }
}

/** Every value that must not be seen in what an agent prints. @param settings unexpanded */
export function knownSecrets(context: ActorContext, settings: PylonSettings): string[] {
  return secretValues(settings, lookup(context));
}

function lookup(context: ActorContext): Lookup {
  const { variables } = context.inForce();
  return lookupIn(context.ownEnv(), variables.process, variables.home);
}
