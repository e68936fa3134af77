/** What the engine room and the SRE call their layers. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  turn: 'domain',
  models: 'domain',
  routing: 'domain',
  wires: 'formats',
  calls: 'usecases',
  // Of threads it is a wing.
  'inference/dialects': 'formats',
  contract: 'formats',
  in: 'formats',
  score: 'domain',
  correlate: 'domain',
  diagnose: 'domain',
  incidents: 'domain',
  tickets: 'domain',
  destinations: 'adapters',
  runbooks: 'domain',
  actions: 'adapters',
};

/** For each layer: layers of its own room, layers of the rooms below, and whole rooms. */
export const LAYERS: Readonly<
  Record<string, { readonly own: string; readonly below: string; readonly whole: string }>
> = {
  domain: { own: 'domain', below: 'domain', whole: 'shared' },
  ports: { own: 'domain ports', below: 'domain ports', whole: 'shared' },
  formats: { own: 'domain formats', below: 'domain formats ports', whole: 'shared http' },
  usecases: {
    own: 'domain formats usecases ports',
    below: 'domain formats ports',
    whole: 'shared',
  },
  adapters: {
    own: 'domain adapters ports',
    below: 'domain ports usecases',
    whole: 'shared platform',
  },
  routes: {
    own: 'domain formats usecases routes ports',
    below: 'domain formats usecases ports entry',
    whole: 'shared platform http',
  },
  /** Entries, `wire.ts` and `env.ts` put the rest together. */
  entry: {
    own: 'domain formats usecases routes ports adapters entry',
    below: 'domain formats usecases routes ports adapters entry',
    whole: 'shared platform http',
  },
};
