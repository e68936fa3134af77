import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { authenticateAdmin } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { ERROR } from '../domain/signal.ts';
import { explainLines } from '../domain/explain.ts';
import { scoreView } from '../formats/anomaly-format.ts';
import { explainBody } from '../formats/sre-schemas.ts';

export interface ExplainRouteDeps {
  readonly keys: KeyRegister;
  /** A text as it would be stored. */
  readonly mask: (text: string) => string;
}

/** A dry run: nothing is stored, and nobody is told. */
export const explainRoutes = ({
  keys,
  mask,
}: ExplainRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/anomalies/explain': async (request) => {
    await authenticateAdmin(keys, request);
    const { lines } = checked(explainBody, jsonBody(request));
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
