/** What the daemon says on its way out. */
import { formatDuration } from '../duration.ts';
import type { Pylon } from '../supervisor/pylon.ts';

/** How many containers go on, and until when at the latest. */
export function leavingLine(pylons: readonly Pylon[], onStop: 'leave' | 'kill', now: number): string {
  const containers = pylons.reduce((sum, { left }) => sum + left.containers, 0);
  if (containers === 0) return 'Stopped.\n';
  const until = Math.max(...pylons.map(({ left }) => left.until ?? 0));
  const one = containers === 1;
  const what = `${containers} agent container${one ? '' : 's'}`;
  const why = onStop === 'kill' ? ' could not be stopped in time and' : '';
  const limit = until > now ? ` for at most ${formatDuration(until - now)} more` : '';
  return `Stopped. ${what}${why} go${one ? 'es' : ''} on running${limit}; the next \`pylon start\` takes up what ${one ? 'it prints' : 'they print'}.\n`;
}
