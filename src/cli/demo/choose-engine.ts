/** What the demo's agent runs on: Docker where one answers, else no sandbox at all, and never without saying so. */
import { asPylonError, fail } from '../../errors.ts';
import type { DockerAddress } from '../../../workers/engine/engine-address.ts';
import { engineAddress } from '../../../workers/engine/engine-address.ts';
import { enginePlatform } from '../../../workers/engine/engine-platform.ts';
import { whyNotOn } from './node-image.ts';

export type DemoEngine =
  | { readonly kind: 'docker'; readonly address: DockerAddress; readonly version: string }
  | { readonly kind: 'process'; readonly why: string };

export type EngineKind = DemoEngine['kind'];

/** @param wanted what the user asked for; rejects with PYLON_DEMO_ENGINE where that is Docker and cannot be had */
export async function chooseEngine(
  wanted: EngineKind | undefined,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<DemoEngine> {
  if (wanted === 'process') return { kind: 'process', why: '--engine process was asked for' };
  const found = await lookForDocker(env, signal);
  if (typeof found !== 'string') return found;
  if (wanted === 'docker') throw fail('PYLON_DEMO_ENGINE', { reason: found });
  return { kind: 'process', why: `Docker cannot be used here: ${found}` };
}

/** The engine, or why there is none. */
async function lookForDocker(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<DemoEngine | string> {
  try {
    const address = engineAddress(env);
    const platform = await enginePlatform(address, signal);
    return whyNotOn(platform) ?? { kind: 'docker', address, version: platform.version };
  } catch (error) {
    signal.throwIfAborted();
    return firstSentence(asPylonError(error).message);
  }
}

/** What is advised after it is about config.yaml, which a demo's reader has not met yet. */
function firstSentence(text: string): string {
  return text.slice(0, text.search(/\.(\s|$)/)).replace(/^The /, 'the ');
}
