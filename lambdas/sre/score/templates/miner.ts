import { fitOf, type Fit } from './merge.ts';
import { MINER_LIMITS } from './limits.ts';
import { Scanner } from './scanner.ts';
import type { Skeleton } from './skeleton.ts';
import { bucketOf, readState, writeState, type MinerState } from './state.ts';
import { firstWordOf, FREE, minedOf, type Mined, type Template } from './template.ts';

export interface Miner {
  /** The template of a line. Time and memory are bounded, whatever the line holds. */
  readonly mine: (text: string) => Mined;
  /** The id that a template has now: a merge gives the younger ones the id of the oldest. */
  readonly resolve: (id: number) => number;
  /** What a later miner continues from, at most `stateBytesMax` as JSON. */
  readonly state: () => MinerState;
  /** Grows with each new template and merge: a state that was saved at this revision need not be saved again. */
  readonly revision: () => number;
}

interface Cached {
  readonly skeleton: Uint16Array;
  readonly template: Template;
}

/** Finds the templates of lines, one pass, each id at arrival. The same lines in the same order give the same ids. */
export const createMiner = (state?: MinerState): Miner => {
  const miner = new TemplateMiner(state);
  return {
    mine: (text) => miner.mine(text),
    resolve: (id) => miner.resolve(id),
    state: () => miner.state(),
    revision: () => miner.revision,
  };
};

class TemplateMiner {
  revision = 0;
  private readonly scanner = new Scanner();
  private readonly buckets = new Map<string, Template[]>();
  private readonly templates = new Map<number, Template>();
  private readonly aliases = new Map<number, number>();
  private nextId = 1;
  private uses = 0;
  /** Two generations by the skeleton's hash: what is used moves to the young one, the old one is dropped as a whole. */
  private young = new Map<number, Cached>();
  private old = new Map<number, Cached>();

  constructor(state: MinerState | undefined) {
    if (state === undefined) return;
    const read = readState(state);
    this.nextId = read.nextId;
    for (const template of read.templates) this.add(template);
    for (const [from, to] of read.aliases) this.aliases.set(from, to);
    this.uses = read.templates.length;
  }

  mine(text: string): Mined {
    const skeleton = this.scanner.scan(text);
    const key = skeleton.key();
    const hit = this.young.get(key);
    if (hit !== undefined && skeleton.is(hit.skeleton)) return this.use(hit.template);
    const older = this.old.get(key);
    if (older === undefined || !skeleton.is(older.skeleton)) return this.miss(text, skeleton);
    this.remember(key, older);
    return this.use(older.template);
  }

  resolve(id: number): number {
    return this.aliases.get(id) ?? id;
  }

  state(): MinerState {
    return writeState(this.nextId, [...this.templates.values()], [...this.aliases]);
  }

  private miss(text: string, scanned: Skeleton): Mined {
    const tokens = scanned.toText().split(' ');
    const key = bucketOf(tokens);
    const bucket = this.buckets.get(key) ?? [];
    const fit = fitOf(tokens, bucket);
    this.uses += 1;
    const template = this.settle(fit, tokens, text, key, bucket);
    this.remember(scanned.key(), { skeleton: scanned.copy(), template });
    return this.use(template);
  }

  private use(template: Template): Mined {
    let latest = template;
    while (latest.successor !== null) latest = latest.successor;
    latest.usedAt = this.uses;
    return minedOf(latest);
  }

  private settle(
    fit: Fit,
    tokens: readonly string[],
    text: string,
    key: string,
    bucket: readonly Template[],
  ): Template {
    if (fit.kind === 'same') return fit.template;
    this.revision += 1;
    if (fit.kind === 'merge') return this.merge(fit.templates, fit.places);
    const isFull = bucket.length >= MINER_LIMITS.bucketTemplatesMax;
    return this.add({
      id: this.takeId(),
      tokens: isFull ? catchAll(tokens) : tokens,
      gaps: this.gapsOf(text),
      bucket: key,
      usedAt: this.uses,
      mined: null,
      successor: null,
    });
  }

  private takeId(): number {
    const id = this.nextId;
    this.nextId += 1;
    return id;
  }

  private add(template: Template): Template {
    if (this.templates.size >= MINER_LIMITS.templatesMax) this.forget();
    const bucket = this.buckets.get(template.bucket);
    if (bucket === undefined) this.buckets.set(template.bucket, [template]);
    else bucket.push(template);
    this.templates.set(template.id, template);
    return template;
  }

  /** The oldest keeps its id, the younger ones become aliases of it. */
  private merge(templates: readonly Template[], places: readonly number[]): Template {
    const [oldest, ...younger] = templates;
    if (oldest === undefined) throw new Error('a merge has a template');
    oldest.tokens = oldest.tokens.map((token, place) => (places.includes(place) ? FREE : token));
    oldest.mined = null;
    for (const template of younger) this.replace(template, oldest);
    return oldest;
  }

  private replace(template: Template, by: Template): void {
    this.remove(template);
    template.successor = by;
    for (const [from, to] of this.aliases) if (to === template.id) this.aliases.set(from, by.id);
    this.aliases.set(template.id, by.id);
    for (const [from] of this.aliases) {
      if (this.aliases.size <= MINER_LIMITS.aliasesMax) break;
      this.aliases.delete(from);
    }
  }

  private remove(template: Template): void {
    this.templates.delete(template.id);
    const rest = this.buckets.get(template.bucket)?.filter((one) => one !== template) ?? [];
    if (rest.length === 0) this.buckets.delete(template.bucket);
    else this.buckets.set(template.bucket, rest);
  }

  /** An eighth of the templates, the longest unused: their ids are never given again. */
  private forget(): void {
    const byUse = [...this.templates.values()].toSorted(
      (left, right) => left.usedAt - right.usedAt,
    );
    for (const template of byUse.slice(0, Math.ceil(byUse.length / 8))) this.remove(template);
    this.young = new Map();
    this.old = new Map();
  }

  private remember(key: number, cached: Cached): void {
    if (this.young.size >= MINER_LIMITS.cachedSkeletonsMax) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, cached);
  }

  /** Copies, because a slice would hold the whole line in memory. */
  private gapsOf(text: string): readonly string[] {
    const { tokenCount, starts, ends } = this.scanner.skeleton;
    const gaps: string[] = [];
    for (let index = 0; index <= tokenCount; index += 1) {
      const from = index === 0 ? 0 : (ends[index - 1] ?? 0);
      const to = index === tokenCount ? MINER_LIMITS.lineCharsMax : (starts[index] ?? from);
      gaps.push(text.slice(from, Math.max(from, to)).replaceAll('\u0000', ' '));
    }
    return Buffer.from(gaps.join('\u0000')).toString().split('\u0000');
  }
}

/** What fits any line of this first word and length. */
const catchAll = (tokens: readonly string[]): readonly string[] => {
  const first = firstWordOf(tokens);
  return tokens.map((token, place) => (place === first ? token : FREE));
};
