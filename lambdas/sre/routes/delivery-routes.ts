import { checked } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { deliveryView } from '../formats/destination-format.ts';
import { deliveriesQuery } from '../formats/destination-schemas.ts';
import type { DeliveryStore } from '../ports/deliveries.ts';

export interface DeliveryRouteDeps {
  readonly keys: KeyRegister;
  readonly deliveries: Pick<DeliveryStore, 'list'>;
}

/** Where the tickets of an incident are, and why one is not. */
export const deliveryRoutes = (deps: DeliveryRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/deliveries': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const { incident_id: incidentId } = checked(deliveriesQuery, request.query);
    const found = await deps.deliveries.list(projectId, incidentId);
    return { status: 200, body: listBody(found.map(deliveryView), null) };
  },
});
