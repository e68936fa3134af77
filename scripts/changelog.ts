/** Run by `npm version` between its new version and its commit: moves what was not released under that version. */
import { readFileSync, writeFileSync } from 'node:fs';
import { releasedText } from './changelog-text.ts';

const FILE = 'CHANGELOG.md';
const version = process.env['npm_package_version'];
if (version === undefined) throw new Error('npm version runs this');
const day = new Date().toISOString().slice(0, 10);
writeFileSync(FILE, releasedText(readFileSync(FILE, 'utf8'), version, day));
