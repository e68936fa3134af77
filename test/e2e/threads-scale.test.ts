import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { sizeOf } from '../support/machine.ts';
import { messageList, threadClient } from '../support/thread-client.ts';

const WRITERS = 50;
/** Together more than five pages. */
const MESSAGES_A_WRITER = sizeOf({ full: 200, usual: 40, least: 20 });
const TOTAL = WRITERS * MESSAGES_A_WRITER;
/** Its copies take more than one page and many writes. */
const FORKED = Math.round(TOTAL * 0.6);
/** A message in so many is sent by a second client too, at the same time and with the same key. */
const TWICE_EVERY = 10;
/** As JSON each of these is two bytes. */
const LARGE_TEXT = '"'.repeat(20_000);
const LARGE_MESSAGES = 60;
const PAGE_BYTES_MAX = 1_048_576;

const threadView = z.looseObject({ id: z.string() });
const appended = z.looseObject({ seq: z.number() });
const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1);

laptopSuite('long threads', 'an emulator runs each call as a process of its own', () => {
  const e2e = sharedE2e();
  let ada: ReturnType<typeof threadClient>;
  let thread = '';
  beforeAll(async () => {
    await e2e.start();
    ada = threadClient(e2e, (await e2e.mint({ user_id: 'ada' })).secret);
    thread = await ada.open();
  });
  afterAll(async () => await e2e.stop());

  const append = async (to: string, key: string, content = key): Promise<number> => {
    const answer = await ada.api('POST', `/v1/threads/${to}/messages`, {
      run: false,
      request_id: key,
      content,
    });
    expect(answer.status).toBe(201);
    return appended.parse(await answer.json()).seq;
  };

  /** A page as its bytes and its rows. */
  const page = async (of: string, query: string) => {
    const answer = await ada.api('GET', `/v1/threads/${of}/messages?limit=200${query}`);
    const text = await answer.text();
    expect([answer.status, text.slice(0, 16)]).toEqual([200, '{"object":"list"']);
    return { bytes: Buffer.byteLength(text), ...messageList.parse(JSON.parse(text)) };
  };

  const everyPage = async (of: string, query: string) => {
    const pages = [await page(of, query)];
    for (let cursor = pages[0]?.next_cursor ?? null; cursor !== null;) {
      const next = await page(of, `${query}&cursor=${cursor}`);
      pages.push(next);
      cursor = next.next_cursor;
    }
    return pages;
  };

  test(`${WRITERS} writers at once append ${MESSAGES_A_WRITER} messages each: 1 to ${TOTAL} without a gap, each key once`, async () => {
    const seqs = new Map<string, number>();
    await Promise.all(
      numbers(WRITERS).map(async (writer) => {
        for (const index of numbers(MESSAGES_A_WRITER)) {
          const key = `writer ${writer} message ${index}`;
          const tries = await Promise.all(
            numbers(index % TWICE_EVERY === 0 ? 2 : 1).map(() => append(thread, key)),
          );
          expect(new Set(tries).size).toBe(1);
          seqs.set(key, tries[0] ?? 0);
        }
      }),
    );
    expect([...seqs.values()].toSorted((left, right) => left - right)).toEqual(numbers(TOTAL));
    const pages = await everyPage(thread, '');
    expect(Math.max(...pages.map(({ bytes }) => bytes))).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    const rows = pages.flatMap(({ data }) => data);
    expect(rows.map(({ seq }) => seq)).toEqual(numbers(TOTAL));
    expect(new Map(rows.map((row) => [row.content[0]?.text ?? '', row.seq]))).toEqual(seqs);
  });

  test(`a fork of ${FORKED} messages is whole in one request, and has each of them once`, async () => {
    const body = { seq: FORKED, request_id: 'fork' };
    const answer = await ada.api('POST', `/v1/threads/${thread}/fork`, body);
    expect(answer.status).toBe(201);
    const fork = threadView.parse(await answer.json());
    expect(fork).toMatchObject({
      last_seq: FORKED,
      forked_from: { thread_id: thread, seq: FORKED },
    });
    const pages = await everyPage(fork.id, '');
    const rows = pages.flatMap(({ data }) => data);
    const origin = (await everyPage(thread, `&before_seq=${FORKED + 1}`)).flatMap(
      ({ data }) => data,
    );
    expect(rows.map(({ seq, content }) => [seq, content])).toEqual(
      origin.map(({ seq, content }) => [seq, content]),
    );
  });

  test('a page ends before 1 MB, whatever its view and order, and the pages together are the thread', async () => {
    const large = await ada.open();
    for (const index of numbers(LARGE_MESSAGES))
      expect(await append(large, `large ${index}`, LARGE_TEXT)).toBe(index);
    for (const [query, expected] of [
      ['', numbers(LARGE_MESSAGES)],
      ['&view=audit', numbers(LARGE_MESSAGES)],
      ['&order=desc', numbers(LARGE_MESSAGES).toReversed()],
    ] as const) {
      const pages = await everyPage(large, query);
      expect(pages.length).toBeGreaterThan(2);
      for (const { bytes } of pages) expect(bytes).toBeLessThanOrEqual(PAGE_BYTES_MAX);
      expect(pages.flatMap(({ data }) => data.map(({ seq }) => seq))).toEqual(expected);
    }
  });
});
