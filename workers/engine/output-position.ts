/**
 * A place in a container's output, exact although the engine only knows times: for each stream the time of the last
 * message seen, how many messages of that very time were seen (the pieces of a long line share one), and whether the
 * last one left its line open.
 */
export interface Place {
  /** Seconds since 1970 with nine decimals, the form in which the engine takes `since`. */
  readonly time: string;
  readonly count: number;
  readonly open: boolean;
}

export type StreamName = 'stdout' | 'stderr';
export type Places = { readonly [Name in StreamName]?: Place };

/** `places` as the opaque string that a caller keeps. */
export function formatPosition(places: Places): string {
  const one = (place: Place | undefined): string =>
    place === undefined ? '-' : `${place.time}/${place.count}${place.open ? '+' : ''}`;
  return `${one(places.stdout)} ${one(places.stderr)}`;
}

/** The places of a kept string; none where it is not one, which reads the output from its start. */
export function parsePosition(text: string | undefined): Places {
  const [stdout = '', stderr = ''] = (text ?? '').split(' ');
  const one = (name: StreamName, part: string): Places => {
    const [, time, count, open] = /^(\d+\.\d{9})\/(\d+)(\+?)$/.exec(part) ?? [];
    if (time === undefined || count === undefined) return {};
    return { [name]: { time, count: Number(count), open: open === '+' } };
  };
  return { ...one('stdout', stdout), ...one('stderr', stderr) };
}

/**
 * What to give the engine as `since`, or undefined for the start. A second early: the two streams' messages are stamped
 * before they are written one after the other, so a message may stand behind a younger one.
 */
export function sinceOf(places: Places): string | undefined {
  const times = [places.stdout?.time, places.stderr?.time].filter((time) => time !== undefined).toSorted();
  const last = times.at(-1);
  if (last === undefined) return undefined;
  const [seconds = '0', fraction = '0'] = last.split('.');
  return `${Math.max(0, Number(seconds) - 1)}.${fraction}`;
}
