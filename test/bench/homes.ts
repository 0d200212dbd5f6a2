/** Homes for benchmarks: many alike pylons, and what each is to do. */
import { makeHome, secret } from '../support/home.ts';
import type { TestHome } from '../support/home.ts';
import { removeTestHome } from '../support/remove-home.ts';
import { busyboxImage } from '../support/test-image.ts';

/** `pylon-1`, `pylon-2` … */
export function pylonNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `pylon-${index + 1}`);
}

/** A webhook pylon as users have it: signed as GitHub signs, its secret in `.env`. `agent`: lines of YAML below it. */
export function addPylon(home: TestHome, name: string, agent: string, urlPath = `/${name}`): string {
  return home.pylon(name, pylonYaml(name, agent, urlPath), { HOOK_SECRET: `"${secret}"` });
}

export function pylonYaml(name: string, agent: string, urlPath: string): string {
  return `name: ${name}
trigger: { type: webhook, path: ${urlPath}, secret: "\${HOOK_SECRET}", signature: github }
workspace: { type: none }
agent:
  type: command
${agent}`;
}

/** An agent that does nothing for a day, as a plain process. */
export const sleeper = "  command: [sleep, '86400']\n  timeout: 25h\n";

/** An agent that runs `script` in a container without a network. */
export function container(script: string): string {
  return `  image: ${busyboxImage}\n  network: none\n  command: [sh, -c, ${JSON.stringify(script)}]\n`;
}

/** Gives `work` a home with `docker:` settings of its own (in YAML's short form), which is gone afterwards. */
export async function withBenchHome<Result>(
  { engine = 'docker', docker }: { readonly engine?: 'docker' | 'process'; readonly docker: string },
  work: (home: TestHome) => Promise<Result>,
): Promise<Result> {
  const home = makeHome();
  home.config(`engine: ${engine}\ndocker: { min_free_disk: 10mb, ${docker} }\n`);
  try {
    return await work(home);
  } finally {
    await removeTestHome(home);
  }
}
