import { outbound, systemResolve } from '../platform/outbound.ts';
import { outboundMedia } from './adapters/outbound-media.ts';
import { mediaFiles } from './adapters/media-files.ts';
import type { MediaFiles } from './ports/media.ts';

/** What reads files by their URLs. `isLoopbackAllowed`: on a laptop alone. */
export const wireMedia = (isLoopbackAllowed: boolean): MediaFiles =>
  mediaFiles(outboundMedia(outbound({ isLoopbackAllowed, resolve: systemResolve })));
