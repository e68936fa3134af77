import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { phrasesOf } from '../../lambdas/sre/domain/log-query.ts';
import { sourceOf } from '../support/sre/entries.ts';
import {
  SEARCH_ENGINES,
  type OpenSearchEngine,
  type SearchRoom,
} from '../support/sre/search-engines.ts';
import { storeLines, textsOf } from '../support/sre/search-room.ts';

const TRACE = 'c0ffee'.padEnd(32, '0');

describe.each(SEARCH_ENGINES)('what is found of logs by $name', ({ open }) => {
  let engine: OpenSearchEngine;
  let room: SearchRoom;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (room = await engine.fresh()));
  afterAll(async () => await engine.close());

  /** What is found by these words. */
  const found = async (q: string): Promise<readonly string[]> =>
    (await textsOf(room, { phrases: phrasesOf(q) })).toSorted();

  test('finds words whatever their case and order, all of them, as whole words', async () => {
    await storeLines(
      room,
      { text: 'Order 7 was not placed' },
      { text: 'placed, at last: order 8' },
      { text: 'reordered and placed' },
    );
    expect(await found('PLACED order')).toEqual([
      'Order 7 was not placed',
      'placed, at last: order 8',
    ]);
    expect(await found('orde')).toEqual([]);
    expect(await found('order 7 absent')).toEqual([]);
  });

  test('finds a phrase where its words follow one another, and what punctuation holds together', async () => {
    await storeLines(
      room,
      { text: 'the pool was exhausted: db.pool.size=10' },
      { text: 'exhausted was the pool of db, size 10' },
      { text: 'db pool' },
    );
    expect(await found('"pool was exhausted"')).toEqual([
      'the pool was exhausted: db.pool.size=10',
    ]);
    expect(await found('db.pool')).toEqual(['db pool', 'the pool was exhausted: db.pool.size=10']);
    expect(await found('"pool db"')).toEqual([]);
    expect(await found('"the pool" size')).toHaveLength(2);
    expect(await found('"!?" -')).toHaveLength(3);
  });

  test('finds words of a stack and of a class, and no phrase that spans two of them', async () => {
    await storeLines(room, {
      text: 'it broke',
      stack: 'at com.shop.Cart.add(Cart.java:7)',
      exceptionType: 'java.lang.IllegalStateException',
    });
    expect(await found('"com.shop.Cart"')).toHaveLength(1);
    expect(await found('IllegalStateException broke')).toHaveLength(1);
    expect(await found('"broke at"')).toEqual([]);
    expect(await found('"7 java"')).toEqual([]);
  });

  test.each([
    ['umlauts', 'Überlauf im Größenpuffer', 'ÜBERLAUF größenpuffer'],
    ['accents are letters of their own', 'café closed', 'café'],
    ['Greek, whose last sigma differs', 'ΟΔΟΣ ΚΛΕΙΣΤΗ', 'οδος'],
    ['a dotted capital I', 'İSTANBUL aktarma', 'İSTANBUL'],
    ['a sharp s', 'STRASSE und Straße', 'straße'],
    ['Chinese without spaces', '数据库连接失败', '数据库连接失败'],
    ['letters beyond the first plane', '𝒟ata lost', '𝒟ata'],
    ['underscores', 'max_open_files reached', 'max_open_files'],
    ['a leading underscore', '_id and __proto__', '"_id and __proto__"'],
    ['digits', 'port 65536', '65536'],
    ['quotes', `it's "here"`, `it's`],
    ['words that are operators elsewhere', 'x AND NOT y OR z NEAR w', '"and not" or near'],
    ['a star', 'SELECT * FROM t', '"select * from"'],
    ['the null character', 'a\u0000b', '"a b"'],
  ])('finds words of every script: %s', async (_, text, q) => {
    await storeLines(room, { text }, { text: 'another line' });
    expect(await found(q)).toEqual([text]);
  });

  test('keeps apart what differs by an accent alone', async () => {
    await storeLines(room, { text: 'café closed' });
    expect(await found('cafe')).toEqual([]);
  });

  test('finds a record beside a word of any length, and a long word by all of its letters', async () => {
    const long = 'x'.repeat(32_000);
    const id = 'k'.repeat(300);
    await storeLines(room, { text: `begin ${long} end` }, { text: `id ${id}` });
    expect(await textsOf(room, { phrases: [['begin']] })).toHaveLength(1);
    expect(await found(id)).toEqual([`id ${id}`]);
    expect(await found(`"id ${id}"`)).toEqual([`id ${id}`]);
    expect(await found('k'.repeat(299))).toEqual([]);
    expect(await found('k'.repeat(255))).toEqual([]);
    expect(await found('x'.repeat(1_000))).toEqual([]);
  });

  test('finds a record beside a word and a value that a limit cuts inside of a letter', async () => {
    await storeLines(room, {
      text: `here a${'𝒟'.repeat(5_000)}`,
      attributes: { long: '😀'.repeat(1_000), short: 'yes' },
    });
    expect(await textsOf(room, { phrases: [['here']], attributes: { short: 'yes' } })).toHaveLength(
      1,
    );
  });

  test('takes a question of five hundred words', async () => {
    const words = Array.from({ length: 500 }, (_, index) => `w${index}`);
    await storeLines(room, { text: words.join(' ') }, { text: 'w1 w2' });
    expect(await textsOf(room, { phrases: words.map((word) => [word]) })).toHaveLength(1);
    expect(await textsOf(room, { phrases: [words] })).toHaveLength(1);
  });

  test('finds by service and environment, exactly', async () => {
    await storeLines(
      room,
      { text: 'one', source: sourceOf('cart') },
      { text: 'two', source: sourceOf('Cart') },
      {
        text: 'three',
        source: { environment: 'staging', namespace: 'n', service: 'cart' },
      },
      { text: 'four', source: { environment: '', namespace: '', service: 'cart api' } },
    );
    expect((await textsOf(room, { service: 'cart' })).toSorted()).toEqual(['one', 'three']);
    expect(await textsOf(room, { service: 'cart', environment: 'staging' })).toEqual(['three']);
    expect(await textsOf(room, { service: 'cart api' })).toEqual(['four']);
    expect(await textsOf(room, { environment: '' })).toEqual(['four']);
    expect(await textsOf(room, { service: 'car*' })).toEqual([]);
  });

  test('finds a severity and what is above it', async () => {
    await storeLines(
      room,
      ...[0, 9, 13, 17, 24].map((severity) => ({ severity, text: String(severity) })),
    );
    expect((await textsOf(room, { severityMin: 13 })).toSorted()).toEqual(['13', '17', '24']);
    expect(await textsOf(room, { severityMin: 0 })).toHaveLength(5);
  });

  test('finds by trace, and by what was asked beside it', async () => {
    await storeLines(
      room,
      { text: 'inside', traceId: TRACE, severity: 17 },
      { text: 'inside too', traceId: TRACE },
      { text: 'outside', traceId: 'd'.repeat(32), severity: 17 },
    );
    expect(await textsOf(room, { traceId: TRACE })).toHaveLength(2);
    expect(await textsOf(room, { traceId: TRACE, severityMin: 17 })).toEqual(['inside']);
  });

  test.each([
    ['a plain name', { kind: 'gift' }, 'kind', 'gift'],
    ['a dotted name', { 'order.kind': 'gift' }, 'order.kind', 'gift'],
    ['a name below another one', { a: '1', 'a.b': '2' }, 'a.b', '2'],
    ['a name with dots at odd places', { '..a.': 'x' }, '..a.', 'x'],
    ['a name of odd characters', { 'a b*"\\=': 'x' }, 'a b*"\\=', 'x'],
    ['an empty name', { '': 'x' }, '', 'x'],
    ['a name of JavaScript', { ['__proto__' as const]: 'x' }, '__proto__', 'x'],
    ['a number', { n: 1.5 }, 'n', '1.5'],
    ['a whole number', { n: 3 }, 'n', '3'],
    ['a huge number', { n: 1e21 }, 'n', '1e+21'],
    ['a boolean', { b: true }, 'b', 'true'],
    ['a value with spaces and capitals', { v: 'Two Words' }, 'v', 'Two Words'],
    ['a value of 256 characters', { v: 'ü'.repeat(256) }, 'v', 'ü'.repeat(256)],
  ])('finds by attribute, exactly: %s', async (_, attributes, name, value) => {
    await storeLines(
      room,
      { text: 'it', attributes: Object.fromEntries(Object.entries(attributes)) },
      { text: 'none' },
      { text: 'other', attributes: { [`${name}x`]: value, [`x${name}`]: value } },
      { text: 'longer', attributes: Object.fromEntries([[name, `${value}x`]]) },
    );
    expect(await textsOf(room, { attributes: Object.fromEntries([[name, value]]) })).toEqual([
      'it',
    ]);
  });

  test('finds what has no such attribute, or an empty one, by an empty value', async () => {
    await storeLines(
      room,
      { text: 'absent' },
      { text: 'empty', attributes: { v: '' } },
      { text: 'set', attributes: { v: 'x' } },
      { text: 'long', attributes: { v: 'x'.repeat(4_000) } },
      { text: 'below', attributes: { 'v.w': 'x' } },
      { text: 'above', attributes: { 'w.v': 'x' } },
    );
    expect((await textsOf(room, { attributes: { v: '' } })).toSorted()).toEqual([
      'above',
      'absent',
      'below',
      'empty',
    ]);
  });

  test('finds by what its sender says of itself, and by the names of both HTTP conventions', async () => {
    const http = { status: 503, method: 'GET', route: '/carts/{id}', durationMs: 7 };
    await storeLines(
      room,
      { text: 'request', http, resource: { 'host.name': 'a1' }, eventName: 'cart.read' },
      { text: 'own', attributes: { 'http.status_code': '503' } },
      { text: 'both', resource: { 'host.name': 'a1' }, attributes: { 'host.name': 'b2' } },
    );
    const by = async (name: string, value: string) =>
      await textsOf(room, { attributes: { [name]: value } });
    expect(await by('http.response.status_code', '503')).toEqual(['request']);
    expect((await by('http.status_code', '503')).toSorted()).toEqual(['own', 'request']);
    expect(await by('http.target', '/carts/{id}')).toEqual(['request']);
    expect(await by('http.duration_ms', '7')).toEqual(['request']);
    expect(await by('event.name', 'cart.read')).toEqual(['request']);
    expect(await by('host.name', 'a1')).toEqual(['request']);
    expect(await by('host.name', 'b2')).toEqual(['both']);
    expect(await by('http.status_code', '')).toEqual(['both']);
  });

  test('tells a name that holds an equals sign from a value that does', async () => {
    await storeLines(
      room,
      { text: 'name', attributes: { 'a=b': 'c' } },
      { text: 'value', attributes: { a: 'b=c' } },
      { text: 'escape', attributes: { 'a%3Db': 'c' } },
    );
    expect(await textsOf(room, { attributes: { 'a=b': 'c' } })).toEqual(['name']);
    expect(await textsOf(room, { attributes: { a: 'b=c' } })).toEqual(['value']);
  });

  test.each(['constructor', '__proto__'])(
    'knows that nobody set an attribute of the name %s',
    async (name) => {
      await storeLines(room, { text: 'absent' });
      const attributes = Object.fromEntries([[name, '']]);
      expect(await textsOf(room, { attributes })).toEqual(['absent']);
    },
  );

  test('asks for all attributes at once', async () => {
    await storeLines(
      room,
      { text: 'both', attributes: { a: '1', b: '2' } },
      { text: 'one', attributes: { a: '1' } },
    );
    expect(await textsOf(room, { attributes: { a: '1', b: '2' } })).toEqual(['both']);
  });
});
