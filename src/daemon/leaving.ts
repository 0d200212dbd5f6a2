/** What the daemon says on its way out. */
import { formatDuration } from '../duration.ts';
import type { Pylon } from '../supervisor/pylon.ts';

/** How many containers go on, and until when at the latest. */
export function leavingLine(pylons: readonly Pylon[], onStop: 'leave' | 'kill', now: number): string {
  const containers = pylons.reduce((sum, { left }) => sum + left.containers, 0);
  if (containers === 0) return 'Stopped.\n';
  const until = Math.max(...pylons.map(({ left }) => left.until ?? 0));
  const what = `${containers} agent container${containers === 1 ? '' : 's'}`;
  const why = onStop === 'kill' ? ' could not be stopped in time and' : '';
  const limit = until > now ? ` for at most ${formatDuration(until - now)} more` : '';
  return `Stopped. ${what}${why} go${containers === 1 ? 'es' : ''} on running${limit}; the next \`pylon start\` takes up what they print.\n`;
}
