/**
 * Every error that a user can meet: its code, its sentence and how it leaves the process.
 * Leaf: imports nothing of ours. `docs/errors.md` is made from this table (`npm run gen:errors`) and a test keeps them equal.
 *
 * A sentence says what was found and where, what was expected, and what to do. `{name}` is filled in by `fail()`;
 * the compiler demands exactly the names that the sentence uses.
 */

interface Entry {
  /** Exit code of a command that ends with this error. */
  readonly exit?: number;
  /** HTTP status where the error is an answer. */
  readonly http?: number;
  readonly text: string;
  /** For docs/errors.md: when it happens and what to do, beyond the sentence itself. */
  readonly help: string;
}

export const catalogue = {
  // Anything
  PYLON_INTERNAL: {
    exit: 1,
    http: 500,
    text: 'Something inside Pylon went wrong: {reason}. This is a fault of Pylon; please report it with the log lines around it.',
    help: 'A fault in Pylon itself. The job concerned ends as `failed`; the pylon restarts alone where it has to.',
  },
  PYLON_USAGE: {
    exit: 1,
    text: '{reason}',
    help: 'A command was called with arguments that do not fit. `pylon <command> --help` shows what does.',
  },

  // Home and daemon
  PYLON_HOME_IN_USE: {
    exit: 1,
    text: 'The home {home} is already served by process {pid}. Stop it with `pylon stop`, or use another home with --home.',
    help: 'One daemon serves a home. The lock is the operating system’s: it goes with the process, so nothing is ever left to clean by hand.',
  },
  PYLON_PORT_IN_USE: {
    exit: 1,
    text: 'Cannot listen on {address}: {reason}. Free the port, or set another `server.port` in {file}.',
    help: 'Another program (perhaps another Pylon) listens there, the address is not one of this machine, or the port needs more rights.',
  },
  PYLON_NOT_RUNNING: {
    exit: 1,
    text: 'No daemon serves the home {home}. Start one with `pylon start`.',
    help: 'The command needs a running daemon of that home. Reading commands (`jobs`, `show`, `logs`, `list`) also work without one.',
  },
  PYLON_UNKNOWN_PYLON: {
    exit: 1,
    http: 404,
    text: 'There is no pylon "{name}" in {home}. {known}',
    help: 'The name is not that of a directory below `pylons/`. `pylon list` shows those there are.',
  },
  PYLON_UNKNOWN_JOB: {
    exit: 1,
    http: 404,
    text: 'No job starts with "{id}". `pylon jobs` lists the jobs there are.',
    help: 'Commands take a job’s id or any unambiguous beginning of it.',
  },
  PYLON_AMBIGUOUS_JOB: {
    exit: 1,
    http: 409,
    text: '"{id}" is the beginning of {count} jobs: {candidates}. Give more of it.',
    help: 'Type as many characters as tell the jobs apart.',
  },
  PYLON_JOB_ENDED: {
    exit: 1,
    http: 409,
    text: 'Job {id} has already ended ({status}).',
    help: 'Only a job that has not ended can be killed.',
  },
  PYLON_JOB_NOT_ENDED: {
    exit: 1,
    http: 409,
    text: 'Job {id} has not ended yet ({status}). `pylon kill {id}` ends it.',
    help: 'Only an ended job can be retried.',
  },
  PYLON_NOT_RETRIABLE: {
    exit: 1,
    http: 409,
    text: 'Job {id} has no stored payload to run again ({reason}).',
    help: 'A job that was rejected for lack of a slot is kept without its payload; send the event again.',
  },

  // The life of a job
  PYLON_PATH_TAKEN: {
    text: 'The path {path} is served by the pylon {owner} already; give this one another `trigger.path`.',
    help: 'Of two pylons with one path, the one that serves it already keeps it; the other is `FAIL` until the path is free.',
  },
  PYLON_NOT_ACCEPTING: {
    exit: 1,
    http: 409,
    text: 'The pylon {pylon} takes no new jobs now (it is disabled, faulty or not among those that were started).',
    help: '`pylon list` says which of these it is.',
  },
  PYLON_NO_SETTINGS: {
    text: 'The file of the pylon {pylon} is faulty and no earlier settings of it are known; mend it and `pylon retry` the job.',
    help: 'A waiting job got its slot while its pylon.yaml could not be used.',
  },
  PYLON_SECRET_GONE: {
    text: 'The secret {field} of the pylon {pylon} stood in its pylon.yaml, which cannot be read now; mend the file and `pylon retry` the job.',
    help: 'Secrets that are written into pylon.yaml itself are not stored with a job. Those given as `${VAR}` are looked up anew.',
  },
  PYLON_TEMPLATE_FAILED: {
    text: 'The template {field} could not be rendered for this event: {reason}.',
    help: '`agent.prompt`, `workspace.repo` and `workspace.ref` must render; the latter two without `<no value>`.',
  },
  PYLON_ROOT_WORKSPACE: {
    text: 'workspace.path {path} belongs to root, and agents do not run as root; set `agent.user`, or give the directory to another user.',
    help: 'An agent works as the owner of a `local` directory.',
  },
  PYLON_DISK_LOW: {
    text: 'Only {free} are free on the disk of {home}, less than docker.min_free_disk ({needed}); make room and `pylon retry` the job.',
    help: 'Nothing new is cloned or run below `docker.min_free_disk`.',
  },
  PYLON_DISK_LIMIT: {
    text: 'It took more than {limit} of disk and was stopped; limits.disk sets the limit.',
    help: 'The job’s workspace, home and output together grew beyond `limits.disk`.',
  },
  PYLON_RUN_TIMEOUT: {
    text: 'It ran past its time limit of {limit} and was stopped; agent.timeout sets the limit.',
    help: 'The limit counts from the slot on: clone, fetch and image included.',
  },
  PYLON_OUT_OF_MEMORY: {
    text: 'The agent ran out of memory and was stopped by the engine; limits.memory sets the limit.',
    help: 'The container reached `limits.memory`.',
  },
  PYLON_MAY_HAVE_RUN: {
    text: 'Its container is gone after a restart: it may have run. `pylon retry {id}` runs it again.',
    help: 'The intent to start the container was stored, and no container was found afterwards. A run is never started twice.',
  },
  PYLON_RUN_LOST: {
    text: 'It ended with the daemon or worker that had started it (engine: process); `pylon retry` runs it again.',
    help: 'On the `process` engine agents are child processes and do not outlive Pylon.',
  },
  PYLON_WORKER_KILLER: {
    text: 'Its step ended the pylon’s worker {times} times, so it was given up; the log says how the worker ended.',
    help: 'A fault of Pylon or of the machine that this job brings out. Please report it with the log.',
  },

  // Public listener
  PYLON_NOT_FOUND: { http: 404, text: 'No pylon listens on {path}.', help: 'The path is not one of an active pylon.' },
  PYLON_METHOD_NOT_ALLOWED: {
    http: 405,
    text: '{method} is not allowed on {path}; send a {allowed}.',
    help: 'Webhooks are POSTed; `/healthz` is read with GET.',
  },
  PYLON_BODY_TOO_LARGE: {
    http: 413,
    text: 'The body is larger than {limit} bytes (server.max_body).',
    help: 'Raise `server.max_body` in config.yaml, or have the sender send less.',
  },
  PYLON_TOO_BUSY: {
    http: 503,
    text: 'Too many requests are in flight; try again in {seconds} s.',
    help: 'At most 64 MB of bodies in all and 8 MB per pylon are held at once.',
  },
  PYLON_RESTARTING: {
    http: 503,
    text: 'The pylon {name} is restarting; nothing was stored. Try again in {seconds} s.',
    help: 'The pylon’s thread was restarting, or ended before it had stored the event.',
  },
  PYLON_BAD_SIGNATURE: {
    http: 401,
    text: 'The signature in {header} {reason}.',
    help: 'Missing, malformed, too old, or not made with this pylon’s secret over exactly these bytes.',
  },
  PYLON_NOT_JSON: {
    http: 400,
    text: 'The body is not JSON that can be used: {reason}.',
    help: 'A webhook’s body must be one JSON value, nested no deeper than 512 levels.',
  },
  PYLON_SLOTS_FULL: {
    http: 503,
    text: 'No slot is free (there are {limit}), and {reason}. Try again later.',
    help: '`docker.max_concurrent` (or the pylon’s `limits.max_concurrent`) agents are running. `docker.on_full: queue` makes events wait instead.',
  },
  PYLON_BAD_REQUEST: {
    http: 400,
    text: 'The request is not valid HTTP/1.1: {reason}.',
    help: 'The request’s first line, headers or framing are malformed or ambiguous (for instance both Content-Length and Transfer-Encoding). Often a proxy in between is the cause.',
  },
  PYLON_TOO_SLOW: {
    http: 408,
    text: 'The request did not arrive in time: {reason}.',
    help: 'Headers must arrive within 10 s, a body within 30 s and never slower than 1 KB/s for long. Nothing was stored; send the event again.',
  },
  PYLON_HEADERS_TOO_LARGE: {
    http: 431,
    text: 'The headers of the request are larger than {limit} bytes.',
    help: 'No webhook sender needs that much; often a proxy in between adds cookies or tokens.',
  },
  PYLON_NOT_STORED: {
    http: 503,
    text: 'This could not be stored: {reason}. Nothing of it was kept or started; try again once that is mended.',
    help: 'Usually the disk is full or the home is read-only. Pylon never answers 202 for what it could not store.',
  },

  // Database
  PYLON_DATABASE_LOCKED: {
    exit: 1,
    http: 503,
    text: 'The database {file} is in use by another program (a daemon of this home, or a sqlite3 that is open in it). Try again once that has ended.',
    help: 'While a daemon runs, its databases are locked for everybody else; ask it with `pylon jobs` and `pylon show`. At rest any SQLite program may use the file, and Pylon waits for none. See docs/database.md.',
  },
  PYLON_DATABASE_UNUSABLE: {
    exit: 1,
    text: 'The database {file} cannot be opened for reading and writing: {reason}. It must be a regular file in a directory that this user may write to.',
    help: 'The directory is missing or belongs to somebody else, or the file system is read-only or does not support the file.',
  },
  PYLON_DATABASE_DAMAGED: {
    exit: 1,
    text: 'The database {file} cannot be read: {reason}. Move it away (a new one is made at the next start), or put a backup in its place.',
    help: 'The file was overwritten, cut or copied while in use, or the disk fails. docs/database.md says how to save what can be read.',
  },
  PYLON_DATABASE_FOREIGN: {
    exit: 1,
    text: 'The database {file} is a SQLite file, but not one of Pylon’s. Move it away; a new one is made at the next start.',
    help: 'Pylon marks its files (application id "PYLN") and leaves all others as they are.',
  },
  PYLON_DATABASE_NEWER: {
    exit: 1,
    text: 'The database {file} was changed by a newer Pylon (form {found}; this one knows up to {known}). Run that release or a newer one, or put a backup from before in its place.',
    help: 'The release before the one that changed it can usually still open a database; an older one cannot.',
  },

  // Engines
  PYLON_ENGINE_SILENT: {
    exit: 1,
    http: 503,
    text: 'The container engine at {address} does not answer ({reason}). Start Docker (`systemctl start docker`), check that this user may use it, or, for trials without a sandbox, set `engine: process` in config.yaml.',
    help: 'Docker is not installed or not running, or the daemon’s user is not in the `docker` group. Running jobs keep their status and are taken up when it answers again; jobs that have not started wait up to 60 s.',
  },
  PYLON_ENGINE_REFUSED: {
    exit: 1,
    text: 'The container engine refused to {what}: {reason}.',
    help: 'The engine answered, but would not do it; the reason is its own. Often a limit that the machine cannot give, a full disk, or a command that the image does not have.',
  },
  PYLON_DOCKER_HOST: {
    exit: 1,
    text: 'DOCKER_HOST is "{host}", which Pylon cannot use: {reason}.',
    help: 'Pylon talks to a Docker engine over a Unix socket or plain TCP. Without DOCKER_HOST it uses `/var/run/docker.sock`, or a rootless engine’s socket in `$XDG_RUNTIME_DIR`.',
  },
  PYLON_IMAGE_MISSING: {
    exit: 1,
    text: 'The image {image} is not there: {reason}.',
    help: 'The image is not on this machine and could not be pulled. Check its name, log in to its registry with `docker login`, or build it. Images named `pylon/…` are built by Pylon and never pulled.',
  },
  PYLON_AGENT_NOT_STARTED: {
    exit: 1,
    text: 'The agent’s program could not be started: {reason}.',
    help: 'With `engine: process`, `agent.command` runs on this machine itself: its program must be installed here and be found in PATH.',
  },
  PYLON_CONTAINER_GONE: {
    exit: 1,
    text: 'The agent’s container {container} is gone: somebody removed it, or the engine lost it. How far it came is unknown; `pylon retry` runs the job again.',
    help: 'Containers of unfinished jobs must not be removed from outside. With `engine: process` a run is gone when the daemon or its worker ended.',
  },
  PYLON_HOST_PATH: {
    exit: 1,
    text: '{what}: {path} cannot be given to an agent: {reason}.',
    help: 'A volume’s source, a `local` path or a local `repo` may not be, lie inside or contain `/`, a home directory as a whole, `/etc`, `/proc`, `/sys`, `/dev`, `/boot`, a container engine’s socket or state, or the Pylon home. Links are followed first.',
  },
  PYLON_VOLUME: {
    exit: 1,
    text: '{what}: "{text}" is not a volume: {reason}.',
    help: 'Volumes are written `source:target`, `source:target:ro` or `source:target:rw`, for example `~/.aws:/home/pylon/.aws:ro`.',
  },

  // Control socket and commands
  PYLON_CONTROL_SOCKET: {
    exit: 1,
    text: 'Cannot make the control socket {path}: {reason}.',
    help: 'The directory must exist or be makeable, belong to the daemon’s user and be writable by nobody else.',
  },
  PYLON_CONTROL_UNKNOWN: {
    http: 404,
    text: 'The control socket has no {method} {path}. docs/control-socket.md lists what it has.',
    help: 'A mistyped path or method, or a command of a newer release than the daemon: `pylon restart` after an upgrade.',
  },
  PYLON_CONTROL_QUERY: {
    http: 400,
    text: '{name} is "{value}"; expected {expected}.',
    help: 'A query parameter of a request to the control socket has a value that cannot be used.',
  },
  PYLON_CONTROL_DENIED: {
    exit: 1,
    text: 'The control socket {path} cannot be opened: {reason}. Run the command as the user who runs the daemon.',
    help: 'Only the daemon’s own user (and root) may use its control socket.',
  },
  PYLON_CONTROL_SILENT: {
    exit: 1,
    text: 'The daemon of {home} did not answer within {seconds} s. Look at its output; `pylon stop` and `pylon start` make a new beginning.',
    help: 'The daemon’s process is there but busy, stopped (Ctrl+Z) or stuck. Jobs that were accepted are on disk and not lost.',
  },
  PYLON_CONTROL_ANSWER: {
    exit: 1,
    text: 'The daemon of {home} gave an answer that this command does not understand: {reason}. Perhaps they are of different releases; `pylon restart` starts the daemon anew.',
    help: 'After an upgrade the daemon must be restarted, so that it and the commands are of one release.',
  },
  PYLON_DAEMON_LEFT: {
    exit: 1,
    text: 'The daemon went away before everything was sent. The job may go on without it; try again once it runs.',
    help: 'The daemon was stopped or restarted while a command was still reading from it.',
  },
  PYLON_STILL_RUNNING: {
    exit: 1,
    text: 'The daemon of {home} (process {pid}) has been asked to {what} but had not done so after {seconds} s.',
    help: 'A stop takes at most 10 s as a rule. Look at the daemon’s output; as the last resort `kill -9` the process: nothing accepted is lost.',
  },
  PYLON_RESTART_FAILED: {
    exit: 1,
    text: 'The daemon of {home} has stopped and did not start again. Its output says why; `pylon validate` checks the settings, `pylon start` starts it.',
    help: 'Usually config.yaml was changed and is faulty now, or another program took the port meanwhile.',
  },
  PYLON_LOG_UNREADABLE: {
    exit: 1,
    http: 500,
    text: 'The log {file} cannot be read: {reason}.',
    help: 'A job’s agent.log must be a regular file that the daemon’s user may read; links are not followed.',
  },
  PYLON_PAYLOAD_UNREADABLE: {
    exit: 1,
    text: 'The payload {from} cannot be used: {reason}.',
    help: '`pylon test --payload` takes JSON, `@file`, or `@-` for standard input.',
  },
  PYLON_NOT_LISTENING: {
    exit: 1,
    text: 'The daemon of {home} (process {pid}) is not listening yet. Wait for its "listening on" line and try again.',
    help: 'At start, images are looked after before the listener opens, for at most 60 s.',
  },
  PYLON_TEST_SCHEME: {
    exit: 1,
    text: '`pylon test` cannot sign a request in the way "{scheme}" yet; it knows github and hmac.',
    help: 'Send a real event of the service instead.',
  },
  PYLON_TEST_TRIGGER: {
    exit: 1,
    text: 'The pylon {name} is not started by a webhook (its trigger is {trigger}), so there is no request to send.',
    help: '`pylon test` sends a webhook request. Pylons with another trigger start by themselves.',
  },
  PYLON_TEST_UNSENT: {
    exit: 1,
    text: 'The test request to {url} got no answer: {reason}.',
    help: 'The daemon’s listener could not be reached from this machine, or did not answer in time.',
  },

  // Settings
  PYLON_HOME_FOREIGN: {
    exit: 1,
    text: 'The home {home} belongs to {owner}, not to {user}. Run the command as {owner}, or use your own home with --home {own}.',
    help: 'A home holds one user’s settings and secrets; commands work only on the home of the user who runs them.',
  },
  PYLON_HOME_UNUSABLE: {
    exit: 1,
    text: 'The home {home} cannot be used: {reason}.',
    help: 'The home must be a directory of the user who runs the command. `--home DIR` or `$PYLON_HOME` name another; the default is `~/.pylon`.',
  },
  PYLON_SETTINGS: {
    exit: 1,
    text: 'The settings are faulty: {problems}',
    help: 'Each line names the file, the line, the key, what was found there and what was expected. `pylon validate` shows them all.',
  },
  PYLON_VARIABLE_MISSING: {
    text: 'The variable {variable}, which the settings of {pylon} use, is not set any more. Set it in the pylon’s .env and run the job again with `pylon retry`.',
    help: 'Variables are looked up for each use: in the pylon’s `.env`, the environment of the daemon, then the home’s `.env`. This one was there when the settings were checked.',
  },

  // Workspaces
  PYLON_GIT_MISSING: {
    exit: 1,
    text: 'The program git was not found in {path}. Install git, then retry the job.',
    help: 'Workspaces of type `git-clone` and `git-worktree` need git (2.31 or newer) in the PATH of the daemon.',
  },
  PYLON_REPO_INVALID: {
    exit: 1,
    text: 'The repository "{repo}" {reason}.',
    help: '`workspace.repo` must be an https://, ssh://, http:// or git:// URL or `user@host:path`; for `git-worktree` also the absolute path of a repository on this machine. One made from a payload must be https or ssh (http or git where `workspace.hosts` lists it so), without user info.',
  },
  PYLON_HOST_NOT_LISTED: {
    exit: 1,
    text: 'The repository {repo} was made from a payload, and workspace.hosts (which lists {hosts}) does not list its host "{host}". Add it there if jobs may clone from it.',
    help: 'Only listed hosts are cloned from where the host part of `workspace.repo` is a template. An entry is a host, with its port where it is not the usual one, or `http://host` and `git://host` to allow those schemes.',
  },
  PYLON_REPO_NOT_FOUND: {
    exit: 1,
    text: 'There is no repository at {repo}, or it is not visible with the credentials used ({reason}).',
    help: 'Check `workspace.repo`. Many servers answer "not found" where a private repository is asked for without the right `workspace.token` or `workspace.ssh_key`.',
  },
  PYLON_REPO_REFUSED: {
    exit: 1,
    text: 'The repository {repo} could not be read: {who} ({reason}). Set or renew workspace.token or workspace.ssh_key.',
    help: 'The server asked for credentials. Pylon uses `workspace.token` (https) or `workspace.ssh_key` (ssh), else the daemon user’s own credential helpers and ssh keys, and never asks a person.',
  },
  PYLON_REPO_UNREACHABLE: {
    exit: 1,
    text: 'The server of the repository {repo} could not be reached, or the connection broke: {reason}.',
    help: 'Check the address, the network, proxy and certificates of the machine, then `pylon retry` the job.',
  },
  PYLON_REPO_REDIRECTED: {
    exit: 1,
    text: 'The repository {repo} answers with a redirect, and redirects are not followed ({reason}). Set workspace.repo to its final address (often the same with .git at its end).',
    help: 'A redirect could lead to a host that nobody allowed, so none is followed. `git ls-remote <repo>` on your machine shows where it leads.',
  },
  PYLON_REF_INVALID: {
    exit: 1,
    text: 'The ref {ref} {reason}, so it is neither a branch, a tag nor a commit.',
    help: '`workspace.ref` must satisfy `git check-ref-format` or be a commit id.',
  },
  PYLON_REF_NOT_FOUND: {
    exit: 1,
    text: 'The repository {repo} does not have {ref}.',
    help: 'It may have been deleted or force-pushed away since the event was sent; a shortened commit id may fit several.',
  },
  PYLON_SSH_KEY_MISSING: {
    exit: 1,
    text: 'workspace.ssh_key names {path}, which is not a file that the daemon’s user can see.',
    help: 'Give the absolute path of a private key without a passphrase, readable by the daemon’s user alone.',
  },
  PYLON_LOCAL_NOT_DIRECTORY: {
    exit: 1,
    text: 'workspace.path names {path}, which is not a directory.',
    help: 'A workspace of type `local` mounts a directory of this machine in place.',
  },
  PYLON_WORKSPACE_TOO_LARGE: {
    exit: 1,
    text: 'The workspace made from {repo} grew beyond {limit} (limits.disk) and was given up.',
    help: 'Raise `limits.disk` of the pylon, or use `git-worktree`, which copies no objects.',
  },
  PYLON_DISK_FULL: {
    exit: 1,
    text: 'The disk filled up while the workspace was made from {repo} ({reason}). Free some space, then retry the job.',
    help: 'The file system of the Pylon home is full. `jobs.keep_workspaces` says how long ended jobs’ workspaces stay.',
  },
  PYLON_WORKSPACE_FAILED: {
    exit: 1,
    text: 'The workspace could not be made from {repo}: {reason}.',
    help: 'Git or the file system refused for a reason that the sentence quotes.',
  },
  PYLON_NOT_REMOVED: {
    exit: 1,
    text: 'The directory {directory} could not be removed: {reason}. Remove it by hand (`sudo rm -rf`).',
    help: 'An agent that ran as another user left files there that the daemon’s user may not remove.',
  },

  // The demo
  PYLON_DEMO_ENGINE: {
    exit: 1,
    text: 'The demo cannot use Docker: {reason}. Without --engine it would run its agent as a plain process instead.',
    help: '`pylon demo --engine docker` was called, but no Docker engine answers, or its containers cannot run this machine’s own Node, of which the demo makes its image.',
  },
  PYLON_DEMO_GIT: {
    exit: 1,
    text: 'The demo needs the program git, which was not found in {path}. Install git (2.31 or newer), then run `pylon demo` again.',
    help: 'The demo makes a small repository, and its job clones it.',
  },
  PYLON_DEMO_DAEMON: {
    exit: 1,
    text: 'The demo’s daemon ended by itself. The last that it said:\n{output}',
    help: 'The demo starts the real `pylon start` on a throw-away home; what that said names the reason.',
  },
  PYLON_DEMO_ANSWER: {
    exit: 1,
    text: 'The demo’s event was answered with {status} instead of 202: {body}.',
    help: 'The daemon of the demo did not take its event; the answer says why.',
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof catalogue;

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Details<Code extends ErrorCode> = Record<Names<(typeof catalogue)[Code]['text']>, string | number>;

/** An error that a user may read. `message` is the whole sentence; `code` is stable. */
export class PylonError extends Error {
  override readonly name = 'PylonError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get exit(): number {
    return (catalogue[this.code] as Entry).exit ?? 1;
  }

  get http(): number {
    return (catalogue[this.code] as Entry).http ?? 500;
  }
}

/** Makes the error `code` with its sentence filled in: `throw fail('PYLON_UNKNOWN_JOB', { id })`. */
export function fail<Code extends ErrorCode>(code: Code, details: Details<Code>, options?: ErrorOptions): PylonError {
  const values: Record<string, string | number> = details;
  const text: string = catalogue[code].text;
  return new PylonError(
    code,
    text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
    options,
  );
}

/** Any thrown thing as one of ours; what nobody foresaw becomes PYLON_INTERNAL. */
export function asPylonError(thrown: unknown): PylonError {
  if (thrown instanceof PylonError) return thrown;
  return fail('PYLON_INTERNAL', { reason: reasonOf(thrown) }, { cause: thrown });
}

/** The message of any thrown thing. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
