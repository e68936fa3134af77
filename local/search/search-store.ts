import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { templateSchema, type IndexTemplate, type ReadDocument } from './mapping.ts';
import type { Condition } from './search-query.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS templates (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS policies (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS indexes (
    name TEXT PRIMARY KEY, template TEXT NOT NULL, delete_at INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS docs (
    rowid INTEGER PRIMARY KEY, idx TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL, UNIQUE (idx, name)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS by_time ON docs (json_extract(fields, '$.time'));
  CREATE TABLE IF NOT EXISTS flat (doc INTEGER NOT NULL, field TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS by_doc ON flat (doc, path);
  CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    text, content='', contentless_delete=1, tokenize="ascii tokenchars '_'"
  );
`;
const DAY_MS = 86_400_000;

export interface Found {
  readonly index: string;
  readonly name: string;
  readonly sort: readonly (string | number)[];
}

/** Indexes and their documents on SQLite; they outlive the process. */
export class SearchStore {
  private readonly db: DatabaseSync;
  private readonly templates = new Map<string, IndexTemplate>();
  private readonly nowMs: () => number;

  constructor(path: string, nowMs: () => number = Date.now) {
    this.nowMs = nowMs;
    this.db = new DatabaseSync(path);
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.db.exec(SCHEMA);
    for (const { name, body } of this.rows('SELECT name, body FROM templates', named))
      this.templates.set(name, templateSchema.parse(JSON.parse(body)));
    this.deleteOld();
  }

  putTemplate(name: string, template: IndexTemplate): void {
    this.templates.set(name, template);
    this.run('REPLACE INTO templates VALUES (?, ?)', name, JSON.stringify(template));
  }

  /** The template whose indexes bear this alias; null: there is no such index yet. */
  ofAlias(alias: string): { readonly name: string; readonly template: IndexTemplate } | null {
    for (const [name, template] of this.templates) {
      if (!Object.hasOwn(template.template.aliases, alias)) continue;
      const indexes = this.rows('SELECT name FROM indexes WHERE template = ?', row, name);
      if (indexes.length > 0) return { name, template };
    }
    return null;
  }

  policy(name: string): string | null {
    return (
      this.rows('SELECT name, body FROM policies WHERE name = ?', named, name)[0]?.body ?? null
    );
  }

  putPolicy(name: string, body: string): void {
    this.run('REPLACE INTO policies VALUES (?, ?)', name, body);
  }

  deletePolicy(name: string): void {
    this.run('DELETE FROM policies WHERE name = ?', name);
  }

  /** The template that an index of this name has; null: none is for it. */
  templateOf(index: string): { readonly name: string; readonly template: IndexTemplate } | null {
    for (const [name, template] of this.templates)
      if (index.startsWith(template.index_patterns[0].slice(0, -1))) return { name, template };
    return null;
  }

  /** All of `write` or nothing of it. */
  atOnce<T>(write: () => T): T {
    this.db.exec('BEGIN');
    try {
      const result = write();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Answers whether it is new. */
  create(
    {
      index,
      template,
      keptDays,
    }: { readonly index: string; readonly template: string; readonly keptDays: number | null },
    name: string,
    { plain, flat, words }: ReadDocument,
  ): boolean {
    this.makeIndex(index, template, keptDays);
    const { changes, lastInsertRowid: doc } = this.db
      .prepare('INSERT OR IGNORE INTO docs (idx, name, fields) VALUES (?, ?, ?)')
      .run(index, name, JSON.stringify(plain));
    if (changes === 0) return false;
    this.db.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)').run(doc, words);
    const insert = this.db.prepare('INSERT INTO flat VALUES (?, ?, ?, ?)');
    for (const { field, path, value } of flat) insert.run(doc, field, path, value);
    return true;
  }

  /** What `sort` names, in its order; `columns` are expressions on `d`. */
  find(
    template: string,
    condition: Condition,
    {
      columns,
      order,
      limit,
    }: { readonly columns: readonly string[]; readonly order: string; readonly limit: number },
  ): readonly Found[] {
    const sql = `SELECT d.idx, d.name, json_array(${columns.join(', ')}) AS sort FROM docs d
      WHERE d.idx IN (SELECT name FROM indexes WHERE template = ?) AND ${condition.sql} ORDER BY ${order} LIMIT ?`;
    const rows = this.rows(sql, foundRow, template, ...condition.values, limit);
    return rows.map(({ idx, name, sort }) => ({
      index: idx,
      name,
      sort: sorts.parse(JSON.parse(sort)),
    }));
  }

  /** Counts by `key`, an expression on `d`. */
  count(template: string, condition: Condition, key: string): readonly z.infer<typeof countRow>[] {
    const sql = `SELECT ${key} AS key, count(*) AS count FROM docs d
      WHERE d.idx IN (SELECT name FROM indexes WHERE template = ?) AND ${condition.sql} GROUP BY 1 ORDER BY 1`;
    return this.rows(sql, countRow, template, ...condition.values);
  }

  close(): void {
    this.db.close();
  }

  private makeIndex(index: string, template: string, keptDays: number | null): void {
    const deleteAtMs = keptDays === null ? null : this.nowMs() + keptDays * DAY_MS;
    const { changes } = this.db
      .prepare('INSERT OR IGNORE INTO indexes VALUES (?, ?, ?)')
      .run(index, template, deleteAtMs);
    if (changes > 0) this.deleteOld();
  }

  private deleteOld(): void {
    const old = this.rows('SELECT name FROM indexes WHERE delete_at < ?', row, this.nowMs());
    for (const { name } of old) {
      const docs = '(SELECT rowid FROM docs WHERE idx = ?)';
      this.run(`DELETE FROM words WHERE rowid IN ${docs}`, name);
      this.run(`DELETE FROM flat WHERE doc IN ${docs}`, name);
      this.run('DELETE FROM docs WHERE idx = ?', name);
      this.run('DELETE FROM indexes WHERE name = ?', name);
    }
  }

  private run(sql: string, ...values: readonly (string | number | null)[]): void {
    this.db.prepare(sql).run(...values);
  }

  private rows<T>(
    sql: string,
    schema: z.ZodType<T>,
    ...values: readonly (string | number)[]
  ): readonly T[] {
    return z.array(schema).parse(this.db.prepare(sql).all(...values));
  }
}

const row = z.object({ name: z.string() });
const named = z.object({ name: z.string(), body: z.string() });
const foundRow = z.object({ idx: z.string(), name: z.string(), sort: z.string() });
const countRow = z.object({ key: z.number(), count: z.number() });
const sorts = z.array(z.union([z.string(), z.number()]));
