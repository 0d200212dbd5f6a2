/** How fast events are accepted, each answered only after it is on disk and synced. */
import { startDaemon } from '../../support/daemon.ts';
import type { Figure, Row } from '../figure.ts';
import { addPylon, pylonNames, sleeper, withBenchHome } from '../homes.ts';
import { inTurn } from '../rounds.ts';
import { startBareHttp, startWebhookProgram } from '../references.ts';
import { hammer } from '../wrk.ts';
import type { Load } from '../wrk.ts';

export const accept: Figure = {
  name: 'accept',
  how:
    '`wrk` sends signed events of 1 KB, each with a delivery id of its own, over 32 connections for three seconds a round, after as long that is not counted. ' +
    'Pylon checks, stores and syncs each before its 202; all jobs queue, as the one slot is taken. adnanh/webhook checks the same ' +
    'signature and runs `/bin/true` behind its answer, storing nothing. The bare server reads the body and answers 202.',
  measure: ({ rounds, say }) =>
    withPylons(1, (one) =>
      withPylons(10, async (ten) => {
        const webhook = await startWebhookProgram();
        const bare = await startBareHttp();
        try {
          // Code that has just been loaded is slow; a daemon lives for weeks.
          for (const pylons of [one, ten]) await send(pylons);
          const found = await inTurn(rounds, say, {
            'Pylon, 1 pylon': () => send(one),
            'adnanh/webhook': () => send({ url: webhook.url, paths: [webhook.path] }),
            'Pylon, 10 pylons': () => send(ten),
            'bare node:http': () => send({ url: bare.url, paths: [bare.path] }),
          });
          return rowsOf(found);
        } finally {
          for (const server of [webhook, bare]) await server.close();
        }
      }),
    ),
};

const send = ({ url, paths }: { url: string; paths: readonly string[] }): Promise<Load> =>
  hammer(url, paths, { connections: 32, seconds: 3 });

function rowsOf(found: Readonly<Record<string, readonly Load[]>>): Row[] {
  const of = (who: string, what: 'perSecond' | 'p50' | 'p99'): readonly number[] =>
    (found[who] ?? []).map((load) => load[what]);
  return ['Pylon, 1 pylon', 'Pylon, 10 pylons'].flatMap((pylon) => {
    const beside = (who: string, what: 'perSecond' | 'p50' | 'p99') => ({ what: who, values: of(who, what) });
    return [
      {
        what: `accepted events: ${pylon}`,
        unit: '/s',
        values: of(pylon, 'perSecond'),
        beside: beside('adnanh/webhook', 'perSecond'),
        aim: { kind: 'ratio', atLeast: 1.5 },
      },
      {
        what: `accepted events: ${pylon}`,
        unit: '/s',
        values: of(pylon, 'perSecond'),
        beside: beside('bare node:http', 'perSecond'),
        aim: { kind: 'ratio', atLeast: 0.25 },
      },
      {
        what: `time to the 202, p50: ${pylon}`,
        unit: 'ms',
        values: of(pylon, 'p50'),
        beside: beside('adnanh/webhook', 'p50'),
      },
      {
        what: `time to the 202, p99: ${pylon}`,
        unit: 'ms',
        values: of(pylon, 'p99'),
        beside: beside('adnanh/webhook', 'p99'),
        aim: { kind: 'ratio', atMost: 1 },
      },
    ] satisfies Row[];
  });
}

interface Pylons {
  readonly url: string;
  readonly paths: readonly string[];
}

/** A daemon whose one slot is taken by an agent that does nothing, so that nothing but accepting goes on. */
function withPylons<Result>(count: number, work: (pylons: Pylons) => Promise<Result>): Promise<Result> {
  const docker = 'max_concurrent: 1, on_full: queue, max_queued: 1000000';
  return withBenchHome({ engine: 'process', docker }, async (home) => {
    const names = pylonNames(count);
    for (const name of ['holder', ...names]) addPylon(home, name, sleeper);
    const daemon = await startDaemon(home.home);
    try {
      await daemon.send('/holder');
      return await work({ url: daemon.url, paths: names.map((name) => `/${name}`) });
    } finally {
      await daemon.end();
    }
  });
}
