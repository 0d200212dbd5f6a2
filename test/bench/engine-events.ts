/** When containers of one home start and end, as the engine itself tells it. */
import type { Readable } from 'node:stream';

import type Docker from 'dockerode';

export interface EngineEvents {
  /** Resolves with when (`performance.now()`) the container that bears `label` started. Looks back, too. */
  started(label: string): Promise<number>;
  /** The most that ever ran at the same time. */
  mostAtOnce(): number;
  close(): void;
}

/** Watches containers with the label `pylon.home=<homeId>`. */
export async function watchEngine(docker: Docker, homeId: string): Promise<EngineEvents> {
  const stream = (await docker.getEvents({
    filters: { type: ['container'], event: ['start', 'die'], label: [`pylon.home=${homeId}`] },
  })) as unknown as Readable;
  const starts = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  let running = 0;
  let most = 0;
  const take = (line: string): void => {
    if (line.trim() === '') return;
    const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } };
    running += Action === 'start' ? 1 : -1;
    most = Math.max(most, running);
    if (Action !== 'start') return;
    const at = performance.now();
    const job = Actor.Attributes['pylon.job'] ?? '';
    starts.set(job, at);
    waiting.get(job)?.(at);
  };
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  stream.on('error', () => undefined);
  return {
    started(job) {
      const at = starts.get(job);
      return at === undefined ? new Promise((resolve) => waiting.set(job, resolve)) : Promise.resolve(at);
    },
    mostAtOnce: () => most,
    close: () => void stream.destroy(),
  };
}
