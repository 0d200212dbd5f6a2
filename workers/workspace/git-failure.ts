/** What git's complaint means for the person who set the pylon up. */
import { escapeControls } from '../../src/log.ts';
import { fail, type PylonError } from '../../src/errors.ts';

export interface FailedGit {
  /** The repository as people may see it. */
  readonly repo: string;
  /** Whether a token, key or password of the pylon's own was used. */
  readonly hasCredential: boolean;
  readonly stderr: string;
  /** Never to be shown. */
  readonly secrets: readonly string[];
}

/** One of PYLON_REPO_REFUSED, _NOT_FOUND, _UNREACHABLE, _REDIRECTED, PYLON_DISK_FULL or PYLON_WORKSPACE_FAILED. */
export function gitFailure(failed: FailedGit): PylonError {
  const { repo, hasCredential } = failed;
  const reason = condense(failed);
  const says = (pattern: RegExp): boolean => pattern.test(failed.stderr);
  if (says(/No space left on device|Disk quota exceeded/i)) return fail('PYLON_DISK_FULL', { repo, reason });
  if (says(/returned error: 30\d|unable to update url base from redirection/i)) {
    return fail('PYLON_REPO_REDIRECTED', { repo, reason });
  }
  if (says(/Host key verification failed|host key .*changed/i)) {
    return fail('PYLON_REPO_REFUSED', { repo, who: 'the server’s ssh host key was not accepted', reason });
  }
  if (says(refused)) {
    const who = hasCredential
      ? 'the credentials given were not accepted'
      : 'it asks for credentials and none were accepted';
    return fail('PYLON_REPO_REFUSED', { repo, who, reason });
  }
  if (says(unreachable)) return fail('PYLON_REPO_UNREACHABLE', { repo, reason });
  if (says(missing)) return fail('PYLON_REPO_NOT_FOUND', { repo, reason });
  return fail('PYLON_WORKSPACE_FAILED', { repo, reason });
}

/** Whether the server does not hand out the wanted commit by its id (or does not have it). */
export const isUnknownObject = (stderr: string): boolean =>
  /not our ref|no such remote ref|couldn't find remote ref|unadvertised object|remote error: upload-pack/i.test(stderr);

/** Whether what git found broken is on this machine: a cached clone that a power cut left half-written. */
export const isLocalDamage = (stderr: string): boolean =>
  /not a git repository|bad object|object file .* is empty|loose object .* is corrupt|bad config|did not send all necessary objects|index file .* is too small|packfile .* (?:is far too short|cannot be accessed)|invalid object|cannot lock ref|unable to parse/i.test(
    stderr,
  );

const refused =
  /could not read (?:Username|Password)|Authentication failed|returned error: 40[13]|Permission denied|invalid credentials|access denied(?! or repository not exported)|terminal prompts disabled/i;
const unreachable =
  /Could not resolve|Failed to connect|Couldn't connect|unable to connect|Connection (?:refused|timed out|reset|closed)|timed out|Network is unreachable|No route to host|Operation too slow|unexpected disconnect|hung up unexpectedly|early EOF|Empty reply|SSL|certificate|returned error: 5\d\d|unable to look up|Proxy CONNECT|RPC failed/i;
const missing =
  /not found|does not exist|does not appear to be a git repository|not exported|returned error: 404|no matching repositories|not a git repository/i;

const longest = 300;
/** What is looked at of what a server had git print: it sends as much as it likes, and patterns take their time on that. */
const mostLines = 20;
const longestLine = 500;

/** Git's own words in one line: its fatal and error lines, without credentials, control characters and repetitions. */
function condense({ stderr, secrets }: FailedGit): string {
  const lines = hide(stderr, secrets)
    .split(/[\r\n]+/)
    .map((line) => line.slice(0, longestLine).trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) =>
    /^(?:fatal|error|ssh|remote: (?:error|fatal)|ERROR|.*: Permission denied)/i.test(line),
  );
  const chosen = [...new Set(telling.length > 0 ? telling : lines.slice(-2))].slice(0, mostLines);
  const text = escapeControls(chosen.map(withoutUserInfo).join('; ')).replace(/[.\s]+$/, '');
  if (text === '') return 'git gave no reason';
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length > 3).reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

const withoutUserInfo = (line: string): string => line.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*@/gi, '$1');
