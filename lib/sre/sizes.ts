import type { FunctionSize } from '../shared/function-size.ts';

export const SRE_SIZES = {
  ingest: {
    memoryMb: 1_769,
    timeoutSeconds: 28,
    why: 'One whole processor decodes a batch; 20 MiB of JSON take some 140 MB. Ends before the HTTP API gives up.',
  },
  'score-logs': {
    memoryMb: 512,
    timeoutSeconds: 30,
    why: 'A batch of 100 hot blocks, one call of the queue.',
  },
  tick: {
    memoryMb: 512,
    timeoutSeconds: 50,
    why: 'Ends before the next minute starts the next run.',
  },
  announce: {
    memoryMb: 512,
    timeoutSeconds: 30,
    why: 'A batch of 100 records, a few calls of two queues.',
  },
  correlate: {
    memoryMb: 1_769,
    timeoutSeconds: 60,
    why: 'Reads at most 50 hot blocks with 23,000 records, and decides again when others wrote meanwhile.',
  },
  'index-logs': {
    memoryMb: 1_769,
    timeoutSeconds: 120,
    why: 'One block is open at a time, 20 MiB at most; a batch of 100 large ones goes in some ten requests.',
  },
  'file-tickets': {
    memoryMb: 512,
    timeoutSeconds: 30,
    why: 'Ten changes, each a few reads and a write for each destination.',
  },
  diagnose: {
    memoryMb: 1_024,
    timeoutSeconds: 120,
    why: 'Waits for a model for up to 60 s; ends before its lease of 150 s does.',
  },
  deliver: {
    memoryMb: 1_024,
    timeoutSeconds: 60,
    why: 'A few requests of 15 s each to somebody else; ends before its lease of 75 s does.',
  },
  destinations: {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'A test waits for somebody else, up to 20 s.',
  },
  runbooks: {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'A few reads and one conditional write; ends before the front door gives up.',
  },
  remediate: {
    memoryMb: 512,
    timeoutSeconds: 90,
    why: 'Waits up to 60 s for one action; ends before its lease of 100 s does.',
  },
  'watch-usage': {
    memoryMb: 512,
    timeoutSeconds: 120,
    why: 'A day of hours of all keys of a project, read each five minutes.',
  },
  evaluate: {
    memoryMb: 1_769,
    timeoutSeconds: 60,
    why: 'Folds what came of one tenant into 16 parts; an hour late it takes several runs.',
  },
  mcp: {
    memoryMb: 1_769,
    timeoutSeconds: 29,
    why: 'As sre: a tool asks the same routes.',
  },
  sre: {
    memoryMb: 1_769,
    timeoutSeconds: 29,
    why: 'A search opens as many blocks as its bound of bytes allows, one processor decompresses them.',
  },
} as const satisfies Readonly<Record<string, FunctionSize>>;
