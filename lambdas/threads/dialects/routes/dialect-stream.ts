import type { Run } from '../../domain/thread.ts';
import type { DialectRun } from '../formats/dialect.ts';
import { runPlace } from '../../routes/reach.ts';

export const dialectRun = (run: Run): DialectRun => ({
  ...runPlace(run),
  model: run.settings.model,
  createdAtMs: run.createdAtMs,
  clientTools: run.settings.clientTools.map(({ name }) => name),
  echo: run.settings.echo,
});
