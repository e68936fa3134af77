/** One thing that an operation does, by its way. */
export type Step =
  | { readonly to: string; readonly optional?: boolean }
  | { readonly database: string }
  | { readonly outside: string }
  | { readonly publish: readonly string[] };

export interface Operation {
  /** Own time, median, ms. */
  readonly ms: number;
  /** One after the other; what stands together runs side by side. */
  readonly steps: readonly (readonly Step[])[];
}

/** What a service is like, whatever it does. */
export interface Service {
  readonly workers: number;
  /** A thread takes a request when it is free, and its span begins then; others begin at once and share their time. */
  readonly isThreaded: boolean;
  readonly speaks: 'http' | 'rpc';
}

const db = (database: string): readonly Step[] => [{ database }];
const one = (to: string): readonly Step[] => [{ to }];
const may = (to: string): readonly Step[] => [{ to, optional: true }];

/** What people do, and how often. */
export const ENTRIES = [
  { operation: 'web.browse', share: 0.6 },
  { operation: 'web.account', share: 0.25 },
  { operation: 'web.checkout', share: 0.15 },
] as const;

/** A travel shop of 25 services, drawn by hand: unlike the recorded one in size, depth, queues and what is not instrumented. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'web.browse': {
    ms: 4,
    steps: [
      [{ to: 'catalog.list' }, { to: 'recommendations.get', optional: true }],
      one('pricing.quote'),
    ],
  },
  'web.account': { ms: 3, steps: [one('accounts.get'), may('loyalty.get')] },
  'web.checkout': { ms: 5, steps: [one('cart.get'), one('orders.create')] },
  'catalog.list': { ms: 6, steps: [one('search.query'), db('catalog-db')] },
  'search.query': { ms: 18, steps: [] },
  'recommendations.get': { ms: 3, steps: [one('profiles.get'), one('models.rank')] },
  'profiles.get': { ms: 2, steps: [db('profiles-db')] },
  'models.rank': { ms: 35, steps: [] },
  'pricing.quote': { ms: 3, steps: [[{ to: 'currency.convert' }, { to: 'promotions.match' }]] },
  'currency.convert': { ms: 1, steps: [db('rates-db')] },
  'promotions.match': { ms: 4, steps: [db('promotions-db'), db('promotions-db')] },
  'cart.get': { ms: 2, steps: [db('cart-cache')] },
  'orders.create': {
    ms: 8,
    steps: [
      one('inventory.reserve'),
      one('payments.charge'),
      may('shipping.estimate'),
      db('orders-db'),
      [{ publish: ['fulfilment.handle', 'notifications.handle'] }],
    ],
  },
  'inventory.reserve': { ms: 3, steps: [one('stock.read'), db('inventory-db')] },
  'stock.read': { ms: 2, steps: [db('stock-db')] },
  'payments.charge': { ms: 6, steps: [one('fraud.check'), [{ outside: 'bank.example' }]] },
  'fraud.check': { ms: 9, steps: [one('profiles.get')] },
  'shipping.estimate': { ms: 2, steps: [[{ to: 'carriers.rates' }, { to: 'geo.lookup' }]] },
  'carriers.rates': { ms: 3, steps: [[{ outside: 'carrier.example' }]] },
  'carriers.book': { ms: 5, steps: [[{ outside: 'carrier.example' }]] },
  'geo.lookup': { ms: 7, steps: [] },
  'accounts.get': { ms: 2, steps: [db('accounts-db')] },
  'loyalty.get': { ms: 2, steps: [one('points.sum')] },
  'points.sum': { ms: 5, steps: [db('points-db'), db('points-db')] },
  'fulfilment.handle': { ms: 6, steps: [one('warehouse.pick'), one('carriers.book')] },
  'warehouse.pick': { ms: 12, steps: [db('warehouse-db')] },
  'notifications.handle': {
    ms: 3,
    steps: [one('templates.render'), [{ outside: 'mail.example' }]],
  },
  'templates.render': { ms: 8, steps: [] },
};

export const serviceOf = (operation: string): string => operation.slice(0, operation.indexOf('.'));

export const SERVICES: readonly string[] = [...new Set(Object.keys(OPERATIONS).map(serviceOf))];

/** By its place, so that each way to be is met in every part of the shop. */
export const likeOf = (service: string): Service => {
  const place = SERVICES.indexOf(service);
  return {
    workers: 4 + (place % 3) * 4,
    isThreaded: place % 2 === 0,
    speaks: place % 5 < 3 ? 'http' : 'rpc',
  };
};

export interface Fault {
  readonly kind:
    | 'slow'
    | 'network'
    | 'exception'
    | 'wrong answer'
    | 'few workers'
    | 'dead'
    | 'restarts'
    | 'slow database'
    | 'slow consumer'
    | 'slow outside';
  readonly service: string;
  /** 1: nobody could miss it; the least is within what times do by themselves. */
  readonly strength: number;
}
