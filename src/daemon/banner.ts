/** What `pylon start` says of itself. */
import type { MachineSettings } from '../protocol/settings.ts';
import type { Pylon } from '../supervisor/pylon.ts';

const nameWidth = 24;

/** How a pylon stands, in the banner's words. */
export function pylonLine(pylon: Pylon): {
  readonly state: 'ok' | 'FAIL' | 'disabled' | 'not named';
  readonly text: string;
} {
  const { file } = pylon;
  if (file.kind === 'faulty') return { state: 'FAIL', text: file.problems.join('; ') };
  if (file.served === 'disabled') return { state: 'disabled', text: 'disabled: true' };
  if (file.served === 'not-named') return { state: 'not named', text: 'not among those to start' };
  if (pylon.conflict !== undefined) return { state: 'FAIL', text: pylon.conflict };
  if (pylon.threadState === 'ready') return { state: 'ok', text: triggerText(pylon) };
  return {
    state: 'FAIL',
    text: `its worker did not start${pylon.lastDeath === undefined ? '' : `: ${pylon.lastDeath}`}`,
  };
}

/** `webhook /my-sentry` */
export function triggerText({ settings }: Pylon): string {
  if (settings === undefined) return '';
  const { trigger } = settings;
  return trigger.type === 'webhook' ? `webhook ${trigger.path}` : `cron ${trigger.cron}`;
}

/** How many problems of one faulty pylon the banner shows. */
const shownProblems = 3;

/** The list of pylons, a line each, with a further line for each further problem of a faulty one. */
function pylonLines(pylons: readonly Pylon[]): string {
  return pylons
    .map((pylon) => {
      const { state, text } = pylonLine(pylon);
      const problems = pylon.file.kind === 'faulty' ? pylon.file.problems : [text];
      const [first = '', ...more] = problems.slice(0, shownProblems);
      const hidden = problems.length - shownProblems;
      if (hidden > 0) more.push(`and ${hidden} more; \`pylon validate ${pylon.name}\` shows all`);
      const rest = more.map((line) => `${' '.repeat(nameWidth + 9)}${line}\n`).join('');
      return `  ${pylon.name.padEnd(nameWidth)} ${state}  ${first}\n${rest}`;
    })
    .join('');
}

/** The whole banner: the pylons, how many are active, and where it listens. */
export function greeting(
  pylons: readonly Pylon[],
  { host, port }: { readonly host: string; readonly port: number },
  { engine }: MachineSettings,
): string {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const unsafe = '\nengine: process -- agents run as plain child processes, WITHOUT a sandbox\n';
  return `${pylonLines(pylons)}\n${activeLine(pylons, address)}${engine === 'process' ? unsafe : ''}`;
}

/** `2 pylons active -- listening on 0.0.0.0:8080` */
function activeLine(pylons: readonly Pylon[], address: string): string {
  const active = pylons.filter((pylon) => pylonLine(pylon).state === 'ok').length;
  if (active === 0) {
    return `No pylon is active -- listening on ${address} all the same, waiting for a usable pylons/<name>/pylon.yaml\n`;
  }
  return `${active} pylon${active === 1 ? '' : 's'} active -- listening on ${address}\n`;
}
