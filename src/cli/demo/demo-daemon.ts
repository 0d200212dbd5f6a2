/** The real `pylon start`, on the demo's home, in a process that cannot outlive the demo. */
import { fileURLToPath } from 'node:url';

import { controlClient } from '../../control/client.ts';
import type { ControlClient } from '../../control/client.ts';
import { fail } from '../../errors.ts';
import { startInGroup } from '../../../workers/child/start-in-group.ts';

export interface DemoDaemon {
  readonly control: ControlClient;
  /** Where webhooks are taken. */
  readonly address: { readonly host: string; readonly port: number };
  /** From now on hands what it prints to `show`, what it has printed since it listens first. */
  showOutput(show: (text: string) => void): void;
  /** Rejects with PYLON_DEMO_DAEMON when it ends without having been asked to. */
  readonly lost: Promise<never>;
}

export interface DemoDaemonOptions {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** What it prints until it listens, as it comes. */
  readonly onBanner: (text: string) => void;
  /** Called once there is something to stop, with what stops it. */
  readonly onStarted: (stop: () => Promise<void>) => void;
}

/** Nobody needs the home afterwards, and what the daemon leaves in the engine is removed by the home's id. */
const stopGraceMs = 4_000;

/** Resolves when it listens. Rejects with PYLON_DEMO_DAEMON where it ends before, or the signal's reason. */
export async function startDemoDaemon(options: DemoDaemonOptions): Promise<DemoDaemon> {
  const { home, signal } = options;
  const child = await startInGroup({
    argv: [process.execPath, fileURLToPath(new URL('../../main.js', import.meta.url)), 'start', '--home', home],
    cwd: home,
    env: environment(options.env),
    group: { started: () => undefined, ended: () => undefined },
  });
  let stopping = false;
  options.onStarted(async () => {
    stopping = true;
    await child.stop(stopGraceMs);
  });
  let everything = '';
  const output = outputOf(options.onBanner);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    everything += text;
    output.take(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (everything += text));
  const lost = child.exited.then(() =>
    stopping ? new Promise<never>(() => undefined) : Promise.reject(ended(everything)),
  );
  // Somebody may not be waiting for it just then.
  lost.catch(() => undefined);
  await Promise.race([output.listening, lost, rejection(signal)]);
  const control = controlClient(home);
  const { address } = await control.status();
  if (address === null) throw ended(everything);
  return { control, address, lost, showOutput: (show) => output.show(show) };
}

/** What the daemon prints: shown until it says that it listens, then held back until somebody wants it. */
function outputOf(onBanner: (text: string) => void) {
  let banner = '';
  let held = '';
  let show = (text: string): void => void (held += text);
  let isListening = false;
  let heard = (): void => undefined;
  const listening = new Promise<void>((resolve) => (heard = resolve));
  return {
    listening,
    take(text: string): void {
      if (isListening) {
        show(text);
        return;
      }
      // It prints each of its blocks at once, so whatever follows that line in one piece belongs to the banner.
      banner += text;
      onBanner(text);
      isListening = /listening on /.test(banner);
      if (isListening) heard();
    },
    show(next: (text: string) => void): void {
      show = next;
      if (held !== '') next(held);
      held = '';
    },
  };
}

/** A proxy for the world must not be asked for what is on this machine. */
function environment(env: NodeJS.ProcessEnv): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) own[name] = value;
  for (const name of ['NO_PROXY', 'no_proxy']) {
    own[name] = [own[name] ?? '', '127.0.0.1'].filter((part) => part !== '').join(',');
  }
  return own;
}

function ended(output: string): Error {
  const told = output.trim().split('\n').slice(-5).join('\n');
  return fail('PYLON_DEMO_DAEMON', { output: told === '' ? '(nothing)' : told });
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
