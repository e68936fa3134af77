import type { CompleteDeps } from '../../inference/calls/call-types.ts';
import { completeUnits } from '../../inference/calls/complete-units.ts';
import type { UnitWire } from '../../inference/wires/unit-wire.ts';
import { bodyBytes } from '../../http/body.ts';
import { credentialOf, type Handler } from '../../http/door.ts';
import { featureOf } from '../../http/request.ts';
import { callDeadlineMs } from './complete-call.ts';

/** The handlers of wires whose calls are billed by units, each under its own route. */
export const unitRoutes = (
  deps: CompleteDeps,
  ...wires: readonly UnitWire[]
): Readonly<Record<string, Handler>> =>
  Object.fromEntries(wires.map((wire) => [wire.route, unitCall(deps, wire)]));

/** One call of such a wire. */
export const unitCall =
  (deps: CompleteDeps, wire: UnitWire): Handler =>
  async (request, context) =>
    await completeUnits(deps, wire, {
      credential: credentialOf(request),
      requestId: request.requestId,
      holdId: request.holdId,
      headers: request.headers,
      body: bodyBytes(request),
      feature: featureOf(request),
      deadlineMs: callDeadlineMs(deps, context),
    });
