/** Everything that a run needs before its container can be made: rendered, cloned, written, checked. */
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { fail } from '../../src/errors.ts';
import { formatSize, parseSize } from '../../src/duration.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import type { RunSpec } from '../engine/engine.ts';
import { resolveVolumes } from '../engine/volumes.ts';
import { transaction } from '../store/transaction.ts';
import { addNote } from '../store/add-note.ts';
import { updateRun } from '../store/update-run.ts';
import { templateIsPlain } from '../template/parse-template.ts';
import { hostIsTemplated } from '../template/repo-host.ts';
import { prepareWorkspace } from '../workspace/prepare.ts';
import { showRepo } from '../workspace/remote.ts';
import type { PreparedWorkspace } from '../workspace/workspace.ts';
import type { ActorContext } from './context.ts';
import { freeBytes } from './free-disk.ts';
import { untilEngineAnswers, untilStored } from './patience.ts';
import { renderRun } from './render-run.ts';
import type { RenderedRun } from './render-run.ts';
import { runUser } from './run-user.ts';
import type { RunUser } from './run-user.ts';
import type { RunInHand } from './take-up.ts';

/** Longest prompt that also goes into the environment; one string there must stay below the system's 128 KiB. */
const promptVariableBytes = 64 * 1024;

/** The spec of the run's container. Rejects with a sentence for the user, or with the signal's reason. */
export async function prepareRun(context: ActorContext, inHand: RunInHand, signal: AbortSignal): Promise<RunSpec> {
  const { store, steps, clock } = context;
  const { job } = inHand;
  steps.enter(job.id, 'render');
  const { settings } = inHand;
  const rendered = steps.during(job.id, () => renderRun(context, job, settings));
  const { notes, ...fields } = rendered;
  // A payload may bring a password along; such an address is refused, and not kept for everybody to read either.
  const repo = rendered.repo === null ? null : showRepo(rendered.repo);
  const note = (): void =>
    transaction(store, () => {
      updateRun(store, job.id, job.run, { ...fields, repo });
      for (const text of notes) addNote(store, job.id, job.run, clock.now(), text);
    });
  // As long as it takes: the job’s own time limit ends it.
  const untilRoom = { clock, patienceMs: Infinity, signal };
  await untilStored(note, untilRoom);

  await demandRoom(context, settings);
  const patience = { clock, patienceMs: context.timings.engineSilence, signal };
  const progress = (line: string): void => context.log.info(line, { job: job.id });
  await untilEngineAnswers(() => context.engine.ping(signal), patience);
  const { image } = settings.agent;
  if (image !== undefined)
    await untilEngineAnswers(() => context.engine.ensureImage(image, signal, progress), patience);

  const user = runUser(settings);
  steps.enter(job.id, 'workspace');
  const workspace = await untilStored(() => makeWorkspace(context, inHand, rendered, user, signal), untilRoom);
  const commit = workspace.commit ?? null;
  await untilStored(() => transaction(store, () => updateRun(store, job.id, job.run, { commit })), untilRoom);
  const files = await untilStored(() => writeFiles(context, job.id, rendered.prompt, user), untilRoom);
  return {
    jobId: job.id,
    run: job.run,
    pylon: context.name,
    homeId: context.homeId,
    image,
    command: settings.agent.command ?? [],
    env: environment(context, job.id, settings, rendered.prompt),
    workspace: workspace.directory,
    borrowed: workspace.borrowed,
    ...files,
    // Looked at for each container anew: what a link points to may have changed since the settings were read.
    volumes: resolveVolumes(settings.agent.volumes, { home: context.paths.home, what: 'agent.volumes' }),
    user,
    network: settings.agent.network,
    readOnlyRoot: settings.agent.read_only,
    limits: {
      cpus: settings.limits.cpus,
      memoryBytes: parseSize(settings.limits.memory) ?? 0,
      pids: settings.limits.pids,
    },
  };
}

async function demandRoom(context: ActorContext, settings: PylonSettings): Promise<void> {
  const free = await freeBytes(context.paths.home);
  const needed = parseSize(settings.docker.min_free_disk) ?? 0;
  if (free >= needed) return;
  throw fail('PYLON_DISK_LOW', { home: context.paths.home, free: formatSize(free), needed: formatSize(needed) });
}

function makeWorkspace(
  context: ActorContext,
  { job, settings }: RunInHand,
  rendered: RenderedRun,
  owner: RunUser,
  signal: AbortSignal,
): Promise<PreparedWorkspace> {
  const { workspace } = settings;
  const { repo, ref } = workspace;
  return prepareWorkspace(
    {
      type: workspace.type,
      repo: rendered.repo ?? undefined,
      ref: rendered.ref ?? undefined,
      path: workspace.path,
      token: workspace.token,
      sshKey: workspace.ssh_key,
      hosts: workspace.hosts !== undefined || hostIsTemplated(repo ?? '') ? (workspace.hosts ?? []) : undefined,
      repoIsTemplated: repo !== undefined && !templateIsPlain(repo),
      refIsTemplated: ref !== undefined && !templateIsPlain(ref),
      jobDirectory: path.join(context.paths.jobs, job.id),
      repos: context.paths.repos,
      home: context.paths.home,
      owner,
    },
    { signal, group: context.group, maxBytes: parseSize(settings.limits.disk) ?? Infinity },
  );
}

/** The agent's home, which stays for the job's later runs, and the prompt, which the agent can only read. */
async function writeFiles(
  context: ActorContext,
  jobId: string,
  prompt: string | null,
  user: RunUser,
): Promise<{ readonly home: string; readonly promptFile: string | undefined }> {
  const directory = path.join(context.paths.jobs, jobId);
  const home = path.join(directory, 'home');
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) await chown(home, user.uid, user.gid);
  if (prompt === null) return { home, promptFile: undefined };
  const promptFile = path.join(directory, 'prompt');
  await rm(promptFile, { force: true });
  await writeFile(promptFile, prompt, { mode: 0o400, flag: 'wx' });
  if (process.getuid?.() === 0) await chown(promptFile, user.uid, user.gid);
  return { home, promptFile };
}

function environment(
  context: ActorContext,
  jobId: string,
  settings: PylonSettings,
  prompt: string | null,
): Record<string, string> {
  return {
    ...settings.agent.env,
    PYLON_JOB_ID: jobId,
    PYLON_NAME: context.name,
    ...(prompt === null ? {} : { PYLON_PROMPT_FILE: '/pylon/prompt' }),
    ...(prompt === null || Buffer.byteLength(prompt) > promptVariableBytes || prompt.includes('\0')
      ? {}
      : { PROMPT: prompt }),
  };
}
