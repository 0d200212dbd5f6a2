import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkRef } from '../../workers/workspace/ref.ts';
import { parseRemote, showRepo } from '../../workers/workspace/remote.ts';

const plain = (repo: string) => parseRemote({ repo, repoIsTemplated: false, hosts: undefined });
const templated = (repo: string, hosts?: readonly string[]) => parseRemote({ repo, repoIsTemplated: true, hosts });

test('every form of a repository’s address is understood', () => {
  for (const [repo, scheme, url] of [
    ['https://github.com/a/b.git', 'https', 'https://github.com/a/b.git'],
    ['HTTPS://GitHub.com:443/a/b', 'https', 'https://github.com/a/b'],
    ['https://example.com:8443/a/b', 'https', 'https://example.com:8443/a/b'],
    ['ssh://git@github.com/a/b.git', 'ssh', 'ssh://git@github.com/a/b.git'],
    ['ssh://host:2222/a', 'ssh', 'ssh://host:2222/a'],
    ['git@github.com:a/b.git', 'ssh', 'ssh://git@github.com/a/b.git'],
    ['git://127.0.0.1:9999/a.git', 'git', 'git://127.0.0.1:9999/a.git'],
    ['http://[::1]:80/a', 'http', 'http://[::1]/a'],
  ] as const) {
    const remote = plain(repo);
    assert.deepEqual([remote.scheme, remote.url], [scheme, url], repo);
  }
});

test('a password in an address is kept apart from it and never shown', () => {
  const remote = plain('https://me:s%40crets@example.com/a');
  assert.deepEqual(remote.userInfo, { user: 'me', password: 's@crets' });
  assert.equal(remote.url, 'https://me@example.com/a');
  assert.equal(remote.shown, 'https://example.com/a');
  assert.equal(showRepo('https://me:p@ss@example.com/a\u001b[2J'), 'https://example.com/a?[2J');
});

test('what is no address of a remote repository is refused, however it is dressed', () => {
  for (const repo of [
    '',
    'app',
    '/srv/app.git',
    './app.git',
    '../app.git',
    'file:///srv/app.git',
    'FILE:///srv/app.git',
    'ext::sh -c touch% /tmp/x',
    'ext::/bin/sh',
    'fd::17',
    'ftp://example.com/a',
    'https::https://example.com/a',
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=x:y',
    'ssh://-oProxyCommand=touch/x',
    'ssh://git@-oProxyCommand=touch/x',
    'git@-oProxyCommand=x:y',
    'git@host:-x',
    'https://example.com',
    'https://example.com/a b',
    'https://example.com/a\nb',
    'https://example.com/a?x=1',
    'https://example.com/a#x',
    'https://example.com\\@evil.example/a',
    'https://example.com/ok/../../other/b',
    'https://example.com/ok/%2e%2E/other',
    'https://exa%6dple.com/a',
    'https://example.com:99999999/a',
    'https:///a',
    'host:path',
    `https://example.com/${'a/'.repeat(3_000)}b`,
  ]) {
    assert.throws(() => plain(repo), { code: 'PYLON_REPO_INVALID' }, repo);
  }
});

test('an address made from a payload must name a listed host, exactly', () => {
  const hosts = ['GitHub.com', 'git.example.com:8443', 'http://plain.example', 'git://127.0.0.1:9418'];
  for (const repo of [
    'https://github.com/a/b',
    'https://GITHUB.com:443/a/b',
    'ssh://github.com:22/a/b',
    'git@github.com:a/b.git',
    'https://git.example.com:8443/a',
    'http://plain.example/a',
    'git://127.0.0.1/a',
  ]) {
    assert.doesNotThrow(() => templated(repo, hosts), repo);
  }
  for (const repo of [
    'https://github.com.evil.example/a',
    'https://evilgithub.com/a',
    'https://github.com:8443/a',
    'https://git.example.com/a',
    'https://127.0.0.1/a',
    'https://plain.example/a',
  ]) {
    assert.throws(() => templated(repo, hosts), { code: 'PYLON_HOST_NOT_LISTED' }, repo);
  }
  assert.throws(() => templated('https://github.com/a', []), { code: 'PYLON_HOST_NOT_LISTED' });
});

test('an address made from a payload must be https or ssh unless its host is listed with its scheme', () => {
  for (const repo of ['http://github.com/a', 'git://github.com/a', 'http://plain.example:81/a']) {
    assert.throws(() => templated(repo, ['github.com', 'http://plain.example']), { code: 'PYLON_REPO_INVALID' }, repo);
    assert.throws(() => templated(repo), { code: 'PYLON_REPO_INVALID' }, repo);
  }
  assert.doesNotThrow(() => plain('http://github.com/a'));
});

test('an address made from a payload may name no user, except git for ssh', () => {
  for (const repo of [
    'https://me@github.com/a',
    'https://me:pw@github.com/a',
    'ssh://root@github.com/a',
    'root@github.com:a',
  ]) {
    assert.throws(
      () => templated(repo, ['github.com']),
      (error: Error) => /user/.test(error.message) && !/pw|me@/.test(error.message),
      repo,
    );
  }
  assert.doesNotThrow(() => templated('git@github.com:a/b.git', ['github.com']));
});

test('refs follow the rules of git check-ref-format', () => {
  for (const ref of [
    'main',
    'feature/x',
    'v1.0',
    'refs/heads/main',
    'ünïcode',
    'a@b',
    '0123abc',
    "it's",
    'a"b',
    'a;b$(c)',
  ]) {
    assert.equal(checkRef(ref), ref);
  }
  for (const none of [undefined, '', 'HEAD']) assert.equal(checkRef(none), undefined);
  for (const ref of [
    '-b',
    '--upload-pack=x',
    'a b',
    'a..b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a\u0000b',
    'a\u007f',
    'a\nb',
    '@',
    'a@{1}',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a.',
    'x'.repeat(1_001),
    '<no value>',
  ]) {
    assert.throws(() => checkRef(ref), { code: 'PYLON_REF_INVALID' }, JSON.stringify(ref));
  }
});
