import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDER = 'findings';
const LINES_MAX = 80;
const HEAD = ['# Software: ', '# Expected: ', '# Happens: ', '# Matters: '];
const OWNER_EXECUTES = 0o100;

const scripts = readdirSync(FOLDER).filter((file) => file.endsWith('.sh'));

/** What is installed, word by word; `use_node` takes a bare version. */
const installedBy = (script: string): readonly string[] =>
  [...script.matchAll(/^(?:npm|pip|maven)_install ((?:.*\\\n)*.*)$/gm)].flatMap((match) =>
    (match[1] ?? '').split(/[\s\\]+/).filter((word) => word !== ''),
  );

const isPinned = (name: string): boolean =>
  /^(?:@[\w.-]+\/)?[\w.-]+@\d+(?:\.\d+)+$/.test(name) ||
  /^[\w.-]+(?:\[[\w,-]+\])?==\d[\w.]*$/.test(name) ||
  /^[\w.-]+:[\w.-]+:\d[\w.-]*$/.test(name);

test('there are findings', () => {
  expect(scripts.length).toBeGreaterThan(0);
});

test('tells a pinned package from one that is not', () => {
  expect(['@a/b-c@1.2.3', 'a==1.2', 'a[b]==1.2', 'g.x:a-b:1.2.3'].filter(isPinned)).toHaveLength(4);
  expect(['a', 'a@latest', 'a@^1.2.3', 'a>=1', '@a/b@1', 'g:a'].filter(isPinned)).toEqual([]);
});

describe.each(scripts)('%s', (file) => {
  const script = readFileSync(join(FOLDER, file), 'utf8');

  test('says its surprise, software, what is expected, what happens and why it matters', () => {
    const lines = script.split('\n');
    expect(lines[0]).toBe('#!/usr/bin/env bash');
    expect(lines[1]).toMatch(/^# \S.{20,100}$/);
    const head = lines.slice(2, lines.indexOf('. "${BASH_SOURCE%/*}/lab.bash"'));
    expect(head.flatMap((line) => HEAD.filter((word) => line.startsWith(word)))).toEqual(HEAD);
  });

  test('is short and can be run', () => {
    expect(script.trimEnd().split('\n').length).toBeLessThanOrEqual(LINES_MAX);
    expect(statSync(join(FOLDER, file)).mode & OWNER_EXECUTES).toBe(OWNER_EXECUTES);
  });

  test('installs exact versions and states what has to be seen', () => {
    const packages = [...installedBy(script), ...(script.match(/^use_node .*/gm) ?? [])];
    expect(packages).not.toEqual([]);
    expect(installedBy(script).filter((name) => !isPinned(name))).toEqual([]);
    expect(script).toMatch(/^holds /m);
  });

  test('runs without the product and names no machine', () => {
    expect(script).not.toMatch(/(?:lambdas|local|lib)\/[a-z]/);
    expect(script).not.toMatch(/https?:\/\/(?!127\.0\.0\.1|localhost|\$)/);
    expect(script).not.toMatch(/(?:^|[\s"'=(])\/(?:home|root|tmp|usr|var|work)\//m);
  });
});
