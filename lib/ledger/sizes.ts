import type { FunctionSize } from '../shared/function-size.ts';

export const LEDGER_SIZES = {
  'roll-up-usage': {
    memoryMb: 512,
    timeoutSeconds: 60,
    why: 'A batch of 100 settlements, one transaction each, with room for a slow store.',
  },
  'expire-holds': {
    memoryMb: 512,
    timeoutSeconds: 50,
    why: 'Ends before the next minute starts the next run.',
  },
  'send-notices': {
    memoryMb: 512,
    timeoutSeconds: 60,
    why: 'Every notice of a project at once, each with its tries; a run that is killed is over before the next one.',
  },
} as const satisfies Readonly<Record<string, FunctionSize>>;
