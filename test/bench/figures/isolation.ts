/** Whether a pylon notices what is done to its neighbour. */
import { setTimeout as pause } from 'node:timers/promises';

import { startDaemon } from '../../support/daemon.ts';
import { attackedPylons, attacks } from '../attacks.ts';
import type { Attack, Attacked } from '../attacks.ts';
import type { Figure } from '../figure.ts';
import { addPylon, container, withBenchHome } from '../homes.ts';
import { inTurn } from '../rounds.ts';
import { demandAccepted, steadyLoad } from '../steady-load.ts';
import type { SteadyLoad } from '../steady-load.ts';

const load = { perSecond: 100, seconds: 4 };

export const isolation: Figure = {
  name: 'isolation',
  how:
    `A pylon gets ${load.perSecond} signed events of 1 KB a second, all accepted; p99 of the time from when each was due to its 202, ` +
    'undisturbed and while another pylon of the same daemon is attacked. The attackers share the processor with the daemon, and with ' +
    'whoever measures.',
  measure: ({ rounds, say }) =>
    withBenchHome({ docker: 'max_concurrent: 10, on_full: queue, max_queued: 1000000' }, async (home) => {
      for (const name of ['victim', ...attackedPylons]) {
        const script = name === 'printing' ? 'yes 0123456789abcdef | head -c 1000000000' : 'sleep 86400';
        // Its first event takes its one slot; all others queue.
        addPylon(home, name, `${container(script)}limits: { max_concurrent: 1 }\n`);
      }
      const daemon = await startDaemon(home.home, { crashing: true });
      const on = { home, daemon };
      try {
        await daemon.send('/victim');
        const under = Object.entries(attacks).map(([name, attack]) => [name, () => sendUnder(attack, on)] as const);
        const found = await inTurn(rounds, say, { undisturbed: () => sendToVictim(on), ...Object.fromEntries(under) });
        const p99 = (name: string): number[] => (found[name] ?? []).map((each) => each.p99);
        return Object.keys(attacks).map((name) => ({
          what: `p99 under ${name}`,
          unit: 'ms' as const,
          values: p99(name),
          beside: { what: 'undisturbed', values: p99('undisturbed') },
          aim: { kind: 'ratio' as const, atMost: 2 },
        }));
      } finally {
        await daemon.end();
      }
    }),
};

async function sendToVictim({ daemon }: Attacked): Promise<SteadyLoad> {
  const found = await steadyLoad(`${daemon.url}/victim`, load.perSecond, load.seconds);
  demandAccepted(found);
  return found;
}

async function sendUnder(attack: Attack, on: Attacked): Promise<SteadyLoad> {
  const end = await attack(on, load.seconds);
  try {
    // Until it has reached its full force.
    await pause(500);
    return await sendToVictim(on);
  } finally {
    await end();
  }
}
