import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import type { MaskPattern, OwnMask } from '../domain/mask-pattern.ts';
import { ERROR } from '../domain/signal.ts';
import { explainLines } from '../domain/explain.ts';
import { scoreView } from '../formats/anomaly-format.ts';
import { explainBody } from '../formats/sre-schemas.ts';
import type { MaskBook } from '../ports/masks.ts';

export interface ExplainRouteDeps {
  readonly keys: KeyRegister;
  /** What is hidden for everybody. */
  readonly mask: OwnMask;
  readonly masks: Pick<MaskBook, 'get'>;
  readonly compileMask: (patterns: readonly MaskPattern[]) => Promise<OwnMask>;
}

/** A dry run: nothing is stored, and nobody is notified. */
export const explainRoutes = (deps: ExplainRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/anomalies/explain': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const { lines } = checked(explainBody, jsonBody(request));
    const mask = await maskOf(deps, projectId);
    const explained = explainLines(
      lines.map((line) =>
        typeof line === 'string'
          ? { text: mask(line), severity: ERROR, stack: null, exceptionType: null }
          : {
              text: mask(line.text),
              severity: line.severity,
              stack: line.stack === null ? null : mask(line.stack),
              exceptionType: line.exception_type,
            },
      ),
    );
    return {
      status: 200,
      body: {
        object: 'list',
        data: explained.map(({ signals, score, ...rest }) => ({
          ...rest,
          signals: signals.map(({ group, weight, shape }) => ({
            group,
            weight: weight / 1_000,
            pattern: shape,
          })),
          score: scoreView(score),
        })),
      },
    };
  },
});

/** A text as it would be stored. */
const maskOf = async (deps: ExplainRouteDeps, tenant: string): Promise<OwnMask> => {
  const patterns = await deps.masks.get(tenant);
  if (patterns.length === 0) return deps.mask;
  const own = await deps.compileMask(patterns);
  return (text) => own(deps.mask(text));
};
