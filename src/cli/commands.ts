/** Every command there is. Each is loaded only when it is called for, as some bring much with them. */
import type { CommandClass } from 'clipanion';

/** By name, in the order in which the overview shows them. */
const loaders: Readonly<Record<string, () => Promise<CommandClass>>> = {
  start: async () => (await import('./start.ts')).StartCommand,
  stop: async () => (await import('./stop.ts')).StopCommand,
  restart: async () => (await import('./restart.ts')).RestartCommand,
  list: async () => (await import('./list.ts')).ListCommand,
  jobs: async () => (await import('./jobs.ts')).JobsCommand,
  show: async () => (await import('./show.ts')).ShowCommand,
  logs: async () => (await import('./logs.ts')).LogsCommand,
  kill: async () => (await import('./kill.ts')).KillCommand,
  retry: async () => (await import('./retry.ts')).RetryCommand,
  test: async () => (await import('./test.ts')).TestCommand,
  validate: async () => (await import('./validate.ts')).ValidateCommand,
  demo: async () => (await import('./demo.ts')).DemoCommand,
  version: async () => (await import('./version.ts')).VersionCommand,
};

export const commandNames: readonly string[] = Object.keys(loaders);

/** The command that `word` names, alone; all of them where it names none. */
export async function commandsFor(word: string | undefined): Promise<readonly CommandClass[]> {
  const load = word !== undefined && Object.hasOwn(loaders, word) ? loaders[word] : undefined;
  return Promise.all((load === undefined ? Object.values(loaders) : [load]).map((each) => each()));
}
