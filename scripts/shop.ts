/** Ten minutes of a shop, made from one seed: what its services log and trace, and how one of them runs out of connections. */

export const SHOP_MS = 600_000;
const POOL_FROM_MS = 360_000;
const POOL_TO_MS = 450_000;
const SEED = 20_261_130;

export interface ShopEvent {
  /** Since the beginning. */
  readonly atMs: number;
  readonly service: string;
  /** As OpenTelemetry counts. */
  readonly severity: number;
  readonly text: string;
  readonly stack: string | null;
  readonly exceptionType: string | null;
  /** Of an HTTP request; null: the event is of none. */
  readonly request: {
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
  } | null;
  /** Events of one request have the same. */
  readonly trace: number;
}

const INFO = 9;
const WARN = 13;
const ERROR = 17;

const POOL_TYPE = 'java.sql.SQLTransientConnectionException';
const POOL_TEXT =
  'HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=47)';
const POOL_STACK = `${POOL_TYPE}: ${POOL_TEXT}
	at com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)
	at com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:181)
	at shop.payments.PaymentRepository.save(PaymentRepository.java:57)
	at shop.payments.PaymentService.charge(PaymentService.java:33)`;

/** mulberry32: the same numbers on each machine. https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
const numbers = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** In the order of time. */
export const shopEvents = (): readonly ShopEvent[] => {
  const random = numbers(SEED);
  const events: ShopEvent[] = [];
  let trace = 0;
  for (let atMs = 0; atMs < SHOP_MS; atMs += Math.floor(120 + random() * 260)) {
    trace += 1;
    if (random() < 0.45) events.push(...browse(atMs, trace, random));
    else events.push(...buy(atMs, trace, random));
  }
  return events.toSorted((left, right) => left.atMs - right.atMs);
};

/** Bots and broken links: a third of it is somebody else's mistake, all day long. */
const browse = (atMs: number, trace: number, random: () => number): readonly ShopEvent[] => {
  const product = Math.floor(random() * 90_000);
  const [status, text] =
    random() < 0.2
      ? [404, `product ${product} not found`]
      : random() < 0.12
        ? [400, `invalid page number: ${product}x`]
        : [200, `product ${product} shown`];
  return [
    {
      atMs,
      service: 'catalog',
      severity: status === 200 ? INFO : WARN,
      text,
      stack: null,
      exceptionType: null,
      request: { route: '/products/{id}', status, durationMs: 8 + random() * 30 },
      trace,
    },
  ];
};

const buy = (atMs: number, trace: number, random: () => number): readonly ShopEvent[] => {
  const order = Math.floor(random() * 900_000);
  const isBroken = atMs >= POOL_FROM_MS && atMs < POOL_TO_MS && random() < 0.95;
  const durationMs = isBroken ? 30_000 : 40 + random() * 120;
  const common = { stack: null, exceptionType: null, trace };
  return [
    {
      ...common,
      atMs,
      service: 'checkout',
      severity: isBroken ? ERROR : INFO,
      text: isBroken
        ? `order ${order}: payments answered 503`
        : `order ${order} placed for user ${order % 977}`,
      request: { route: '/checkout', status: isBroken ? 502 : 201, durationMs },
    },
    {
      ...common,
      atMs: atMs + 5,
      service: 'payments',
      severity: isBroken ? ERROR : INFO,
      text: isBroken ? POOL_TEXT : `order ${order} charged in ${Math.round(durationMs)} ms`,
      stack: isBroken ? POOL_STACK : null,
      exceptionType: isBroken ? POOL_TYPE : null,
      request: { route: '/charge', status: isBroken ? 503 : 200, durationMs },
    },
  ];
};
