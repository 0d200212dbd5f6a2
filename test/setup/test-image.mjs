#!/usr/bin/env node
// Makes the images that tests run agents in, out of this machine's own programs, so that no registry is needed.
//
//   node test/setup/test-image.mjs            make those that are missing
//   node test/setup/test-image.mjs --remove   remove them
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const busyboxImage = 'pylon-test/busybox:1';
/** The same with git, which works in a workspace with it (no transports). */
export const gitImage = 'pylon-test/git:1';

/** Makes the images that are missing; returns the names of those it made. */
export function makeTestImages() {
  return [
    [busyboxImage, addBusybox],
    [gitImage, (root) => (addBusybox(root), addGit(root))],
  ].flatMap(([name, fill]) => {
    if (hasImage(name)) return [];
    const root = mkdtempSync(join(tmpdir(), 'pylon-test-image-'));
    try {
      fill(root);
      importImage(root, name);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
    return [name];
  });
}

export function removeTestImages(names = [busyboxImage, gitImage]) {
  for (const name of names) {
    if (hasImage(name)) docker(['image', 'rm', '--force', name]);
  }
}

function addBusybox(root) {
  for (const directory of ['bin', 'etc', 'tmp', 'root', 'home/pylon', 'workspace', 'proc', 'sys', 'dev']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  chmodSync(root, 0o755);
  chmodSync(join(root, 'tmp'), 0o1777);
  copyFileSync(find('busybox'), join(root, 'bin/busybox'));
  for (const applet of run('busybox', ['--list']).split('\n')) {
    if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
}

function addGit(root) {
  const git = realpathSync(find('git'));
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  copyFileSync(git, join(root, 'usr/bin/git'));
  for (const library of run('ldd', [git]).matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(join(root, dirname(library[1])), { recursive: true });
    copyFileSync(realpathSync(library[1]), join(root, library[1]));
  }
  const templates = '/usr/share/git-core/templates';
  if (existsSync(templates)) cpSync(templates, join(root, templates), { recursive: true });
}

function importImage(root, name) {
  const tar = join(root, '..', `${root.split('/').at(-1)}.tar`);
  try {
    run('tar', ['--numeric-owner', '--owner=0', '--group=0', '-C', root, '-cf', tar, '.']);
    docker(['import', '--change', 'ENV PATH=/usr/bin:/bin', '--change', 'CMD ["/bin/sh"]', tar, name]);
  } finally {
    rmSync(tar, { force: true });
  }
}

function hasImage(name) {
  return docker(['image', 'ls', '--quiet', name]).trim() !== '';
}

function find(program) {
  const path = (process.env.PATH ?? '').split(':').map((directory) => join(directory, program));
  const found = path.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`The tests' images need ${program}; run node test/setup/engine.mjs first.`);
  return found;
}

function docker(args) {
  return run('docker', args);
}

function run(program, args) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024, timeout: 120_000 });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--remove')) removeTestImages();
  else makeTestImages();
}
