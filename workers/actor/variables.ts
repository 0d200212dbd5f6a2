/** What `${VAR}` stands for in this pylon: its own `.env`, read afresh, then the process's variables, then the home's `.env`. */
import { fail } from '../../src/errors.ts';
import { expandSettings, secretValues } from '../../src/protocol/expand-settings.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import { expandVariables, lookupIn, MissingVariable } from '../../src/variables.ts';
import type { Lookup } from '../../src/variables.ts';
import type { ActorContext } from './context.ts';

/** What a run needs of the settings, with every variable replaced. @throws PYLON_VARIABLE_MISSING */
export function expandedForRun(context: ActorContext, settings: PylonSettings): PylonSettings {
  return expandSettings(withoutOthers(settings), lookup(context));
}

/** The same where a run has started already: what it needed of variables that are gone by now, it has. */
export function expandedAfterStart(context: ActorContext, settings: PylonSettings): PylonSettings {
  const find = lookup(context);
  return expandSettings(settings, (variable) => find(variable) ?? '');
}

/** The event has been verified, and messages are sent by themselves: variables for these may be gone. */
function withoutOthers(settings: PylonSettings): PylonSettings {
  const { webhook, ...channel } = settings.channel;
  if (settings.trigger.type !== 'webhook') return { ...settings, channel };
  const { secret, ...trigger } = settings.trigger;
  return { ...settings, trigger, channel };
}

/** A part of the settings, where only that is needed. @throws PYLON_VARIABLE_MISSING */
export function expandedPart<Part>(context: ActorContext, part: Part): Part {
  try {
    return expandVariables(part, lookup(context));
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
