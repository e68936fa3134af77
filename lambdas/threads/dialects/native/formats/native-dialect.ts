import { endsStream } from '../../../domain/run-event.ts';
import { versionOf, type Dialect, type DialectRun } from '../../../domain/dialect.ts';
import { nativeFrames } from './native-stream.ts';

/** The native stream as a dialect: one frame an event, its ordinal the event's index. */
export const nativeDialect: Dialect<DialectRun> = {
  version: 'native.v1',
  isStateless: true,
  start: (run) => run,
  step: (run, logged) => [
    run,
    [
      {
        ordinal: logged.index,
        text: nativeFrames(run, [logged]),
        ends: endsStream(logged.event),
      },
    ],
  ],
};

export const NATIVE_VERSIONS = [versionOf(nativeDialect)];
