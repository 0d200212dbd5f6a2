import { tryGit } from './git.ts';
import type { Setting } from './git-environment.ts';
import type { WorkspaceContext } from './workspace.ts';

/**
 * Of the machine's and the daemon user's git settings, those that say how to reach a remote: credential helpers, proxies,
 * certificates and address rewriting. Everything else of theirs (hooks, filters, aliases …) is left out of every call.
 */
export async function userSettings(context: WorkspaceContext): Promise<readonly Setting[]> {
  const scopes = await Promise.all([settingsOf(context, '--system'), settingsOf(context, '--global')]);
  return scopes.flat();
}

async function settingsOf(context: WorkspaceContext, scope: string): Promise<Setting[]> {
  const { code, stdout } = await tryGit(context, {
    args: ['config', scope, '--includes', '--null', '--get-regexp', reaching],
    readsUserSettings: true,
  });
  return code === 0 ? parse(stdout) : [];
}

const reaching = String.raw`^(credential|http)\.|^url\..*\.insteadof$`;

/** `key newline value NUL` each; a key alone means true. */
function parse(output: string): Setting[] {
  return output
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry): Setting => {
      const end = entry.indexOf('\n');
      return end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    })
    .filter(([key]) => !/\.(?:followredirects|lowspeedlimit|lowspeedtime)$/i.test(key));
}
