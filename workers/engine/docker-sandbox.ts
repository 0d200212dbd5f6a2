/** What a run's container may do: the whole sandbox in one place, as the engine's create request. */
import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';

import type { RunSpec } from './engine.ts';

/** Where things are inside a container. */
export const inside = { workspace: '/workspace', home: '/home/pylon', prompt: '/pylon/prompt' } as const;

export const labels = { job: 'pylon.job', run: 'pylon.run', name: 'pylon.name', home: 'pylon.home' } as const;

/** The container's name: one run, one name, so that making it twice cannot make two. */
export function containerName(jobId: string, run: number): string {
  return `pylon-${jobId}-${run}`;
}

/** The create request of `run`; `network` is the id of the home's network, or `none`. */
export function sandbox(run: RunSpec, network: string): ContainerCreateOptions {
  const env = { ...run.env, HOME: inside.home };
  return {
    name: containerName(run.jobId, run.run),
    ...(run.image === undefined ? {} : { Image: run.image }),
    // Setting the entry point also drops the image's own arguments.
    ...(run.command.length === 0 ? {} : { Entrypoint: [...run.command], Cmd: [] }),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    User: `${run.user.uid}:${run.user.gid}`,
    WorkingDir: inside.workspace,
    StopSignal: 'SIGTERM',
    // An image's health check would run beside the agent for nothing.
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      [labels.job]: run.jobId,
      [labels.run]: String(run.run),
      [labels.name]: run.pylon,
      [labels.home]: run.homeId,
    },
    HostConfig: hostConfig(run, network),
  };
}

/** Above everything of the host's: when the host itself runs short of memory, an agent goes first. */
const oomScore = 500;

function hostConfig(run: RunSpec, network: string): HostConfig {
  const { cpus, memoryBytes, pids } = run.limits;
  return {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    Init: true,
    Memory: memoryBytes,
    // The same as Memory: no swap on top.
    MemorySwap: memoryBytes,
    NanoCpus: Math.round(cpus * 1e9),
    PidsLimit: pids,
    OomScoreAdj: oomScore,
    Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
    ReadonlyRootfs: run.readOnlyRoot,
    Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${Math.floor(memoryBytes / 2)}` },
    Mounts: mounts(run),
    NetworkMode: network,
    IpcMode: 'private',
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
    LogConfig: { Type: 'local', Config: logLimits },
  };
}

/**
 * The `local` driver keeps bytes as they are; `json-file` puts a replacement character where a line longer than
 * 16 KiB is cut inside a UTF-8 sequence. Two files, so that at least 32 MB of the newest output is always there.
 */
const logLimits = { 'max-size': '32m', 'max-file': '2', compress: 'false' };

function mounts(run: RunSpec): MountSettings[] {
  return [
    bind(run.workspace, inside.workspace, false),
    bind(run.home, inside.home, false),
    ...(run.promptFile === undefined ? [] : [bind(run.promptFile, inside.prompt, true)]),
    ...run.borrowed.map((directory) => bind(directory, directory, true)),
    ...run.volumes.map((volume) => bind(volume.source, volume.target, volume.readOnly)),
  ];
}

/** As a mount rather than a `-v` string: colons are harmless, and a missing source is an error instead of being made. */
function bind(source: string, target: string, readOnly: boolean): MountSettings {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: readOnly, BindOptions: { Propagation: 'rprivate' } };
}
