/** What `pylon start` says of itself. */
import type { Pylon } from '../supervisor/pylon.ts';

const nameWidth = 24;

/** How a pylon stands, in the banner's words. */
export function pylonLine(pylon: Pylon): { readonly state: 'ok' | 'FAIL' | 'disabled' | 'not named'; readonly text: string } {
  const { file } = pylon;
  if (file.kind === 'faulty') return { state: 'FAIL', text: file.problems.join('; ') };
  if (file.served === 'disabled') return { state: 'disabled', text: 'disabled: true' };
  if (file.served === 'not-named') return { state: 'not named', text: 'not among those to start' };
  if (pylon.conflict !== undefined) return { state: 'FAIL', text: pylon.conflict };
  if (pylon.threadState === 'ready') return { state: 'ok', text: triggerText(pylon) };
  return { state: 'FAIL', text: `its worker did not start${pylon.lastDeath === undefined ? '' : `: ${pylon.lastDeath}`}` };
}

/** `webhook /my-sentry` */
export function triggerText({ settings }: Pylon): string {
  if (settings === undefined) return '';
  const { trigger } = settings;
  return trigger.type === 'webhook' ? `webhook ${trigger.path}` : `cron ${trigger.cron}`;
}

/** The list of pylons, a line each, with a further line for every further problem of a faulty one. */
export function pylonLines(pylons: readonly Pylon[]): string {
  return pylons
    .map((pylon) => {
      const { state, text } = pylonLine(pylon);
      const [first = '', ...more] = pylon.file.kind === 'faulty' ? pylon.file.problems : [text];
      const rest = more.map((problem) => `${' '.repeat(nameWidth + 8)}${problem}\n`).join('');
      return `  ${pylon.name.padEnd(nameWidth)} ${state.padEnd(4)} ${first}\n${rest}`;
    })
    .join('');
}

/** `2 pylons active -- listening on 0.0.0.0:8080` */
export function activeLine(pylons: readonly Pylon[], address: string): string {
  const active = pylons.filter((pylon) => pylonLine(pylon).state === 'ok').length;
  if (active === 0) {
    return `No pylon is active -- listening on ${address} all the same, waiting for a usable pylons/<name>/pylon.yaml\n`;
  }
  return `${active} pylon${active === 1 ? '' : 's'} active -- listening on ${address}\n`;
}
