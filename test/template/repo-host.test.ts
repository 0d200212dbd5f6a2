import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hostIsTemplated } from '../../workers/template/repo-host.ts';

test('A host that is written out and ended in the template is not templated', () => {
  const fixed = [
    'https://github.com/acme/site.git',
    '/srv/repos/site',
    'https://github.com/{{ .body.repository.full_name }}',
    'https://github.com/acme/{{ .x }}.git',
    'HTTPS://git.example.com:8443/{{ .x }}',
    'ssh://git@github.com/{{ .x }}.git',
    'ssh://git@[::1]:22/{{ .x }}',
    'git@github.com:{{ .body.repository.full_name }}.git',
    'git@github.com:acme/{{ .x }}',
    '  https://github.com/{{ .x }}',
    '{{/* which one */}}https://github.com/{{ .x }}',
    '{{ $r := .body.repository }}https://github.com/{{ $r.full_name }}',
    '{{ define "a" }}{{ .x }}{{ end }}https://github.com/{{ template "a" . }}',
    'https://github.com/{{ if .x }}a{{ else }}b{{ end }}',
  ];
  for (const repo of fixed) assert.equal(hostIsTemplated(repo), false, repo);
});

test('Wherever an action could decide scheme or host, or might, the host is templated', () => {
  const templated = [
    '{{ .body.repository.clone_url }}',
    '{{ .scheme }}://github.com/a/b',
    'https://{{ .host }}/a',
    'https://{{ .sub }}.github.com/a',
    'https://github.com{{ .x }}',
    'https://github.com{{ .x }}/a/b',
    'https://github.com:{{ .port }}/a',
    'https://user:{{ .token }}@github.com/a',
    'https:/{{ .x }}',
    'https:{{ .x }}',
    'https://github.com\\{{ .x }}/',
    'https://github.com?{{ .x }}/',
    'https://git hub.com/{{ .x }}',
    'file:///{{ .x }}',
    'ssh://{{ .user }}@github.com/a',
    'git@{{ .host }}:a/b',
    'git@github.{{ .tld }}:a/b',
    '{{ .user }}@github.com:a/b',
    'github.com:{{ .x }}',
    'ext::sh -c {{ .x }}',
    '/srv/repos/{{ .x }}',
    '../{{ .x }}',
    '{{ if .x }}https://github.com/{{ else }}https://evil.example/{{ end }}a',
    '{{ with .x }}{{ end }}https://github.com/a',
    '{{ template "a" }}{{ define "a" }}x{{ end }}',
    '{{ "" }}https://github.com/a',
    'https://github.com {{- .x }}/a',
    'https://github.com/{{ not a template',
  ];
  for (const repo of templated) assert.equal(hostIsTemplated(repo), true, repo);
});
