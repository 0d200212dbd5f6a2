/** What the engine's own events say about the runs. */
import type { Evidence } from '../evidence.ts';

/** No run's container was started twice; every run that is `done` was started. */
export function runsStartedOnce({ engineEvents, databases }: Evidence): readonly string[] {
  const starts = new Map<string, number>();
  for (const { action, jobId, run } of engineEvents) {
    if (action === 'start') starts.set(`${jobId} ${run}`, (starts.get(`${jobId} ${run}`) ?? 0) + 1);
  }
  const twice = [...starts]
    .filter(([, count]) => count > 1)
    .map(([run, count]) => `run ${run} was started ${count} times`);
  const never = databases
    .flatMap(({ jobs }) => jobs)
    .filter(({ id, status }) => status === 'done' && !starts.has(`${id} 1`))
    .map(({ id }) => `job ${id} is done and its container was never started`);
  return [...twice, ...never];
}

/** At no moment did more containers run than there are slots. */
export function slotsWereKept({ engineEvents, slots }: Evidence): readonly string[] {
  const running = new Set<string>();
  const findings: string[] = [];
  for (const { at, action, container } of engineEvents.toSorted((left, right) => left.at - right.at)) {
    if (action === 'start') running.add(container);
    if (action === 'die' || action === 'destroy') running.delete(container);
    if (action === 'start' && running.size > slots) {
      findings.push(`at ${new Date(at).toISOString()} there ran ${running.size} containers on ${slots} slots`);
    }
  }
  return findings;
}
