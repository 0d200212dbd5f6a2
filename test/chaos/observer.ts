/** Writes down what the engine itself says happens to a home's containers. */
import type { IncomingMessage } from 'node:http';

import { askEngine } from './engine-api.ts';
import type { EngineEvent } from './evidence.ts';

export interface Observer {
  readonly events: readonly EngineEvent[];
  /** Jobs whose container runs now, with its id. */
  running(): readonly { readonly jobId: string; readonly pylon: string; readonly container: string }[];
  stop(): void;
}

const actions = new Set<string>(['create', 'start', 'die', 'destroy']);

/** Resolves when it listens: nothing of the home may run before. */
export async function observe(homeId: string): Promise<Observer> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], label: [`pylon.home=${homeId}`] }));
  const stream = await askEngine('GET', `/events?filters=${filters}`);
  const events: EngineEvent[] = [];
  readLines(stream, (line) => {
    const event = toEvent(line);
    if (event !== undefined) events.push(event);
  });
  return {
    events,
    running() {
      const found = new Map<string, EngineEvent>();
      for (const event of events) {
        if (event.action === 'start') found.set(event.container, event);
        if (event.action === 'die') found.delete(event.container);
      }
      return [...found.values()];
    },
    stop: () => stream.destroy(),
  };
}

function readLines(stream: IncomingMessage, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') take(line);
  });
  stream.on('error', () => undefined);
}

function toEvent(line: string): EngineEvent | undefined {
  const { Action, Actor, timeNano } = JSON.parse(line) as {
    readonly Action: string;
    readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
    readonly timeNano: number;
  };
  if (!actions.has(Action)) return undefined;
  const { 'pylon.job': jobId = '', 'pylon.run': run = '', 'pylon.name': pylon = '' } = Actor.Attributes;
  return { at: timeNano / 1e6, action: Action as EngineEvent['action'], container: Actor.ID, jobId, run, pylon };
}
