/** The demo, from nothing to a result and back to nothing. */
import type { Writable } from 'node:stream';

import { reasonOf } from '../../errors.ts';
import { reachable } from '../post-webhook.ts';
import { terminalOf } from '../terminal.ts';
import type { EngineKind } from './choose-engine.ts';
import { payloadFile, pylonName } from './demo-home.ts';
import { interruptedExit, listenForInterruption } from './interruption.ts';
import type { Interruption } from './interruption.ts';
import { makeLeavings } from './leavings.ts';
import type { Leavings } from './leavings.ts';
import { makeNarrator } from './narrator.ts';
import type { Narrator } from './narrator.ts';
import { nextSteps, pylonCommand, servingSteps } from './next-steps.ts';
import { setStage } from './stage.ts';
import { tellStory } from './story.ts';

export interface DemoOptions {
  /** undefined: Docker where it can be used, else `process`. */
  readonly engine: EngineKind | undefined;
  /** Goes on serving until it is interrupted, and leaves the home. */
  readonly keep: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/**
 * Resolves with the exit code once all that was made is removed again: 0 where the job ended `done`, 130 where it was
 * interrupted before, else 1. Rejects with what went wrong, after the same tidying up.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { stdout, stderr, env } = options;
  const narrator = makeNarrator(stdout, terminalOf(stdout, env));
  const leavings = makeLeavings();
  const interruption = listenForInterruption(() => void stderr.write(leftBehind(leavings)));
  const onMute = (error: NodeJS.ErrnoException): void => {
    // Nobody reads on (`pylon demo | head`), or the disk is full: all the more reason to tidy up.
    if (error.code !== 'EPIPE') stderr.write(`The output cannot be written: ${reasonOf(error)}\n`);
    interruption.interrupt();
  };
  stdout.once('error', onMute);
  let exit = 1;
  try {
    narrator.write('Pylon demo: a pull request is opened, an agent reviews it, and its review is posted here.\n\n');
    exit = await play(options, narrator, leavings, interruption);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    narrator.say('Interrupted.');
    exit = interruptedExit;
  } finally {
    if (!(await isTidiedUp(leavings, stderr))) exit = Math.max(exit, 1);
    interruption.close();
    stdout.off('error', onMute);
  }
  return exit;
}

async function play(
  { engine, keep, env, stderr }: DemoOptions,
  narrator: Narrator,
  leavings: Leavings,
  interruption: Interruption,
): Promise<number> {
  const { signal } = interruption;
  const begun = Date.now();
  const stage = await setStage({ engine, keep, env, narrator, leavings, signal });
  const job = await tellStory(stage, narrator, env, signal);
  const exit = job.status === 'done' ? 0 : 1;
  if (exit !== 0) stderr.write(`The demo's job ended as ${job.status}: ${job.error ?? 'it says not why'}\n`);
  const command = pylonCommand(env);
  if (!keep) {
    stage.daemon.showOutput(() => undefined);
    narrator.say(nextSteps(command).trimEnd());
    if (!(await isTidiedUp(leavings, stderr))) return 1;
    narrator.say(`All of it took ${((Date.now() - begun) / 1_000).toFixed(1)} s, and all of it is removed again.`);
    return exit;
  }
  const url = reachable(stage.daemon.address, `/${pylonName}`).href;
  const { home, secret, payload } = stage;
  const served = { home, url, pylon: pylonName, jobId: job.id, payloadFile: payloadFile(home), payload, secret };
  narrator.say(servingSteps(command, served).trimEnd());
  await Promise.race([interruption.happened, stage.daemon.lost]);
  stage.daemon.showOutput(() => undefined);
  narrator.say(
    `Stopped. The home stays to be looked at: ${command} jobs --home ${home}\nWhen you are done: rm -r ${home}`,
  );
  return exit;
}

/** Removes all that was made, and says what could not be removed. */
async function isTidiedUp(leavings: Leavings, stderr: Writable): Promise<boolean> {
  const faults = await leavings.clear();
  for (const fault of faults) stderr.write(`${fault}\n`);
  return faults.length === 0;
}

function leftBehind(leavings: Leavings): string {
  return `Left behind: ${leavings.list().join(', ')}.\n`;
}
