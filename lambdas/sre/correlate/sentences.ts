import type { Source } from '../domain/log-record.ts';
import type { Blame } from './blame.ts';
import { partsOfKey } from './calls.ts';

/** A service as people call it. */
export const titleOf = (source: Source | undefined, service: string): string =>
  source === undefined ? service : source.service || 'a service without a name';

/** What speaks against a service, as one sentence without a subject's guess in it. */
export const becauseOf = (
  { kind, hits, calls, of }: Blame,
  title: (service: string) => string,
): string => {
  switch (kind) {
    case 'shape':
      return `${hits} of ${calls} calls of ${of} went another way than usual, and nothing that they call did`;
    case 'slowness':
      return `${hits} of ${calls} calls of ${of} spent too long in the service itself`;
    case 'lateness': {
      const { service, operation } = partsOfKey(of);
      return `${hits} of ${calls} calls to ${title(service)} ${operation} took longer than the work that was done there`;
    }
    case 'waiting': {
      const { service, operation } = partsOfKey(of);
      return `${hits} of ${calls} calls to ${title(service)} ${operation} waited too long for it, before its work began or within it`;
    }
    case 'silence':
      return `${hits} of ${calls} calls to ${of} failed and no answer of it is seen`;
    default:
      return kind satisfies never;
  }
};
