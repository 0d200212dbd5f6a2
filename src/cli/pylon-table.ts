/** Pylons as `pylon list` shows them to people. */
import type { PylonListing, PylonState } from '../control/daemon-view.ts';
import { escapeControls } from '../log.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { paint } from './terminal.ts';
import { ago } from './times.ts';

/** One line a pylon, then what is wrong with the faulty ones; ends in a newline. */
export function pylonTable(pylons: readonly PylonListing[], terminal: Terminal, now: number): string {
  const problems = pylons.flatMap(({ name, problems: found }) =>
    found.map((problem) => `${paint(terminal, 'red', name)}: ${escapeControls(problem)}\n`),
  );
  return [table(pylons, columnsAt(now), terminal), ...(problems.length > 0 ? ['\n', ...problems] : [])].join('');
}

const stateStyles: Readonly<Record<PylonState, Style>> = {
  ok: 'green',
  FAIL: 'red',
  disabled: 'dim',
  draining: 'yellow',
  restarting: 'yellow',
};

function columnsAt(now: number): readonly Column<PylonListing>[] {
  return [
    { title: 'PYLON', text: (pylon) => pylon.name, style: () => 'bold', shrinksTo: 12 },
    { title: 'STATE', text: (pylon) => pylon.state, style: (pylon) => stateStyles[pylon.state] },
    { title: 'TRIGGER', text: (pylon) => pylon.trigger ?? '', shrinksTo: 12, leaveOut: 2 },
    { title: 'RUNNING', text: ({ counts }) => String(counts.running), side: 'right', leaveOut: 3 },
    { title: 'WAITING', text: ({ counts }) => String(counts.unfinished - counts.running), side: 'right', leaveOut: 3 },
    { title: 'JOBS', text: ({ counts }) => String(counts.total), side: 'right', leaveOut: 4 },
    {
      title: 'LAST JOB',
      text: ({ counts: { last } }) => (last === null ? '' : `${last.status} ${ago(last.created_at, now)}`),
      leaveOut: 1,
    },
    { title: 'DESCRIPTION', text: (pylon) => pylon.description ?? '', shrinksTo: 12, leaveOut: 5 },
  ];
}
